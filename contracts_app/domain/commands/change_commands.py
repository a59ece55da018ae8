"""Commands of changes before they are signed: noted, priced, submitted, given up."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from contracts_app.domain.changes.change_pricing import ChangeItem, ProfitOn
from contracts_app.domain.commands.agreement_commands import Days, ScheduleRow, one_place
from contracts_app.domain.commands.command_body import CommandBody, Reason, Remark
from contracts_app.domain.funding.agreed_caps import CapChange, named_once
from contracts_app.domain.money import (
    ZERO,
    Amount,
    Fraction,
)
from contracts_app.domain.names import BusinessDate, Name
from contracts_app.domain.time.rate_card import RateRow


class NoteChangeOrder(CommandBody):
    """Something may change the contract: a potential change order, with what it may come to.

    `amount` is a rough figure (0: not known yet); it counts in the exposure and nowhere else.
    """

    command: Literal["note_change_order"] = "note_change_order"
    contract_id: UUID
    number: Name
    title: Name
    amount: Amount = ZERO
    schedule_days: Days = 0
    reason: Remark = ""


class PriceChangeOrder(CommandBody):
    """Price a change order: costs added and saved, profit as the contract says unless it is named here.

    It becomes a line of its own, a change of the line `raises`, or the `lines` that add up to its price;
    without items the lines are the price. Priced again, everything is said again.
    """

    command: Literal["price_change_order"] = "price_change_order"
    contract_id: UUID
    number: Name
    items: Annotated[tuple[ChangeItem, ...], Field(max_length=500)] = ()
    tickets: Annotated[tuple[Name, ...], Field(max_length=300)] = ()
    """Numbers of signed tickets that it consists of, besides its items."""
    profit: Fraction | None = None
    profit_on: ProfitOn | None = None
    schedule_days: Days = 0
    raises: Name | None = None
    lines: Annotated[tuple[ScheduleRow, ...], Field(max_length=200)] = ()
    rates: Annotated[tuple[RateRow, ...], Field(max_length=2000)] = ()
    caps: Annotated[tuple[CapChange, ...], Field(max_length=50)] = ()

    @model_validator(mode="after")
    def _agree(self) -> PriceChangeOrder:
        named_once(self.caps)
        one_place(self.raises, self.lines)
        return self


class SubmitChangeOrder(CommandBody):
    """Hand a priced change order to the client; from now on its amount is fixed."""

    command: Literal["submit_change_order"] = "submit_change_order"
    contract_id: UUID
    number: Name
    submitted_on: BusinessDate | None = None
    """Left out: today."""


class VoidChangeOrder(CommandBody):
    """Give up a change order that was never signed."""

    command: Literal["void_change_order"] = "void_change_order"
    contract_id: UUID
    number: Name
    reason: Reason
