"""Amounts in the currencies of a document, and gains on exchange (docs/SPEC-currency.md)."""

from datetime import date

from pydantic import Field

from contracts_app.commands_line.rules.question import Answer, Question, Rules
from contracts_app.domain.money import Amount
from contracts_app.domain.names import BusinessDate
from contracts_app.domain.tax import currency
from contracts_app.domain.tax.currency import (
    DocumentRates,
    ExchangeRate,
    InCurrencies,
    Realized,
    Receivable,
    Revaluation,
)
from contracts_app.domain.tax.invoicing import Asked, DraftInvoicing, Invoiced, invoiced


class ToConvert(Question):
    """An amount in the contract's currency, and the tax of the document in the invoice's."""

    rates: DocumentRates
    amount: Amount
    tax: Amount | None = None


class Converted(Answer):
    """The amount in all three currencies, and the tax in the currency it is stated in."""

    amount: InCurrencies
    tax_in_its_currency: Amount | None = None


class ToInvoice(Question):
    """What a document of the period to `on` asks for in the contract's currency, and the rate to the
    invoice's."""

    invoicing: DraftInvoicing
    asked: Asked
    on: BusinessDate


class Receipt(Question):
    """Cash applied to a receivable, at the rate of the day it came in."""

    amount: Amount
    on: BusinessDate
    at: ExchangeRate | None = None


class ToGain(Question):
    """A receivable, the receipts applied to it in order, and the day and rate of a closing."""

    receivable: Receivable
    receipts: list[Receipt] = Field(default_factory=list)
    closing_on: date | None = None
    closing: ExchangeRate | None = None


class Gained(Answer):
    """What each receipt realized, and the open part at the closing."""

    realized: tuple[Realized, ...]
    unrealized: Revaluation | None = None


def _currency(question: ToConvert) -> Converted:
    """An amount in contract, invoice and functional currency, each rounded once at the document's rates."""
    rates = question.rates
    return Converted(
        amount=currency.in_all(question.amount, rates),
        tax_in_its_currency=(
            currency.tax_in_its_currency(question.tax, rates) if question.tax is not None else None
        ),
    )


def _exchange_gain(question: ToGain) -> Gained:
    """What a changed rate gains or loses: realized by each receipt, unrealized on what is open at closing."""
    receivable = question.receivable
    gains = []
    for receipt in question.receipts:
        gain = currency.realized(receivable, receipt.amount, receipt.at, receipt.on)
        gains.append(gain)
        receivable = receivable.model_copy(update={"open": gain.open})
    closed = (
        currency.revalued(receivable, question.closing, question.closing_on)
        if question.closing_on is not None
        else None
    )
    return Gained(realized=tuple(gains), unrealized=closed)


def _invoice_currency(question: ToInvoice) -> Invoiced:
    """What a document asks for in the currency of its invoice, of the contract's: lines, tax, what is due."""
    return invoiced(question.invoicing, question.asked, question.on)


RULES: Rules = {
    "currency": _currency,
    "exchange-gain": _exchange_gain,
    "invoice-currency": _invoice_currency,
}
