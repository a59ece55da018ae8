"""Reports that give the records themselves, the program, and the reports with their queries."""

from __future__ import annotations

from collections.abc import Sequence

from contracts_app.domain.reports.audit_report import PERIOD, Asks, Column, Part, Query, Report, Shown
from contracts_app.services.audit_reports.columns import AGAIN, TESTED, instants, numbers, texts
from contracts_app.store.views.audit_reports import data as queries
from contracts_app.store.views.audit_reports import trail

_AMOUNTS = frozenset(
    (
        *(
            "line1",
            "line2",
            "line3",
            "line4",
            "line5a",
            "line5b",
            "line5",
            "line6",
            "line7",
            "line8",
            "line9",
        ),
        *("deposit_applied", "scheduled_value", "previous", "this_period", "stored", "total", "withheld"),
        *("released", "retainage", "base", "amount", "original_sum"),
    )
)
_DAYS = frozenset(
    ("period_to", "issued_on", "tax_date", "work_date", "decided_on", "posted_on", "received_on")
)
_INSTANTS = frozenset(["issued_at", "at", "activated_at"])


def _data(name: str, query: Query, columns: str) -> Part:
    """A data set whose columns are called as in the database."""
    return Part(
        name,
        name.replace("_", " ").capitalize(),
        query,
        [
            Column(
                one,
                one,
                Shown.amount
                if one in _AMOUNTS
                else Shown.date
                if one in _DAYS
                else Shown.instant
                if one in _INSTANTS
                else Shown.number
                if one == "seconds"
                else Shown.text,
            )
            for one in columns.split()
        ],
    )


REPORTS = (
    Report(
        number=20,
        title="Program in use",
        question="Which version of the program ran, and how is it known to compute as before?",
        parts=(Part("versions", "Versions", queries.PROGRAM, texts(part="Part", version="Version")),),
        asks=(),
        again="Versions are those of today: note them at each release.",
        limits=(
            "Releases with commit, tests and approver stand where the program is developed, not here.",
            "That today's program computes every issued invoice as before: `contracts prove --all`.",
        ),
        tested_by=TESTED + "test_data_and_reports",
    ),
    Report(
        number=23,
        title="Data for audit programs",
        question="May we have the data for our own tool?",
        parts=(
            _data(
                "invoices",
                queries.INVOICES,
                """
                invoice_id number series legal_entity_id contract_id client_id kind application_no
                period_to issued_on issued_at issued_by currency line1 line2 line3 line4 line5a line5b
                line5 line6 line7 line8 line9 deposit_applied revises content_hash snapshot_sha256
                """,
            ),
            _data(
                "invoice_lines",
                queries.LINES,
                """
                invoice_id sov_line_id position item_no description change_order currency scheduled_value
                previous this_period stored total withheld released retainage
                """,
            ),
            _data(
                "invoice_taxes",
                queries.TAXES,
                "invoice_id stage position tax code rate currency base amount reason tax_date",
            ),
            _data(
                "billed_time",
                queries.TIME,
                """
                invoice_id sov_line_id time_entry_id position work_date person role description seconds
                rate currency amount source
                """,
            ),
            _data(
                "approvals",
                queries.APPROVALS,
                "id invoice_id step decision person_id on_behalf_of at decided_on content_hash remark",
            ),
            _data(
                "receivable_entries",
                queries.RECEIVABLES,
                """
                id invoice_id client_id contract_id cause posted_on at payment_id certificate_invoice_id
                currency amount
                """,
            ),
            _data(
                "payments",
                queries.PAYMENTS,
                "id client_id legal_entity_id reference received_on recorded_by at currency amount",
            ),
            _data(
                "contracts",
                queries.CONTRACTS,
                """
                id number title client_id client legal_entity_id activated_at currency original_sum
                contract_date terms
                """,
            ),
            _data("people", queries.PEOPLE, "id name email client_id"),
        ),
        asks=PERIOD,
        again=AGAIN + " Contracts and people are as they stand now.",
        limits=(
            "The CSV files come with index.xml, which describes their columns for audit programs (GDPdU).",
        ),
        tested_by=TESTED + "test_data_and_reports",
    ),
)


def about_reports(known: Sequence[Report]) -> Report:
    """The report about these reports, and itself: their queries, and their runs."""
    listed = [
        {
            "report": str(report.number),
            "title": report.title,
            "part": part.name,
            "query": part.query.name,
            "version": str(part.query.version),
            "sha256": part.query.sha256,
            "tested_by": report.tested_by,
            "text": " ".join(part.query.sql.split()),
        }
        for report in known
        for part in report.parts
    ]
    return Report(
        number=24,
        title="The reports themselves",
        question="How do I know that a report is right, and who ran which?",
        parts=(
            Part(
                "queries",
                "Every report with its queries and the test that recomputes it",
                trail.queries(listed),
                texts(
                    report="No.",
                    title="Report",
                    part="Part",
                    query="Query",
                    version="Version",
                    sha256="SHA-256",
                    tested_by="Tested by",
                    text="Text",
                ),
            ),
            Part(
                "runs",
                "Runs",
                trail.RUNS,
                (
                    *instants(at="At"),
                    *texts(entry="Audit entry", report="No.", title="Report", ran_by="By", form="As"),
                    *texts(parameters="Asked with", audit_entry="Log stood at"),
                    *numbers(rows="Rows"),
                ),
                none="No report was run.",
            ),
        ),
        asks=(Asks.from_on, Asks.to_on, Asks.as_of),
        again=AGAIN + " Queries are those of the program as it is.",
        tested_by=TESTED + "test_data_and_reports",
    )
