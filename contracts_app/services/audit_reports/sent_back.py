"""The report of drafts that came back, by who handed them in."""

from __future__ import annotations

from contracts_app.domain.reports.audit_report import PERIOD, Part, Report
from contracts_app.services.audit_reports.columns import AGAIN, days, numbers, texts
from contracts_app.store.views.audit_reports import sent_back as queries

REPORTS = (
    Report(
        number=25,
        title="Drafts sent back, by who handed them in",
        question="Whose drafts come back, how often, and for what?",
        parts=(
            Part(
                "people",
                "By month and person",
                queries.BY_PERSON,
                (
                    *texts(month="Month", person="Handed in by", email="E-mail"),
                    *numbers(submitted="Handed in", sent_back="Sent back", lines="Lines with a reason"),
                    *texts(share="Share sent back"),
                ),
                none="No draft was handed in.",
            ),
            Part(
                "drafts",
                "Each that was sent back",
                queries.EACH,
                (
                    *days(on_day="Handed in on"),
                    *texts(
                        person="By",
                        contract="Contract",
                        application_no="Application",
                        sent_back_by="Sent back by",
                        reason="Reason",
                        lines="Line by line",
                    ),
                ),
                none="No draft was sent back.",
            ),
        ),
        asks=PERIOD,
        again=AGAIN + " Names are those of today.",
        limits=(
            "Counted in the month in which a draft was handed in; each time that it was handed in counts.",
            "A draft that its preparer took back, or that was changed once approved, is not sent back.",
        ),
        tested_by="tests/api/test_approval_policy_pages.py::test_a_draft_goes_back_with_a_reason_for_a_line",
    ),
)
