"""Commands that settle a receivable without cash: tax that the payer withheld and certified."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts_app.domain.commands.command_body import CommandBody
from contracts_app.domain.commands.tax_commands import Jurisdiction
from contracts_app.domain.money import ZERO, Amount
from contracts_app.domain.names import BusinessDate, Name


class SettleWithheld(CommandBody):
    """The client withheld tax from his payment and sent its certificate: that part of the invoice is settled.

    `paid_on` is the day of his payment, whose rate counts. `materials` is what of it bears no deduction;
    `measured` is what the scheme compares with its threshold, where it has one.
    """

    command: Literal["settle_withheld"] = "settle_withheld"
    client_id: UUID
    invoice_id: UUID
    jurisdiction: Jurisdiction
    scheme: Name
    standing: Name
    certificate: Name
    amount: Amount
    paid_on: BusinessDate
    materials: Amount = ZERO
    measured: Amount | None = None
