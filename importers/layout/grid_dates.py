"""On which dates the columns of a grid are: as its header and titles say, else as a person says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from importers.layout.day_names import DayHead, Week, dates_of, week_above
from importers.layout.months import dates_in, month_above, month_said, turn
from importers.problems import Decision, Place, Problem, ask_text
from importers.sheets import Cell, CellKind, Sheet
from importers.values import Conventions, day

WEEK = "week_ending"
"""Key of the question on which day the week of a grid ends."""
MONTH = "month"
"""Key of the question which month the numbers of days are of."""


def dates_of_heads(
    file: str, sheet: Sheet, at: int, days: Mapping[int, DayHead], answers: Mapping[str, str]
) -> tuple[Sequence[str] | None, tuple[Problem, Decision] | None]:
    """The dates of the days whose heads stand in the row at `at`, as ISO text: as the header and its titles
    say, else as a person says; then the question."""
    heads = list(days.values())
    titles = sheet.rows[:at]
    header = sheet.rows[at]
    if all(head.of_month is not None for head in heads):
        return _dates_of_month(file, sheet, at, heads, answers)
    found = dates_of(heads, week_above(titles))
    if found is not None and WEEK not in answers:
        return [on.isoformat() for on in found], None
    answer = day(Cell(0, CellKind.text, answers.get(WEEK, "")), Conventions(date_order=None))
    said = {WEEK: answers[WEEK]} if isinstance(answer, date) else {}
    asked = ask_text(
        "week_open",
        WEEK,
        question="The days have no dates. On which day does the week end (as 2025-03-16)?",
        places=[Place(file=file, sheet=sheet.name, row=header.number)],
        found=", ".join(cell.raw.strip() for cell in header.cells if cell.column in days),
        expected="dates, or the week that is meant",
        decisions=said,
    )
    if not isinstance(answer, date):
        return None, asked
    week = Week(date.fromordinal(answer.toordinal() - 6), answer, answer.year)
    dates = dates_of(heads, week)
    return [on.isoformat() for on in dates] if dates else None, asked


def _dates_of_month(
    file: str, sheet: Sheet, at: int, heads: Sequence[DayHead], answers: Mapping[str, str]
) -> tuple[Sequence[str] | None, tuple[Problem, Decision] | None]:
    numbers = [head.of_month or 0 for head in heads]
    weekdays = [head.weekday for head in heads]
    titled = month_above(sheet.rows[:at], sheet.name)
    if titled is not None and MONTH not in answers:
        dates = dates_in(numbers, weekdays, (titled, titled.before()) if turn(numbers) else (titled,))
        if dates is not None:
            return dates, None
    answer = month_said(answers.get(MONTH, ""))
    dates = None
    if answer is not None:
        dates = dates_in(numbers, weekdays, (answer.before() if turn(numbers) else answer,))
    asked = ask_text(
        "month_open",
        MONTH,
        question="The days are only numbers. Of which month are they (as 2025-03)?"
        + (" They begin in the month before it." if turn(numbers) else ""),
        places=[Place(file=file, sheet=sheet.name, row=sheet.rows[at].number)],
        found=f"{numbers[0]} to {numbers[-1]}",
        expected="a title with month and year, or the month that is meant",
        decisions={MONTH: answers[MONTH]} if dates is not None else {},
    )
    return dates, asked
