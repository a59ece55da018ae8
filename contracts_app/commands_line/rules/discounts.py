"""Discounts, early payment and rate increases (docs/SPEC-discounts.md)."""

from typing import Annotated

from pydantic import Field

from contracts_app.commands_line.rules.question import Answer, Question, Rules
from contracts_app.domain import money
from contracts_app.domain.money import ZERO, Amount
from contracts_app.domain.names import BusinessDate, Currency
from contracts_app.domain.tax import discounts, early_payment
from contracts_app.domain.tax.discounts import DiscountedLine, DiscountRate, VolumeDiscount
from contracts_app.domain.tax.early_payment import (
    DiscountableGroup,
    EarlyPayment,
    EarlyPaymentTerms,
    EarlySettled,
)
from contracts_app.domain.time import rate_increase
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.domain.time.rate_increase import Increase


class ToDiscount(Question):
    """Lines with discounts of their own, and one on the document, by rate or by amount."""

    currency: Currency
    lines: Annotated[list[DiscountedLine], Field(min_length=1)]
    rate: DiscountRate | None = None
    amount: Amount | None = None


class Discounted(Answer):
    """What is taken off each line, for the line and for the document, and what is left of it."""

    on_line: tuple[Amount, ...]
    on_document: tuple[Amount, ...]
    net: tuple[Amount, ...]
    discount: Amount


class Volume(Question):
    """The bands agreed, what was billed before and what is billed now."""

    currency: Currency
    agreed: VolumeDiscount
    before: Amount = ZERO
    now: Amount


class VolumeDiscounted(Answer):
    """The discount of this document and to date."""

    discount: Amount
    to_date: Amount


class PaidEarly(Question):
    """A payment and what was open before it."""

    amount: Amount
    on: BusinessDate
    open: Amount


class ToPayEarly(Question):
    """An invoice's net amounts by rate, the terms, and a payment to test."""

    currency: Currency
    invoiced_on: BusinessDate
    groups: Annotated[list[DiscountableGroup], Field(min_length=1)]
    terms: EarlyPaymentTerms
    payment: PaidEarly | None = None


class PayEarly(Answer):
    """What is paid in time and after it, and what the payment settles."""

    agreed: EarlyPayment
    settled: EarlySettled | None = None


class ToRaise(Question):
    """A rate card and how it rises."""

    rate_card: list[RateRow]
    increase: Increase


class Raised(Answer):
    """The rows to add, and those left alone because they begin later."""

    added: tuple[RateRow, ...]
    begins_later: tuple[RateRow, ...]


def _discount(question: ToDiscount) -> Discounted:
    """Courtesy discounts: each line's own first, then one on the document, spread over its lines exactly."""
    currency = question.currency
    on_line = discounts.line_discounts(question.lines, currency)
    left = [money.less(line.net, off) for line, off in zip(question.lines, on_line, strict=True)]
    on_document: tuple[Amount, ...] = tuple(ZERO for _ in left)
    if question.rate is not None or question.amount is not None:
        on_document = discounts.document_discount(
            left,
            [line.discountable for line in question.lines],
            currency,
            rate=question.rate,
            amount=question.amount,
        )
    net = [money.less(whole, off) for whole, off in zip(left, on_document, strict=True)]
    return Discounted(
        on_line=on_line,
        on_document=tuple(money.round_to(off, currency) for off in on_document),
        net=tuple(money.round_to(each, currency) for each in net),
        discount=money.round_to(money.total((*on_line, *on_document)), currency),
    )


def _volume_discount(question: Volume) -> VolumeDiscounted:
    """A discount by bands of volume, to date less what was given before."""
    to_date = discounts.volume_discount_to_date(
        question.agreed, money.total((question.before, question.now)), question.currency
    )
    return VolumeDiscounted(
        discount=discounts.volume_discount(question.agreed, question.before, question.now, question.currency),
        to_date=money.round_to(to_date, question.currency),
    )


def _early_payment(question: ToPayEarly) -> PayEarly:
    """What settles an invoice in time and after it, tax included, and what a payment settles."""
    agreed = early_payment.early_payment(
        question.groups, question.terms, question.invoiced_on, question.currency
    )
    paid = question.payment
    settled = (
        early_payment.settled_by(paid.amount, paid.on, agreed, paid.open, question.currency)
        if paid is not None
        else None
    )
    return PayEarly(agreed=agreed, settled=settled)


def _rate_increase(question: ToRaise) -> Raised:
    """New rows of a rate card from a day on, by a rate or an amount, rounded to a step."""
    return Raised(
        added=rate_increase.raised(question.rate_card, question.increase),
        begins_later=rate_increase.begins_later(question.rate_card, question.increase),
    )


RULES: Rules = {
    "discount": _discount,
    "volume-discount": _volume_discount,
    "early-payment": _early_payment,
    "rate-increase": _rate_increase,
}
