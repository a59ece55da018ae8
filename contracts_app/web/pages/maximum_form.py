"""A guaranteed maximum price as people type it into the terms, and as it is told again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from contracts_app.domain.cost_plus.terms import Lesser, MaximumPriceTerms
from contracts_app.web.pages.cost_terms import A_FEE, fee_in_words, typed_fee
from contracts_app.web.pages.formatting import money
from contracts_app.web.pages.formatting import rate as in_percent
from contracts_app.web.pages.forms import Form, typed_amount, typed_rate
from contracts_app.web.pages.typed_amounts import NotAnAmount
from contracts_app.web.problems import FieldError, WrongBody

LESSER: Mapping[str, str] = {
    Lesser.of_the_whole.value: "on the whole contract",
    Lesser.of_each_portion.value: "on each portion of the work",
}
"""Where completed work is compared with its cost."""


FIELDS = ("gmp", "gmp_fee", "gmp_expected", "gmp_lesser", "gmp_share", "gmp_allowances", "gmp_terms")


def typed_maximum(form: Form, currency: str) -> dict[str, Any] | None:
    """What the form says of a guaranteed maximum price; None where there is none. Raises WrongBody."""
    if form.get("gmp") != "yes":
        return None
    said: dict[str, Any] = {
        "lesser": form.get("gmp_lesser") or Lesser.of_the_whole.value,
        "savings": {
            "contractor_share": typed_rate(form, "gmp_share") if form.get("gmp_share") else "0",
            "unused_allowances_shared": form.get("gmp_allowances") == "yes",
        },
        "expected_cost": typed_amount(form, "gmp_expected", currency) if form.get("gmp_expected") else None,
    }
    text, kept = form.get("gmp_fee", ""), _kept(form)
    if kept is not None and fee_in_words(kept.fee, currency) == text:
        said["fee"] = kept.fee.model_dump(mode="json")
        said["reserve"] = kept.reserve.model_dump(mode="json") if kept.reserve else None
    else:
        try:
            said["fee"] = typed_fee(text, currency)
        except NotAnAmount as error:
            raise WrongBody(FieldError("gmp_fee", text, A_FEE)) from error
    try:
        return MaximumPriceTerms.model_validate(said).model_dump(mode="json")
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        sentence = first["msg"].removeprefix("Value error, ")
        raise WrongBody(FieldError("gmp_fee", text, sentence)) from wrong


def _kept(form: Form) -> MaximumPriceTerms | None:
    try:
        return MaximumPriceTerms.model_validate_json(form.get("gmp_terms", "") or "null")
    except ValidationError:
        return None


def maximum_as_typed(agreed: MaximumPriceTerms | None, currency: str) -> Mapping[str, str]:
    """What is agreed as the fields of the form."""
    if agreed is None:
        return {**dict.fromkeys(FIELDS, ""), "gmp": "no"}
    return {
        "gmp": "yes",
        "gmp_fee": fee_in_words(agreed.fee, currency),
        "gmp_expected": money(agreed.expected_cost, currency) if agreed.expected_cost else "",
        "gmp_lesser": agreed.lesser.value,
        "gmp_share": in_percent(agreed.savings.contractor_share).removesuffix(" %"),
        "gmp_allowances": "yes" if agreed.savings.unused_allowances_shared else "no",
        "gmp_terms": json.dumps(agreed.model_dump(mode="json")),
    }


def maximum_in_words(agreed: MaximumPriceTerms | None, currency: str) -> Sequence[str]:
    """What is agreed, in a few sentences; none without a maximum price."""
    if agreed is None:
        return ()
    said = fee_in_words(agreed.fee, currency)
    fee = f"The contract sum is the most that is billed for cost and a fee of {said}"
    if agreed.expected_cost:
        fee += f", of an expected cost of {money(agreed.expected_cost, currency)}"
    share = in_percent(agreed.savings.contractor_share)
    allowances = "shared too" if agreed.savings.unused_allowances_shared else "the client's"
    return (
        f"{fee}.",
        f"Completed work is compared with its cost {LESSER[agreed.lesser]}.",
        f"{share} of savings come to us at the end; what is left of allowances is {allowances}.",
    )


FORM_WORDS: Mapping[str, Any] = {
    "GMP_LESSER": LESSER,
    "maximum_as_typed": maximum_as_typed,
    "maximum_in_words": maximum_in_words,
}
