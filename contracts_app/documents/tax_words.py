"""What a paper says of tax: the rates with what they come to, why lines bear none, what is due."""

from __future__ import annotations

from typing import Any

from contracts_app.documents.wording import Wording
from contracts_app.domain.billing.taxed import DocumentTax
from contracts_app.domain.money import ZERO, opposite, total
from contracts_app.domain.retainage.retainage_tax import Treatment
from contracts_app.domain.tax.tax import CODES, TaxCategory, TaxGroup

_SAID = {
    CODES[TaxCategory.zero]: "zero-rated",
    CODES[TaxCategory.exempt]: "exempt",
    CODES[TaxCategory.reverse_charge]: "reverse charge",
    CODES[TaxCategory.outside_scope]: "outside the scope",
}
NONE: dict[str, Any] = {"has_tax": False, "tax": {}}
"""The fields of a paper that says nothing of tax."""


def called(group: TaxGroup, say: Wording) -> str:
    """What a rate is called: `VAT 19 %`, `VAT, reverse charge`."""
    said = _SAID.get(group.code)
    return f"{group.tax}, {said}" if said else f"{group.tax} {say.rate(group.rate)}"


def tax_fields(tax: DocumentTax | None, say: Wording) -> dict[str, Any]:
    """The fields of the block about tax; amounts are written out."""
    if tax is None:
        return NONE
    return {
        "has_tax": True,
        "tax": {
            "date": say.day(tax.tax_date),
            "groups": [
                {
                    "called": called(group, say),
                    "base": say.amount(group.base),
                    "amount": say.amount(group.amount),
                }
                for group in tax.groups
            ],
            "has_groups": bool(tax.groups),
            "head": f"Tax, tax date {say.day(tax.tax_date)}"
            if tax.groups
            else "Discount"
            if tax.discount
            else "Tax",
            **_before_tax(tax, say),
            "net": say.amount(tax.net),
            "total": say.amount(tax.tax),
            "gross": say.amount(tax.gross),
            **_after_tax(tax, say),
            "wording": [line.rstrip(".") + "." for line in tax.wording],
            "customer": [
                f"Tax for you to account for: {say.rate(one.rate)} of {say.amount(one.base)}, "
                f"{say.amount(one.amount)}."
                for one in tax.customer_tax
            ],
        },
    }


def _before_tax(tax: DocumentTax, say: Wording) -> dict[str, Any]:
    """What comes off the work before tax: a discount, and retainage that is taxed later."""
    off = tax.retainage.allowance if tax.retainage else ZERO
    work = total((tax.net, tax.discount, off))
    return {
        "has_work": work != ZERO and (tax.discount != ZERO or off != ZERO),
        "work_called": "Work of this invoice" if off else "Before discount",
        "work": say.amount(work),
        "has_discount": tax.discount != ZERO,
        "discount": say.amount(opposite(tax.discount)),
        "has_allowance": off != ZERO,
        "allowance_called": "Less retainage, taxed when it is released"
        if off > ZERO
        else "Retainage released, taxed now",
        "allowance": say.amount(opposite(off)),
    }


def _after_tax(tax: DocumentTax, say: Wording) -> dict[str, Any]:
    """What of the amount with tax is due now, and what with the retainage."""
    in_two = tax.retainage is not None and tax.retainage.treatment is Treatment.instalment
    withheld = tax.retained > ZERO
    with_tax = "With tax, less" if tax.groups else "Less"
    if in_two and withheld:
        called, due_called = "Second instalment, due when retainage is released", "First instalment, due now"
    elif in_two:
        called, due_called = "Second instalment of earlier invoices, taxed with them", "Due now"
    elif tax.retainage is not None and withheld:
        called, due_called = "Retainage, due when it is released; taxed now", f"{with_tax} retainage"
    elif tax.retainage is not None:
        called, due_called = "Retainage released, taxed with the work", "Due now"
    else:
        called, due_called = "Retainage", f"{with_tax} retainage"
    return {
        "has_retained": tax.retained != ZERO,
        "retained_called": called,
        "retained": say.amount(tax.retained if in_two and withheld else opposite(tax.retained)),
        "due_called": due_called,
        "due": say.amount(tax.due),
    }
