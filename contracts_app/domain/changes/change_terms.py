"""What a contract says of changes: the profit on them, and the markups on tickets of extra work."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.money import (
    ZERO,
    Fraction,
    UnsignedRate,
)


class ProfitOn(StrEnum):
    """What of a change bears profit. `everything`: deductions give their profit back."""

    everything = "everything"
    additions = "additions"
    net_increase = "net_increase"


class TicketMarkups(BaseModel):
    """The contract's markup on each class of cost, as a fraction."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    labour: UnsignedRate = ZERO
    equipment: UnsignedRate = ZERO
    material: UnsignedRate = ZERO

    @property
    def any(self) -> bool:
        """Whether the contract marks tickets up at all."""
        return max(self.labour, self.equipment, self.material) > ZERO


class ChangeTerms(BaseModel):
    """How changes are priced: profit as a fraction of what bears it, and markups on tickets."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    profit: Fraction = ZERO
    profit_on: ProfitOn = ProfitOn.everything
    markups: TicketMarkups = TicketMarkups()
