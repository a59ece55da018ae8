"""What stands upon what a file brought, in words."""

from __future__ import annotations

from collections.abc import Mapping

_WORDS = {
    "issued_line": "lines of invoices",
    "certificate_line": "lines of certificates",
    "retainage_entry": "retainage",
    "milestone": "milestones",
    "time_entry": "time",
    "job_cost": "cost",
    "cost_entry": "labour and deliveries",
    "progress_entry": "earlier applications",
    "rate_card_row": "rates",
    "change_order": "change orders",
    "opening_line": "balances from before",
    "person": "people",
    "contract": "contracts",
    "client_contact": "people at clients",
    "delivery": "deliveries",
    "hold_settlement": "settled holds",
    "purchase_cost": "cost",
    "charge_part": "invoices",
    "brought_forward": "receivables from before",
    "sov_line": "lines of the schedule of values",
}
"""What people call the rows of a table."""


def referred(found: Mapping[str, int]) -> str:
    """What stands on what a file brought, by table, as a sentence; empty where nothing does."""
    if not found:
        return ""
    what = " and ".join(_WORDS.get(name, name.replace("_", " ")) for name in sorted(found))
    return f"There are {what} on what this file brought: take those away first."
