"""What an application under a guaranteed maximum price stands on: its portions, the fee, what decides it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.cost_plus.fees import FeeToDate
from contracts_app.domain.cost_plus.guaranteed_maximum import GmpBilled, Portion
from contracts_app.domain.cost_plus.savings import FinalAccounting
from contracts_app.domain.money import Amount


class MaximumBilled(BaseModel):
    """The portions with their cost and completion to date, the fee to date, and what is earned.

    `accounting` is the end of the contract, with savings split; none until the work is said to be complete.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    portions: tuple[Portion, ...]
    cost: Amount
    fee: FeeToDate
    progress: GmpBilled
    accounting: FinalAccounting | None = None
