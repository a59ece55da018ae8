"""One invoice of several contracts, as data: a section for each contract, and what they come to together."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts_app.documents.consulting_invoice import ConsultingInvoiceContent
from contracts_app.documents.contents import Named, Text, _Document, _equal
from contracts_app.domain.billing.billing_groups import part_number
from contracts_app.domain.money import Amount, less, total


class GroupInvoiceContent(_Document):
    """An invoice whose sections are the invoices of contracts, each with its own subtotal.

    `net` is the sum of their lines 8, `tax` of what taxes and discounts add, `deposit` of what is drawn of
    what the client paid ahead; `due` is what is left to pay.
    """

    invoice_number: Named
    group: Named
    issued_on: date
    due_on: date
    terms: Text
    net: Amount
    tax: Amount
    deposit: Amount
    due: Amount
    sections: Annotated[tuple[ConsultingInvoiceContent, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        for one in self.sections:
            if one.currency != self.currency:
                raise ValueError(f"a section is in {one.currency}, the invoice in {self.currency}")
            if one.invoice_number != part_number(self.invoice_number, one.contract_number):
                raise ValueError(f"{one.invoice_number} is no section of {self.invoice_number}")
        _equal("net = sum of sections", self.net, total(one.application.line8 for one in self.sections))
        _equal("due = sum of sections", self.due, total(one.due for one in self.sections))
        deposit = total(one.application.deposit_applied for one in self.sections)
        _equal("deposit = sum of sections", self.deposit, deposit)
        _equal("due = net + tax - deposit", self.due, less(total((self.net, self.tax)), self.deposit))
        return self
