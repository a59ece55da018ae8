"""Application history, one row an application and SOV line; and its reconciliation with the application
totals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from contracts_app.domain.money import total
from importers import values
from importers.columns import CONTRACT, Column
from importers.entries import Entry, Kind
from importers.known import KnownApplication
from importers.problems import Decision, Place, Problem, ask, information
from importers.rules import Checked, Context, RowFlaws, Rules, on_known_sov_line, without_refused
from importers.values import Flaw


class ApplicationLine(Entry):
    """Progress of one SOV line on one application, as the source tells it. `amount` is the work completed
    this
    period that stands after the decisions; everything else is as read."""

    settled: ClassVar[frozenset[str]] = frozenset({"amount"})

    number: int
    sov_line: str
    description: str | None = None
    scheduled_value: Decimal
    previous: Decimal
    this_period: Decimal
    to_date: Decimal
    balance: Decimal | None = None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Lines checked against totals and each other: the lines whose amounts stand, and what became of the
    rest."""

    lines: Sequence[ApplicationLine]
    refused: int
    waiting: int
    problems: Sequence[Problem]
    decisions: Sequence[Decision]

    def amounts(self) -> Mapping[int, Mapping[str, Decimal]]:
        """Application number → SOV line → work completed this period. A line not named had no work."""
        by_application: dict[int, dict[str, Decimal]] = defaultdict(dict)
        for line in self.lines:
            by_application[line.number][line.sov_line] = line.amount
        return dict(by_application)


COLUMNS = (
    CONTRACT,
    Column(
        "number",
        "application_number, Application, Application no, App, App no, App number, Pay app, Draw, Draw no",
        values.whole_number,
        title="Application number",
    ),
    Column(
        "sov_line",
        "sov_line_id, SOV, SOV id, SOV item, Schedule of values line, Line item, Item no, Line id, Line",
        values.identifier,
        title="SOV line",
    ),
    Column("description", "Description of work, Work", values.text, required=False),
    Column("scheduled_value", "Scheduled, Value, Contract value", values.amount),
    Column(
        "previous",
        "previous_billed, From previous application, Previous application, Previously billed, Billed "
        "previously",
        values.amount,
    ),
    Column("this_period", "Period amount, Work this period, Billed this period, Current", values.amount),
    Column(
        "to_date",
        "total_billed, Total to date, Billed to date, Total completed, Total completed and stored",
        values.amount,
    ),
    Column("balance", "balance_to_finish, Balance remaining, Remaining", values.amount, required=False),
)


def _build(row: Mapping[str, object]) -> ApplicationLine | RowFlaws:
    line = ApplicationLine.model_validate(
        {**row, "external_id": f"{row['number']}/{row['sov_line']}", "amount": row["this_period"]}
    )
    if line.previous + line.this_period != line.to_date:
        expected = f"{line.previous + line.this_period:,}, previous plus this period"
        return [("to_date", Flaw("line_does_not_add_up", expected, "Correct one of the three amounts."))]
    return line


def _on_line(entries: Sequence[ApplicationLine], context: Context) -> Checked[ApplicationLine]:
    return on_known_sov_line(entries, context, "sov_line", lambda e: [e.sov_line])


def _scheduled(entries: Sequence[ApplicationLine], context: Context) -> Checked[ApplicationLine]:
    lines = context.known.sov_lines or {}
    wrong = [
        (
            e,
            context.refuse(
                e,
                "scheduled_value",
                "scheduled_value_differs",
                expected=f"{lines[e.sov_line]:,}, as in the schedule",
                mend="Correct the scheduled value, or the schedule of values by a revision.",
            ),
        )
        for e in entries
        if e.sov_line in lines and lines[e.sov_line] != e.scheduled_value
    ]
    return without_refused(entries, wrong)


def _reconciled(entries: Sequence[ApplicationLine], context: Context) -> Checked[ApplicationLine]:
    stored = [e for e in context.stored if isinstance(e, ApplicationLine)]
    done = reconcile(entries, context.known.applications, context.decisions, context.place, stored)
    return Checked(done.lines, done.refused, done.waiting, done.problems, done.decisions)


def reconcile(
    lines: Sequence[ApplicationLine],
    totals: Sequence[KnownApplication],
    decisions: Mapping[str, str],
    place: Callable[[ApplicationLine, str | None], Place],
    stored: Sequence[ApplicationLine] = (),
) -> Reconciliation:
    """Check every application's lines against its total and against what the next application calls previous.

    An application whose lines fail is one decision: `application_lines:N` = `next_previous` (the difference
    of
    the *previous* columns of N+1 and N), `as_read` or `refuse`. Lines that vanish before the last
    application are one
    decision: `lines_missing` = `no_work` or `refuse`. Without totals only the columns are compared. `stored`
    lines
    were settled when they came in: they are compared with, not asked about.
    """
    by_number: dict[int, dict[str, ApplicationLine]] = defaultdict(dict)
    new = {line.external_id for line in lines}
    for line in [*stored, *lines]:
        by_number[line.number][line.sov_line] = line
    expected = {t.number: t.period_total for t in totals}
    asked: list[tuple[Problem, Decision]] = []
    problems: list[Problem] = []
    kept: list[ApplicationLine] = []
    refused = waiting = 0
    held_back: set[int] = set()
    to_settle = {line.number for line in lines}
    missing, missing_question = _missing(by_number, to_settle, decisions, place)
    if missing_question:
        asked.append(missing_question)
        if missing_question[1].decided != "no_work":
            held_back = missing
    for number in sorted(to_settle):
        own = [line for line in by_number[number].values() if line.external_id in new]
        question = _damage(number, by_number, expected, decisions, place)
        if question:
            asked.append(question)
        choice = question[1].decided if question else "as_read"
        if number in held_back and missing_question:
            choice = "refuse" if missing_question[1].decided == "refuse" else None
        if choice is None:
            waiting += len(own)
        elif choice == "refuse":
            refused += len(own)
        elif choice == "next_previous":
            kept.extend(_from_next(line, by_number[number + 1]) for line in own)
        else:
            kept.extend(own)
    if lines and not totals:
        problems.append(
            information(
                place(lines[0], None),
                "no_totals_to_compare",
                found="no application totals",
                expected="the imported totals of the applications",
                mend="Import the application totals first, so that the lines can be compared with them.",
            )
        )
    return Reconciliation(kept, refused, waiting, [*problems, *(p for p, _ in asked)], [d for _, d in asked])


def _damage(
    number: int,
    by_number: Mapping[int, Mapping[str, ApplicationLine]],
    expected: Mapping[int, Decimal],
    decisions: Mapping[str, str],
    place: Callable[[ApplicationLine, str | None], Place],
) -> tuple[Problem, Decision] | None:
    own, following = by_number[number], by_number.get(number + 1, {})
    added = total([line.this_period for line in own.values()])
    broken = sum(
        1 for key, line in own.items() if key in following and following[key].previous != line.to_date
    )
    sums_up = number not in expected or added == expected[number]
    if sums_up and not broken:
        return None
    meant = total([_from_next(line, following).amount for line in own.values()]) if following else None
    choices = [
        ("as_read", "The lines stand as they are in the file."),
        ("refuse", "The application's lines are not imported."),
    ]
    proposal = "refuse"
    if following and own.keys() <= following.keys():
        choices.insert(
            0,
            (
                "next_previous",
                f"The difference of the previous columns of {number + 1} and {number} stands: {meant:,}.",
            ),
        )
        proposal = "next_previous"
    wanted = f"{expected[number]:,}" if number in expected else "lines that the next application continues"
    return ask(
        "lines_do_not_add_up",
        f"application_lines:{number}",
        question=f"The lines of application {number} add up to {added:,} where {wanted} is expected, "
        f"and {broken} of "
        f"{len(own)} are not continued by application {number + 1}. What stands?",
        choices=choices,
        proposal=proposal,
        found=f"{added:,}",
        expected=wanted,
        places=[place(line, "this_period") for line in own.values()],
        decisions=decisions,
    )


def _from_next(line: ApplicationLine, following: Mapping[str, ApplicationLine]) -> ApplicationLine:
    after = following.get(line.sov_line)
    return line if after is None else line.model_copy(update={"amount": after.previous - line.previous})


def _missing(
    by_number: Mapping[int, Mapping[str, ApplicationLine]],
    to_settle: Collection[int],
    decisions: Mapping[str, str],
    place: Callable[[ApplicationLine, str | None], Place],
) -> tuple[set[int], tuple[Problem, Decision] | None]:
    """Applications that leave out lines an earlier one has. Lines not begun yet are not missing."""
    seen: dict[str, ApplicationLine] = {}
    missing: dict[int, set[str]] = {}
    for number in sorted(by_number):
        gone = seen.keys() - by_number[number].keys()
        if gone and number in to_settle:
            missing[number] = gone
        seen.update(by_number[number])
    if not missing:
        return set(), None
    names = sorted(set().union(*missing.values()))
    complete = all(seen[name].to_date == seen[name].scheduled_value for name in names)
    return set(missing), ask(
        "lines_missing",
        "lines_missing",
        question=f"Lines {', '.join(names)} are missing from applications {', '.join(map(str, missing))}"
        f"{', all of them complete before' if complete else ''}. Treat them as no work in those periods?",
        choices=[
            ("no_work", "A missing line keeps its amount to date and has no work this period."),
            ("refuse", "The applications with missing lines are not imported."),
        ],
        proposal="no_work",
        found=f"{len(names)} lines missing",
        expected="every line begun on every later application",
        places=[place(line, "sov_line") for number in missing for line in by_number[number].values()],
        decisions=decisions,
    )


RULES = Rules(
    kind=Kind.application_lines,
    columns=COLUMNS,
    build=_build,
    steps=(_on_line, _scheduled, _reconciled),
    money=("scheduled_value", "previous", "this_period", "to_date", "balance"),
    amount=lambda entry: entry.amount,
    numbers=("scheduled_value", "previous", "this_period", "to_date", "balance"),
)
