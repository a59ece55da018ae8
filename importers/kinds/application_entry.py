"""A line of a past application for payment, as its continuation sheet states it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

from contracts_app.domain.money import total
from importers.entries import Entry

_ZERO = Decimal(0)


class PayApplicationLine(Entry):
    """One line as the application states it, all amounts to date but `this_period`.

    `change_order` says that the line stands under the sum of the original contract, or is numbered as a
    change order. `position` is its place in the sheet.
    """

    settled: ClassVar[frozenset[str]] = frozenset({"application_number", "period_to"})
    passing: ClassVar[frozenset[str]] = frozenset({"position", "heading"})

    application_number: int | None = None
    period_to: date | None = None
    item_no: str
    description: str | None = None
    scheduled_value: Decimal
    previous: Decimal = _ZERO
    this_period: Decimal = _ZERO
    stored: Decimal = _ZERO
    to_date: Decimal
    retainage_held: Decimal = _ZERO
    change_order: bool = False
    position: int = 0
    heading: str | None = None

    @property
    def completed(self) -> Decimal:
        """D + E: work completed to date, without stored material."""
        return total((self.previous, self.this_period))
