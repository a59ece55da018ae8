"""Reports about the system itself: its log, its failed steps, and these reports."""

from __future__ import annotations

from contracts_app.domain.reports.audit_report import PERIOD, Asks, Part, Report
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
from contracts_app.store.views.audit_reports import closing, trail
from contracts_app.store.views.audit_reports import operating as queries

_DAYS = (Asks.from_on, Asks.to_on, Asks.as_of)

REPORTS = (
    Report(
        number=12,
        title="Closing, and entries after the end of a period",
        question="What was closed and reopened by whom, and what was entered afterwards for days before?",
        parts=(
            Part(
                "months",
                "Months closed and reopened",
                closing.MONTHS,
                (
                    *texts(month="Month", what="What"),
                    *instants(at="At"),
                    *texts(
                        entry="Audit entry",
                        who="By",
                        reason="Reason, and what was accepted",
                        accrual="SHA-256 of the accrual kept",
                        signed_at="Log signed at entry",
                    ),
                ),
                none="No month of the period was closed.",
            ),
            Part(
                "late_work",
                "Time, expenses and costs that came in when their month was closed",
                closing.LATE,
                (
                    *texts(kind="Kind"),
                    *days(day="Day"),
                    *texts(posted_to="Posted to"),
                    *instants(entered_at="Entered at"),
                    *texts(contract="Contract", what="What", who="By"),
                ),
                none="None came in late.",
            ),
            Part(
                "refused",
                "Attempts since the period began to date something into a closed month",
                closing.REFUSED,
                (
                    *instants(at="At"),
                    *texts(entry="Audit entry", what="What", who="By", reason="What was said"),
                ),
                none="Nobody tried.",
            ),
            Part(
                "closed",
                "Contracts closed, and work said to be complete",
                trail.CLOSED,
                (
                    *days(on_day="Day"),
                    *instants(at="At"),
                    *texts(entry="Audit entry", what="What", contract="Contract", who="By", reason="Reason"),
                ),
                none="No contract was closed.",
            ),
            Part(
                "late",
                "Payments received in the period and recorded after it",
                trail.LATE_CASH,
                (
                    *days(received_on="Received on", recorded_on="Recorded on"),
                    *instants(at="Recorded at"),
                    *texts(entry="Audit entry", client="Client", reference="Reference", who="By"),
                    CURRENCY,
                    *amounts(amount="Amount"),
                ),
                none="Every payment was recorded within the period.",
            ),
        ),
        asks=PERIOD,
        again=AGAIN,
        limits=(
            "Time, expenses and costs that came in late are known since the product notes them.",
            "An invoice is dated on the day it is issued and never earlier: no invoice can be late.",
        ),
        tested_by=TESTED + "test_closing_and_late_entries",
    ),
    Report(
        number=16,
        title="The audit log holds",
        question="Can the log be changed without that being seen?",
        parts=(
            Part(
                "log",
                "Every entry, its hash worked out again",
                queries.LOG,
                (
                    *numbers(entries="Entries"),
                    *instants(first_at="First", last_at="Last"),
                    *numbers(
                        gaps="Numbers missing",
                        broken="Hashes that do not follow",
                        out_of_order="Out of order",
                    ),
                ),
            ),
            Part(
                "checkpoints",
                "Checks of the books, and the checkpoints signed at them",
                queries.CHECKPOINTS,
                (
                    *days(business_date="Day"),
                    *instants(ended_at="Ended at"),
                    *texts(holds="All holds", quiet="All invariants", entry="Log stood at", hash="Its hash"),
                    *numbers(held_against="Checkpoints held against"),
                    *texts(checkpoint="Checkpoint signed", asked_by="Asked for by"),
                    *numbers(letters="People told"),
                ),
                none="The books were not checked in these days.",
            ),
        ),
        asks=_DAYS,
        again=AGAIN,
        limits=(
            "Whoever has the database can forge a log that holds; checkpoints kept elsewhere show it.",
            "For your own machine: `contracts audit export --to FILE`, then, without database or product:",
            "`contracts_verify.py FILE --checkpoints DIR --pubkey KEY`, with the checkpoints of the year.",
        ),
        tested_by=TESTED + "test_the_log_and_its_runs",
    ),
    Report(
        number=17,
        title="Failed and retried steps",
        question="What failed, what is stuck, and who repaired what?",
        parts=(
            Part(
                "stuck",
                "Steps that wait for somebody",
                queries.STUCK,
                (
                    *texts(process="Process", of_what="Of", step="Step", reason="Why"),
                    *instants(since="Since"),
                ),
                exceptions=True,
                none="No process is stuck.",
            ),
            Part(
                "lost",
                "Processes that were not started within ten minutes",
                queries.NOT_STARTED,
                (*texts(process="Process", of_what="Of"), *instants(opened_at="Opened at")),
                exceptions=True,
                none="Every process was started.",
            ),
            Part(
                "repairs",
                "Steps tried again or given up by hand",
                trail.REPAIRS,
                (
                    *days(on_day="Day"),
                    *instants(at="At"),
                    *texts(
                        entry="Audit entry",
                        what="What",
                        of_what="Of",
                        who="By",
                        doing="Outcome",
                        reason="Reason",
                    ),
                ),
                none="Nobody had to repair anything.",
            ),
            Part(
                "messages",
                "Messages by outcome",
                queries.MESSAGES,
                (
                    *texts(kind="Kind"),
                    *numbers(
                        messages="Messages",
                        sent="Taken",
                        waiting="Waiting",
                        bounced="Came back",
                        tried_again="Tried again",
                    ),
                    *texts(most_tries="Most tries"),
                ),
                none="Nothing was sent.",
            ),
            Part(
                "untaken",
                "Messages that no mail server took",
                queries.MESSAGES_TRIED,
                (
                    *days(business_date="Day"),
                    *texts(kind="Kind", recipient="To", subject="Subject", attempts="Tries"),
                    *texts(state="State", smtp_reply="The mail server's answer"),
                ),
                exceptions=True,
                none="Every message that was tried was taken.",
            ),
        ),
        asks=_DAYS,
        again="Repairs with the same instant; what is stuck and how often a message was tried is of now.",
        limits=("How often a step was tried by itself stands in the workflow histories.",),
        tested_by=TESTED + "test_the_log_and_its_runs",
    ),
    Report(
        number=21,
        title="Backup and restore",
        question="When was a backup last restored, and did the books hold afterwards?",
        parts=(
            Part(
                "backups",
                "Backups and restores, by the clock of the machine",
                queries.BACKUPS,
                (
                    *instants(at="Recorded at"),
                    *texts(what="What", manifest="Hash of its manifest"),
                    *numbers(files="Files", bytes="Bytes"),
                    *texts(held="Books and log held"),
                ),
                none="No backup was made or brought back in these days.",
            ),
            Part(
                "checks",
                "Checks of the books in these days",
                queries.CHECKPOINTS,
                (
                    *days(business_date="Day"),
                    *instants(ended_at="Ended at"),
                    *texts(holds="All holds", quiet="All invariants", entry="Log stood at", hash="Its hash"),
                    *numbers(held_against="Checkpoints held against"),
                    *texts(asked_by="Asked for by"),
                ),
                none="The books were not checked in these days.",
            ),
        ),
        asks=_DAYS,
        again=AGAIN,
        limits=(
            "A backup that was made with other tools is not in the log, nor a rehearsal on a copy.",
            "`contracts restore` ends with the check of the books and the verifier of the log.",
        ),
        tested_by=TESTED + "test_closing_and_late_entries",
    ),
)
