"""What a person chose of a file before its rows are looked at: one of its sheets, or that none heads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from importers.headers import HEADER_ROW, NO_HEADER, with_letters
from importers.reading import Reading
from importers.settled import Settled
from importers.which_sheet import SHEET, named


def as_chosen(reading: Reading, answers: Mapping[str, str]) -> Reading:
    """The reading with the visible sheet alone that the answer `sheet` names, and columns called by their
    letters where the answer `header_row` is `none`."""
    sheets = list(reading.sheets)
    sheets = list(named(sheets, answers.get(SHEET))) or sheets
    if answers.get(HEADER_ROW) == NO_HEADER:
        sheets = [with_letters(sheet) for sheet in sheets]
    return replace(reading, sheets=sheets)


def settled_by(reading: Reading) -> Sequence[Settled]:
    """What reading the file settled: its format, encoding and delimiter."""
    return [
        Settled(key="format", value=reading.format.value, how="found"),
        *(Settled(key=one.key, value=one.value, how=one.how) for one in reading.settled),
    ]
