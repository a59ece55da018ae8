"""A value as a reading library gives it → kind and plain text of a cell."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

EMPTY = ("", "")
_ZEROS = re.compile(r"0{2,}\Z")
_GROUPS = re.compile(r"0+(?:[ -]0+)+\Z")
_LITERALS = re.compile(r'\\(.)|"([^"]*)"')


def plain_number(value: float) -> str:
    """At the 15 digits that a spreadsheet program itself keeps: 274.65999999999997 was typed as 274.66."""
    return str(value) if isinstance(value, int) and abs(value) < 10**15 else f"{value:.15g}"


def cell_of(value: object) -> tuple[str, str]:
    """Letter of the kind and text; both empty for an empty cell. Errors are the reader's own to tell."""
    if isinstance(value, str):
        return ("t", value) if value and not value.isspace() else EMPTY
    if value is None:
        return EMPTY
    if isinstance(value, bool):
        return "b", "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return "n", plain_number(value)
    if isinstance(value, datetime):
        return ("d", value.date().isoformat()) if value.time() == time() else ("m", value.isoformat())
    if isinstance(value, date):
        return "d", value.isoformat()
    if isinstance(value, time):
        return "h", value.isoformat()
    if isinstance(value, timedelta):
        return "l", str(round(value.total_seconds()))
    return "t", str(value)


def shows_zeros(number_format: str) -> bool:
    """Whether a number format gives a number leading zeros that belong to what people see: 00000000,
    00 00 00."""
    plain = _LITERALS.sub(r"\1\2", number_format)
    return bool(_ZEROS.match(plain) or _GROUPS.match(plain))


def with_zeros(value: object, number_format: str) -> tuple[str, str] | None:
    """The cell as people see it: 1234 under 00000000 is 00001234, 51200 under 00 00 00 is 05 12 00."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or value != int(value):
        return None
    plain = _LITERALS.sub(r"\1\2", number_format)
    digits = str(int(value)).zfill(plain.count("0"))
    if _ZEROS.match(plain):
        return "n", digits
    if not _GROUPS.match(plain):
        return None
    shown = ""
    for sign in reversed(plain):
        shown = (digits[-1] if sign == "0" else sign) + shown
        digits = digits[:-1] if sign == "0" else digits
    return "t", digits + shown
