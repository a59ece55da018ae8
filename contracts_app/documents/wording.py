"""Figures, dates and percentages as a reader of the document's language expects them.

Amounts arrive rounded (domain.money); nothing here rounds money. A percentage is display only: it is G / C to
one decimal, half away from zero, and blank where C is zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from babel.dates import format_date
from babel.numbers import format_decimal

from contracts_app.domain.money import minor_units, round_to


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

    def day(self, value: date | None) -> str:
        """A business date in full, `March 31, 2024`; nothing for None."""
        return "" if value is None else format_date(value, format="long", locale=self.locale)

    def short_day(self, value: date) -> str:
        """A business date where there is little room, `Mar 31, 2024`."""
        return format_date(value, format="medium", locale=self.locale)
