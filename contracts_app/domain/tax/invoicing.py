"""What a document comes to in the currency it is invoiced in (docs/SPEC-currency.md, rules 11-16).

The contract, its schedule and everything certified before stay in the contract's currency. Only what this
document asks for is turned into the invoice's, at one rate that the draft captures.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts_app.domain.money import Amount, largest_remainder, less, multiply, round_to, total
from contracts_app.domain.names import Currency
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.tax.books import RateDay, missing
from contracts_app.domain.tax.currency import ExchangeRate, convert
from contracts_app.domain.tax.tax import TaxGroup


class DraftInvoicing(BaseModel):
    """The currency that the draft is invoiced in, that of the books, and the rate from the contract's
    currency to the invoice's; None as long as there is none."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    currency: Currency
    functional: Currency
    rate_of: RateDay
    rate: ExchangeRate | None = None

    def is_booked_as_agreed(self, contract_currency: str) -> bool:
        """Whether the books are in the contract's currency, so that its amounts are booked as they are."""
        return self.functional == contract_currency


class Asked(BaseModel):
    """What a document asks for in the contract's currency.

    `lines` add up to `net`; `net` with `tax`, less what the client keeps back (`retained`), is `due`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    currency: Currency
    lines: Annotated[tuple[Amount, ...], Field(max_length=10_000)]
    groups: tuple[TaxGroup, ...] = ()
    net: Amount
    tax: Amount
    due: Amount


class Invoiced(BaseModel):
    """The document in the invoice's currency: gross = net + tax, due = gross - retained, the tax is that of
    the groups, and the lines, in their order, add up to `net`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    currency: Currency
    rate: ExchangeRate
    rate_of: RateDay
    net: Amount
    tax: Amount
    gross: Amount
    retained: Amount
    due: Amount
    groups: tuple[TaxGroup, ...] = ()
    lines: tuple[Amount, ...] = ()

    @property
    def before_tax(self) -> Decimal:
        """What is due of it without tax: line 8 less its discount."""
        return less(self.due, self.tax)


def invoiced(invoicing: DraftInvoicing, asked: Asked, on: date) -> Invoiced:
    """The document in the invoice's currency; `on` is the period's end.

    The amount taxed and the amount due before tax are converted once each. The base of each rate and the
    amount of each line are shares of the amount taxed, and the tax of a rate is worked out from its base, as
    an electronic invoice must show it (BT-117 = BT-116 × BT-119). Raises Refused as long as there is no rate,
    for one of other currencies or of a later day, and for lines that do not add up.
    """
    rate, currency = invoicing.rate, invoicing.currency
    if rate is None:
        raise missing(asked.currency, currency, invoicing.rate_of, on)
    if total(asked.lines) != asked.net:
        raise wrong_content("lines_do_not_add_up", "The lines do not add up to the amount without tax.")
    # A rate of the day of issue may be later than the period's end.
    day = max(on, rate.on) if invoicing.rate_of is RateDay.issue else on
    net = convert(asked.net, asked.currency, currency, rate, day)
    before_tax = convert(less(asked.due, asked.tax), asked.currency, currency, rate, day)
    groups = _groups(asked, net, rate, currency)
    tax = round_to(total(group.amount for group in groups), currency)
    gross, due = round_to(total((net, tax)), currency), round_to(total((before_tax, tax)), currency)
    return Invoiced(
        currency=currency,
        rate=rate,
        rate_of=invoicing.rate_of,
        net=net,
        tax=tax,
        gross=gross,
        retained=round_to(less(gross, due), currency),
        due=due,
        groups=groups,
        lines=_shares(asked.lines, net, rate, currency),
    )


def _shares(
    amounts: Sequence[Decimal], whole: Decimal, rate: ExchangeRate, currency: str
) -> tuple[Decimal, ...]:
    shares = largest_remainder([multiply(amount, rate.rate) for amount in amounts], whole, currency)
    return tuple(round_to(share, currency) for share in shares)


def _groups(asked: Asked, net: Decimal, rate: ExchangeRate, currency: str) -> tuple[TaxGroup, ...]:
    """Base and tax of each rate. Bases that add up to the amount taxed do so in the invoice's currency;
    where taxes stack on one amount (GST and QST) each base is converted by itself."""
    bases = [group.base for group in asked.groups]
    shares = (
        _shares(bases, net, rate, currency)
        if total(bases) == asked.net
        else tuple(round_to(multiply(base, rate.rate), currency) for base in bases)
    )
    return tuple(
        group.model_copy(
            update={"base": base, "amount": round_to(multiply(base, group.rate), currency)},
        )
        for group, base in zip(asked.groups, shares, strict=True)
    )
