"""The face of an application for payment: lines 1 to 9 as a workbook states them, and their cross-check.

The face is a page of labels, each with its value to the right of it; the continuation sheet is what it sums
up (docs/SPEC-pay-application.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from contracts_app.domain.money import less, total
from importers import values
from importers.problems import Place, Problem, information
from importers.sheets import Cell, CellKind, Row, Sheet
from importers.values import Conventions, Flaw

_SUMMARY_LINE = re.compile(r"([1-9])\s*[.):]?\s+\D", re.ASCII)
_NUMBER = re.compile(r"(?:application|invoice|draw|pay app\w*)\s*(?:no|number|#)\b", re.IGNORECASE)
_PERIOD = re.compile(r"period\s+(?:to|end\w*)\b|through\s+date\b", re.IGNORECASE)
_IN_WORDS = re.compile(r"\bapplication\s+([0-9]{1,4})\b", re.IGNORECASE | re.ASCII)
_PERIOD_IN_WORDS = re.compile(r"\bperiod to\s+([^·]{6,20}?)\s*(?:·|\Z)", re.IGNORECASE)
"""As the title of our own workbooks says both: `application 7 · period to 2024-09-30`."""
_TITLES = 5
"""Rows at the top that may say it in words."""
_LINES_NEEDED = 4
"""Fewer numbered lines than that are no face: a list may be numbered too."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A figure of the face and the cell that states it."""

    amount: Decimal
    place: Place


@dataclass(frozen=True, slots=True)
class Face:
    """What the face states; what it does not say is None or missing."""

    lines: Mapping[int, Stated]
    application_number: int | None = None
    period_to: date | None = None

    def amount(self, line: int) -> Decimal | None:
        """The amount of a summary line; None where the face does not state it."""
        stated = self.lines.get(line)
        return stated.amount if stated else None


@dataclass(frozen=True, slots=True)
class Columns:
    """The sums of a continuation sheet that a face repeats."""

    base: Decimal
    """Column C of the lines of the original contract."""
    changes: Decimal
    """Column C of the lines of change orders."""
    completed_and_stored: Decimal
    """Column G."""
    retainage: Decimal
    """Column I."""


def read_face(file: str, sheet: Sheet) -> Face | None:
    """The face that a sheet is; None where it is none."""
    lines: dict[int, Stated] = {}
    for row in sheet.rows:
        label, value = _labelled(row)
        line = _SUMMARY_LINE.match(label) if label else None
        amount = values.amount(value, Conventions()) if value else None
        if line and value and isinstance(amount, Decimal) and int(line[1]) not in lines:
            place = Place(file=file, sheet=sheet.name, row=row.number, column=value.letter, header=label)
            lines[int(line[1])] = Stated(amount, place)
    if len(lines) < _LINES_NEEDED:
        return None
    number, period_to = read_heading([sheet])
    return Face(lines, number, period_to)


def read_heading(sheets: Sequence[Sheet]) -> tuple[int | None, date | None]:
    """Application number and end of the period, as labels above a table state them."""
    number: int | None = None
    period_to: date | None = None
    for sheet in sheets:
        for row in sheet.rows[:30]:
            for label, value in zip(row.cells, row.cells[1:], strict=False):
                if label.kind is not CellKind.text:
                    continue
                if number is None and _NUMBER.search(label.raw):
                    found = values.whole_number(value, Conventions())
                    number = found if isinstance(found, int) else None
                if period_to is None and _PERIOD.search(label.raw):
                    day = values.day(value, Conventions(date_order=None))
                    period_to = None if isinstance(day, Flaw) else day
    words = [cell for sheet in sheets for row in sheet.rows[:_TITLES] for cell in row.cells]
    for cell in words:
        if number is None and (said := _IN_WORDS.search(cell.raw)):
            number = int(said[1])
        if period_to is None and (said := _PERIOD_IN_WORDS.search(cell.raw)):
            day = values.day(replace(cell, raw=said[1]), Conventions(date_order=None))
            period_to = None if isinstance(day, Flaw) else day
    return number, period_to


def _labelled(row: Row) -> tuple[str, Cell | None]:
    """The row's label and the last cell right of it; the number of the line may have a cell of its own."""
    if not row.cells or row.cells[0].kind not in {CellKind.text, CellKind.number}:
        return "", None
    first = row.cells[0].raw.strip()
    if len(row.cells) > 2 and first in "123456789" and row.cells[1].kind is CellKind.text:
        return f"{first} {row.cells[1].raw.strip()}", row.cells[-1]
    if row.cells[0].kind is not CellKind.text:
        return "", None
    return row.cells[0].raw.strip(), row.cells[-1] if len(row.cells) > 1 else None


def differences(face: Face, columns: Columns) -> Sequence[Problem]:
    """Where the face does not say what its lines add up to, or does not add up itself; one for each line."""
    line3 = total((columns.base, columns.changes))
    line6 = less(columns.completed_and_stored, columns.retainage)
    line7 = face.amount(7)
    of_lines: Mapping[int, tuple[Decimal | None, str]] = {
        1: (columns.base, "column C of the original contract's lines"),
        2: (columns.changes, "column C of the change orders' lines"),
        3: (line3, "the sum of column C"),
        4: (columns.completed_and_stored, "the sum of column G"),
        5: (columns.retainage, "the sum of column I"),
        6: (line6, "column G less column I"),
        8: (None if line7 is None else less(line6, line7), "column G less column I less line 7"),
        9: (less(line3, line6), "column C less column G, and column I"),
    }
    return [
        information(
            face.lines[number].place,
            "face_differs",
            found=f"line {number}: {face.lines[number].amount:,}",
            expected=f"{should:,}, {words}",
            mend="Correct the face or the lines in their source; the lines are what is taken over.",
            rows=1,
        )
        for number, (should, words) in of_lines.items()
        if number in face.lines and should is not None and face.lines[number].amount != should
    ]
