"""An advance payment as people type it into the terms, and as it is told again."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from contracts_app.domain.funding.advance_terms import AdvanceAgreed
from contracts_app.domain.funding.advance_words import recovery_in_words, sum_in_words
from contracts_app.web.pages.formatting import amount_typed, rate
from contracts_app.web.pages.forms import Form, typed_amount, typed_rate
from contracts_app.web.problems import FieldError, WrongBody, together

FIELDS = ("advance_sum", "advance_rate", "advance_after", "advance_by", "advance_guarantee")


def typed_advance(form: Form, currency: str) -> dict[str, Any]:
    """What the form says of an advance payment; nothing where it does not ask. Raises WrongBody."""
    if "advance_sum" not in form:
        return {}
    text = form["advance_sum"].strip()
    if not text:
        return {"advance": None}
    by_share = text.endswith("%")

    def how_much() -> str:
        return typed_rate(form, "advance_sum") if by_share else typed_amount(form, "advance_sum", currency)

    def optional(name: str) -> str | None:
        return typed_rate(form, name) if form.get(name) else None

    amount, share, after, by = together(
        how_much,
        lambda: optional("advance_rate"),
        lambda: optional("advance_after"),
        lambda: optional("advance_by"),
    )
    said = {
        "share" if by_share else "amount": amount,
        "rate": share,
        "starts_after": after or "0",
        "recovered_by": by,
        "needs_guarantee": form.get("advance_guarantee") == "yes",
    }
    try:
        return {"advance": AdvanceAgreed.model_validate(said).model_dump(mode="json")}
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        sentence = first["msg"].removeprefix("Value error, ")
        raise WrongBody(FieldError("advance_sum", text, sentence)) from wrong


def advance_as_typed(agreed: AdvanceAgreed | None, currency: str) -> Mapping[str, str]:
    """What stands in the fields of the form for terms that are agreed."""
    if agreed is None:
        return dict.fromkeys(FIELDS, "")
    return {
        "advance_sum": amount_typed(agreed.amount, currency) if agreed.share is None else rate(agreed.share),
        "advance_rate": _percent(agreed.rate),
        "advance_after": _percent(agreed.starts_after or None),
        "advance_by": _percent(agreed.recovered_by),
        "advance_guarantee": "yes" if agreed.needs_guarantee else "no",
    }


def _percent(fraction: Decimal | None) -> str:
    return "" if fraction is None else rate(fraction).removesuffix(" %")


ADVANCE_WORDS: Mapping[str, Any] = {
    "advance_as_typed": advance_as_typed,
    "advance_sum_in_words": sum_in_words,
    "advance_recovery_in_words": recovery_in_words,
}
"""All of it, for the templates of a contract."""
