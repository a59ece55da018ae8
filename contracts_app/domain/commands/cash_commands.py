"""Commands on cash: what a client paid, and what it settles."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from contracts_app.domain.canonical import ADDED_LATER
from contracts_app.domain.commands.command_body import CommandBody
from contracts_app.domain.money import Amount
from contracts_app.domain.names import BusinessDate, Currency, Name
from contracts_app.domain.receivables.receivables import CashPart


class ReceivePayment(CommandBody):
    """Cash came in from a client; without invoices named it settles the oldest due first."""

    command: Literal["receive_payment"] = "receive_payment"
    client_id: UUID
    legal_entity_id: UUID | None = None
    """Who was paid; left out where the firm has one legal entity."""
    amount: Amount
    currency: Currency
    received_on: BusinessDate
    reference: Name
    invoices: Annotated[tuple[UUID, ...], Field(max_length=200)] = ()
    group_invoice_id: Annotated[UUID | None, ADDED_LATER] = None
    """An invoice of several contracts instead: each is paid in proportion to what is open on it."""

    @model_validator(mode="after")
    def _one_way(self) -> ReceivePayment:
        if self.invoices and self.group_invoice_id is not None:
            raise ValueError("a payment names invoices, or one invoice of several contracts")
        return self


class ApplyCash(CommandBody):
    """Apply cash that a payment left unapplied: to these invoices, with these amounts."""

    command: Literal["apply_cash"] = "apply_cash"
    client_id: UUID
    payment_id: UUID
    applications: Annotated[tuple[CashPart, ...], Field(min_length=1, max_length=200)]
