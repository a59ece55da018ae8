"""Receipts: what arrived of an order's lines, or went back, by delivery note. What they cost is not said here
but by the vendor's bill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from contracts_app.domain.money import ZERO
from importers import values
from importers.columns import CONTRACT, Column
from importers.entries import Entry, Kind
from importers.kinds.on_orders import on_approved_orders
from importers.kinds.order_columns import DESCRIPTION, ITEM_NO, VENDOR
from importers.kinds.order_rules import vendor_of
from importers.rules import Checked, Context, RowFlaws, Rules
from importers.values import Flaw


class Receipt(Entry):
    """So much of an order's line arrived; below zero it went back."""

    order_number: str
    item_no: str | None = None
    received_on: date
    reference: str
    quantity: Decimal
    unit: str | None = None
    vendor: str | None = None
    description: str | None = None
    received_by: str | None = None
    cost: Decimal | None = None
    """What the file says it cost; only the vendor's bill makes a cost of it."""


COLUMNS = (
    CONTRACT,
    Column(
        "order_number",
        "PO number, PO no, PO #, PO, Purchase order, Purchase order number, Purchase order no, Purchasing "
        "document, Order number, Order no",
        values.identifier,
        title="Order number",
    ),
    ITEM_NO,
    Column(
        "received_on",
        "Receipt date, Received, Date received, Delivery date, Delivered, Posting date, Date",
        values.day,
        title="Received on",
    ),
    Column(
        "reference",
        "Delivery note, Delivery number, Delivery no, Delivery id, Receipt number, Receipt no, Receipt, "
        "Ticket, Ticket no, Packing slip, Material document, GRN, Goods receipt, Reference, Id",
        values.identifier,
        title="Delivery note",
    ),
    Column(
        "quantity",
        "Quantity received, Qty received, Received quantity, Quantity delivered, Qty, Rcv'd",
        values.quantity,
    ),
    Column("unit", "Unit of measure, UOM, Units, U/M", values.text, required=False),
    VENDOR,
    DESCRIPTION,
    Column(
        "cost",
        "Total cost, Total, Amount, Total amount, Line total, Extended cost, Value",
        values.amount,
        required=False,
    ),
    Column("received_by", "Receiver, Signed by, Accepted by", values.text, required=False),
)


def _build(row: Mapping[str, object]) -> Receipt | RowFlaws:
    if row["quantity"] == ZERO:
        return [("quantity", Flaw("nothing_received", "a quantity that is not 0", "Delete the row."))]
    name, _ = vendor_of(row.get("vendor"))
    item = row.get("item_no") or row.get("description") or ""
    told = f"{row['order_number']}/{item}/{row['reference']}"
    return Receipt.model_validate({**row, "vendor": name, "external_id": told})


def _on_orders(entries: Sequence[Receipt], context: Context) -> Checked[Receipt]:
    return on_approved_orders(entries, context, "received_on", lambda entry: entry.received_on)


RULES = Rules(
    kind=Kind.receipts,
    columns=COLUMNS,
    build=_build,
    has_ids=False,
    steps=(_on_orders,),
    amount=lambda entry: entry.cost or ZERO,
    dates=("received_on",),
    numbers=("quantity", "cost"),
)
