"""The sheet of problems that we put before a file when we hand it back: it is no part of the file."""

from __future__ import annotations

from importers.sheets import Sheet

OPENING = "Problems found in"
"""How the first cell of that sheet begins; the file's name follows."""
TITLE = "Problems"
"""The sheet's name, with a number where the file has one of that name itself."""


def is_notes(sheet: Sheet) -> bool:
    """Whether the sheet is ours: by its name and by what its first cell says."""
    if not sheet.name.startswith(TITLE) or not sheet.rows:
        return False
    first = sheet.rows[0]
    return first.number == 1 and bool(first.cells) and first.cells[0].raw.startswith(OPENING)
