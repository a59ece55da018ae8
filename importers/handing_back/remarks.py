"""What is said at which cell: problems and mended cells, the gravest first, in words of a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from importers.problems import Problem, Severity, shown
from importers.reading import Reading

GRAVITY: Mapping[str, tuple[int, str, str]] = {
    Severity.blocks_file.value: (0, "The file cannot be used", "FFE06666"),
    Severity.blocks_row.value: (1, "Row left out", "FFF4B6B6"),
    Severity.asks_decision.value: (2, "Waits for an answer", "FFFFE699"),
    Severity.information.value: (3, "For information", "FFDDEBF7"),
    "mended": (4, "Mended", "FFC6E0B4"),
}
"""Effect → rank, words and the colour of the cell."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One line of the list of problems, and the comment at its cell."""

    effect: str
    sheet: str | None
    row: int | None
    column: str | None
    header: str
    found: str
    expected: str
    mend: str
    rows: int

    @property
    def comment(self) -> str:
        """What is wrong, in three lines."""
        words = GRAVITY[self.effect][1]
        if self.effect == "mended":
            return f"{words}: the file says {shown(self.found) or 'nothing'}."
        told = (f"Found: {shown(self.found)}", f"Expected: {shown(self.expected)}", shown(self.mend))
        return "\n".join((f"{words}.", *told))


def remarks(reading: Reading, problems: Iterable[Problem]) -> Sequence[Remark]:
    """All there is to say, the gravest first, then in the order of the file."""
    said = [
        Remark(
            one.severity.value,
            one.sheet,
            one.row,
            one.column,
            one.header or "",
            one.found,
            one.expected,
            one.mend,
            one.rows,
        )
        for one in problems
    ]
    for sheet, places in reading.mended.items():
        for place, was in places.items():
            column = place.rstrip("0123456789")
            row = int(place.removeprefix(column))
            said.append(Remark("mended", sheet, row, column, "", was, "", "Nothing to do.", 1))
    at = {sheet.name: index for index, sheet in enumerate(reading.sheets)}
    return sorted(said, key=lambda one: (GRAVITY[one.effect][0], at.get(one.sheet or "", -1), one.row or 0))


def by_row(said: Sequence[Remark], sheet: str) -> Mapping[int, Sequence[Remark]]:
    """Row → its remarks, of one sheet."""
    rows: dict[int, list[Remark]] = {}
    for one in said:
        if one.sheet == sheet and one.row is not None:
            rows.setdefault(one.row, []).append(one)
    return rows
