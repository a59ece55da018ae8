"""Totals of an invoice or a credit note, BT-106 to BT-115 of EN 16931 (docs/SPEC-tax.md).

Lines carry net amounts; allowances and charges of the document bear tax as lines do. What has been paid
before is gross and touches no tax.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts_app.domain.money import (
    ZERO,
    Amount,
    fraction_of,
    less,
    opposite,
    require_at_scale,
    round_to,
    total,
)
from contracts_app.domain.names import Currency, Name
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.tax.tax import LineTax, Rounding, TaxedAmount, TaxGroup, groups


class AllowanceOrCharge(BaseModel):
    """Something taken off or added for the whole document, net, with its taxes; the amount is positive."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    amount: Amount
    taxes: tuple[LineTax, ...] = ()
    reason: Name


class TaxedDocument(BaseModel):
    """What the totals are made of. `prepaid` is money received for it, gross; `rounding_amount` rounds what
    is payable, as in cash."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    currency: Currency
    lines: Annotated[tuple[TaxedAmount, ...], Field(min_length=1)]
    allowances: tuple[AllowanceOrCharge, ...] = ()
    charges: tuple[AllowanceOrCharge, ...] = ()
    prepaid: Amount = ZERO
    rounding_amount: Amount = ZERO
    rounding: Rounding = Rounding.group

    def taxed(self) -> tuple[TaxedAmount, ...]:
        """Everything that bears tax: lines, allowances as negative amounts, charges."""
        off = (TaxedAmount(net=opposite(one.amount), taxes=one.taxes) for one in self.allowances)
        on = (TaxedAmount(net=one.amount, taxes=one.taxes) for one in self.charges)
        return (*self.lines, *off, *on)


class DocumentTotals(BaseModel):
    """The totals, each with its business term."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    lines: Amount
    """BT-106, the sum of the lines' net amounts."""
    allowances: Amount
    """BT-107."""
    charges: Amount
    """BT-108."""
    net: Amount
    """BT-109 = BT-106 - BT-107 + BT-108, without tax."""
    tax: Amount
    """BT-110, the sum of the groups' tax."""
    gross: Amount
    """BT-112 = BT-109 + BT-110, with tax."""
    prepaid: Amount
    """BT-113."""
    rounding_amount: Amount
    """BT-114."""
    payable: Amount
    """BT-115 = BT-112 - BT-113 + BT-114."""
    groups: tuple[TaxGroup, ...]
    """BG-23, with BT-116 and BT-117 in each."""


def line_net(
    quantity: Decimal,
    price: Decimal,
    currency: str,
    *,
    base_quantity: Decimal = Decimal(1),
    allowances: Decimal = ZERO,
    charges: Decimal = ZERO,
) -> Decimal:
    """BT-131: quantity × price / base quantity - allowances + charges of the line, rounded once.

    The price keeps its own decimals. Raises Refused for a negative price or a base quantity that is not
    positive: what is given back has a negative quantity.
    """
    if price < ZERO:
        raise wrong_content(
            "negative_price", "A price is not negative; give back a negative quantity instead."
        )
    if base_quantity <= ZERO:
        raise wrong_content("base_quantity", "A price is for a quantity of more than zero.")
    priced = fraction_of(quantity, price, base_quantity)
    return round_to(total((less(priced, allowances), charges)), currency)


def totals(document: TaxedDocument) -> DocumentTotals:
    """The totals of the document. Raises Refused for an amount below zero where none can be, or with more
    decimals than the currency has."""
    _require_sound(document)
    currency = document.currency
    taxed = groups(document.taxed(), currency, document.rounding)
    lines = total(line.net for line in document.lines)
    allowances = total(one.amount for one in document.allowances)
    charges = total(one.amount for one in document.charges)
    net = total((less(lines, allowances), charges))
    tax = total(group.amount for group in taxed)
    gross = total((net, tax))
    payable = total((less(gross, document.prepaid), document.rounding_amount))
    return DocumentTotals(
        lines=round_to(lines, currency),
        allowances=round_to(allowances, currency),
        charges=round_to(charges, currency),
        net=round_to(net, currency),
        tax=round_to(tax, currency),
        gross=round_to(gross, currency),
        prepaid=round_to(document.prepaid, currency),
        rounding_amount=round_to(document.rounding_amount, currency),
        payable=round_to(payable, currency),
        groups=taxed,
    )


def rounded_by_group(document: TaxedDocument) -> TaxedDocument:
    """The same document as an electronic invoice must show it, with what is payable unchanged.

    EN 16931 knows tax per group only; what rounding on each line makes of a difference goes to BT-114.
    """
    by_group = document.model_copy(update={"rounding": Rounding.group})
    difference = less(totals(document).tax, totals(by_group).tax)
    carried = total((document.rounding_amount, difference))
    return by_group.model_copy(update={"rounding_amount": carried})


def _require_sound(document: TaxedDocument) -> None:
    positive = [one.amount for one in (*document.allowances, *document.charges)] + [document.prepaid]
    if min(positive) < ZERO:
        raise wrong_content(
            "negative_amount",
            "An allowance, a charge and what was paid before are not negative: enter an allowance as an "
            "allowance, a charge as a charge.",
        )
    require_at_scale((*positive, document.rounding_amount), document.currency)
