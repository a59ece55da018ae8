"""What people call the kinds of file, besides their own names."""

from __future__ import annotations

from collections.abc import Mapping

from importers.entries import Kind

_OTHER_NAMES: Mapping[str, Kind] = {
    "timesheets": Kind.timesheet,
    "expense": Kind.expenses,
    "expense_report": Kind.expenses,
    "time": Kind.timesheet,
    "time_entries": Kind.timesheet,
    "labor_log": Kind.labour_log,
    "labour_logs": Kind.labour_log,
    "delivery": Kind.deliveries,
    "sov": Kind.schedule_of_values,
    "schedule": Kind.schedule_of_values,
    "contracts": Kind.contract,
    "contract_register": Kind.contract,
    "progress_billing": Kind.application_lines,
    "application": Kind.pay_application,
    "pay_applications": Kind.pay_application,
    "payment_application": Kind.pay_application,
    "g702": Kind.pay_application,
    "g703": Kind.pay_application,
    "budgets": Kind.budget,
    "bids": Kind.bid_tabulation,
    "bid_tab": Kind.bid_tabulation,
    "opening_balance": Kind.opening_balances,
    "milestone": Kind.milestones,
    "rates": Kind.rate_cards,
    "rate_card": Kind.rate_cards,
    "change_order": Kind.change_orders,
    "purchase_order": Kind.purchase_orders,
    "purchase_order_register": Kind.purchase_orders,
    "commitments": Kind.purchase_orders,
    "purchase_order_delivery": Kind.receipts,
    "vendor_purchase_orders": Kind.purchase_orders,
    "spend_register": Kind.purchase_orders,
    "client_purchase_order": Kind.client_purchase_orders,
    "bills": Kind.vendor_bills,
    "vendor_bill": Kind.vendor_bills,
    "receipt": Kind.receipts,
    "receivables": Kind.open_receivables,
    "client": Kind.clients,
    "contact": Kind.contacts,
}
"""In small letters, with `_` for blanks and hyphens."""

NARROWER: Mapping[Kind, tuple[Kind, ...]] = {
    Kind.timesheet: (Kind.labour_log,),
    Kind.application_lines: (Kind.application_totals,),
    Kind.receipts: (Kind.deliveries,),
    Kind.contract: (Kind.purchase_orders,),
}
"""A kind → those that are a sort of it: a file of them may be handed over under the wider name."""


def kind_named(name: str) -> Kind | None:
    """The kind that a person means, under its own name or a usual one."""
    plain = name.strip().lower().replace("-", "_").replace(" ", "_")
    return Kind(plain) if plain in {kind.value for kind in Kind} else _OTHER_NAMES.get(plain)
