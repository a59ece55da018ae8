"""The report of a file for many contracts that the system has read and given to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from importers.posted import PostedReport, posted_report
from importers.problems import Choice
from importers.report import ReportedDecision
from importers.settled import How

_LEFT_OUT, _OPEN = "left out", "of no contract yet"


class PartReport(BaseModel):
    """What one contract gets of the file: its rows as in a report of their own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    contract: str
    projects: tuple[str, ...]
    import_id: str
    state: str
    imported: int
    skipped_known: int
    refused: int
    decisions: Mapping[str, ReportedDecision]


class PartedReport(PostedReport):
    """The report over the whole file, and over each of its parts."""

    parts: tuple[PartReport, ...]


def parted_report(
    read: Mapping[str, Any],
    parts: Sequence[Mapping[str, Any]],
    data: bytes,
    answers: Mapping[str, str],
    kind_how: How,
) -> PartedReport:
    """`read` and `parts` as the API gives them. `ok` where every project has its place or is left
    out, and every part is posted; open projects are questions, `project:NAME`."""

    def of(one: Mapping[str, Any]) -> PostedReport:
        return posted_report(
            one["report"],
            read["file_name"],
            data,
            answers,
            kind_how,
            import_id=one["id"],
            state=one["state"],
        )

    whole = of(read)
    reports = [(one, of(one)) for one in parts]
    told = {one["id"]: one["projects"] for one in read["parts"]}
    placed = {name for names in (told[one["id"]] for one in parts) for name in names}
    left_out = set(read["left_out"])
    open_parts = [one for one in read["report"].get("parts", ()) if one["project"] not in placed | left_out]
    rows = {one["project"]: one["rows"] for one in read["report"].get("parts", ())}
    imported = sum(report.imported for _, report in reports)
    known = sum(report.skipped_known for _, report in reports)
    refused = whole.refused + sum(report.refused for _, report in reports)
    ignored = whole.rows_read - imported - known - refused
    reasons = {
        _LEFT_OUT: sum(rows.get(name, 0) for name in left_out - placed),
        _OPEN: sum(one["rows"] for one in open_parts),
    }
    reasons["by the rules of their contract"] = ignored - sum(reasons.values())
    done = not open_parts and (reports or left_out) and all(one["state"] == "posted" for one, _ in reports)
    waits = open_parts or any(one["state"] in ("needs_decision", "ready") for one, _ in reports)
    return PartedReport.model_validate(
        {
            **whole.model_dump(),
            "outcome": "ok" if done else "needs_decision" if waits else whole.outcome,
            "decisions": {
                **whole.decisions,
                **{f"project:{one['project']}": _asked(one) for one in open_parts},
            },
            "imported": imported,
            "skipped_known": known,
            "refused": refused,
            "ignored": ignored,
            "reasons": {why: count for why, count in reasons.items() if count > 0},
            "parts": tuple(
                PartReport(
                    contract=one["contract_number"],
                    projects=tuple(told[one["id"]]),
                    import_id=one["id"],
                    state=one["state"],
                    imported=report.imported,
                    skipped_known=report.skipped_known,
                    refused=report.refused,
                    decisions={key: each for key, each in report.decisions.items() if each.how == "asked"},
                )
                for one, report in reports
            ),
        }
    )


def _asked(one: Mapping[str, Any]) -> ReportedDecision:
    offers = [Choice(value=offer["called"], means=offer["in_words"]) for offer in one["offers"]]
    return ReportedDecision(
        value=None,
        how="asked",
        question=f"Which contract is project {one['project']}? Answer with its number.",
        choices=(
            *offers,
            Choice(value="ignore", means="It is left out."),
            Choice(value="later", means="Later."),
        ),
        rows=one["rows"],
    )
