"""Which required papers are missing for an invoice or a payment (docs/SPEC-compliance.md): pure rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.compliance.papers import Blocks, GrantedException, Paper, PaperTest, Requirement

_DAY = timedelta(days=1)
HOW_TO_MEND = (
    "File the paper under Compliance on the contract, or ask for an exception there: another person, a "
    "controller, grants it."
)


class Act(BaseModel):
    """What is about to happen, and the days that count for it.

    `on` is the day of issue, or the day on which the payment came in; `today` the business day on which
    somebody does it, by which exceptions are judged.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    what: frozenset[Blocks]
    period_from: date
    period_to: date
    on: date
    today: date


class Gate(BaseModel):
    """A requirement that is not met, and what is missing, as a sentence."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    requirement: Requirement
    missing: str


def open_gates(
    required: Iterable[Requirement],
    papers: Collection[Paper],
    exceptions: Collection[GrantedException],
    act: Act,
) -> tuple[Gate, ...]:
    """The requirements that hold this act up, each with what is missing; none: it may be done."""
    excepted = {one.requirement_id for one in exceptions if act.today <= one.until}
    found = []
    for one in required:
        if one.blocks not in act.what or act.on < one.from_on or one.id in excepted:
            continue
        known = [paper for paper in papers if _is_of(paper, one)]
        missing = _missing(one, known, act)
        if missing:
            found.append(Gate(requirement=one, missing=f"{one.called}: {missing}."))
    return tuple(found)


def in_words(gates: Sequence[Gate]) -> str:
    """What is missing, each once, as sentences."""
    return " ".join(dict.fromkeys(gate.missing for gate in gates))


def next_change(
    required: Collection[Requirement],
    papers: Collection[Paper],
    exceptions: Collection[GrantedException],
    act: Act,
) -> date | None:
    """The first day after `act.today` on which other papers are missing, as far as is known today; None where
    that stays as it is. For acts that have not happened: they would be done on that day."""
    now = [gate.requirement.id for gate in open_gates(required, papers, exceptions, act)]
    days = {
        *(one.from_on for one in required),
        *(paper.valid_from for paper in papers),
        *(paper.valid_to + _DAY for paper in papers if paper.valid_to is not None),
        *(one.until + _DAY for one in exceptions),
    }
    for day in sorted(each for each in days if each > act.today):
        then = act.model_copy(update={"on": day, "today": day})
        if [gate.requirement.id for gate in open_gates(required, papers, exceptions, then)] != now:
            return day
    return None


def _is_of(paper: Paper, required: Requirement) -> bool:
    return paper.kind is required.kind and paper.of_whom.casefold() == required.of_whom.casefold()


def _missing(required: Requirement, papers: Sequence[Paper], act: Act) -> str:
    """What is missing, without the paper's name; nothing where the papers meet the requirement."""
    first = max(act.period_from, required.from_on)
    if required.kind.test is PaperTest.whole_period and first > act.period_to:
        return ""
    if not papers:
        return "none is on file"
    match required.kind.test:
        case PaperTest.once:
            met = any(paper.valid_from <= act.on for paper in papers)
            return "" if met else f"none is dated {act.on} or before"
        case PaperTest.whole_period:
            return _gaps(papers, first, act.period_to)
        case PaperTest.both_days:
            days = {"the end of the work period": act.period_to, _called(act): act.on}
        case PaperTest.day_of_act:
            days = {_called(act): act.on}
        case _:  # the end of the work period
            days = {"the end of the work period": act.period_to}
    lacking = [
        f"{day}, {called}" for called, day in days.items() if not any(paper.covers(day) for paper in papers)
    ]
    return f"none is valid on {' and on '.join(lacking)}{_until(papers)}" if lacking else ""


def _called(act: Act) -> str:
    return "the day of the payment" if Blocks.payment in act.what else "the day of issue"


def _until(papers: Sequence[Paper]) -> str:
    ends = [paper.valid_to for paper in papers if paper.valid_to is not None]
    return f" (the last on file ends {max(ends)})" if len(ends) == len(papers) else ""


def _gaps(papers: Sequence[Paper], first: date, last: date) -> str:
    """The days of a work period that no paper speaks of."""
    gaps: list[str] = []
    day = first
    for paper in sorted(papers, key=lambda one: one.valid_from):
        if day > last:
            break
        if paper.valid_from > day:
            gaps.append(_span(day, min(last, paper.valid_from - _DAY)))
        if paper.valid_to is None:
            day = last + _DAY
        elif paper.valid_to >= day:
            day = paper.valid_to + _DAY
    if day <= last:
        gaps.append(_span(day, last))
    return f"none speaks of {' and of '.join(gaps)}" if gaps else ""


def _span(first: date, last: date) -> str:
    return f"{first}" if first == last else f"{first} to {last}"
