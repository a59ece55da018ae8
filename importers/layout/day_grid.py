"""Grids of weeks and months kept in spreadsheets: a column for each day → a row for each day that has hours.

The header is the row with the days; year, week or month stand in a title above it. Labels of merged cells
(a person over a row of straight time and one of overtime) are repeated. Sums are left out and compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from importers.arranged import Arranged
from importers.columns import HEADER_WITHIN, plain
from importers.layout.day_names import DayHead, day_head
from importers.layout.grid_dates import dates_of_heads
from importers.layout.months import FEWEST, day_number, follow
from importers.layout.placed import PlacedCell, placed
from importers.problems import Decision, Place, Problem, information
from importers.sheets import Cell, CellKind, Row, Sheet
from importers.values import Conventions, DateOrder, DecimalMark, seconds

_FEWEST_DAYS = 3
_LONGEST_WEEKS = 7
"""Weekdays without dates; more of them stand over the days of a month."""
_A_WEEK = 5
"""Days, when their headers are numbers that could be something else."""
_STAND_IN = date(2000, 1, 1).toordinal()
"""From here on days are counted while week or month are open."""
_SUMS = frozenset(
    {"total", "totals", "sum", "summe", "gesamt", "totalhours", "hours", "stunden", "wk", "weektotal"}
)
_TOTAL = re.compile(r"\s*(?:grand |sub|week(?:ly)? |daily )?-?\s*(?:totals?|summe|gesamt)\b", re.IGNORECASE)
_NOTHING = frozenset({"-", "–", "—", "0", "0.0", "0,0", "0.00", "0,00", "x"})
_STRAIGHT_OR_NOT = frozenset(
    {"st", "ot", "dt", "rt", "reg", "regular", "overtime", "double time", "straight"}
)
_PROJECT = re.compile(r"(?:job|project|projekt|baustelle)(?: ?(?:no\.?|name|#))?\s*:\s*(.*)\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where the days of a sheet stand, and what its other columns are called."""

    at: int
    days: Mapping[int, DayHead]
    labels: Mapping[int, Cell]
    sums: frozenset[int]


def arrange(file: str, sheets: Sequence[Sheet], answers: Mapping[str, str]) -> Arranged:
    """Sheets that are grids, a row a day; the others as they are."""
    problems: list[Problem] = []
    decisions: list[Decision] = []
    arranged = []
    for sheet in sheets:
        grid = _grid(sheet)
        if grid is None:
            arranged.append(sheet)
            continue
        dates, asked = dates_of_heads(file, sheet, grid.at, grid.days, answers)
        if asked is not None and not decisions:
            problems.append(asked[0])
            decisions.append(asked[1])
        rows, wrong = _unpivoted(file, sheet, grid, dates)
        problems.extend(wrong)
        arranged.append(replace(sheet, rows=rows))
    return Arranged(arranged, problems, decisions, provisional=any(each.is_open for each in decisions))


def _grid(sheet: Sheet) -> _Grid | None:
    for at, row in enumerate(sheet.rows[:HEADER_WITHIN]):
        days = _days(row)
        others = {cell.column: cell for cell in row.cells if cell.column not in days}
        if len(days) >= FEWEST and not others:  # the labels stand beside the weekdays, a row above or below
            around = [*sheet.rows[max(at - 1, 0) : at], *sheet.rows[at + 1 : at + 2]]
            beside = [{c.column: c for c in one.cells if c.column not in days} for one in around]
            others = next((cells for cells in beside if cells), others)
        texts = [cell for cell in others.values() if cell.kind is CellKind.text]
        if len(days) < _FEWEST_DAYS or not texts or len(texts) != len(others):
            continue
        sums = frozenset(
            column for column, cell in others.items() if plain(cell.raw) in _SUMS and column > min(days)
        )
        labels = {column: cell for column, cell in others.items() if column not in sums}
        return _Grid(at, days, labels, sums)
    return None


def _days(row: Row) -> Mapping[int, DayHead]:
    """The heads of days, under the order of day and month in which they follow each other; else none."""
    numbers = {cell.column: DayHead(of_month=n) for cell in row.cells if (n := day_number(cell)) is not None}
    if len(numbers) >= FEWEST and _are_days_in_a_row(numbers):
        return numbers
    for order in (None, *DateOrder):
        days = {cell.column: head for cell in row.cells if (head := day_head(cell, order)) is not None}
        if len(days) >= _FEWEST_DAYS and _are_days_in_a_row(days):
            return days
    return {}


def _are_days_in_a_row(days: Mapping[int, DayHead]) -> bool:
    """Whether the heads stand side by side and name one day after the other, as no row of data does."""
    columns, heads = list(days), list(days.values())
    if columns != list(range(columns[0], columns[0] + len(columns))):
        return False
    if all(head.of_month is not None for head in heads):
        return follow([head.of_month or 0 for head in heads])
    if all(head.on is None and head.weekday is not None for head in heads):
        return len(heads) <= _LONGEST_WEEKS and all(
            (b.weekday or 0) == ((a.weekday or 0) + 1) % 7 for a, b in pairwise(heads)
        )
    if all(head.on is not None for head in heads):
        return all(b.on and a.on and (b.on - a.on).days == 1 for a, b in pairwise(heads))
    return len(heads) >= _A_WEEK and all(head.numbers is not None for head in heads)


def _unpivoted(
    file: str, sheet: Sheet, grid: _Grid, dates: Sequence[str] | None
) -> tuple[Sequence[Row], Sequence[Problem]]:
    header = sheet.rows[grid.at]
    width = 1 + max(cell.column for row in sheet.rows for cell in row.cells)
    project = _project_above(sheet.rows[: grid.at], width + 2) if not _has_project(grid) else None
    labels = _labels(grid, sheet.rows[grid.at + 1 :])
    titles = [*labels, Cell(width, CellKind.text, "Date"), Cell(width + 1, CellKind.text, "Hours")]
    if project is not None:
        titles.append(Cell(width + 2, CellKind.text, "Project"))
    rows = [Row(header.number, tuple(titles))]
    problems: list[Problem] = []
    heads = {cell.column: cell for cell in header.cells}
    stand_ins = [date.fromordinal(_STAND_IN + n).isoformat() for n in range(len(grid.days))]
    said = dict(zip(grid.days, dates or stand_ins, strict=True))
    above: dict[int, Cell] = {}
    for row in sheet.rows[grid.at + 1 :]:
        cells = {cell.column: cell for cell in row.cells}
        if any(_TOTAL.match(cell.raw) for column, cell in cells.items() if column in grid.labels):
            continue
        own = {column: cell for column, cell in cells.items() if column in grid.labels}
        first = min(grid.labels, default=None)
        if own and first in own:
            above = {column: placed(cell, row.number) for column, cell in own.items()}
        worked = {c: cells[c] for c in grid.days if c in cells and cells[c].raw.strip() not in _NOTHING}
        if not worked or not (own or above) or (not own and _adds_up(worked, rows, width + 1)):
            continue
        shown = {**{c: cell for c, cell in above.items() if first not in own}, **own}
        for column, cell in worked.items():
            on = PlacedCell(
                width, _kind(said[column]), said[column], f"{heads[column].letter}{header.number}"
            )
            hours = placed(cell, row.number, width + 1)
            extra = [project] if project is not None else []
            ordered = sorted(shown.values(), key=lambda each: each.column)
            rows.append(Row(row.number, (*ordered, on, hours, *extra)))
        problems.extend(_compared(file, sheet, row, cells, worked, grid))
    return rows, problems


def _kind(on: str) -> CellKind:
    """A day that its month does not have (2025-02-30) is text, and refused as a date."""
    try:
        date.fromisoformat(on)
    except ValueError:
        return CellKind.text
    return CellKind.date


def _labels(grid: _Grid, rows: Sequence[Row]) -> Sequence[Cell]:
    """The headers of the labels. One whose cells say ST and OT is the type of hours, however called."""
    said: dict[int, set[str]] = {column: set() for column in grid.labels}
    for row in rows:
        for cell in row.cells:
            if cell.column in said:
                said[cell.column].add(cell.raw.strip().casefold())
    return [
        PlacedCell(column, cell.kind, "Hours type", cell.letter)
        if said[column] and said[column] <= _STRAIGHT_OR_NOT
        else cell
        for column, cell in sorted(grid.labels.items())
    ]


def _has_project(grid: _Grid) -> bool:
    return any(
        plain(cell.raw) in {"project", "projekt", "job", "projectname"} for cell in grid.labels.values()
    )


def _project_above(rows: Sequence[Row], column: int) -> PlacedCell | None:
    """The job that the whole sheet is for: `Job:` and the cell beside it, or after the colon."""
    for row in rows:
        for place, cell in enumerate(row.cells):
            match = _PROJECT.match(cell.raw.strip())
            if match and match[1]:
                return PlacedCell(column, CellKind.text, match[1], f"{cell.letter}{row.number}")
            if match and place + 1 < len(row.cells):
                return placed(row.cells[place + 1], row.number, column)
    return None


def _adds_up(worked: Mapping[int, Cell], rows: Sequence[Row], hours: int) -> bool:
    """A row without any label that says what the rows above come to."""
    size = sum(_seconds(cell) or 0 for cell in worked.values())
    above = sum(_seconds(cell) or 0 for row in rows[1:] for cell in row.cells if cell.column == hours)
    return len(rows) > 2 and size == above


def _seconds(cell: Cell) -> int | None:
    for mark in DecimalMark:
        found = seconds(cell, Conventions(decimal_mark=mark))
        if isinstance(found, int):
            return found
    return None


def _compared(
    file: str, sheet: Sheet, row: Row, cells: Mapping[int, Cell], worked: Mapping[int, Cell], grid: _Grid
) -> Sequence[Problem]:
    """Tell where a row's own total is not the sum of its days."""
    size = sum(_seconds(cell) or 0 for cell in worked.values())
    wrong = []
    for column in grid.sums:
        cell = cells.get(column)
        total = _seconds(cell) if cell is not None and cell.kind is not CellKind.formula else None
        if cell is not None and total is not None and total != size:
            wrong.append(
                information(
                    Place(file=file, sheet=sheet.name, row=row.number, column=cell.letter),
                    "row_total_differs",
                    found=cell.raw.strip(),
                    expected=f"{size / 3600:.2f}, the sum of its days",
                    mend="The days are taken; correct the sheet if its total is right.",
                    rows=1,
                )
            )
    return wrong
