"""Commands about a firm's own rates of tax and the tax numbers of its legal entities."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from contracts_app.domain.commands.command_body import CommandBody, Reason
from contracts_app.domain.names import BusinessDate, Name
from contracts_app.domain.tax.contract_tax import LONGEST_NUMBER
from contracts_app.domain.tax.tax import TaxCategory, TaxFraction

TaxNumber = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, max_length=LONGEST_NUMBER, pattern=r"^$|^[A-Za-z0-9][A-Za-z0-9 ./-]*$"
    ),
]
"""A tax number as it stands on invoices; empty for none."""
Jurisdiction = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,10})?$")]


class AddTaxRate(CommandBody):
    """Enter a rate that the firm bills by from a day on; it ends the firm's rate of the same kind before it.

    `rate` is a fraction (0.07 for 7 %); `as_of` is the day on which `source` was read.
    """

    command: Literal["add_tax_rate"] = "add_tax_rate"
    jurisdiction: Jurisdiction
    category: Literal[TaxCategory.standard, TaxCategory.reduced, TaxCategory.zero]
    rate: TaxFraction
    effective_from: BusinessDate
    effective_to: BusinessDate | None = None
    tax: Name = "VAT"
    applies_to: Annotated[str, Field(max_length=200)] = ""
    source: Name
    as_of: BusinessDate
    note: Annotated[str, Field(max_length=500)] = ""


class WithdrawTaxRate(CommandBody):
    """Take back a rate that was entered by mistake; invoices issued by it stay as they are."""

    command: Literal["withdraw_tax_rate"] = "withdraw_tax_rate"
    tax_rate_id: UUID
    reason: Reason


class SetTaxNumber(CommandBody):
    """Say which tax number a legal entity's invoices show; what was issued keeps what it said."""

    command: Literal["set_tax_number"] = "set_tax_number"
    legal_entity_id: UUID
    tax_id: TaxNumber = ""
