"""Time sheets with a sheet for each person: who worked stands above the table, or is the sheet's name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from importers.arranged import Arranged
from importers.columns import HEADER_WITHIN, Column, plain
from importers.layout.placed import PlacedCell
from importers.problems import Place, ask, plural
from importers.sheets import Cell, CellKind, Row, Sheet
from importers.tables import fields_named

SHEETS = "sheet_names"
"""Key of the question what the names of the sheets are."""
PEOPLE, NOT_PEOPLE = "people", "not_people"
_ENOUGH = 2
"""Fields that a row must name to be the header."""
_LABEL = re.compile(
    r"(?:name of )?(?:employee|worker|person|staff member|staff|consultant|team member|resource|user|"
    r"mitarbeiter(?:in)?|name)(?: ?name| ?\(?name\)?)?\s*(:?)\s*(.*)\Z",
    re.IGNORECASE,
)


def with_people(
    file: str, arranged: Arranged, answers: Mapping[str, str], columns: Sequence[Column]
) -> Arranged:
    """The sheets with a column for the person where a sheet's title says who it is, or, of several sheets
    without one, where somebody says that the sheets' names are people."""
    lacking = {
        index: at
        for index, sheet in enumerate(arranged.sheets)
        if (at := _header_without_person(sheet, columns)) is not None
    }
    named = {
        index: who
        for index, at in lacking.items()
        if (who := _titled(arranged.sheets[index].rows[:at], columns)) is not None
    }
    open_ = [index for index in lacking if index not in named]
    if not named and (len(open_) < _ENOUGH or "value:person" in answers or "column:person" in answers):
        return arranged
    problems, decisions = [*arranged.problems], [*arranged.decisions]
    provisional = arranged.provisional
    if open_:
        places = [
            Place(file=file, sheet=arranged.sheets[index].name, row=arranged.sheets[index].rows[at].number)
            for index, at in lacking.items()
            if index in open_
        ]
        names = ", ".join(arranged.sheets[index].name for index in open_[:5])
        problem, decision = ask(
            "sheets_without_person",
            SHEETS,
            question=f"{plural(len(open_), 'sheet')} ({names}) do not say who worked. Are they called by the "
            "person?",
            choices=[
                (PEOPLE, "Yes: the name of each sheet is who worked."),
                (NOT_PEOPLE, "No: it is then asked who worked."),
            ],
            proposal=PEOPLE,
            places=places,
            found=names,
            expected="a column, or a cell above the table, that says who worked",
            decisions=answers,
        )
        problems.append(problem)
        decisions.append(decision)
        provisional |= decision.is_open
        if decision.decided != NOT_PEOPLE:
            for index in open_:
                named[index] = (arranged.sheets[index].name, "")
    sheets = [
        _with_person(sheet, lacking[index], *named[index]) if index in named else sheet
        for index, sheet in enumerate(arranged.sheets)
    ]
    return replace(arranged, sheets=sheets, problems=problems, decisions=decisions, provisional=provisional)


def _header_without_person(sheet: Sheet, columns: Sequence[Column]) -> int | None:
    """Where the header of time stands that names nobody; None for other sheets."""
    rows = sheet.rows[:HEADER_WITHIN]
    fields = [fields_named(row, columns) for row in rows]
    at = max(range(len(rows)), key=lambda index: (len(fields[index]), -index), default=None)
    if at is None or len(fields[at]) < _ENOUGH or not {"worked_on"} <= set(fields[at]):
        return None
    return None if {"person", "first_name", "last_name"} & set(fields[at]) else at


def _titled(rows: Sequence[Row], columns: Sequence[Column]) -> tuple[str, str] | None:
    """Who a title says, and where: `Employee: Jane Doe`, or the name in the cell beside the label. The upper
    half of a header over two rows (`Employee`, `Hours`) is no title."""
    headers = {name for column in columns for name in column.spellings}
    for row in rows:
        for place, cell in enumerate(row.cells):
            match = _LABEL.match(cell.raw.strip()) if cell.kind is CellKind.text else None
            if match is None:
                continue
            beside = row.cells[place + 1] if place + 1 < len(row.cells) else None
            if match[1] and match[2]:
                return match[2], f"{cell.letter}{row.number}"
            is_title = bool(match[1]) or len(row.cells) == 2
            if match[2] or not is_title or beside is None or plain(beside.raw) in headers:
                continue
            if beside.kind is CellKind.text:
                return beside.raw.strip(), f"{beside.letter}{row.number}"
    return None


def _with_person(sheet: Sheet, at: int, who: str, place: str) -> Sheet:
    width = 1 + max(cell.column for row in sheet.rows for cell in row.cells)
    rows: list[Row] = []
    for index, row in enumerate(sheet.rows):
        cell: Cell | None = None
        if index == at:
            cell = Cell(width, CellKind.text, "Person")
        elif index > at and len(row.cells) > 1:
            cell = PlacedCell(width, CellKind.text, who, place)
        rows.append(row if cell is None else Row(row.number, (*row.cells, cell)))
    return replace(sheet, rows=rows)
