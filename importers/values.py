"""One cell → one value of the field's type, or a flaw that says what was found and what was expected.

What a text alone leaves open (is 3/4 the fourth of March, is 1,234 a thousand) is decided on the whole file
and handed in as `Conventions`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from enum import StrEnum

from pydantic import TypeAdapter, ValidationError

from contracts_app.domain.names import Name
from importers.sheets import Cell, CellKind

_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
_SCALE = Decimal("0.000001")
"""Rates, quantities and shares carry six decimals."""
_LARGEST_NUMBER = Decimal(9999999999999)
_YEARS = range(1990, 2101)
_MONTHS = {
    name: i
    for i, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}

_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{1,20})?\Z", re.ASCII)
_SPREADSHEET_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{1,20})?(?:e[+-]?[0-9]{1,2})?\Z", re.ASCII)
_GROUPED = {
    ".": re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]{1,20})?\Z", re.ASCII),
    ",": re.compile(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]{1,20})?\Z", re.ASCII),
}
_CURRENCY_SIGNS = "$€£¥"
_ISO = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})(?:[T ][0-9:.+\-Z]*)?\Z", re.ASCII)
_THEN_A_TIME = r"(?:[ T,]+[0-9]{1,2}:[0-9:.]{2,15}(?: ?[ap]\.?m\.?)?(?: ?[+\-][0-9:]{4,5}| ?[A-Z]{1,4})?)?"
_NUMERIC_DATE = re.compile(
    r"([0-9]{1,2})([/.\-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})" + _THEN_A_TIME + r"\Z",
    re.ASCII | re.IGNORECASE,
)
_NAMED_DATES = (
    re.compile(
        r"(?P<d>[0-9]{1,2})[ \-/](?P<m>[a-z]{3})[a-z]*[ \-,/]+(?P<y>[0-9]{4}|[0-9]{2})"
        + _THEN_A_TIME
        + r"\Z",
        re.ASCII | re.IGNORECASE,
    ),
    re.compile(
        r"(?P<m>[a-z]{3})[a-z]* (?P<d>[0-9]{1,2}),? (?P<y>[0-9]{4})" + _THEN_A_TIME + r"\Z",
        re.ASCII | re.IGNORECASE,
    ),
)
_MONTH_ONLY = re.compile(
    r"(?P<m>[a-z]{3})[a-z]*[ \-/.,']+(?P<y>[0-9]{4}|[0-9]{2})\Z", re.ASCII | re.IGNORECASE
)
_POWER_OF_TEN = re.compile(r"[0-9](?:[.,][0-9]{1,20})?e\+[0-9]{1,3}\Z", re.ASCII | re.IGNORECASE)
_CLOCK = re.compile(r"(-?)([0-9]{1,3}):([0-5][0-9])(?::([0-5][0-9]))?\Z", re.ASCII)
_WORDED = re.compile(
    r"(?:([0-9]{1,3}(?:[.,][0-9]{1,2})?) ?(?:h|hrs?|hours?|std\.?)(?![a-z]))? ?"
    r"(?:([0-9]{1,4}) ?(?:m|min|mins|minutes?)(?![a-z]))? ?"
    r"(?:([0-9]{1,5}) ?(?:s|secs?|seconds?)(?![a-z]))?\Z",
    re.ASCII | re.IGNORECASE,
)
_TIME_OF_DAY = re.compile(
    r"(?:.*[T ])?([0-9]{1,2}):([0-5][0-9])(?::([0-5][0-9])(?:\.[0-9]+)?)? ?(?:([ap])\.?m\.?)?\Z",
    re.ASCII | re.IGNORECASE,
)
_YES = frozenset({"yes", "y", "true", "t", "1", "x", "billable", "invoiced", "billed", "approved"})
_NO = frozenset(
    {"no", "n", "false", "f", "0", "-", "non-billable", "nonbillable", "not billable", "unbillable"}
    | {"not invoiced", "uninvoiced", "unbilled", "unapproved", "not approved", "pending", "submitted", "open"}
)
_NAME: TypeAdapter[str] = TypeAdapter(Name)


class DateOrder(StrEnum):
    """Which comes first in dates like 3/4/2025."""

    month_first = "month_first"
    day_first = "day_first"


class DecimalMark(StrEnum):
    """The sign before the decimals."""

    point = "."
    comma = ","


@dataclass(frozen=True, slots=True)
class Unit:
    """What a plain number in a column of durations counts."""

    name: str
    seconds: Decimal
    """What 1 stands for."""
    as_clock: bool = False
    """Whether 7.30 is seven hours and thirty minutes."""


HOURS = Unit("hours", Decimal(3600))
MINUTES = Unit("minutes", Decimal(60))
SECONDS = Unit("seconds", Decimal(1))
CLOCK = Unit("clock", Decimal(3600), as_clock=True)
_UNITS = {unit.name: unit for unit in (HOURS, MINUTES, SECONDS, CLOCK)}
_DAYS_OF = re.compile(r"days_([0-9]{1,2}(?:\.[0-9]{1,2})?)\Z", re.ASCII)


def unit_named(name: str) -> Unit | None:
    """`hours`, `minutes`, `seconds`, `clock`, or days of so many hours: `days_8`, `days_7.5`; else None."""
    days = _DAYS_OF.match(name)
    if days and 0 < Decimal(days[1]) <= 24:
        return Unit(name, Decimal(days[1]) * 3600)
    return _UNITS.get(name)


@dataclass(frozen=True, slots=True)
class Conventions:
    """How the whole file writes dates and numbers."""

    date_order: DateOrder | None = DateOrder.month_first
    """None while a person has to say; cells that depend on it are then undecided."""
    decimal_mark: DecimalMark | None = DecimalMark.point
    duration_unit: Unit | None = HOURS
    """None while a person has to say; plain numbers of time worked are then undecided."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """A cell that does not give the value its column needs."""

    code: str
    expected: str
    mend: str


UNDECIDED = Flaw("undecided", "", "")
"""Not wrong: the cell waits for the decision on how the file writes dates or numbers."""

Parser = Callable[[Cell, Conventions], object]
"""Gives the value, or a `Flaw`. Never raises."""

_UNUSABLE: Mapping[CellKind, Flaw] = {
    CellKind.error: Flaw(
        "error_value", "a value", "The spreadsheet shows an error here; correct its formula and save again."
    ),
    CellKind.formula: Flaw(
        "formula_without_value",
        "a value",
        "Open the file in a spreadsheet program, let it calculate, and save.",
    ),
}


def text(cell: Cell, conventions: Conventions) -> str | Flaw:
    """Text in NFC without outer white space, at most 2,000 characters, without control characters."""
    unusable = _UNUSABLE.get(cell.kind)
    if unusable:
        return unusable
    value = unicodedata.normalize("NFC", cell.raw.strip())
    if len(value) > 2000:
        return Flaw("text_too_long", "at most 2,000 characters", "Shorten the text.")
    if value.isascii() and value.isprintable():  # nearly all cells: no need to look at each character
        return value
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\t\r\n" for c in value):
        return Flaw("control_characters", "printable text", "Delete the invisible characters in this cell.")
    return value


def identifier(cell: Cell, conventions: Conventions) -> str | Flaw:
    """An identifier: text as it stands (leading zeros kept), one line, at most 200 characters."""
    value = text(cell, conventions)
    if isinstance(value, Flaw):
        return value
    if len(value) > 200 or "\n" in value or "\r" in value:
        return Flaw(
            "identifier_malformed", "an identifier of at most 200 characters on one line", "Correct it."
        )
    return value


def name(cell: Cell, conventions: Conventions) -> str | Flaw:
    """A name as the rest of the system takes it: one line of 1 to 200 characters, single blanks."""
    value = text(cell, conventions)
    if isinstance(value, Flaw):
        return value
    try:
        return _NAME.validate_python(" ".join(value.split()))
    except ValidationError:
        return Flaw("name_malformed", "a name of at most 200 characters on one line", "Correct it.")


def yes_or_no(cell: Cell, conventions: Conventions) -> bool | Flaw:
    """Yes or no, in the words that time-tracking programs use."""
    if cell.kind in _UNUSABLE:
        return _UNUSABLE[cell.kind]
    word = cell.raw.strip().casefold()
    if word in _YES:
        return True
    return False if word in _NO else Flaw("not_yes_or_no", "Yes or No", "Write Yes or No.")


def time_of_day(cell: Cell, conventions: Conventions) -> str | Flaw:
    """When work began, as 09:30:00; a text that is no time of day as it stands."""
    if cell.kind is CellKind.duration:
        hours, rest = divmod(int(cell.raw), 3600)
        return f"{hours:02}:{rest // 60:02}:{rest % 60:02}"
    value = identifier(cell, conventions)
    match = None if isinstance(value, Flaw) else _TIME_OF_DAY.match(value)
    if match is None:
        return value
    hour = int(match[1])
    if match[4]:
        hour = hour % 12 + (12 if match[4].lower() == "p" else 0)
    return f"{hour:02}:{match[2]}:{match[3] or '00'}"


def number(cell: Cell, conventions: Conventions) -> Decimal | Flaw:
    """An exact decimal number with at most 13 digits before the point, as written."""
    mark = conventions.decimal_mark
    expected = "a number such as " + ("1234,50" if mark is DecimalMark.comma else "1234.50")
    flaw = Flaw("not_a_number", expected, "Write the number in plain digits.")
    unusable = _UNUSABLE.get(cell.kind)
    if unusable:
        return unusable
    if cell.kind is CellKind.number:
        value = Decimal(cell.raw) if _SPREADSHEET_NUMBER.match(cell.raw) else None
    elif cell.kind is CellKind.text and mark is None and number_readings(cell):
        return UNDECIDED
    elif cell.kind is CellKind.text:
        value = _number_in_text(cell.raw, mark or DecimalMark.point)
    else:
        value = None
    if value is None:
        return flaw
    if abs(value) > _LARGEST_NUMBER:
        return Flaw("number_too_large", f"at most {_LARGEST_NUMBER:,}", "Check the number of digits.")
    return value


def _number_in_text(raw: str, mark: DecimalMark) -> Decimal | None:
    cleaned = raw.strip().replace("\u00a0", "").replace("\u202f", "").replace("\u2212", "-")
    negative = cleaned.startswith("(") and cleaned.endswith(")")
    if negative:
        cleaned = cleaned[1:-1].strip()
    elif cleaned.endswith("-"):  # as ledgers print it: 1.234,56-
        negative, cleaned = True, cleaned[:-1].strip()
        if cleaned.startswith("-"):
            return None
    for sign in _CURRENCY_SIGNS:
        cleaned = cleaned.removeprefix(sign).removesuffix(sign).replace(f"-{sign}", "-", 1)
    cleaned = cleaned.strip()
    if _GROUPED[mark].match(cleaned):
        cleaned = cleaned.replace("," if mark is DecimalMark.point else ".", "")
    if mark is DecimalMark.comma:
        if "." in cleaned:
            return None
        cleaned = cleaned.replace(",", ".")
    if not _PLAIN_NUMBER.match(cleaned):
        return None
    value = Decimal(cleaned)
    return value.copy_negate() if negative else value


def amount(cell: Cell, conventions: Conventions) -> Decimal | Flaw:
    """Money with at most four decimals; whether the currency has them is checked against the contract."""
    value = number(cell, conventions)
    if isinstance(value, Decimal) and value != value.quantize(Decimal("0.0001"), context=_EXACT):
        return Flaw(
            "amount_too_fine", "an amount with at most four decimals", "Round the amount in its source."
        )
    return value


def quantity(cell: Cell, conventions: Conventions) -> Decimal | Flaw:
    """A quantity, rate or share at six decimals."""
    value = number(cell, conventions)
    return value if isinstance(value, Flaw) else value.quantize(_SCALE, context=_EXACT)


def share(cell: Cell, conventions: Conventions) -> Decimal | Flaw:
    """A share between 0 and 1 at six decimals, written 0.1 or 10%."""
    raw = cell.raw.strip()
    if cell.kind is CellKind.text and raw.endswith("%"):
        percent = number(Cell(cell.column, CellKind.text, raw[:-1]), conventions)
        value = (
            percent
            if isinstance(percent, Flaw)
            else (_EXACT.divide(percent, Decimal(100))).quantize(_SCALE, context=_EXACT)
        )
    else:
        value = quantity(cell, conventions)
    if isinstance(value, Decimal) and not 0 <= value <= 1:
        return Flaw("share_out_of_range", "a share from 0 to 1, such as 0.1 or 10%", "Correct the share.")
    return value


def whole_number(cell: Cell, conventions: Conventions) -> int | Flaw:
    """A whole number."""
    value = number(cell, conventions)
    if isinstance(value, Flaw):
        return value
    if value != value.to_integral_value():
        return Flaw("not_a_whole_number", "a whole number", "Write a number without decimals.")
    return int(value)


def seconds(cell: Cell, conventions: Conventions) -> int | Flaw:
    """Time worked as whole seconds, from decimal hours (7.5), clock time (7:30, 07:30:00) or 7h 30m."""
    flaw = Flaw("not_hours", "hours such as 7.5 or 7:30", "Write the hours as a number or as hours:minutes.")
    if cell.kind in _UNUSABLE:
        return _UNUSABLE[cell.kind]
    raw = cell.raw.strip()
    if cell.kind is CellKind.duration:
        return int(raw)
    clock = _CLOCK.match(raw)
    if clock and cell.kind in {CellKind.text, CellKind.time}:
        size = int(clock[2]) * 3600 + int(clock[3]) * 60 + int(clock[4] or 0)
        return -size if clock[1] else size
    worded = _WORDED.match(raw) if raw else None
    if worded and any(worded.groups()):
        whole = Decimal((worded[1] or "0").replace(",", ".")) * 3600
        return int(whole + int(worded[2] or 0) * 60 + int(worded[3] or 0))
    unit = conventions.duration_unit
    counted = number(cell, conventions)
    if isinstance(counted, Flaw):
        return counted if counted is UNDECIDED else flaw
    if unit is None:
        return UNDECIDED
    if unit.as_clock:
        whole = counted.to_integral_value(rounding=ROUND_DOWN)
        minutes_past = (counted - whole) * 100
        if minutes_past != minutes_past.to_integral_value() or abs(minutes_past) >= 60:
            return replace(flaw, expected="hours and minutes such as 7.30")
        return int(whole * 3600 + minutes_past * 60)
    return int((counted * unit.seconds).quantize(Decimal(1), context=_EXACT))


def decimal_hours(cell: Cell, conventions: Conventions) -> int | Flaw:
    """Time worked as whole seconds, from a column whose plain numbers are hours."""
    return seconds(cell, replace(conventions, duration_unit=HOURS))


def minutes(cell: Cell, conventions: Conventions) -> int | Flaw:
    """Time worked as whole seconds, from a column whose plain numbers are minutes."""
    return seconds(cell, replace(conventions, duration_unit=MINUTES))


def seconds_counted(cell: Cell, conventions: Conventions) -> int | Flaw:
    """Time worked as whole seconds, from a column whose plain numbers are seconds."""
    return seconds(cell, replace(conventions, duration_unit=SECONDS))


def day(cell: Cell, conventions: Conventions) -> date | Flaw:
    """A calendar date from 1990 to 2100."""
    flaw = Flaw("not_a_date", "a date such as 2025-03-31", "Write the date as year-month-day.")
    if cell.kind in _UNUSABLE:
        return _UNUSABLE[cell.kind]
    if cell.kind not in {CellKind.text, CellKind.date, CellKind.datetime}:
        return flaw
    if conventions.date_order is None and date_readings(cell):
        return UNDECIDED
    parts = _date_parts(cell.raw.strip(), conventions.date_order or DateOrder.month_first)
    if parts is None:
        return flaw
    year, month, day_ = parts
    if year not in _YEARS:
        return Flaw("date_out_of_range", "a date from 1990 to 2100", "Check the year.")
    try:
        return date(year, month, day_)
    except ValueError:
        return Flaw("no_such_date", "a date that exists", "Check day and month.")


def _date_parts(raw: str, order: DateOrder) -> tuple[int, int, int] | None:
    iso = _ISO.match(raw)
    if iso:
        return int(iso[1]), int(iso[2]), int(iso[3])
    numeric = _NUMERIC_DATE.match(raw)
    if numeric:
        first, second, year = int(numeric[1]), int(numeric[3]), _year(numeric[4])
        # Dots are written day first everywhere.
        day_first = numeric[2] == "." or order is DateOrder.day_first
        return (year, second, first) if day_first else (year, first, second)
    for pattern in _NAMED_DATES:
        named = pattern.match(raw)
        if named and named["m"].lower() in _MONTHS:
            return _year(named["y"]), _MONTHS[named["m"].lower()], int(named["d"])
    return None


@dataclass(frozen=True, slots=True)
class MonthOnly:
    """A month of a year without its day, such as Aug-10."""

    year: int
    month: int

    @property
    def text(self) -> str:
        """`2010-08`."""
        return f"{self.year:04}-{self.month:02}"


def day_or_month(cell: Cell, conventions: Conventions) -> date | MonthOnly | Flaw:
    """A calendar date; or only a month and its year (`Aug-10`, `August 2010`), whose day a person has to
    say."""
    named = _MONTH_ONLY.match(cell.raw.strip()) if cell.kind is CellKind.text else None
    if named and named["m"].lower() in _MONTHS and _year(named["y"]) in _YEARS:
        return MonthOnly(_year(named["y"]), _MONTHS[named["m"].lower()])
    return day(cell, conventions)


def is_damaged(identifier: str) -> bool:
    """Whether a spreadsheet program turned a long number into a power of ten (`5.32E+20`): its last digits
    are lost."""
    return _POWER_OF_TEN.match(identifier) is not None


def _year(digits: str) -> int:
    return int(digits) + 2000 if len(digits) == 2 else int(digits)


def date_readings(cell: Cell) -> frozenset[DateOrder]:
    """The orders in which a date like 3/4/2025 exists; empty when the cell does not depend on the order."""
    match = _NUMERIC_DATE.match(cell.raw.strip()) if cell.kind is CellKind.text else None
    if not match or match[2] == "." or match[1] == match[3]:
        return frozenset()
    first, second = int(match[1]), int(match[3])
    return frozenset(
        order
        for order, month in ((DateOrder.month_first, first), (DateOrder.day_first, second))
        if 1 <= month <= 12
    )


def number_readings(cell: Cell) -> frozenset[DecimalMark]:
    """The decimal marks under which the cell is a number; empty when it does not depend on the mark."""
    raw = cell.raw.strip().removesuffix("%")
    if cell.kind is not CellKind.text or not any(c in raw for c in ".,"):
        return frozenset()
    readings = {mark: _number_in_text(raw, mark) for mark in DecimalMark}
    if len(set(readings.values())) == 1:
        return frozenset()
    return frozenset(mark for mark, value in readings.items() if value is not None)
