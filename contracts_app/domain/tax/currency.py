"""Contract, invoice and functional currency, and what a changed rate gains or loses (docs/SPEC-currency.md).

A rate is units of one currency for one unit of another, with its source and day, and stays with the document
it was used on. Gains are differences of rounded amounts in the functional currency, so that everything gained
on a receivable adds up to what came in less what was booked, to the last unit.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, model_validator

from contracts_app.domain.money import (
    ZERO,
    Amount,
    Rate,
    fraction_of,
    in_words_of_a_page,
    less,
    multiply,
    require_at_scale,
    round_to,
)
from contracts_app.domain.names import BusinessDate, Currency, Name
from contracts_app.domain.refusals import wrong_content


class ExchangeRate(BaseModel):
    """`rate` units of `to` for one unit of `of`, as `source` published it for the day `on`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    of: Currency
    to: Currency
    rate: Rate
    on: BusinessDate
    source: Name

    @model_validator(mode="after")
    def _sensible(self) -> ExchangeRate:
        if self.rate <= ZERO:
            raise ValueError("an exchange rate is above zero")
        if self.of == self.to:
            raise ValueError("an exchange rate is between two currencies")
        return self


class DocumentRates(BaseModel):
    """The rates of a document of the day `on`. None where both currencies are the same.

    `to_tax` is for the tax stated in the currency of the country that collects it (BT-6).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    on: BusinessDate
    contract: Currency
    invoice: Currency
    functional: Currency
    tax: Currency | None = None
    to_invoice: ExchangeRate | None = None
    to_functional: ExchangeRate | None = None
    to_tax: ExchangeRate | None = None


class InCurrencies(BaseModel):
    """One amount in the three currencies of a document, each at its currency's scale."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    contract: Amount
    invoice: Amount
    functional: Amount


def convert(amount: Decimal, of: str, to: str, rate: ExchangeRate | None, on: date) -> Decimal:
    """The amount in the other currency, rounded once.

    Raises Refused for a missing rate (never taken for one), one of other currencies, and one of a day after
    the document's.
    """
    if of == to:
        return round_to(amount, to)
    if rate is None:
        raise wrong_content(
            "no_exchange_rate",
            f"There is no rate from {of} to {to} for {on}: give it with its source and day.",
        )
    if (rate.of, rate.to) != (of, to):
        raise wrong_content(
            "rate_of_other_currencies", f"A rate from {rate.of} to {rate.to} cannot turn {of} into {to}."
        )
    if rate.on > on:
        raise wrong_content(
            "rate_from_later", f"The rate of {rate.on} was not known on {on}, the day of the document."
        )
    return round_to(multiply(amount, rate.rate), to)


def in_all(amount: Decimal, rates: DocumentRates) -> InCurrencies:
    """An amount of the contract's currency on the document, in all three.

    The invoice amount is what the client owes; the functional amount is made from it, not from the
    contract's, so that books and invoice agree. Raises Refused as `convert` does.
    """
    require_at_scale([amount], rates.contract)
    invoice = convert(amount, rates.contract, rates.invoice, rates.to_invoice, rates.on)
    return InCurrencies(
        contract=round_to(amount, rates.contract),
        invoice=invoice,
        functional=convert(invoice, rates.invoice, rates.functional, rates.to_functional, rates.on),
    )


def tax_in_its_currency(tax: Decimal, rates: DocumentRates) -> Decimal | None:
    """BT-111: the document's tax in the currency of BT-6, converted as one total; None where there is no
    other currency to state it in. Raises Refused as `convert` does."""
    if rates.tax is None or rates.tax == rates.invoice:
        return None
    return convert(tax, rates.invoice, rates.tax, rates.to_tax, rates.on)


class Receivable(BaseModel):
    """What was open in the invoice's currency, in the functional currency at the invoice's rate.

    Where the contract is in the functional currency there is no rate from the invoice's: what it `arose` with
    was booked with the contract's amount, `booked`, and what is open is carried in proportion.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    currency: Currency
    functional: Currency
    open: Amount
    booked_at: ExchangeRate | None = None
    arose: Amount | None = None
    booked: Amount | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Receivable:
        if (self.arose is None) != (self.booked is None) or (self.arose and self.booked_at):
            raise ValueError("a receivable was booked at a rate, or with an amount for what it arose with")
        if self.arose is not None and self.arose <= ZERO:
            raise ValueError("a receivable arises with more than zero")
        return self

    def carried(self, open_now: Decimal) -> Decimal:
        """So much of it in the functional currency, as the books carry it."""
        if self.arose is not None and self.booked is not None:
            return round_to(fraction_of(self.booked, open_now, self.arose), self.functional)
        return convert(open_now, self.currency, self.functional, self.booked_at, date.max)


class Realized(BaseModel):
    """One application of cash in the functional currency: what came in, what was carried, the gain."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    received: Amount
    relieved: Amount
    gain: Amount
    open: Amount
    """What is left open, in the invoice's currency."""


class Revaluation(BaseModel):
    """The open part at a month's end: the gain not realized yet, posted that day, reversed on the next."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    on: BusinessDate
    reversed_on: BusinessDate
    carried: Amount
    revalued: Amount
    gain: Amount


def realized(receivable: Receivable, receipt: Decimal, paid_at: ExchangeRate | None, on: date) -> Realized:
    """What cash applied to a receivable gains: receipt × (rate of payment - rate of invoice).

    It is taken as a difference of rounded amounts: what came in, less what the books carried before and carry
    no longer. Raises Refused for a receipt that is not positive or more than is open.
    """
    if receipt <= ZERO or receipt > receivable.open:
        raise wrong_content(
            "more_than_open",
            "Apply more than zero and at most the "
            f"{in_words_of_a_page(receivable.open, receivable.currency)} that is open.",
        )
    left = less(receivable.open, receipt)
    received = convert(receipt, receivable.currency, receivable.functional, paid_at, on)
    relieved = less(receivable.carried(receivable.open), receivable.carried(left))
    return Realized(
        received=received,
        relieved=relieved,
        gain=less(received, relieved),
        open=round_to(left, receivable.currency),
    )


def revalued(receivable: Receivable, closing: ExchangeRate | None, on: date) -> Revaluation:
    """The open part at the closing rate, retainage held included: it is money owed as well."""
    carried = receivable.carried(receivable.open)
    at_closing = convert(receivable.open, receivable.currency, receivable.functional, closing, on)
    return Revaluation(
        on=on,
        reversed_on=on + timedelta(days=1),
        carried=carried,
        revalued=at_closing,
        gain=less(at_closing, carried),
    )
