"""Which tables the rows of a file come into, by kind: what goes when the file is taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, select

from contracts_app.store.billing_tables import rate_card_row, time_entry
from contracts_app.store.expense_tables import expense, expense_editor
from contracts_app.store.funding_tables import (
    client_order,
    client_order_contract,
    client_order_line,
    client_order_line_of,
)
from contracts_app.store.opening_tables import opening, opening_line
from contracts_app.store.purchasing_tables import (
    commitment,
    commitment_line,
    delivery,
    vendor_bill,
    vendor_bill_line,
)
from contracts_app.store.report_tables import budget_line
from contracts_app.store.tables import (
    application_period,
    change_order,
    cost_entry,
    milestone,
    progress_entry,
    sov_line,
)

BROUGHT: Mapping[str, Sequence[Table]] = {
    "timesheet": (time_entry,),
    "expenses": (expense,),
    "labour_log": (cost_entry,),
    "deliveries": (cost_entry,),
    "application_lines": (progress_entry,),
    "application_totals": (application_period,),
    "change_orders": (sov_line, change_order),
    "schedule_of_values": (sov_line,),
    "bid_tabulation": (sov_line,),
    "budget": (budget_line,),
    "purchase_orders": (commitment,),
    "receipts": (delivery,),
    "vendor_bills": (vendor_bill,),
    "client_purchase_orders": (client_order,),
    "milestones": (milestone,),
    "rate_cards": (rate_card_row,),
    "opening_balances": (opening_line, opening),
    "pay_application": (opening_line, opening, sov_line, change_order),
}
"""By kind of a contract's files, the tables that their rows came into, in the order of deletion."""

PARTS: Mapping[Table, Sequence[tuple[Table, str, Table]]] = {
    expense: ((expense_editor, "expense_id", expense),),
    commitment: ((commitment_line, "commitment_id", commitment),),
    vendor_bill: ((vendor_bill_line, "bill_id", vendor_bill),),
    client_order: (
        (client_order_line_of, "client_order_line_id", client_order_line),
        (client_order_line, "client_order_id", client_order),
        (client_order_contract, "client_order_id", client_order),
    ),
}
"""What goes with the rows of a table, in the order in which it is deleted: table, the column that names the
whole, and of which table that is a row."""


def ids_of_parts(firm_id: UUID, head: Table, table: Table, import_id: UUID) -> Select[tuple[Any]]:
    """The ids of the rows of `table` that the import brought: rows of `head`, or parts of them."""
    ids = select(table.c.id).where(table.c.firm_id == firm_id)
    if table is head:
        return ids.where(head.c.import_id == import_id)
    column, whole = next((column, whole) for part, column, whole in PARTS[head] if part is table)
    return ids.where(table.c[column].in_(ids_of_parts(firm_id, head, whole, import_id)))
