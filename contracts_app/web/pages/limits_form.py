"""Caps over several lines, and what is said of purchase orders, as the terms' form types them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.funding.agreed_caps import AgreedCap
from contracts_app.web.pages.formatting import amount_typed, money, rate
from contracts_app.web.pages.forms import Form, typed_amount, typed_rate
from contracts_app.web.pages.typed_rows import Row, rows_shown, typed_rows
from contracts_app.web.problems import together

CAP_COLUMNS: Mapping[str, str] = {
    "limit_name": "Name",
    "limit_amount": "Not to exceed",
    "limit_items": "Lines",
    "limit_roles": "Roles",
    "limit_people": "People",
    "limit_costs": "Costs",
}
_EMPTY = dict.fromkeys(CAP_COLUMNS, "") | {"limit_costs": "yes"}
CLIENT_ORDERS: Mapping[str, str] = {
    "": "pay what they are for; other work is billed without one",
    "required": "are required: nothing is billed without one",
}
ORDER_OF_USE: Mapping[str, str] = {
    "as_numbered": "in the order of their dates and numbers",
    "expiry_first": "the one that ends first",
}
EXPIRY_DAY: Mapping[str, str] = {
    "service_date": "the day of the work",
    "invoice_date": "the invoice, by the end of its period",
}


def typed_limits(form: Form, currency: str) -> dict[str, Any]:
    """What the form says of caps and orders: only what is said. Raises WrongBody."""
    rows = typed_rows(form, CAP_COLUMNS, ("limit_name", "limit_amount"))
    caps = together(*(lambda row=row: _cap(row, currency) for row in rows))
    said: dict[str, Any] = {"caps": caps} if caps else {}
    use, day = form.get("order_of_use", ""), form.get("expiry_tested_on", "")
    required = form.get("client_orders") == "required"
    if required or use == "expiry_first" or day == "invoice_date":
        said["funding"] = {
            "required": required,
            "order_of_use": use or "as_numbered",
            "expiry_tested_on": day or "service_date",
        }
    if form.get("notice_levels"):
        said["notice_levels"] = [
            typed_rate({"notice_levels": part}, "notice_levels") for part in listed(form["notice_levels"])
        ]
    return said


def typed_retainer(form: Form, currency: str) -> dict[str, Any]:
    """What the form says of a retainer that is filled up again. Raises WrongBody."""
    if not form.get("retainer_minimum"):
        return {}
    minimum, below = together(
        lambda: typed_amount(form, "retainer_minimum", currency),
        lambda: typed_amount(form, "retainer_below", currency) if form.get("retainer_below") else None,
    )
    return {"retainer": {"minimum": minimum, "request_below": below}}


def _cap(row: Row, currency: str) -> dict[str, Any]:
    name, amount = together(lambda: row.text("limit_name"), lambda: row.amount("limit_amount", currency))
    return {
        "name": name,
        "amount": amount,
        "item_nos": listed(row.cells.get("limit_items", "")),
        "roles": listed(row.cells.get("limit_roles", "")),
        "people": listed(row.cells.get("limit_people", "")),
        "expenses": row.cells.get("limit_costs", "yes").lower() not in ("no", "without"),
    }


def listed(text: str) -> list[str]:
    """`1; 2, 3` as a list."""
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]


def caps_shown(typed: Mapping[str, str], terms: ContractTerms | None) -> list[Mapping[str, str]]:
    """The rows of the form: what was typed and refused, else what is agreed, and two empty ones."""
    stored = [] if terms is None else [_as_typed(cap, terms.currency) for cap in terms.caps]
    return rows_shown(typed or None, stored, _EMPTY, 2)


def _as_typed(cap: AgreedCap, currency: str) -> Mapping[str, str]:
    return {
        "limit_name": cap.name,
        "limit_amount": amount_typed(cap.amount, currency),
        "limit_items": ", ".join(cap.item_nos),
        "limit_roles": ", ".join(cap.roles),
        "limit_people": ", ".join(cap.people),
        "limit_costs": "yes" if cap.expenses else "no",
    }


def levels_shown(terms: ContractTerms | None) -> str:
    """The levels as the form types them: `75, 85`."""
    return ", ".join(rate(level).removesuffix(" %") for level in terms.notice_levels) if terms else ""


def over_in_words(cap: AgreedCap) -> str:
    """What a cap is over, as a sentence goes on."""
    who = [*cap.roles, *cap.people]
    lines = f"line{'s' if len(cap.item_nos) > 1 else ''} {', '.join(cap.item_nos)}" if cap.item_nos else ""
    over = " on ".join(part for part in (", ".join(who), lines) if part) or "the whole contract"
    return over if cap.expenses else f"{over}, without costs"


def limits_in_words(terms: ContractTerms) -> Sequence[str]:
    """What the terms say of caps and orders, a sentence each."""
    caps = [
        f"{cap.name}: {money(cap.amount, terms.currency)} over {over_in_words(cap)}" for cap in terms.caps
    ]
    if terms.notice_levels:
        caps.append(f"Told at {', '.join(rate(level) for level in terms.notice_levels)} of a limit")
    if terms.funding is None:
        return caps
    orders = CLIENT_ORDERS["required" if terms.funding.required else ""]
    use, day = ORDER_OF_USE[terms.funding.order_of_use], EXPIRY_DAY[terms.funding.expiry_tested_on]
    return [
        *caps,
        f"Purchase orders {orders}",
        f"Of several purchase orders first {use}; each must be valid on {day}",
    ]


FORM_WORDS: Mapping[str, Any] = {
    "CLIENT_ORDERS": CLIENT_ORDERS,
    "ORDER_OF_USE": ORDER_OF_USE,
    "EXPIRY_DAY": EXPIRY_DAY,
    "caps_shown": caps_shown,
    "levels_shown": levels_shown,
    "limits_in_words": limits_in_words,
}
