"""A credit note, as data: what it credits, and the application that takes it back."""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import model_validator

from contracts_app.documents.contents import Named, Text, _Document, _equal
from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.money import ZERO, Amount, total


class CreditNoteContent(_Document):
    """The credit for an invoice whose line 8 is below zero; all amounts are above zero."""

    number: Named
    issued_on: date
    invoice_number: Named
    invoiced_on: date
    kind: Kind
    application_number: int | None
    contract_number: Named
    contract_title: Text
    net: Amount
    tax: Amount = ZERO
    amount: Amount

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        _equal("amount = net + tax", self.amount, total((self.net, self.tax)))
        if self.amount <= ZERO:
            raise ValueError("a credit note credits an amount above zero")
        return self
