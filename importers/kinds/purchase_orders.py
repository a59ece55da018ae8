"""Vendor purchase orders: lines of orders, commitments, and the spend and purchase order registers of public
bodies.

One row is one ordered item, one order as a whole, or one payment with the order or transaction it belongs to.
What identifies the sources is data (`importers.profiles`); here is what any of them says, and the rules:

* An amount stands as the file says it; without one it is quantity × price ÷ price unit, rounded to the cent.
  A stated amount that rounding of the price shown does not explain is asked about.
* Deleted items are ignored, and the report has the totals with and without them.
* A framework and the call-offs under it name the same money twice: which rows count is asked.
* Dates that name only a month are asked about. Ids that a spreadsheet program turned into powers of ten
  (`5.32E+20`) are reported, and tell no rows apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from contracts_app.domain.canonical import digest
from contracts_app.domain.money import ZERO
from importers import values
from importers.columns import Column
from importers.entries import Kind, canonical
from importers.kinds.order_columns import (
    AMOUNT,
    CURRENCY,
    DESCRIPTION,
    ITEM_NO,
    PRICE_PER,
    QUANTITY,
    UNIT,
    UNIT_PRICE,
    VENDOR,
)
from importers.kinds.order_rules import (
    DELETED,
    damaged_ids,
    days_of_months,
    deleted_left_out,
    frameworks,
    numbered_once,
    vendor_of,
    worth,
    worth_as_stated,
)
from importers.kinds.ordered_item import OrderedItem
from importers.kinds.orders_of_contract import fit_for_the_contract, of_this_contract, whose_and_when
from importers.matching.cost_codes import codes_of_orders
from importers.rules import RowFlaws, Rules
from importers.values import Flaw, MonthOnly

COLUMNS = (
    Column(
        "order_number",
        "Purchasing document, Purch.Doc., Purch. doc., PO number, PO no, PO #, PO, Purchase order, Purchase "
        "order number, Purchase order no, Order number, Order no, Order reference, Num, Number, Commitment "
        "number, Commitment, Contract number, Order, contracts/0/id",
        values.identifier,
        required=False,
        title="Order number",
    ),
    Column(
        "transaction",
        "Transaction number, Transaction num, Transaction no, Transaction, TransNo, 7 Transaction no, "
        "Invoice number, Voucher, Payment reference",
        values.identifier,
        required=False,
        title="Transaction number",
    ),
    ITEM_NO,
    Column("award", "Award id, contracts/0/awardID", values.identifier, required=False),
    VENDOR,
    Column(
        "vendor_number",
        "Vendor number, Vendor no, Vendor id, Vendor code, Supplier number, Supplier id, Supplier code",
        values.identifier,
        required=False,
    ),
    DESCRIPTION,
    Column(
        "material",
        "Material number, Material, Product, Part number, SKU, Item code, Order lines/product, Item",
        values.identifier,
        required=False,
    ),
    Column(
        "category",
        "Cost category, Cost type, Material group, Expense type, Expense type(T), 4 Expense type, "
        "OGC master category, Expenditure category",
        values.text,
        required=False,
    ),
    Column(
        "ordered_on",
        "Date, Order date, Document date, Doc. date, PO date, Order deadline, Accounting date, 3 Date, "
        "Pay date, Payment date, Date ordered, Ordered on",
        values.day_or_month,
        required=False,
        title="Order date",
    ),
    Column(
        "deliver_by",
        "Delivery date, Deliv date, Due date, Expected arrival, Receive by",
        values.day,
        required=False,
    ),
    QUANTITY,
    UNIT,
    UNIT_PRICE,
    PRICE_PER,
    AMOUNT,
    CURRENCY,
    Column(
        "sov_line",
        "sov_line_id, SOV line, SOV, SOV item, Schedule of values line, Cost code",
        values.identifier,
        required=False,
        title="SOV line",
    ),
    Column(
        "project",
        "Project code, Project number, Project no, Project, Job, Job number, Item : customer, WBS element",
        values.identifier,
        required=False,
    ),
    Column("body", "Entity, Entity(T), 2 Entity, Buyer, Company code", values.text, required=False),
    Column("approved_changes", "Approved change orders, Approved variations", values.amount, required=False),
    Column("revised", "Revised contract amount, Revised amount", values.amount, required=False),
    Column("invoiced", "Invoiced, Progress claimed, Billed", values.amount, required=False),
    Column("state", "Status, Order status, State", values.text, required=False),
    Column("deleted", "Deletion indicator, Deletion ind., D, Deleted", values.text, required=False),
)


def build(row: Mapping[str, object]) -> OrderedItem | RowFlaws:
    """The row as an entry: whose it is, what it is worth, and what tells it from other rows."""
    said = {**row}
    vendor, number = vendor_of(said.pop("vendor", None))
    stated = said.pop("amount", None)
    quantity, price, per = said.get("quantity"), said.get("unit_price"), said.get("price_per")
    if isinstance(per, Decimal) and per <= ZERO:
        return [("price_per", Flaw("price_unit", "a price unit above 0", "Correct the price unit."))]
    if isinstance(stated, Decimal):
        amount = stated
    elif isinstance(quantity, Decimal) and isinstance(price, Decimal):
        amount = worth(quantity, price, per if isinstance(per, Decimal) else None)
    else:
        return [("amount", Flaw("value_missing", "an amount, or a quantity and a price", "Fill it in."))]
    ordered_on = said.pop("ordered_on", None)
    month = ordered_on.text if isinstance(ordered_on, MonthOnly) else None
    day = ordered_on if isinstance(ordered_on, date) else None
    said |= {
        "vendor": vendor,
        "supplier": vendor,
        "vendor_number": said.get("vendor_number") or number,
        "stated": stated,
        "amount": amount,
        "ordered_on": day,
        "dated": day,
        "month": month,
        "deleted": str(said.pop("deleted", "") or "").strip().casefold() in DELETED,
    }
    entry = OrderedItem.model_validate({**said, "external_id": ""})
    return entry.model_copy(update={"external_id": _told_apart(entry)})


def _told_apart(entry: OrderedItem) -> str:
    """An item by its order and number; else by what the row says of who, what, when and how much."""
    if entry.order_number and entry.item_no and not values.is_damaged(entry.order_number):
        return f"{entry.order_number}/{entry.item_no}"
    if entry.order_number and not values.is_damaged(entry.order_number):
        return digest([entry.order_number, canonical(entry.material), canonical(entry.description)])
    told: Sequence[object] = (
        entry.transaction,
        entry.vendor,
        entry.ordered_on,
        entry.month,
        entry.description,
        entry.category,
        entry.amount,
        entry.project,
    )
    return digest([canonical(each) for each in told])


RULES = Rules(
    kind=Kind.purchase_orders,
    columns=COLUMNS,
    build=build,
    belongs=deleted_left_out,
    has_ids=False,
    steps=(
        of_this_contract,
        damaged_ids,
        numbered_once,
        days_of_months,
        worth_as_stated,
        frameworks,
        whose_and_when,
        codes_of_orders,
        fit_for_the_contract,
    ),
    amount=lambda entry: entry.amount,
    dates=("ordered_on", "deliver_by"),
    numbers=("quantity", "unit_price", "amount", "approved_changes", "revised", "invoiced"),
)
