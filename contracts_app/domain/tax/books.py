"""What an invoice comes to in the currency of its legal entity's books (docs/SPEC-currency.md, rules 7-10).

A contract in another currency captures the rate with its draft; what was issued keeps it, and everything
that follows of the document (tax in the books' currency, receivable, certificate) is at this one rate.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts_app.domain.money import Amount, less, round_to
from contracts_app.domain.names import Currency
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.domain.tax.currency import ExchangeRate, convert


class RateDay(StrEnum):
    """Of which day an invoice's rate is: of its period's end, or the last one known when it is issued."""

    period_end = "period_end"
    issue = "issue"


class ExchangeTerms(BaseModel):
    """What is agreed of the rate from the contract's currency to that of the books.

    A rate older than `stale_after_days` on its day is warned of, not refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    rate_of: RateDay = RateDay.period_end
    stale_after_days: Annotated[int, Field(ge=0, le=400)] = 31


AT_PERIOD_END = ExchangeTerms()


class DraftExchange(BaseModel):
    """The books' currency and the rate that holds for the draft; None as long as there is none."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    functional: Currency
    rate_of: RateDay
    rate: ExchangeRate | None = None


class InBooks(BaseModel):
    """What a document is due, in the currency of the books: `without_tax` and `tax` add up to `due`.

    `rate` is from the currency of what is owed; where the contract is in the books' currency and invoiced in
    another, it is the one from the books' to the invoice's, and the amounts are the contract's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    currency: Currency
    rate: ExchangeRate
    rate_of: RateDay
    due: Amount
    tax: Amount
    without_tax: Amount

    @property
    def taken_over(self) -> bool:
        """Whether the amounts are the contract's own."""
        return self.rate.of == self.currency

    @property
    def owed_in(self) -> str:
        """The currency that the client owes it in."""
        return self.rate.to if self.taken_over else self.rate.of


def taken_over(rate: ExchangeRate, rate_of: RateDay, due: Decimal, tax: Decimal) -> InBooks:
    """Amounts of the contract's currency, which is the books', of a document that is invoiced at this rate in
    another: nothing is converted there and back."""
    return InBooks(
        currency=rate.of,
        rate=rate,
        rate_of=rate_of,
        due=round_to(due, rate.of),
        tax=round_to(tax, rate.of),
        without_tax=round_to(less(due, tax), rate.of),
    )


def looked_up_on(terms: ExchangeTerms, period_to: date, today: date) -> date:
    """The day of which, or before which, the rate is."""
    return period_to if terms.rate_of is RateDay.period_end else today


def in_books(exchange: DraftExchange, currency: str, due: Decimal, tax: Decimal, on: date) -> InBooks:
    """Amount due and tax of a document in the books' currency, each converted once as one total.

    `on` is the period's end. Raises Refused as long as there is no rate.
    """
    rate = exchange.rate
    if rate is None:
        raise missing(currency, exchange.functional, exchange.rate_of, on)
    # A rate of the day of issue may be later than the period's end.
    day = max(on, rate.on) if exchange.rate_of is RateDay.issue else on
    whole = convert(due, currency, exchange.functional, rate, day)
    taxed = convert(tax, currency, exchange.functional, rate, day)
    return InBooks(
        currency=exchange.functional,
        rate=rate,
        rate_of=exchange.rate_of,
        due=whole,
        tax=taxed,
        without_tax=round_to(less(whole, taxed), exchange.functional),
    )


def missing(of: str, to: str, rate_of: RateDay, on: date) -> Refused:
    """There is no rate that could be used."""
    when = f"on or before {on}" if rate_of is RateDay.period_end else "yet"
    return wrong_content(
        "no_exchange_rate",
        f"There is no rate from {of} to {to} {when}: a controller enters one under Exchange rates, with its "
        "source and day.",
    )


def stale(terms: ExchangeTerms, rate: ExchangeRate | None, on: date) -> str:
    """The warning that a rate is older on the day `on` than the contract says; empty where it is not."""
    if rate is None or rate.on + timedelta(days=terms.stale_after_days) >= on:
        return ""
    return (
        f"The rate from {rate.of} to {rate.to} is of {rate.on}, {(on - rate.on).days} days old on {on}: "
        "a controller enters a newer one under Exchange rates, if there is one."
    )
