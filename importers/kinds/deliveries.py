"""Material deliveries by purchase order and schedule of values line. On lump-sum lines they are cost and
backup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import ClassVar

from contracts_app.domain.money import multiply, round_to
from importers import values
from importers.columns import CONTRACT, Column
from importers.entries import Entry, Kind
from importers.matching.asking import lines_meant
from importers.rules import Checked, Context, RowFlaws, Rules, on_known_sov_line, settle


class Delivery(Entry):
    """One delivered item. `total_cost` is the file's figure; `amount` is the one that stands after a
    decision."""

    settled: ClassVar[frozenset[str]] = frozenset({"amount", "line_meant"})

    delivered_on: date
    sov_line: str
    category: str | None = None
    description: str
    quantity: Decimal
    unit: str
    unit_cost: Decimal
    total_cost: Decimal
    po_number: str
    vendor: str
    received_by: str | None = None
    condition: str | None = None
    amount: Decimal
    line_meant: str | None = None
    """The id of the line that `sov_line` means, where it is written otherwise."""

    @property
    def line(self) -> str:
        """The id of the line it is booked to."""
        return self.line_meant or self.sov_line


COLUMNS = (
    CONTRACT,
    Column(
        "external_id",
        "delivery_id, Delivery, Delivery no, Delivery number, Ticket, Ticket no, Receipt id, Receipt "
        "no, Record id, Id",
        values.identifier,
        title="Delivery id",
    ),
    Column(
        "delivered_on",
        "date, Delivery date, Delivered, Received, Date received, Receipt date",
        values.day,
        title="Delivery date",
    ),
    Column(
        "sov_line",
        "sov_line_id, SOV, SOV id, SOV item, Schedule of values line, Line item, Item no, Line id, Line",
        values.identifier,
        title="SOV line",
    ),
    Column("category", "material_category, Material type, Type", values.text, required=False),
    Column("description", "item_description, Item, Material, Material description", values.text),
    Column("quantity", "Qty, Quantity received, Qty received, Quantity delivered", values.quantity),
    Column("unit", "UOM, Unit of measure, Units, U/M", values.text),
    Column("unit_cost", "Unit price, Price, Cost per unit, Rate", values.quantity),
    Column("total_cost", "Total, Amount, Total amount, Line total, Extended cost, Cost", values.amount),
    Column(
        "po_number",
        "PO, PO no, PO #, Purchase order, Purchase order number, Purchase order no",
        values.identifier,
    ),
    Column("vendor", "Vendor name, Supplier, Supplier name", values.text),
    Column("received_by", "Receiver, Signed by, Accepted by", values.text, required=False),
    Column("condition", "condition_notes, Notes, Remarks, Comment, Comments", values.text, required=False),
)


def _build(row: Mapping[str, object]) -> Delivery | RowFlaws:
    return Delivery.model_validate({**row, "amount": row["total_cost"]})


def _line(entries: Sequence[Delivery], context: Context) -> Checked[Delivery]:
    return on_known_sov_line(entries, context, "sov_line", lambda e: [e.line])


def _totals(entries: Sequence[Delivery], context: Context) -> Checked[Delivery]:
    currency = context.known.currency

    def product(entry: Delivery) -> Decimal:
        return round_to(multiply(entry.quantity, entry.unit_cost), currency)

    def effect(entry: Delivery, choice: str) -> Delivery:
        return entry if choice == "total_stands" else entry.model_copy(update={"amount": product(entry)})

    differing = [e for e in entries if product(e) != e.total_cost]
    net = sum((e.total_cost - product(e) for e in differing), Decimal(0))
    return settle(
        entries,
        differing,
        context,
        code="total_differs",
        key="total_differs",
        field_name="total_cost",
        question=f"Quantity × unit cost differs from the total on {len(differing)} deliveries, by {net} "
        "in all. "
        "Which stands?",
        found=f"{len(differing)} totals that differ",
        expected="quantity × unit cost",
        choices=[
            ("total_stands", "The file's total stands; unit costs were rounded for show."),
            ("recompute", "The amount becomes quantity × unit cost, rounded to the cent."),
        ],
        proposal="total_stands",
        effect=effect,
    )


RULES = Rules(
    kind=Kind.deliveries,
    columns=COLUMNS,
    build=_build,
    steps=(lines_meant, _line, _totals),
    money=("total_cost",),
    amount=lambda entry: entry.amount,
    dates=("delivered_on",),
    numbers=("quantity", "unit_cost", "total_cost"),
)
