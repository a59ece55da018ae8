"""Figures, dates and percentages as a reader of the document's language expects them.

Amounts arrive rounded (domain.money); nothing here rounds money. A percentage is display only: it is G / C to
one decimal, half away from zero, and blank where C is zero.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from babel.dates import format_date
from babel.numbers import format_decimal

from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.money import minor_units, round_to

CALLED = {
    Kind.application: "Application",
    Kind.consulting: "Invoice",
    Kind.retainage_release: "Retainage release",
    Kind.advance: "Advance payment",
}
"""What an invoice is called by its number within the contract: application 7, invoice 3."""


@dataclass(frozen=True)
class Wording:
    """How one document writes: its locale and currency."""

    locale: str
    currency: str

    def amount(self, value: Decimal) -> str:
        """`5,865,300.00`, negative `-1,250.00`. Raises ValueError for an amount nobody rounded."""
        if round_to(value, self.currency) != value:
            raise ValueError(f"{value} is not rounded to the minor unit of {self.currency}")
        digits = minor_units(self.currency)
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return format_decimal(value, pattern, locale=self.locale)

    def money(self, value: Decimal) -> str:
        """The amount with its currency: `5,865,300.00 USD`."""
        return f"{self.amount(value)} {self.currency}"

    def percent(self, fraction: Decimal | None) -> str:
        """A fraction of one as `93.8 %`; nothing for None."""
        if fraction is None:
            return ""
        tenths = (fraction * 100).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
        return f"{format_decimal(tenths, '#,##0.0', locale=self.locale)} %"

    def rate(self, fraction: Decimal | None) -> str:
        """A contract rate as agreed: `10 %`, `7.5 %`; nothing for None."""
        if fraction is None:
            return ""
        return f"{format_decimal((fraction * 100).normalize(), '#,##0.######', locale=self.locale)} %"

    def price(self, rate: Decimal) -> str:
        """A price of an hour, with all its decimals and at least the currency's: `150.00`, `87.125`."""
        digits = minor_units(self.currency)
        pattern = "#,##0" + ("." + "0" * digits if digits else ".") + "#" * (12 - digits)
        return format_decimal(rate, pattern, locale=self.locale)

    def hours(self, seconds: int, unit_seconds: int) -> str:
        """Time as it is multiplied: decimal hours with the decimals of the unit of rounding (`1.25` for
        quarters of an hour). Where it would have more than four: two decimals if they are exact (`7.50`),
        else hours, minutes and seconds (`7:30:05`)."""
        digits = written_digits(seconds, unit_seconds)
        if digits is None:
            return clock(seconds)
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return format_decimal(decimal_hours(seconds, digits), pattern, locale=self.locale)

    def day(self, value: date | None) -> str:
        """A business date in full, `March 31, 2024`; nothing for None."""
        return "" if value is None else format_date(value, format="long", locale=self.locale)

    def short_day(self, value: date) -> str:
        """A business date where there is little room, `Mar 31, 2024`."""
        return format_date(value, format="medium", locale=self.locale)


def fee_words(basis: Basis, *, not_to_exceed: bool) -> str:
    """How a phase is billed, beside its fee or limit."""
    match basis:
        case Basis.time_and_materials:
            return "Time, not to exceed" if not_to_exceed else "Time, estimate"
        case Basis.milestone:
            return "Fixed fee, by milestones"
        case Basis.lump_sum:
            return "Fixed fee"
        case Basis.percent_complete:
            return "Fixed fee, percent complete"
        case Basis.unit_price:
            return "Unit price, as measured"
        case Basis.recurring:
            return "Fee per period"
        case Basis.cost_plus:
            return "Cost plus a fee, not to exceed" if not_to_exceed else "Cost plus a fee, estimate"


def hour_digits(unit_seconds: int) -> int | None:
    """How many decimals write every multiple of the unit in hours exactly; None where four are too few."""
    return next((digits for digits in range(5) if unit_seconds * 10**digits % 3600 == 0), None)


def written_digits(seconds: int, unit_seconds: int) -> int | None:
    """With how many decimals this time is written in hours; None for hours, minutes and seconds."""
    digits = hour_digits(unit_seconds)
    return 2 if digits is None and seconds % _HUNDREDTH == 0 else digits


_HUNDREDTH = 36


def clock(seconds: int) -> str:
    """Hours, minutes and seconds: `7:30:05`."""
    minutes, rest = divmod(abs(seconds), 60)
    return f"{'-' if seconds < 0 else ''}{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def decimal_hours(seconds: int, digits: int) -> Decimal:
    """Seconds as hours of so many decimals; exact for multiples of a unit with these digits."""
    return Decimal(seconds * 10**digits // 3600).scaleb(-digits)


def folded(text: str, longest: int) -> str:
    """Text from a file, on one line but with line breaks inside words that no column could hold.

    A converter breaks such a word anywhere; then a reader (and the guard) no longer finds it in the PDF.
    Control characters, which a document cannot carry, become spaces.
    """
    plain = "".join(" " if unicodedata.category(one) in _UNPRINTABLE else one for one in text)
    return " ".join(_pieces(word, longest) for word in plain.split())


_UNPRINTABLE = frozenset({"Cc", "Cs", "Cn", "Co", "Zl", "Zp"})
_BREAK_AFTER = "-_/.,;:@?&=+"


def _pieces(word: str, longest: int) -> str:
    pieces = []
    while len(word) > longest:
        at = max((word.rfind(mark, 0, longest) for mark in _BREAK_AFTER), default=-1) + 1
        at = at if at > longest // 2 else longest
        pieces.append(word[:at])
        word = word[at:]
    return "\n".join((*pieces, word))
