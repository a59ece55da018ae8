"""Columns that registers of orders, receipts and bills have in common."""

from __future__ import annotations

from importers import values
from importers.columns import Column

ITEM_NO = Column(
    "item_no",
    "Item number, Item no, Line number, Line no, Line, PO line, PO item, Position, Pos",
    values.identifier,
    required=False,
    title="Item number",
)
VENDOR = Column(
    "vendor",
    "Vendor name, Supplier, Supplier name, Supplier(T), 6 Supplier, Vendor/supplying plant, "
    "Contract company, Name, Source name, Payee, Beneficiary",
    values.text,
    required=False,
)
DESCRIPTION = Column(
    "description",
    "Short text, Item : description, Order lines/description, Item description, Description- no PO number, "
    "Title, contracts/0/title, Text, Narrative, Memo, Details, Subject",
    values.text,
    required=False,
)
QUANTITY = Column(
    "quantity",
    "Order quantity, PO qty, PO quantity, Ordered quantity, Qty ordered, Qty, Item : quantity, "
    "Order lines/quantity",
    values.quantity,
    required=False,
)
UNIT = Column(
    "unit",
    "Order unit, OUn, Unit of measure, UOM, U/M, Units, Item : units, Order lines/unit of measure",
    values.text,
    required=False,
)
UNIT_PRICE = Column(
    "unit_price",
    "Net price, Price, Unit cost, Cost price, Rate, Cost per unit, Item : rate, Order lines/unit price",
    values.quantity,
    required=False,
)
PRICE_PER = Column("price_per", "Price unit, Per", values.quantity, required=False)
AMOUNT = Column(
    "amount",
    "Net order value, Net value, Item : amount, Original contract amount, Order value, Line amount, Total "
    "cost, Line total, 8 Amount, contracts/0/value/amount, Value, Total amount, Total, Cost",
    values.amount,
    instead=("quantity", "unit_price"),
)
CURRENCY = Column(
    "currency",
    "Crcy, Currency code, Document currency, contracts/0/value/currency",
    values.identifier,
    required=False,
)
