"""A discount for early payment, as a form types it and as a page says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts_app.domain.tax.early_payment import EarlyPaymentTerms
from contracts_app.web.pages.formatting import rate
from contracts_app.web.pages.forms import Form, typed_rate, whole_number
from contracts_app.web.problems import FieldError, WrongBody

CREDITS: Mapping[str, str] = {
    "carried": "is taken off the next payments",
    "document": "is credited by a credit note",
}
"""What becomes of an application that takes back more than it bills."""
EARLY_TAX: Mapping[str, str] = {
    "on_early_payment": "is of the discounted amount where the discount is taken",
    "never": "stays that of the whole amount",
}
FIELDS = ("early_rate", "early_days", "early_tax")


def typed_early_payment(form: Form) -> dict[str, Any] | None:
    """The discount that the form says; None where none is typed. Raises WrongBody."""
    if not form.get("early_rate"):
        if form.get("early_days"):
            raise WrongBody(FieldError("early_rate", "", "a percentage like 2"))
        return None
    return {
        "rate": typed_rate(form, "early_rate"),
        "days": whole_number(form, "early_days", 0, 365),
        "tax": form.get("early_tax") or "on_early_payment",
    }


def early_as_typed(terms: EarlyPaymentTerms | None) -> dict[str, str]:
    """What the fields of the form hold for these terms."""
    if terms is None:
        return dict.fromkeys(FIELDS, "")
    return {
        "early_rate": rate(terms.rate).removesuffix(" %"),
        "early_days": str(terms.days),
        "early_tax": terms.tax.value,
    }


def early_in_words(terms: EarlyPaymentTerms) -> str:
    """The discount as a sentence."""
    return f"{rate(terms.rate)} off if paid within {terms.days} days; tax {EARLY_TAX[terms.tax]}"


EARLY_WORDS: Mapping[str, Any] = {
    "EARLY_TAX": EARLY_TAX,
    "CREDITS": CREDITS,
    "early_as_typed": early_as_typed,
    "early_in_words": early_in_words,
}
"""All of it, for the templates of a contract."""
