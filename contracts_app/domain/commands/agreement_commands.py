"""Commands that say what was agreed: schedule, rate card, change orders, the end of the work."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.billing.recurring import RecurringTerms
from contracts_app.domain.billing.schedule_of_values import Basis, agrees_with_basis
from contracts_app.domain.billing.unit_price import UnitPrice
from contracts_app.domain.canonical import ADDED_LATER
from contracts_app.domain.commands.command_body import CommandBody, Reason, Remark
from contracts_app.domain.contract import RetainageRate
from contracts_app.domain.cost_plus.terms import CostPlusTerms
from contracts_app.domain.funding.agreed_caps import CapChange, named_once
from contracts_app.domain.money import Amount
from contracts_app.domain.names import BusinessDate, Name
from contracts_app.domain.tax.contract_tax import LineTaxChoice
from contracts_app.domain.time.rate_card import RateRow


class ScheduleRow(BaseModel):
    """A base line of the schedule of values, as typed in.

    `not_to_exceed` says something of a line billed by time or at cost; a line of unit prices bills what
    is measured and has no limit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    item_no: Name
    description: Name
    scheduled_value: Amount
    basis: Basis = Basis.lump_sum
    not_to_exceed: bool = True
    retainage_rate: RetainageRate | None = None
    unit_price: Annotated[UnitPrice | None, ADDED_LATER] = None
    recurring: Annotated[RecurringTerms | None, ADDED_LATER] = None
    cost_plus: Annotated[CostPlusTerms | None, ADDED_LATER] = None
    tax: Annotated[LineTaxChoice | None, ADDED_LATER] = None

    @model_validator(mode="after")
    def _has_its_terms(self) -> ScheduleRow:
        agrees_with_basis(self.basis, self.unit_price, self.recurring, self.cost_plus)
        return self


class SetSchedule(CommandBody):
    """Enter the base schedule of values of a contract that is being set up; it replaces what was there.

    A line that keeps its item number stays the same line, with its milestones.
    """

    command: Literal["set_schedule"] = "set_schedule"
    contract_id: UUID
    lines: Annotated[tuple[ScheduleRow, ...], Field(min_length=1, max_length=2000)]


class SetRateCard(CommandBody):
    """Enter the rate card of a contract that is being set up; it replaces what was there."""

    command: Literal["set_rate_card"] = "set_rate_card"
    contract_id: UUID
    rows: Annotated[tuple[RateRow, ...], Field(max_length=2000)]


class SetProjects(CommandBody):
    """The names under which time sheets know this contract's work; imports take their rows unasked."""

    command: Literal["set_projects"] = "set_projects"
    contract_id: UUID
    names: Annotated[tuple[Name, ...], Field(max_length=100)]


Days = Annotated[int, Field(ge=-3660, le=3660)]
"""Days that a change order adds to the schedule; below zero the work ends earlier."""


def one_place(raises: str | None, lines: tuple[ScheduleRow, ...]) -> None:
    """Raise ValueError for a change order that changes a line and brings lines too."""
    if raises is not None and lines:
        raise ValueError("a change order changes one line, or brings lines of its own")


class ProposeChangeOrder(CommandBody):
    """Submit a change order (or amendment); it counts only once it is executed.

    With `raises` it changes the scheduled value of that line, without it becomes a line of its own, or the
    `lines` that add up to its amount. `rates` join the rate card, and `caps` are added to the not-to-exceed
    amounts of those names, when it is executed.
    """

    command: Literal["propose_change_order"] = "propose_change_order"
    contract_id: UUID
    number: Name
    title: Name
    amount: Amount
    raises: Name | None = None
    rates: Annotated[tuple[RateRow, ...], Field(max_length=2000)] = ()
    reason: Remark = ""
    caps: Annotated[tuple[CapChange, ...], Field(max_length=50), ADDED_LATER] = ()
    lines: Annotated[tuple[ScheduleRow, ...], Field(max_length=200), ADDED_LATER] = ()
    schedule_days: Annotated[Days, ADDED_LATER] = 0

    @model_validator(mode="after")
    def _agree(self) -> ProposeChangeOrder:
        named_once(self.caps)
        one_place(self.raises, self.lines)
        return self


class ExecuteChangeOrder(CommandBody):
    """Both sides have signed: from this day the change order is in force."""

    command: Literal["execute_change_order"] = "execute_change_order"
    contract_id: UUID
    number: Name
    executed_on: BusinessDate


class RejectChangeOrder(CommandBody):
    """The change order will not be signed."""

    command: Literal["reject_change_order"] = "reject_change_order"
    contract_id: UUID
    number: Name
    reason: Reason


class ReceiveDeposit(CommandBody):
    """The client has paid ahead; the deposit pays invoices of this contract until it is used up."""

    command: Literal["receive_deposit"] = "receive_deposit"
    contract_id: UUID
    amount: Amount
    received_on: BusinessDate
    reference: Name


class ReturnDeposit(CommandBody):
    """Give back what is left of a deposit, or part of it; the contract closes only without a balance."""

    command: Literal["return_deposit"] = "return_deposit"
    contract_id: UUID
    amount: Amount
    returned_on: BusinessDate
    reference: Name


class CompleteWork(CommandBody):
    """Nothing more will be worked under a contract billed by time: what is left under the cap lapses."""

    command: Literal["complete_work"] = "complete_work"
    contract_id: UUID
    reason: Reason
