"""Reports about what people changed: master data, and figures set by hand."""

from __future__ import annotations

from contracts_app.domain.reports.audit_report import PERIOD, Part, Report
from contracts_app.services.audit_reports.columns import AGAIN, TESTED, days, instants, texts
from contracts_app.store.views.audit_reports import trail

REPORTS = (
    Report(
        number=13,
        title="Changes of master data",
        question="Who changed rates, contract sums, tax codes, bank details or clients, from what to what?",
        parts=(
            Part(
                "changes",
                "Changes, in their order",
                trail.CHANGES,
                (
                    *days(on_day="Day"),
                    *instants(at="At"),
                    *texts(
                        entry="Audit entry",
                        change="Change",
                        record="Of",
                        of_what="Which",
                        who="By",
                        before="Before",
                        after="After, or as asked for",
                        effective_from="Effective from",
                        reason="Reason",
                    ),
                ),
                none="Nothing was changed.",
            ),
        ),
        asks=PERIOD,
        again=AGAIN,
        limits=(
            "A second person's decision (put in force, executed, agreed to) is an entry of its own.",
            "Document templates come with the program, number series with the legal entity.",
        ),
        tested_by=TESTED + "test_changes_and_overrides",
    ),
    Report(
        number=15,
        title="Manual overrides",
        question="Where did somebody set hours, costs, prices or a cell of a file by hand, and why?",
        parts=(
            Part(
                "overrides",
                "Overrides, in their order",
                trail.OVERRIDES,
                (
                    *days(on_day="Day"),
                    *instants(at="At"),
                    *texts(
                        entry="Audit entry",
                        what="What",
                        contract="Contract",
                        who="By",
                        reason="Reason",
                        asked="As asked for",
                    ),
                ),
                none="Nothing was set by hand.",
            ),
        ),
        asks=PERIOD,
        again=AGAIN,
        tested_by=TESTED + "test_changes_and_overrides",
    ),
)
