"""The one report of an import: what was understood, what would happen to each row, and all that is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from importers.analysis import Analysis, analyse_reading
from importers.chosen import as_chosen, settled_by
from importers.entries import Kind
from importers.headers import HEADER_WITHIN
from importers.known import KnownThings
from importers.problems import Choice, Problem, Severity, file_problem
from importers.profiles.known import profile_named
from importers.reading import Reading, read
from importers.recognising import ask_kind, recognised
from importers.settled import How, Settled
from importers.sheets import Sheet

Result = Literal["ok", "needs_decision", "refused"]


class ReportedDecision(BaseModel):
    """One decision over the file: its value and how it was reached, or the question that is open."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: str | None
    how: How
    question: str | None = None
    choices: tuple[Choice, ...] = ()
    proposal: str | None = None
    """What we would answer; it is never applied by itself."""
    rows: int | None = None


class ReportedProblem(BaseModel):
    """What is wrong at one place, or worth knowing (`severity` information)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    severity: Severity
    sheet: str | None
    row: int | None
    column: str | None
    found: str
    expected: str
    message: str
    rows: int


class Totals(BaseModel):
    """Over every row read but the ignored and refused: hours to four decimals and the amount, as text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hours: str | None = None
    amount: str | None = None


class Report(BaseModel):
    """What became, or would become, of a file: `rows_read = imported + skipped_known + refused + ignored`.

    In a dry run rows that only wait for a decision count as imported.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: Result
    kind: str | None
    profile: str | None
    file_name: str
    file_sha256: str
    decisions: Mapping[str, ReportedDecision]
    rows_read: int
    imported: int
    skipped_known: int
    refused: int
    ignored: int
    reasons: Mapping[str, int]
    totals: Totals
    problems: tuple[ReportedProblem, ...]


def dry_run(
    file_name: str,
    data: bytes,
    known: KnownThings | None = None,
    decisions: Mapping[str, str] | None = None,
    kind: Kind | None = None,
    profile: str | None = None,
) -> Report:
    """What an import of the file would do. Pure. `kind` None: found out, or asked."""
    known = known or KnownThings()
    answers = dict(decisions or {})
    reading = as_chosen(read(file_name, data, answers=answers), answers)
    found = recognised(reading, known, answers, kind, profile)
    if found.kind is None:
        return _without_kind(reading, ask_kind(found, _rows(reading.sheets)).model_dump())
    chosen = found.profile if profile is None else profile_named(profile, known.profiles)
    how: How = "found" if kind is None and "kind" not in answers else "given"
    kind_settled = Settled(key="kind", value=found.kind.value, how=how)
    return report_of(analyse_reading(found.kind, reading, known, answers, chosen), reading, kind_settled)


def report_of(analysis: Analysis, reading: Reading, *settled: Settled, new: int | None = None) -> Report:
    """The report of an analysis of the reading. `new`: how many entries there were, where the analysis was
    kept without them."""
    entries = len(analysis.entries) if new is None else new
    if analysis.is_refused:
        outcome: Result = "refused"
    elif analysis.open_decisions:
        outcome = "needs_decision"
    else:
        outcome = "ok" if analysis.rows_read > analysis.refused else "refused"
    repeats = {"repeats another row": analysis.repeats} if analysis.repeats else {}
    read_rows, new = analysis.rows_read - analysis.split, entries + analysis.waiting
    known = analysis.known
    less = min(analysis.split, new)
    return Report(
        outcome=outcome,
        kind=analysis.kind.value,
        profile=analysis.profile,
        file_name=analysis.file_name,
        file_sha256=analysis.file_sha256,
        decisions=_decisions(analysis, reading, settled),
        rows_read=read_rows,
        imported=new - less,
        skipped_known=known - (analysis.split - less),
        refused=analysis.refused,
        ignored=analysis.ignored + analysis.repeats,
        reasons={**analysis.reasons, **repeats},
        totals=Totals(
            hours=analysis.totals_read.exact_hours,
            amount=analysis.totals_read.amount,
        )
        if analysis.totals_read.rows
        else Totals(),
        problems=tuple(_reported(problem) for problem in analysis.problems),
    )


def _decisions(
    analysis: Analysis, reading: Reading, settled: Sequence[Settled]
) -> Mapping[str, ReportedDecision]:
    found = {
        each.key: ReportedDecision(value=each.value, how=each.how)
        for each in (*settled, *settled_by(reading), *analysis.settled)
    }
    for decision in analysis.decisions:
        found[decision.key] = ReportedDecision(
            value=decision.decided,
            how="asked" if decision.is_open else "given",
            question=decision.question,
            choices=decision.choices,
            proposal=decision.proposal or None,
            rows=decision.rows,
        )
    return found


def _without_kind(reading: Reading, asked: Mapping[str, object]) -> Report:
    """The file's kind is not known: its rows are counted, and the kind is asked for."""
    blocked = [problem for problem in reading.problems if problem.severity is Severity.blocks_file]
    rows = _rows(reading.sheets)
    problems = list(reading.problems)
    if not rows and not blocked:
        blocked = [
            file_problem(
                reading.file_name,
                "no_rows",
                found="no rows",
                expected="a table with a header row",
                mend="Check that this is the right file.",
            )
        ]
        problems.extend(blocked)
    question = ReportedDecision.model_validate(
        {
            "value": None,
            "how": "asked",
            **{name: asked[name] for name in ("question", "choices", "proposal", "rows")},
        }
    )
    found = {each.key: ReportedDecision(value=each.value, how=each.how) for each in settled_by(reading)}
    return Report(
        outcome="refused" if blocked else "needs_decision",
        kind=None,
        profile=None,
        file_name=reading.file_name,
        file_sha256=reading.sha256,
        decisions=found if blocked else {**found, "kind": question},
        rows_read=rows,
        imported=0 if blocked else rows,
        skipped_known=0,
        refused=rows if blocked else 0,
        ignored=0,
        reasons={},
        totals=Totals(),
        problems=tuple(_reported(problem) for problem in problems),
    )


def _rows(sheets: Sequence[Sheet]) -> int:
    """Rows that look like data: those below the fullest of the first rows, or all where that has numbers."""
    count = 0
    for sheet in sheets:
        top = sheet.rows[:HEADER_WITHIN]
        if not top:
            continue
        at = max(range(len(top)), key=lambda index: (len(top[index].cells), -index))
        heads = not any(cell.raw.strip().replace(".", "", 1).isdigit() for cell in top[at].cells)
        count += len(sheet.rows) - (at + 1 if heads else 0)
    return count


def _reported(problem: Problem) -> ReportedProblem:
    return ReportedProblem(
        code=problem.code,
        severity=problem.severity,
        sheet=problem.sheet,
        row=problem.row,
        column=problem.column,
        found=problem.found,
        expected=problem.expected,
        message=problem.mend,
        rows=problem.rows,
    )
