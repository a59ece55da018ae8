"""What the pages call the fields of a form, and how they say what a field takes."""

from __future__ import annotations

import re
from collections.abc import Mapping

_LABELS: Mapping[str, str] = {
    "number": "Contract number",
    "client_id": "Client",
    "legal_entity_id": "Billed by",
    "project_manager_id": "Project manager",
    "original_sum": "Original contract sum",
    "rate_completed": "Retainage on completed work, %",
    "rate_stored": "Retainage on stored material, %",
    "level": "Retainage is rounded",
    "tier_above_1": "From completion, %",
    "tier_mode": "Retainage that changes with completion",
    "tiers": "Retainage that changes with completion",
    "cap": "Most that is withheld",
    "cap_amount": "Most that is withheld",
    "cap_percent": "Most that is withheld, % of the whole sum",
    "change_order_rate": "Retainage on change orders, %",
    "change_order_rates": "Retainage on single change orders, %",
    "jurisdiction": "Law of",
    "item_nos": "Lines",
    "receivable_arises": "The client owes the amount",
    "payment_days": "Payment, days net",
    "certification_days": "Certification, days",
    "first_application": "First application number",
    "controller_limit": "Controller needed above",
    "cut_off_day": "Billing period ends on day",
    "hour_rounding": "Hours are billed",
    "deposit": "Deposit agreed",
    "at_completion": "Cost at completion",
    "to_date": "Cost to date",
    "uninstalled": "Of it material not built in",
    "wasted": "Of it wasted",
    "complete": "Complete, %",
    "whole": "Of how much in all",
    "gmp_fee": "Fee",
    "gmp_expected": "Cost expected",
    "gmp_share": "Our share of savings, %",
    "lines": "Schedule of values",
    "rows": "Rate card",
    "names": "Names, one to a line",
    "raises": "It becomes",
    "share": "Work assumed in a period, %",
    "from_on": "From",
}
"""The labels of the forms, where a field's own name does not say it."""
_EXPECTED = (
    (re.compile(r"Input should be a valid date.*", re.DOTALL), "a date like 2025-08-31"),
    (re.compile(r"Input should be a valid UUID.*", re.DOTALL), "one of the list"),
    (re.compile(r"(Input should be|String should have) "), ""),
)
"""What a validator says to programs, and what a person reads."""
_TOO_SHORT = re.compile(r"String should have at least (\d+) characters?")


def label_of(field: str) -> str:
    """The label of a field: `terms.cut_off_day` → `Billing period ends on day`."""
    name = field.rsplit(".", 1)[-1]
    return _LABELS.get(name) or name.replace("_", " ").capitalize()


def wrong(label: str, field: str, said: str) -> str:
    """What is wrong with a field, as a sentence."""
    too_short = _TOO_SHORT.fullmatch(said)
    if too_short and field.rsplit(".", 1)[-1] == "reason":
        return f"Say why, in at least {too_short[1]} characters."
    return f"{label or label_of(field)}: {expected(said)}."


def expected(said: str) -> str:
    """What a field takes, for a person."""
    for pattern, instead in _EXPECTED:
        said = pattern.sub(instead, said)
    return said
