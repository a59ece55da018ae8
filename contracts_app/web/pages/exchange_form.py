"""The rate that an invoice in another currency is booked at, as a form types it and as a page says it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from contracts_app.domain.tax.books import AT_PERIOD_END, ExchangeTerms
from contracts_app.web.pages.forms import Form, whole_number
from contracts_app.web.problems import FieldError, WrongBody

RATE_DAYS: Mapping[str, str] = {
    "period_end": "the end of the billing period",
    "issue": "the day of issue, the last one known then",
}
_CODE = re.compile(r"[A-Z]{3}", re.ASCII)


def typed_currency(form: Form, usual: str) -> str:
    """The currency that a new contract is billed in, `usual` where none is typed. Raises WrongBody."""
    text = form.get("currency", "").strip().upper() or usual
    if not _CODE.fullmatch(text):
        raise WrongBody(FieldError("currency", text, "the code of a currency, like EUR"))
    return text


def typed_exchange(form: Form) -> dict[str, Any]:
    """The terms that the form says; nothing where it does not ask for them. Raises WrongBody."""
    if "rate_of" not in form:
        return {}
    invoiced = form.get("invoice_currency", "").strip().upper()
    if invoiced and not _CODE.fullmatch(invoiced):
        raise WrongBody(FieldError("invoice_currency", invoiced, "empty, or the code of a currency"))
    days = (
        whole_number(form, "stale_after_days", 0, 400)
        if form.get("stale_after_days")
        else AT_PERIOD_END.stale_after_days
    )
    # The contract's own currency is the one that it is invoiced in without a word.
    other = invoiced if invoiced != form.get("currency", "") else ""
    return {
        "exchange": {"rate_of": form["rate_of"], "stale_after_days": days},
        **({"invoice_currency": other} if other else {}),
    }


def exchange_in_words(terms: ExchangeTerms) -> str:
    """The rate as a sentence."""
    return (
        f"the rate of {RATE_DAYS[terms.rate_of.value]}; a warning where it is more than "
        f"{terms.stale_after_days} days old"
    )


EXCHANGE_WORDS: Mapping[str, Any] = {
    "RATE_DAYS": RATE_DAYS,
    "USUAL_EXCHANGE": AT_PERIOD_END,
    "exchange_in_words": exchange_in_words,
}
"""All of it, for the templates of a contract."""
