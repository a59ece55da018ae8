"""Reports about cut-off, delivery, duplicates and files."""

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
from contracts_app.store.views.audit_reports import sending as queries

REPORTS = (
    Report(
        number=11,
        title="Cut-off",
        question="Are the last and first invoices around the end of the period in the right one?",
        parts=(
            Part(
                "around",
                "The last ten of the period and the first ten after it",
                queries.CUT_OFF,
                (
                    *texts(side="Side", number="Number", contract="Contract"),
                    *days(service_to="Work to", approved_on="Approved on", issued_on="Issued on"),
                    *instants(issued_at="Issued at"),
                    *days(posted_on="Owed from"),
                    CURRENCY,
                    *amounts(amount="Amount"),
                    *texts(remark="To look at"),
                ),
                none="Nothing was issued.",
            ),
            Part(
                "later",
                "Time of the period that was invoiced after it",
                queries.WORK_BILLED_LATER,
                (
                    *texts(number="Number"),
                    *days(issued_on="Issued on"),
                    *texts(contract="Contract"),
                    *days(first_day="Worked from", last_day="Worked to"),
                    *numbers(entries="Entries"),
                    CURRENCY,
                    *amounts(amount="Amount"),
                ),
                none="No time of the period was invoiced after it.",
            ),
        ),
        asks=PERIOD,
        again=AGAIN,
        tested_by=TESTED + "test_cut_off",
    ),
    Report(
        number=18,
        title="Delivery to clients",
        question="When did the client get which version, and what did he decide?",
        parts=(
            Part(
                "messages",
                "Messages",
                queries.MESSAGES,
                (
                    *days(business_date="Day"),
                    *texts(
                        kind="Kind",
                        number="Invoice",
                        client="Client",
                        recipient="To",
                        subject="Subject",
                        message_id="Message-ID",
                        content_sha256="SHA-256 of the letter",
                        document="Document",
                        document_sha256="SHA-256 of it",
                    ),
                    *instants(queued_at="Written at", sent_at="Taken at"),
                    *numbers(attempts="Tries"),
                    *texts(smtp_reply="The mail server's answer", state="State"),
                ),
                none="Nothing was sent.",
            ),
            Part(
                "unsent",
                "Invoices of which no message was taken",
                queries.NOT_SENT,
                (
                    *texts(number="Number"),
                    *days(issued_on="Issued on"),
                    *texts(contract="Contract", client="Client", finding="Why"),
                ),
                exceptions=True,
                none="A message about each invoice was taken by its recipient's mail server.",
            ),
            Part(
                "decisions",
                "What clients decided in the portal",
                queries.DECISIONS,
                (
                    *days(certified_on="Day"),
                    *instants(at="At"),
                    *texts(number="Number", contract="Contract", client="Client", by="By", email="E-mail"),
                    *texts(decision="Decision", reason="Reason"),
                    CURRENCY,
                    *amounts(asked_for="Asked for", certified="Certified"),
                ),
                none="No client decided anything.",
            ),
        ),
        asks=PERIOD,
        again=AGAIN + " Tries and the state of a message are as they stand now.",
        limits=(
            "That a client opened a page or a document in the portal is not recorded; what he decided is.",
        ),
        tested_by=TESTED + "test_delivery",
    ),
    Report(
        number=19,
        title="Nothing billed twice",
        question="Was anything billed twice?",
        parts=(
            Part(
                "population",
                "What was looked through",
                queries.LOOKED_THROUGH,
                numbers(
                    invoices="Invoices",
                    time_entries="Time entries",
                    costs="Costs",
                    files="Files of every period",
                ),
            ),
            Part(
                "twice",
                "Billed or brought in twice",
                queries.DUPLICATES,
                (
                    *texts(what="What", numbers="Numbers", contract="Contract"),
                    CURRENCY,
                    *amounts(amount="Amount"),
                    *texts(of_what="Of"),
                ),
                exceptions=True,
                none="No two invoices of one contract, period and amount, no entry on two, no file twice.",
            ),
        ),
        asks=PERIOD,
        again=AGAIN + " Files are as they stand now.",
        limits=("An invoice that a revision replaced is not held against it.",),
        tested_by=TESTED + "test_nothing_twice_and_every_row_accounted_for",
    ),
    Report(
        number=22,
        title="Completeness of imports",
        question="Did every row of every file come in, or is known why not?",
        parts=(
            Part(
                "files",
                "Files, with their rows",
                queries.FILES,
                (
                    *instants(uploaded_at="Uploaded at"),
                    *texts(file_name="File", kind="Kind", contract="Contract", uploaded_by="By"),
                    *texts(posted_by="Posted by", state="State", sha256="SHA-256"),
                    *numbers(
                        rows_read="Rows",
                        accepted="Accepted",
                        known="Known before",
                        repeats="Repeats",
                        ignored="Ignored",
                        refused="Refused",
                        waiting="Waiting",
                        difference="Difference",
                    ),
                    *texts(amount_read="Amount read", amount_accepted="Amount accepted"),
                    *texts(hours_read="Hours read", hours_accepted="Hours accepted"),
                ),
                none="No file was brought in.",
            ),
            Part(
                "open",
                "Files that are not done with",
                queries.FILES_OPEN,
                (
                    *instants(uploaded_at="Uploaded at"),
                    *texts(file_name="File", kind="Kind", contract="Contract", uploaded_by="By"),
                    *texts(state="State", why="It"),
                ),
                exceptions=True,
                none="Every file was posted, refused, withdrawn or taken back.",
            ),
        ),
        asks=PERIOD,
        again="Files that had been uploaded by the instant, with rows and states as they stand now.",
        limits=("There is no export to an accounting system yet, so there is nothing to acknowledge.",),
        tested_by=TESTED + "test_nothing_twice_and_every_row_accounted_for",
    ),
)
