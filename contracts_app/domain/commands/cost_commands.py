"""Commands about costs of a contract: record, approve, send back, correct, hold, write, transfer, split."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.commands.command_body import CommandBody, Reason
from contracts_app.domain.commands.time_commands import SeenEntry
from contracts_app.domain.cost_plus.terms import CostCategory
from contracts_app.domain.money import ZERO, Amount
from contracts_app.domain.names import BusinessDate, Currency, Name


class TypedCost(BaseModel):
    """A cost as typed in, on one line of the contract.

    `gross` is what was paid, `recoverable_tax` what of it the firm gets back from the state, `fee_within`
    what of the rest is a fee already (a related party's, a markup on a pass-through). Below zero it is a
    credit. `reference` names the paper: the vendor's bill and its line, the payroll. A cost that the client
    does not pay says why.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    item_no: Name
    category: CostCategory
    incurred_on: BusinessDate
    gross: Amount
    recoverable_tax: Amount = ZERO
    fee_within: Amount = ZERO
    currency: Currency | None = None
    """Left out: that of the contract; no other is taken."""
    description: Name
    vendor: Name | None = None
    reference: Annotated[str, Field(max_length=200)] = ""
    billable: bool = True
    not_billable_reason: Annotated[str, Field(max_length=500)] = ""

    @model_validator(mode="after")
    def _says_something(self) -> TypedCost:
        if self.gross == ZERO:
            raise ValueError("a cost is not zero")
        if self.billable is bool(self.not_billable_reason.strip()):
            raise ValueError("a cost that is not billed to the client says why, and no other does")
        return self


class RecordCosts(CommandBody):
    """Record costs of a contract; they wait for somebody else's approval."""

    command: Literal["record_costs"] = "record_costs"
    contract_id: UUID
    costs: Annotated[tuple[TypedCost, ...], Field(min_length=1, max_length=1000)]


class ApproveCosts(CommandBody):
    """Accept costs as they were seen; only then can they be billed."""

    command: Literal["approve_costs"] = "approve_costs"
    contract_id: UUID
    costs: Annotated[tuple[SeenEntry, ...], Field(min_length=1, max_length=5000)]

    @model_validator(mode="after")
    def _each_once(self) -> ApproveCosts:
        if len({seen.id for seen in self.costs}) != len(self.costs):
            raise ValueError("a cost is named twice")
        return self


class SendBackCosts(CommandBody):
    """Do not accept costs, or take back what one recorded oneself: they are never billed as they stand."""

    command: Literal["send_back_costs"] = "send_back_costs"
    contract_id: UUID
    costs: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=5000)]
    reason: Reason


class CorrectCost(CommandBody):
    """Say what an approved cost should have been: an entry of its own brings it there, also once billed."""

    command: Literal["correct_cost"] = "correct_cost"
    contract_id: UUID
    cost_id: UUID
    gross: Amount
    recoverable_tax: Amount = ZERO
    fee_within: Amount = ZERO
    reason: Reason


Costs = Annotated[tuple[UUID, ...], Field(min_length=1, max_length=5000)]


class HoldCosts(CommandBody):
    """Keep costs, with what corrects them, out of the next invoices until they are released."""

    command: Literal["hold_costs"] = "hold_costs"
    contract_id: UUID
    costs: Costs
    reason: Reason


class ReleaseCosts(CommandBody):
    """Let held costs, with what corrects them, be billed again."""

    command: Literal["release_costs"] = "release_costs"
    contract_id: UUID
    costs: Costs
    reason: Reason | None = None


class WriteCost(CommandBody):
    """Bill another amount than it cost, net of tax: a write-up or write-down. None bills what it cost again.

    Billing more than before takes the approval back: the cost waits again.
    """

    command: Literal["write_cost"] = "write_cost"
    contract_id: UUID
    cost_id: UUID
    amount: Amount | None
    reason: Reason


class TransferCosts(CommandBody):
    """Move costs, with what corrects them, to the line of this contract where they belong."""

    command: Literal["transfer_costs"] = "transfer_costs"
    contract_id: UUID
    costs: Costs
    item_no: Name
    reason: Reason


class CostPart(BaseModel):
    """A part of a cost, with tax; without an item number it stays on the line of the whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    gross: Amount
    item_no: Name | None = None


class SplitCost(CommandBody):
    """Split an approved cost into parts that come to the whole, on the lines where they belong."""

    command: Literal["split_cost"] = "split_cost"
    contract_id: UUID
    cost_id: UUID
    parts: Annotated[tuple[CostPart, ...], Field(min_length=2, max_length=20)]
    reason: Reason
