"""Which sign separates the fields: found on the whole file, never on its first rows."""

from __future__ import annotations

import csv
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TextIO

from importers.parsing.refusal import Refusal

NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_BY_NAME = {name: sign for sign, name in NAMES.items()} | {"\\t": "\t", "vertical bar": "|"}
MOST_RECORDS = 1_200_000
"""Rows that are looked at, empty ones too: a whole spreadsheet's, most of which a person left empty."""


@dataclass(frozen=True, slots=True)
class Delimiter:
    """The sign, how it was reached (`found`, `given`), and why in words."""

    sign: str
    how: str
    because: str
    is_ruled: bool = False
    """A printed list with a sign before the first field: quotation marks in it mean nothing."""
    skip: int = 0
    """Rows before the table that only say the sign: Excel's `sep=;` line."""


def given_sign(given: str) -> str:
    """`semicolon` or `;` → `;`. `Refusal` (delimiter_wrong) for any other."""
    sign = _BY_NAME.get(given.strip().lower(), given if given in NAMES else given.strip())
    if sign not in NAMES:
        raise Refusal("delimiter_wrong", f"{given[:40]!r}")
    return sign


def marked_sign(first: str) -> str | None:
    """The sign of a first line such as `sep=;`."""
    line = first.strip("\r\n ").strip('"')
    if len(line) == 5 and line.lower().startswith("sep=") and line[4] in NAMES:
        return line[4]
    return None


def decide(again: Callable[[], TextIO], given: str | None) -> Delimiter:
    """`again` gives the text from its start."""
    with again() as text:
        marked = marked_sign(text.readline(10))
    skip = 1 if marked else 0
    if given:
        sign = given_sign(given)
        return Delimiter(sign, "given", "it was said", _is_ruled(again, sign), skip)
    if marked:
        return Delimiter(marked, "found", "the first line says so", skip=skip)
    present = _present(again)
    if len(present) < 2:
        sign = next(iter(present), ",")
        because = "no other is in the file" if present else "none is in the file: one column"
        return Delimiter(sign, "found", because, _is_ruled(again, sign))
    found = {sign: _evidence(again, sign) for sign in present}
    sign = max(present, key=lambda one: found[one])
    _, share, width = found[sign]
    because = f"{share:.0%} of the rows then have {width} fields"
    return Delimiter(sign, "found", because, _is_ruled(again, sign))


def records(text: TextIO, delimiter: Delimiter, *, strict: bool) -> Iterator[list[str]]:
    """All records of the text, at most as many as a spreadsheet has."""
    sign = delimiter.sign
    reader = (
        csv.reader(text, delimiter=sign, quoting=csv.QUOTE_NONE)
        if delimiter.is_ruled
        else csv.reader(text, delimiter=sign, strict=strict)
    )
    for number, record in enumerate(reader):
        if number == MOST_RECORDS:
            raise Refusal("too_many_rows")
        yield record


def _present(again: Callable[[], TextIO]) -> list[str]:
    """The signs that the file has, in the order in which they are preferred."""
    left = set(NAMES)
    with again() as text:
        while left and (piece := text.read(1 << 20)):
            left = {sign for sign in left if sign not in piece}
    return [sign for sign in NAMES if sign not in left]


def _evidence(again: Callable[[], TextIO], sign: str) -> tuple[bool, float, int]:
    """Whether most rows have several fields, which share of them has the usual number, and that number. Where
    most rows are one field, as titles over a few rows are, the usual number of the others."""
    widths: Counter[int] = Counter()
    with again() as text:
        try:
            for record in records(text, Delimiter(sign, "", ""), strict=False):
                if len(record) > 1 or any(field.strip() for field in record):
                    widths[len(record)] += 1
        except csv.Error:
            return False, 0.0, 0
    usual = _most(widths)
    several = {width: rows for width, rows in widths.items() if width > 1}
    width = _most(several)
    return usual > 1, several.get(width, 0) / max(widths.total(), 1), width


def _most(widths: Mapping[int, int]) -> int:
    """The number of fields that most rows have, of equal ones the largest; 0 where there is no row."""
    return max(widths, key=lambda width: (widths[width], width), default=0)


def _is_ruled(again: Callable[[], TextIO], sign: str) -> bool:
    """Whether most lines with vertical bars begin and end with one."""
    if sign != "|":
        return False
    ruled = lines = 0
    with again() as text:
        for line in itertools.islice(text, MOST_RECORDS):
            line = line.strip()
            if "|" in line:
                lines += 1
                ruled += line.startswith("|") and line.endswith("|") and len(line) > 1
    return ruled * 2 > lines
