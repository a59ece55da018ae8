"""The rules of every kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from importers.entries import Kind
from importers.kinds import (
    application_lines,
    application_totals,
    bid_tabulation,
    budget,
    change_orders,
    client_purchase_orders,
    contracts,
    deliveries,
    expenses,
    labour_log,
    milestones,
    open_receivables,
    opening_balances,
    parties,
    pay_application,
    purchase_orders,
    rate_cards,
    receipts,
    timesheets,
    vendor_bills,
)
from importers.kinds import schedule_of_values as sov
from importers.rules import Rules

RULES: Mapping[Kind, Rules[Any]] = {
    rules.kind: rules
    for rules in (
        contracts.RULES,
        sov.RULES,
        change_orders.RULES,
        application_totals.RULES,
        application_lines.RULES,
        labour_log.RULES,
        deliveries.RULES,
        timesheets.RULES,
        expenses.RULES,
        purchase_orders.RULES,
        client_purchase_orders.RULES,
        receipts.RULES,
        vendor_bills.RULES,
        open_receivables.RULES,
        parties.CLIENTS,
        parties.CONTACTS,
        pay_application.RULES,
        bid_tabulation.RULES,
        budget.RULES,
        milestones.RULES,
        opening_balances.RULES,
        rate_cards.RULES,
    )
}
