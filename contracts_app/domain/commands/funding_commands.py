"""Commands that say what the client's purchase orders pay: record, amend, close."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.commands.command_body import CommandBody, Reason, Remark
from contracts_app.domain.funding.charges import ChargeKind
from contracts_app.domain.funding.funding_terms import OnExceed
from contracts_app.domain.money import Amount
from contracts_app.domain.names import BusinessDate, Name


class ClientOrderRow(BaseModel):
    """A line of a client purchase order as typed in: its number on the order, what it pays, for what, when.

    `item_nos` are lines of the schedule of values of the contract that the order is kept on; none: all lines
    of every contract that it funds. `kinds`: none named, all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    number: Name
    amount: Amount
    starts_on: BusinessDate | None = None
    expires_on: BusinessDate | None = None
    item_nos: Annotated[tuple[Name, ...], Field(max_length=200)] = ()
    kinds: Annotated[tuple[ChargeKind, ...], Field(max_length=3)] = ()


Lines = Annotated[tuple[ClientOrderRow, ...], Field(min_length=1, max_length=200)]


def _numbered_once(lines: Sequence[ClientOrderRow]) -> None:
    numbers = [line.number for line in lines]
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    if twice:
        raise ValueError(f"the order would have two lines {twice[0]}")


class RecordClientOrder(CommandBody):
    """The client has sent a purchase order; its lines pay work of this contract, and of others it names."""

    command: Literal["record_client_order"] = "record_client_order"
    contract_id: UUID
    number: Name
    dated_on: BusinessDate
    on_exceed: OnExceed = OnExceed.block
    lines: Lines
    also_funds: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    """Numbers of other contracts of this client."""
    remark: Remark = ""

    @model_validator(mode="after")
    def _once(self) -> RecordClientOrder:
        _numbered_once(self.lines)
        return self


class AmendClientOrder(CommandBody):
    """The client has amended a purchase order: all that its lines say is said again."""

    command: Literal["amend_client_order"] = "amend_client_order"
    contract_id: UUID
    number: Name
    on_exceed: OnExceed = OnExceed.block
    lines: Lines
    reason: Reason

    @model_validator(mode="after")
    def _once(self) -> AmendClientOrder:
        _numbered_once(self.lines)
        return self


class CloseClientOrder(CommandBody):
    """Nothing more is billed on a purchase order; what is billed and approved stays on it."""

    command: Literal["close_client_order"] = "close_client_order"
    contract_id: UUID
    number: Name
    reason: Reason
