"""Tax that the payer withholds: CIS, backup withholding, contractors from elsewhere (docs/SPEC-tax.md).

It is a way of settling, not a part of the invoice: the invoice keeps its total, the payer keeps part of the
payment for the tax office, and his certificate settles the receivable without cash.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.law import Provision
from contracts_app.domain.money import (
    ZERO,
    Amount,
    in_words_of_a_page,
    less,
    multiply,
    require_at_scale,
    round_to,
    total,
)
from contracts_app.domain.names import Currency, Name
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.tax.tax import TaxFraction


class WithheldFrom(StrEnum):
    """What the rate is taken of: the payment without tax less materials, or the whole payment without tax."""

    less_materials = "less_materials"
    payment = "payment"


class ThresholdOf(StrEnum):
    """What must exceed the threshold: the payments of a calendar year, this one included, or the contract."""

    year = "year"
    contract = "contract"


class WithholdingRate(Provision):
    """The rate of a scheme for a payee's standing, e.g. CIS for one who is not verified.

    With a `threshold` nothing is withheld until what it is of is above it; then from the whole payment.
    """

    scheme: Name
    standing: Name
    rate: TaxFraction
    withheld_from: WithheldFrom
    currency: Currency
    threshold: Amount | None = None
    threshold_of: ThresholdOf | None = None


class Payment(BaseModel):
    """A payment to be made of an invoice. `net` is without tax; `tax` comes on top and bears no deduction.

    `materials` is the direct cost of materials in it, without tax where the payee recovers that; `measured`
    is what the threshold is compared with.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    net: Amount
    tax: Amount = ZERO
    materials: Amount = ZERO
    measured: Amount | None = None


class Withheld(BaseModel):
    """What is withheld of a payment, from what, and what is paid in cash."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    base: Amount
    rate: TaxFraction
    amount: Amount
    cash: Amount


def rate_for(
    rows: Iterable[WithholdingRate], jurisdiction: str, scheme: str, standing: str, on: date
) -> WithholdingRate:
    """The row in force on the day of payment. Raises Refused when there is none."""
    for row in rows:
        if (row.jurisdiction, row.scheme, row.standing) == (jurisdiction, scheme, standing) and row.covers(
            on
        ):
            return row
    raise wrong_content(
        "no_withholding_rate",
        f"The tables have no rate of {scheme} in {jurisdiction} for a payee who is {standing} on {on}; add "
        "the rate with its source.",
    )


def withheld(row: WithholdingRate, payment: Payment) -> Withheld:
    """What is withheld of a payment on its day, rounded once.

    Raises Refused for amounts below zero, materials above the payment, and a threshold with nothing to
    compare it with.
    """
    amounts = (payment.net, payment.tax, payment.materials)
    if min(amounts) < ZERO:
        raise wrong_content("payment_negative", "A payment, its tax and its materials are not negative.")
    require_at_scale(amounts, row.currency)
    if payment.materials > payment.net:
        raise wrong_content(
            "materials_exceed_payment",
            f"Materials of {in_words_of_a_page(payment.materials, row.currency)} are more than the payment.",
        )
    base = payment.net
    if row.withheld_from is WithheldFrom.less_materials:
        base = less(payment.net, payment.materials)
    amount = ZERO if _below_threshold(row, payment) else multiply(base, row.rate)
    amount = round_to(amount, row.currency)
    return Withheld(
        base=round_to(base, row.currency),
        rate=row.rate,
        amount=amount,
        cash=round_to(less(total((payment.net, payment.tax)), amount), row.currency),
    )


def _below_threshold(row: WithholdingRate, payment: Payment) -> bool:
    if row.threshold is None:
        return False
    if payment.measured is None:
        what = "the payments of the year" if row.threshold_of is ThresholdOf.year else "the contract price"
        raise wrong_content(
            "threshold_unknown", f"{row.scheme} has a threshold: give {what} to compare with it."
        )
    return payment.measured <= row.threshold


class Certificate(BaseModel):
    """The payer's word that he paid so much tax on our behalf, by which number."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    number: Name
    amount: Amount


class Settled(BaseModel):
    """A receivable after cash and certificates: each settles its part, and nothing else is settled."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    cash: Amount
    certified: Amount
    open: Amount
    short_of_certificate: Amount
    """What stays open because the payer withheld it and has sent no certificate yet."""


def settle(
    open_before: Decimal,
    cash: Decimal,
    withheld_by_payer: Decimal,
    certificates: Iterable[Certificate],
    currency: str,
) -> Settled:
    """Settle a receivable by cash and by certificates of what was withheld.

    Raises Refused for amounts below zero, for a certificate of nothing, and when both together are more than
    is open or the certificates more than was withheld.
    """
    proofs = tuple(certificates)
    certified = total(one.amount for one in proofs)
    if min(cash, withheld_by_payer) < ZERO or any(one.amount <= ZERO for one in proofs):
        raise wrong_content(
            "settlement_not_positive", "Cash is not negative, and a certificate is more than zero."
        )
    if len({one.number for one in proofs}) < len(proofs):
        raise wrong_content("certificate_named_twice", "A certificate is named twice; name it once.")
    if certified > withheld_by_payer:
        raise wrong_content(
            "certificate_exceeds_withheld",
            f"The certificates say {in_words_of_a_page(certified, currency)}; the payer withheld "
            f"{in_words_of_a_page(withheld_by_payer, currency)}.",
        )
    if total((cash, certified)) > open_before:
        raise wrong_content(
            "more_than_open", f"Only {in_words_of_a_page(open_before, currency)} is open on this invoice."
        )
    left = less(open_before, cash, certified)
    awaited = min(left, less(withheld_by_payer, certified))
    return Settled(
        cash=round_to(cash, currency),
        certified=round_to(certified, currency),
        open=round_to(left, currency),
        short_of_certificate=round_to(awaited, currency),
    )
