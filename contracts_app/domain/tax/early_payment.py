"""Discount for early payment, and what it does to the tax (docs/SPEC-discounts.md)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.money import (
    ZERO,
    Amount,
    fraction_of,
    in_words_of_a_page,
    largest_remainder,
    less,
    multiply,
    round_to,
    total,
)
from contracts_app.domain.names import BusinessDate
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.tax.discounts import DiscountRate
from contracts_app.domain.tax.tax import TaxFraction


class TaxReduction(StrEnum):
    """When the tax is of the discounted amount: always, whoever pays when; only if paid early; or never."""

    always = "always"
    on_early_payment = "on_early_payment"
    never = "never"


class EarlyPaymentTerms(BaseModel):
    """`rate` off when paid within `days` of the invoice, the last day included (2/10: 0.02, 10)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    rate: DiscountRate
    days: Annotated[int, Field(ge=0, le=365)]
    tax: TaxReduction = TaxReduction.on_early_payment


class DiscountableGroup(BaseModel):
    """The net amount of one tax rate, and the part of it that is not discountable: freight where so agreed,
    and retainage until it is released."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    net: Amount
    rate: TaxFraction = ZERO
    not_discountable: Amount = ZERO

    @model_validator(mode="after")
    def _part_of_it(self) -> DiscountableGroup:
        if self.net < ZERO or not ZERO <= self.not_discountable <= self.net:
            raise ValueError("what is not discountable is a part of the net amount, and neither is negative")
        return self


class EarlyPayment(BaseModel):
    """What settles the invoice up to `last_day`, and what does after it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    last_day: BusinessDate
    discount: Amount
    net: Amount
    tax_early: Amount
    tax_late: Amount
    pay_early: Amount
    pay_late: Amount


def early_payment(
    groups: Sequence[DiscountableGroup], terms: EarlyPaymentTerms, invoiced_on: date, currency: str
) -> EarlyPayment:
    """The two amounts of an invoice. The discount is rounded once and spread over the rates exactly."""
    exact = [multiply(less(group.net, group.not_discountable), terms.rate) for group in groups]
    discount = round_to(total(exact), currency)
    parts = largest_remainder(exact, discount, currency)
    full = total(round_to(multiply(group.net, group.rate), currency) for group in groups)
    reduced = total(
        round_to(multiply(less(group.net, part), group.rate), currency)
        for group, part in zip(groups, parts, strict=True)
    )
    early = full if terms.tax is TaxReduction.never else reduced
    late = reduced if terms.tax is TaxReduction.always else full
    net = total(group.net for group in groups)
    return EarlyPayment(
        last_day=invoiced_on + timedelta(days=terms.days),
        discount=discount,
        net=round_to(net, currency),
        tax_early=early,
        tax_late=late,
        pay_early=total((less(net, discount), early)),
        pay_late=total((net, late)),
    )


class EarlySettled(BaseModel):
    """What a payment settles of what is open, and the discount in it. A rest stays with the payment."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    settles: Amount
    discount: Amount
    left_over: Amount


def settled_by(
    payment: Decimal, paid_on: date, agreed: EarlyPayment, open_before: Decimal, currency: str
) -> EarlySettled:
    """What a payment settles: in time, a part settles in proportion (400 at 2 % settles 408.16); late, only
    itself, and a discount taken all the same is a short payment.

    Raises Refused for a payment that is not positive or nothing open.
    """
    if payment <= ZERO or open_before <= ZERO:
        raise wrong_content("payment_not_positive", "A payment is more than zero, and something is open.")
    if open_before > agreed.pay_late:
        raise wrong_content(
            "more_than_open",
            f"No more than {in_words_of_a_page(agreed.pay_late, currency)} can be open on this invoice.",
        )
    if paid_on > agreed.last_day or agreed.pay_early == ZERO:
        settles = min(payment, open_before)
        return EarlySettled(settles=settles, discount=ZERO, left_over=less(payment, settles))
    needed = round_to(fraction_of(open_before, agreed.pay_early, agreed.pay_late), currency)
    if payment >= needed:
        return EarlySettled(
            settles=open_before, discount=less(open_before, needed), left_over=less(payment, needed)
        )
    settles = round_to(fraction_of(payment, agreed.pay_late, agreed.pay_early), currency)
    return EarlySettled(settles=settles, discount=less(settles, payment), left_over=ZERO)
