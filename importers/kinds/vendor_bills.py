"""Vendors' bills: what vendors bill on their orders, line by line. What they take back is a credit memo and
not a bill."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import ClassVar

from contracts_app.domain.money import ZERO, total
from importers import values
from importers.columns import CONTRACT, Column
from importers.entries import Entry, Kind
from importers.kinds.on_orders import on_approved_orders
from importers.kinds.order_columns import AMOUNT, CURRENCY, DESCRIPTION, ITEM_NO, PRICE_PER, UNIT_PRICE
from importers.kinds.order_rules import vendor_of, worth
from importers.problems import Problem
from importers.rules import Checked, Context, RowFlaws, Rules, without_refused
from importers.values import Flaw


class VendorBillLine(Entry):
    """A line of a bill by the vendor's own number. `amount` is without tax; `tax_not_recoverable` is cost."""

    settled: ClassVar[frozenset[str]] = frozenset({"amount"})

    number: str
    order_number: str | None = None
    item_no: str | None = None
    vendor: str
    vendor_number: str | None = None
    dated: date
    due_on: date | None = None
    description: str | None = None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    price_per: Decimal | None = None
    stated: Decimal | None = None
    tax_not_recoverable: Decimal = ZERO
    currency: str | None = None
    amount: Decimal


COLUMNS = (
    CONTRACT,
    Column(
        "number",
        "Bill number, Bill no, Bill #, Bill, Invoice number, Invoice no, Invoice #, Invoice, Vendor invoice, "
        "Supplier invoice, Ref no, Num, Reference",
        values.identifier,
        title="Bill number",
    ),
    Column(
        "order_number",
        "PO number, PO no, PO #, PO, Purchase order, Purchase order number, Purchase order no, Purchasing "
        "document, Order number, Order no",
        values.identifier,
        required=False,
        title="Order number",
    ),
    ITEM_NO,
    Column(
        "vendor",
        "Vendor name, Supplier, Supplier name, Contract company, Payee, Name",
        values.text,
    ),
    Column("vendor_number", "Vendor no, Vendor id, Vendor code", values.identifier, required=False),
    Column(
        "dated",
        "Bill date, Invoice date, Date, Document date, Doc. date",
        values.day,
        title="Bill date",
    ),
    Column("due_on", "Due date, Due", values.day, required=False),
    DESCRIPTION,
    Column("quantity", "Quantity billed, Qty billed, Qty", values.quantity, required=False),
    UNIT_PRICE,
    PRICE_PER,
    AMOUNT,
    Column(
        "tax_not_recoverable",
        "Non-recoverable tax, Tax not recovered, Sales tax, Use tax",
        values.amount,
        required=False,
    ),
    CURRENCY,
)


def _build(row: Mapping[str, object]) -> VendorBillLine | RowFlaws:
    said = {**row}
    name, number = vendor_of(said.pop("vendor"))
    stated = said.pop("amount", None)
    quantity, price, per = said.get("quantity"), said.get("unit_price"), said.get("price_per")
    if isinstance(per, Decimal) and per <= ZERO:
        return [("price_per", Flaw("price_unit", "a price unit above 0", "Correct the price unit."))]
    amount = stated
    if amount is None:
        assert isinstance(quantity, Decimal)  # it and the price stand in for the amount
        assert isinstance(price, Decimal)
        amount = worth(quantity, price, per if isinstance(per, Decimal) else None)
    tax = said.get("tax_not_recoverable")
    if isinstance(tax, Decimal) and tax < ZERO:
        return [("tax_not_recoverable", Flaw("negative_tax", "tax of 0 or more", "Correct it."))]
    told = f"{name}/{said['number']}/{said.get('item_no') or said.get('description') or ''}"
    return VendorBillLine.model_validate(
        {
            **said,
            "vendor": name,
            "vendor_number": said.get("vendor_number") or number,
            "stated": stated,
            "amount": amount,
            "external_id": told,
        }
    )


def _bills(entries: Sequence[VendorBillLine], context: Context) -> Checked[VendorBillLine]:
    """A bill has one date and comes to more than nothing; what it takes back is a credit memo."""
    bills: dict[tuple[str, str], list[VendorBillLine]] = defaultdict(list)
    for entry in entries:
        bills[entry.vendor, entry.number].append(entry)
    odd: list[tuple[VendorBillLine, Problem]] = []
    for (vendor, number), lines in bills.items():
        if len({line.dated for line in lines}) > 1:
            field, code, expected = "dated", "bill_contradicts_itself", f"one date on bill {number}"
            mend = "Write the same date on every line of the bill."
        elif total(line.amount for line in lines) < ZERO:
            field, code, expected = "amount", "credit_memo", f"a bill of {vendor} that comes to 0 or more"
            mend = "Enter what the vendor takes back as a credit memo, at the bill it is for."
        else:
            continue
        odd.extend((line, context.refuse(line, field, code, expected=expected, mend=mend)) for line in lines)
    return without_refused(entries, odd)


def _on_orders(entries: Sequence[VendorBillLine], context: Context) -> Checked[VendorBillLine]:
    return on_approved_orders(entries, context, "dated", lambda entry: entry.dated)


RULES = Rules(
    kind=Kind.vendor_bills,
    columns=COLUMNS,
    build=_build,
    has_ids=False,
    steps=(_bills, _on_orders),
    money=("tax_not_recoverable",),
    amount=lambda entry: entry.amount,
    dates=("dated", "due_on"),
    numbers=("quantity", "unit_price", "amount", "tax_not_recoverable"),
)
