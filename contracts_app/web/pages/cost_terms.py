"""Cost plus a fee as people type it into the grid of a schedule, and as it is told again.

A fee is typed as `5 %`, by category as `5 %, labour 10 %, material 0 %`, a fixed one as an amount. Whatever
else is agreed of a fee came over the API: it is told in words, and stays as long as the words do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from contracts_app.domain.cost_plus.fees import (
    AwardFee,
    Fee,
    FeeBilledBy,
    FixedFee,
    IncentiveFee,
    PercentFee,
    SlidingFee,
)
from contracts_app.domain.cost_plus.terms import CostCategory, CostPlusTerms, PortionKind
from contracts_app.domain.money import ZERO
from contracts_app.web.pages.formatting import money
from contracts_app.web.pages.formatting import rate as in_percent
from contracts_app.web.pages.typed_amounts import NotAnAmount, amount, percentage
from contracts_app.web.pages.typed_rows import Row

COST_COLUMNS: Mapping[str, str] = {
    "fee": "Fee",
    "expected_cost": "Expected cost",
    "allowable": "Costs paid",
    "portion": "Part of the maximum",
    "cost_terms": "As agreed",
}
"""Shown where a line is billed at cost; the last one, which is hidden, keeps what the form does not ask."""
PORTIONS: Mapping[str, str] = {
    "work": "work",
    "allowance": "allowance",
    "contingency": "contingency",
    "fee": "the fee",
}
"""What a line is under a guaranteed maximum price."""
A_FEE = "a fee like 5 %, or 5 %, labour 10 %, or an amount like 500.00"
_PART = re.compile(r"\s*([a-z]+)\s+([0-9][0-9.,]*)\s*%?\s*", re.ASCII)


def fee_in_words(fee: Fee, currency: str) -> str:
    """A fee as it is typed, or where no form can say it, in words."""
    by_completion = not isinstance(fee, PercentFee) and fee.billed_by is FeeBilledBy.completion
    ends = " by percent complete" if by_completion else ""
    match fee:
        case PercentFee():
            own = [f"{each.category} {in_percent(each.rate)}" for each in fee.by_category]
            return ", ".join([in_percent(fee.rate), *own])
        case FixedFee():
            return f"{money(fee.amount, currency)}{ends}"
        case SlidingFee():
            return f"sliding, {in_percent(fee.rate)} of {money(fee.target_cost, currency)}{ends}"
        case IncentiveFee():
            return (
                f"incentive, {money(fee.target_fee, currency)} at {money(fee.target_cost, currency)}, "
                f"{money(fee.minimum_fee, currency)} to {money(fee.maximum_fee, currency)}{ends}"
            )
        case AwardFee():
            return f"award, {money(fee.base, currency)} and of {money(fee.pool, currency)}{ends}"


def typed_fee(text: str, currency: str) -> dict[str, Any]:
    """A fee as a command takes it. Raises NotAnAmount."""
    whole, *parts = [part.strip() for part in text.split(", ")] if ", " in text else [text.strip()]
    if whole.endswith("by percent complete"):
        return typed_fee(whole.removesuffix("by percent complete"), currency) | {"billed_by": "completion"}
    if not whole.endswith("%"):
        if parts:
            raise NotAnAmount
        return {"kind": "fixed", "amount": f"{amount(whole, ZERO, currency):f}"}
    return {
        "kind": "percent",
        "rate": f"{percentage(whole):f}",
        "by_category": [_category_rate(part) for part in parts],
    }


def _category_rate(part: str) -> dict[str, str]:
    known = _PART.fullmatch(part.lower())
    if known is None:
        raise NotAnAmount
    return {"category": known[1], "rate": f"{percentage(known[2]):f}"}


def shown_terms(agreed: CostPlusTerms | None, currency: str) -> dict[str, str]:
    """Stored terms as the cells of the grid."""
    if agreed is None:
        return {**dict.fromkeys(COST_COLUMNS, ""), "portion": "work"}
    return {
        "fee": "" if agreed.is_fee else fee_in_words(agreed.fee, currency),
        "expected_cost": money(agreed.expected_cost, currency) if agreed.expected_cost else "",
        "allowable": ", ".join(agreed.allowable),
        "portion": "fee" if agreed.is_fee else agreed.portion.value,
        "cost_terms": json.dumps(agreed.model_dump(mode="json")),
    }


def typed_terms(row: Row, currency: str) -> CostPlusTerms:
    """What a row says of cost and fee. Raises WrongBody for the first cell that makes no terms."""
    kept = _kept(row)
    portion = row.cells.get("portion", "") or "work"
    if portion not in PORTIONS:
        raise row.wrong("portion", "one of the list")
    said: dict[str, Any] = {
        "portion": PortionKind.work.value if portion == "fee" else portion,
        "is_fee": portion == "fee",
        "allowable": _categories(row),
        "expected_cost": row.amount("expected_cost", currency) if row.cells.get("expected_cost") else None,
    }
    if portion != "fee":
        text = row.cells.get("fee", "")
        if kept is not None and fee_in_words(kept.fee, currency) == text:
            said["fee"] = kept.fee.model_dump(mode="json")
            said["reserve"] = kept.reserve.model_dump(mode="json") if kept.reserve else None
        elif text:
            try:
                said["fee"] = typed_fee(text, currency)
            except NotAnAmount as error:
                raise row.wrong("fee", A_FEE) from error
    try:
        return CostPlusTerms.model_validate(said)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        place = str(first["loc"][0]) if first["loc"] else "expected_cost"
        column = place if place in COST_COLUMNS else "fee"
        raise row.wrong(column, first["msg"].removeprefix("Value error, ")) from wrong


def _kept(row: Row) -> CostPlusTerms | None:
    try:
        return CostPlusTerms.model_validate_json(row.cells.get("cost_terms", "") or "null")
    except ValidationError:
        return None


def _categories(row: Row) -> Sequence[str]:
    named = [part.strip().lower() for part in row.cells.get("allowable", "").split(",") if part.strip()]
    if any(name not in set(CostCategory) for name in named):
        raise row.wrong("allowable", f"some of {', '.join(CostCategory)}; empty for all")
    return list(dict.fromkeys(named))


def terms_in_words(agreed: CostPlusTerms, currency: str) -> str:
    """What a line says of cost and fee, in a few words."""
    if agreed.is_fee:
        return "the fee"
    said = [] if agreed.portion is PortionKind.work else [agreed.portion.value]
    if agreed.fee != PercentFee(rate=Decimal(0)):
        said.append(f"fee {fee_in_words(agreed.fee, currency)}")
    if agreed.expected_cost:
        said.append(f"of an expected {money(agreed.expected_cost, currency)}")
    if agreed.allowable:
        said.append(f"pays {', '.join(agreed.allowable)}")
    return "; ".join(said)
