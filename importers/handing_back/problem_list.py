"""The first sheet of a workbook handed back: what was found, with a link to each cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink

from importers.handing_back.cells import text
from importers.handing_back.remarks import GRAVITY, Remark
from importers.reading.own_notes import OPENING

LISTED = 5_000
"""Problems that are listed, coloured and explained; with a comment each, more would not open any more."""
_COLUMNS = (
    ("Cell", 18),
    ("Effect", 22),
    ("Column", 22),
    ("Found", 30),
    ("Expected", 38),
    ("How to mend", 60),
    ("Rows", 7),
)


def write_list(
    made: Any, file_name: str, said: Sequence[Remark], titles: Mapping[str, str], left_out: Sequence[str]
) -> None:
    """Write the list. `titles` has for each sheet of the file its name in this workbook."""
    for index, (_, width) in enumerate(_COLUMNS):
        made.column_dimensions["ABCDEFG"[index]].width = width
    heading = text(made, f"{OPENING} {file_name}")
    heading.font = Font(bold=True, size=14)
    lines = [
        [heading],
        [
            text(
                made,
                "Mend the coloured cells in the sheets that follow and bring this workbook in again: only "
                "what is new is taken over. This sheet is not read.",
            )
        ],
        *([text(made, sentence)] for sentence in left_out),
        [],
        [_bold(made, name) for name, _ in _COLUMNS],
    ]
    for line in lines:
        made.append(line)
    made.freeze_panes = f"A{len(lines) + 1}"
    for number, one in enumerate(said, start=len(lines) + 1):
        made.append(_line(made, one, number, titles))
    if not said:
        made.append([text(made, "Nothing: every row is as it should be.")])


def _bold(made: Any, name: str) -> Any:
    cell = text(made, name)
    cell.font = Font(bold=True)
    return cell


def _line(made: Any, one: Remark, number: int, titles: Mapping[str, str]) -> Sequence[Any]:
    _, words, colour = GRAVITY[one.effect]
    title = titles.get(one.sheet or "")
    place = f"{one.column or 'A'}{one.row}"
    at = "" if one.row is None else place if one.column else f"row {one.row}"
    where = text(made, f"{title or ''} {at}".strip())
    if title and one.row is not None:
        # Only to a place in this workbook: nothing outside is ever linked.
        made._hyperlinks.append(Hyperlink(ref=f"A{number}", location=f"{quote_sheetname(title)}!{place}"))
        where.font = Font(color="FF0563C1", underline="single")
    effect = text(made, words)
    effect.fill = PatternFill("solid", start_color=colour)
    said = [text(made, each) for each in (one.header, one.found, one.expected, one.mend)]
    for cell in said:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    return [where, effect, *said, one.rows or None]
