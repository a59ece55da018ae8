"""What a paper says of tax: the rates with what they come to, why lines bear none, what is due."""

from __future__ import annotations

from typing import Any

from contracts_app.documents.wording import Wording
from contracts_app.domain.billing.taxed import DocumentTax
from contracts_app.domain.money import ZERO, opposite
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
            "has_discount": tax.discount != ZERO,
            "work": say.amount(tax.net + tax.discount),
            "discount": say.amount(opposite(tax.discount)),
            "net": say.amount(tax.net),
            "total": say.amount(tax.tax),
            "gross": say.amount(tax.gross),
            "has_retained": tax.retained != ZERO,
            "retained": say.amount(opposite(tax.retained)),
            "due": say.amount(tax.due),
            "wording": [line.rstrip(".") + "." for line in tax.wording],
            "customer": [
                f"Tax for you to account for: {say.rate(one.rate)} of {say.amount(one.base)}, "
                f"{say.amount(one.amount)}."
                for one in tax.customer_tax
            ],
        },
    }
