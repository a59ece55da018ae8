"""Reports about what was issued: complete, approved, unchanged."""

from __future__ import annotations

from contracts_app.domain.reports.audit_report import PERIOD, Part, Report
from contracts_app.services.audit_reports.columns import (
    AGAIN,
    CURRENCY,
    TESTED,
    amounts,
    days,
    instants,
    numbers,
    texts,
)
from contracts_app.store.views.audit_reports import invoices as queries

REPORTS = (
    Report(
        number=1,
        title="Invoice register and number sequence",
        question="Are these all invoices of the period?",
        parts=(
            Part(
                "register",
                "Register",
                queries.REGISTER,
                (
                    *texts(number="Number"),
                    *days(issued_on="Issued on"),
                    *texts(entity="Billed by", contract="Contract", client="Client", kind="Kind"),
                    *texts(application_no="Application"),
                    *days(period_to="Period to"),
                    CURRENCY,
                    *amounts(without_tax="Without tax", tax="Tax", due="Due"),
                    *texts(standing="Stands"),
                ),
                none="Nothing was issued.",
            ),
            Part(
                "sequences",
                "Numbers given out, by series",
                queries.SEQUENCES,
                (
                    *texts(entity="Billed by", series="Series", prefix="Prefix"),
                    *numbers(in_period="In the period"),
                    *texts(first="First", last="Last"),
                    *numbers(
                        since_the_first="Since the first",
                        missing="Missing",
                        twice="Given twice",
                        out_of_order="Dated before the one before",
                    ),
                ),
                none="No number was given out.",
            ),
            Part(
                "missing",
                "Missing numbers",
                queries.MISSING_NUMBERS,
                (
                    *texts(entity="Billed by", series="Series", first_missing="From", last_missing="To"),
                    *days(after="After the day", until="Until the day"),
                ),
                exceptions=True,
                none="No number is missing.",
            ),
            Part(
                "months",
                "By month, beside what arose as a receivable",
                queries.BY_MONTH,
                (
                    *texts(month="Month", entity="Billed by"),
                    CURRENCY,
                    *numbers(invoices="Invoices"),
                    *amounts(
                        without_tax="Without tax", tax="Tax", due="Due", arose="Arose, as certified by now"
                    ),
                ),
                none="Nothing was issued.",
            ),
        ),
        asks=PERIOD,
        again=AGAIN,
        limits=(
            "There is no general ledger here: revenue and tax accounts are held against the sums by month.",
            "Sequence and missing numbers are of all contracts and clients, whichever are asked for.",
            "An invoice of several contracts is a row for each of them; it counts once in the sequence.",
        ),
        tested_by=TESTED + "test_the_register_is_complete",
    ),
    Report(
        number=2,
        title="Approvals of invoices",
        question="Who prepared, approved and issued each invoice, when, and what exactly was seen?",
        parts=(
            Part(
                "approvals",
                "Approvals",
                queries.APPROVALS,
                (
                    *texts(number="Number"),
                    *days(issued_on="Issued on"),
                    *texts(
                        contract="Contract",
                        prepared_by="Prepared by",
                        step="Step",
                        approved_by="Approved by",
                        in_place_of="In place of",
                        roles_then="Roles at that time",
                        signed_in="Signed in by",
                    ),
                    *instants(approved_at="Approved at"),
                    *texts(
                        entry="Audit entry",
                        approved_content="Content approved",
                        issued_content="Content issued",
                        same="The same",
                        data_sha256="SHA-256 of the data",
                        pdf_sha256="SHA-256 of the PDF",
                        issued_by="Issued by",
                    ),
                    *instants(issued_at="Issued at"),
                ),
                none="Nothing was issued.",
            ),
        ),
        asks=PERIOD,
        again=AGAIN + " A PDF that is made later shows in a later run.",
        tested_by=TESTED + "test_every_invoice_was_approved",
    ),
    Report(
        number=4,
        title="Issued without approval, or changed after it",
        question="Was any invoice issued without an approval, or changed after it?",
        parts=(
            Part(
                "population",
                "All invoices of the period",
                queries.APPROVED_AT_ALL,
                numbers(
                    issued="Issued",
                    approved="Approved before, as issued",
                    unapproved="Not approved",
                    late="Approved too late",
                    by_editor="Approved by an editor",
                    changed="Changed after issue",
                    approvals="Approvals",
                ),
            ),
            Part(
                "exceptions",
                "Exceptions",
                queries.NOT_AS_APPROVED,
                (
                    *texts(number="Number"),
                    *days(issued_on="Issued on"),
                    *texts(contract="Contract", issued_by="Issued by", finding="What is wrong"),
                ),
                exceptions=True,
                none="Every invoice was approved before it was issued, by somebody who had no part in it, and"
                " stands as it was approved.",
            ),
        ),
        asks=PERIOD,
        again=AGAIN,
        limits=(
            "That each step of the chain was taken, by whoever might at that time: I03 of `contracts check`.",
            "That figures and documents are those that were approved: `contracts prove --all`.",
        ),
        tested_by=TESTED + "test_every_invoice_was_approved",
    ),
)
