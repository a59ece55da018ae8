"""Commands about the rates of exchange that a firm's invoices are booked at."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator

from contracts_app.domain.commands.command_body import CommandBody, Reason
from contracts_app.domain.money import ZERO, Rate
from contracts_app.domain.names import BusinessDate, Currency, Name


def _above_zero(rate: Rate) -> Rate:
    if rate <= ZERO:
        raise ValueError("an exchange rate is above zero")
    return rate


class AddExchangeRate(CommandBody):
    """Enter a rate: `rate` units of `to` for one unit of `of`, as `source` published it for the day `on`.

    It holds from that day on, until a later one is entered.
    """

    command: Literal["add_exchange_rate"] = "add_exchange_rate"
    of: Currency
    to: Currency
    rate: Annotated[Rate, AfterValidator(_above_zero)]
    on: BusinessDate
    source: Name


class WithdrawExchangeRate(CommandBody):
    """Take back a rate that was entered by mistake; invoices issued at it stay as they are."""

    command: Literal["withdraw_exchange_rate"] = "withdraw_exchange_rate"
    exchange_rate_id: UUID
    reason: Reason
