"""Reports about the work behind the invoices: all billed, traceable, within what is agreed."""

from __future__ import annotations

from contracts_app.domain.reports.audit_report import END, PERIOD, Part, Report
from contracts_app.services.audit_reports.columns import (
    AGAIN,
    CURRENCY,
    TESTED,
    amounts,
    days,
    numbers,
    texts,
)
from contracts_app.store.views.audit_reports import work as queries

REPORTS = (
    Report(
        number=5,
        title="Invoices back to their sources",
        question="Where does each amount of an invoice come from?",
        parts=(
            Part(
                "lines",
                "Lines, with the change order or file that brought them",
                queries.LINES_BEHIND,
                (
                    *texts(number="Number"),
                    *days(issued_on="Issued on"),
                    *texts(contract="Contract", item_no="Item", line="Line", basis="Basis"),
                    *texts(change_order="Change order"),
                    CURRENCY,
                    *amounts(scheduled_value="Scheduled value", previous="Previous"),
                    *amounts(
                        this_period="This period", stored="Stored", total="To date", retainage="Retainage"
                    ),
                    *numbers(time_entries="Time entries", costs="Costs"),
                    *texts(
                        line_from="Line from", file_sha256="SHA-256 of the file", data_sha256="of the data"
                    ),
                ),
                none="Nothing was issued.",
            ),
            Part(
                "time",
                "Time, entry by entry",
                queries.TIME_BEHIND,
                (
                    *texts(number="Number", contract="Contract", item_no="Item", line="Line", position="No."),
                    *days(work_date="Worked on"),
                    *texts(person="Who", role="Role", description="What"),
                    *numbers(hours="Hours"),
                    *texts(rate="Rate"),
                    CURRENCY,
                    *amounts(amount="Amount"),
                    *texts(entered_by="Entered by", approved_by="Approved by"),
                    *days(approved_on="Approved on"),
                    *texts(source="Where it was read", file="File", file_sha256="SHA-256 of the file"),
                ),
                none="No time was billed.",
            ),
            Part(
                "costs",
                "Costs, entry by entry",
                queries.COSTS_BEHIND,
                (
                    *texts(number="Number", contract="Contract", item_no="Item", line="Line", position="No."),
                    *texts(category="Category"),
                    *days(incurred_on="Incurred on"),
                    *texts(description="What", vendor="Vendor"),
                    CURRENCY,
                    *amounts(cost="Cost"),
                    *texts(recorded_by="Recorded by", approved_by="Approved by"),
                    *days(approved_on="Approved on"),
                    *texts(source="Source"),
                ),
                none="No cost was billed.",
            ),
        ),
        asks=PERIOD,
        again=AGAIN,
        limits=(
            "`contracts prove NUMBER` computes an invoice again from its stored data, by the rules of then.",
            "Which row of the rate card gave a rate stands in the data of the invoice.",
        ),
        tested_by=TESTED + "test_amounts_come_from_their_sources",
    ),
    Report(
        number=6,
        title="Approved work: billed, unbilled, written off",
        question="Is all approved time billed, or known to be unbilled?",
        parts=(
            Part(
                "time",
                "Hours worked in the period, by contract",
                queries.TIME_BILLED,
                (
                    *texts(contract="Contract", client="Client"),
                    *numbers(
                        approved="Approved",
                        billed="Billed",
                        drafted="On drafts",
                        unbilled="Unbilled",
                        written_off="Written off",
                        free="Not billable",
                        elsewhere="Billed elsewhere",
                        difference="Difference",
                        written="Written up or down in it",
                        open="Not approved yet",
                        rejected="Rejected",
                    ),
                ),
                none="No time was worked.",
            ),
            Part(
                "ageing",
                "Unbilled hours by age",
                queries.UNBILLED_BY_AGE,
                (
                    *texts(contract="Contract", client="Client"),
                    *days(oldest="Oldest"),
                    *numbers(
                        to_30="To 30 days",
                        to_60="31 to 60",
                        to_90="61 to 90",
                        over_90="Over 90",
                        hours="Hours",
                    ),
                ),
                none="Everything approved is billed.",
            ),
            Part(
                "costs",
                "Costs incurred in the period, by contract",
                queries.COSTS_BILLED,
                (
                    *texts(contract="Contract", client="Client"),
                    CURRENCY,
                    *amounts(
                        approved="Approved",
                        billed="Billed",
                        drafted="On drafts",
                        unbilled="Unbilled",
                        written_off="Written off",
                        free="Not billable",
                        difference="Difference",
                        written="Written up or down in it",
                    ),
                ),
                none="No cost was approved.",
            ),
        ),
        asks=PERIOD,
        again="What is billed is of the instant as of. What is approved or written stands as of now: a later"
        " decision on an entry shows in a later run; report 15 lists such decisions with their instants.",
        limits=("Unbilled time in money, at each contract's rates, stands on the page Unbilled.",),
        tested_by=TESTED + "test_approved_time_is_accounted_for",
    ),
    Report(
        number=7,
        title="Contracts to date",
        question="Is what was billed within the contract sum and its approved change orders?",
        parts=(
            Part(
                "contracts",
                "Every contract that was put in force",
                queries.CONTRACTS_TO_DATE,
                (
                    *texts(contract="Contract", title="Title", client="Client"),
                    CURRENCY,
                    *amounts(original="Original sum"),
                    *numbers(orders="Change orders"),
                    *amounts(
                        executed="Net change",
                        sum_to_date="Sum to date",
                        billed="Completed and stored",
                        certified="Certified",
                        retainage="Retainage",
                        balance="Left to bill",
                        pending="Pending changes",
                    ),
                    *texts(last_number="Last invoice"),
                ),
                none="No contract was in force.",
            ),
            Part(
                "over",
                "Billed above the contract sum",
                queries.OVER_CONTRACT,
                (
                    *texts(contract="Contract", client="Client"),
                    CURRENCY,
                    *amounts(
                        sum_to_date="Sum to date",
                        estimates="Above estimates that are no limit",
                        billed="Completed and stored",
                        over="Over",
                    ),
                ),
                exceptions=True,
                none="No contract is billed above its sum.",
            ),
        ),
        asks=END,
        again=AGAIN + " Change orders are by the day they were executed on; one that is entered later with an"
        " earlier day shows in a later run, as do pending ones.",
        tested_by=TESTED + "test_contracts_are_within_their_sums",
    ),
)
