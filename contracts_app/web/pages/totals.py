"""Column totals of a continuation sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from contracts_app.domain.money import total


class SheetLine(Protocol):
    """A line of a continuation sheet, drafted or issued."""

    @property
    def scheduled_value(self) -> Decimal: ...
    @property
    def previous(self) -> Decimal: ...
    @property
    def this_period(self) -> Decimal: ...
    @property
    def stored(self) -> Decimal: ...
    @property
    def total(self) -> Decimal: ...
    @property
    def balance(self) -> Decimal: ...
    @property
    def retainage(self) -> Decimal: ...


@dataclass(frozen=True)
class Totals:
    """Sums of columns C to I."""

    scheduled_value: Decimal
    previous: Decimal
    this_period: Decimal
    stored: Decimal
    total: Decimal
    balance: Decimal
    retainage: Decimal

    @property
    def fraction(self) -> Decimal | None:
        """G / C of the whole sheet."""
        return None if self.scheduled_value.is_zero() else self.total / self.scheduled_value


def totals_of(lines: Sequence[SheetLine]) -> Totals:
    """The sums, exact."""
    return Totals(
        scheduled_value=total([line.scheduled_value for line in lines]),
        previous=total([line.previous for line in lines]),
        this_period=total([line.this_period for line in lines]),
        stored=total([line.stored for line in lines]),
        total=total([line.total for line in lines]),
        balance=total([line.balance for line in lines]),
        retainage=total([line.retainage for line in lines]),
    )
