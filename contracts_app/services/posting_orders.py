"""Posting of orders and of what comes of them: by the same functions that the commands call, so that every
rule is the same for what is typed in and for what a file brings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import cast
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.funding_commands import ClientOrderRow, RecordClientOrder
from contracts_app.domain.commands.purchasing_commands import (
    BilledRow,
    EnterBill,
    EnterCommitment,
    OrderedRow,
    ReceivedRow,
    RecordDelivery,
)
from contracts_app.domain.cost_plus.terms import CostCategory
from contracts_app.domain.funding.charges import ChargeKind
from contracts_app.domain.funding.funding_terms import OnExceed
from contracts_app.domain.money import ZERO, fraction_of, multiply, rate_to, round_to
from contracts_app.domain.purchasing.commitments import CommitmentKind
from contracts_app.services import client_orders
from contracts_app.services.purchasing import bills, orders
from contracts_app.store import audit, contracts, imports, purchasing
from contracts_app.store.transaction import Transaction
from importers.entries import Entry, Kind
from importers.kinds.client_purchase_orders import ClientOrderLine
from importers.kinds.on_orders import line_of
from importers.kinds.ordered_item import OrderedItem
from importers.kinds.receipts import Receipt
from importers.kinds.vendor_bills import VendorBillLine
from importers.known import Imported, KnownOrder

ONE = Decimal(1)
ON_ORDERS = frozenset({Kind.purchase_orders, Kind.receipts, Kind.vendor_bills})
"""The kinds whose rows are compared with the contract's orders."""
_QUANTITY_PLACES, _PRICE_PLACES = 4, 6


def post_orders(tx: Transaction, agreed: RowMapping, row: RowMapping, entries: Sequence[Entry]) -> None:
    """Each order of the file becomes a commitment that waits for the project manager."""
    tx = _entering(tx, agreed, row)
    lines = imports.lines_by_external_id(tx.connection, tx.firm_id, agreed["id"])
    by_order: dict[str, list[OrderedItem]] = defaultdict(list)
    for entry in cast(Sequence[OrderedItem], entries):
        assert entry.number is not None  # refused without
        by_order[entry.number].append(entry)
    currency = contracts.terms_of(agreed).currency
    for number, items in by_order.items():
        first = items[0]
        assert first.supplier is not None  # refused without
        assert first.dated is not None  # refused without
        rows = tuple(
            _ordered(position, item, lines, currency)
            for position, item in enumerate(_numbered(items), start=1)
        )
        subcontract = all(each.category is CostCategory.subcontract for each in rows)
        body = EnterCommitment(
            contract_id=agreed["id"],
            number=number,
            title=rows[0].description,
            vendor=_short(first.supplier),
            kind=CommitmentKind.subcontract if subcontract else CommitmentKind.purchase,
            ordered_on=first.dated,
            lines=rows,
        )
        orders.enter_commitment(tx.part(number), body, row["id"])


def _entering(tx: Transaction, agreed: RowMapping, row: RowMapping) -> Transaction:
    """Whose entry it is: the project manager's where he had a hand in the file, for he approves nothing that
    he brought in; else that of whoever posts it."""
    manager = agreed["project_manager_id"]
    return replace(tx, by=manager) if manager in audit.hands(tx.connection, tx.firm_id, row["id"]) else tx


def _numbered(items: Sequence[OrderedItem]) -> Sequence[OrderedItem]:
    """In the order of their numbers in the source, else of the file."""
    return sorted(items, key=lambda item: (item.source.sheet, item.source.row))


def _ordered(position: int, item: OrderedItem, lines: Mapping[str, RowMapping], currency: str) -> OrderedRow:
    quantity, price = priced(item, currency)
    assert item.cost is not None  # decided
    known = lines.get(item.line or "")
    return OrderedRow(
        item_no=item.item_no or str(position),
        description=_short(item.description or item.material or item.category or f"Order {item.number}"),
        category=item.cost,
        unit=_unit(item) if quantity == item.quantity else None,
        quantity=quantity,
        unit_price=price,
        sov_item_no=known["item_no"] if known is not None else item.line,
    )


def priced(item: OrderedItem, currency: str) -> tuple[Decimal, Decimal]:
    """Quantity and price that come to the item's amount to the cent: as the file writes them, else at the
    price that its amount has for each unit, else the amount once."""
    quantity = item.quantity
    if quantity is not None and quantity == rate_to(quantity, _QUANTITY_PLACES):
        said = None
        if item.unit_price is not None:
            said = rate_to(fraction_of(ONE, item.unit_price, item.price_per or ONE), _PRICE_PLACES)
        for price in (said, rate_to(fraction_of(ONE, item.amount, quantity), _PRICE_PLACES)):
            if price is not None and round_to(multiply(quantity, price), currency) == item.amount:
                return quantity, price
    return ONE, item.amount


def _unit(item: OrderedItem) -> str | None:
    unit = " ".join((item.unit or "").split())
    return unit if 0 < len(unit) <= 20 else None


def _short(text: str) -> str:
    """A text as a name: one line of at most 200 characters."""
    line = " ".join(text.split())
    return line if len(line) <= 200 else line[:199] + "…"


def post_client_orders(
    tx: Transaction, agreed: RowMapping, row: RowMapping, entries: Sequence[Entry]
) -> None:
    """Each client's purchase order of the file pays from now on what its lines say."""
    by_order: dict[str, list[ClientOrderLine]] = defaultdict(list)
    for entry in cast(Sequence[ClientOrderLine], entries):
        by_order[entry.order_number].append(entry)
    for number, lines in by_order.items():
        said = next((line.on_exceed for line in lines if line.on_exceed is not None), OnExceed.block)
        body = RecordClientOrder(
            contract_id=agreed["id"],
            number=number,
            dated_on=lines[0].dated_on,
            on_exceed=said,
            lines=tuple(
                ClientOrderRow(
                    number=line.line,
                    amount=line.amount,
                    starts_on=line.starts_on,
                    expires_on=line.expires_on,
                    item_nos=line.item_nos,
                    kinds=tuple(ChargeKind(kind) for kind in line.kinds),
                )
                for line in lines
            ),
            remark=_short(next((line.remark for line in lines if line.remark), "")),
        )
        client_orders.record_client_order(tx.part(number), body, row["id"])


def post_receipts(tx: Transaction, agreed: RowMapping, row: RowMapping, entries: Sequence[Entry]) -> None:
    """What arrived of approved orders, by delivery note."""
    ids = _ids(tx, agreed)
    notes: dict[tuple[str, str, object], list[Receipt]] = defaultdict(list)
    for entry in cast(Sequence[Receipt], entries):
        notes[entry.order_number, entry.reference, entry.received_on].append(entry)
    for (number, reference, _), rows in sorted(notes.items(), key=lambda each: str(each[0])):
        commitment_id, order = ids[number]
        body = RecordDelivery(
            contract_id=agreed["id"],
            commitment_id=commitment_id,
            received_on=rows[0].received_on,
            reference=reference,
            lines=tuple(ReceivedRow(item_no=_line(order, each), quantity=each.quantity) for each in rows),
        )
        orders.record_delivery(tx.part(number, reference, rows[0].received_on), body, row["id"])


def post_bills(tx: Transaction, agreed: RowMapping, row: RowMapping, entries: Sequence[Entry]) -> None:
    """Vendors' bills of approved orders; each is matched at once and waits for the project manager."""
    tx = _entering(tx, agreed, row)
    ids = _ids(tx, agreed)
    papers: dict[tuple[str, str], list[VendorBillLine]] = defaultdict(list)
    for entry in cast(Sequence[VendorBillLine], entries):
        assert entry.order_number is not None  # refused without
        papers[entry.order_number, entry.number].append(entry)
    currency = contracts.terms_of(agreed).currency
    for (number, bill), rows in papers.items():
        commitment_id, order = ids[number]
        lines = []
        for each in rows:
            quantity, price = _billed(each, currency)
            lines.append(
                BilledRow(
                    item_no=_line(order, each),
                    description=_short(each.description or ""),
                    quantity=quantity,
                    unit_price=price,
                    tax_not_recoverable=each.tax_not_recoverable,
                )
            )
        body = EnterBill(
            contract_id=agreed["id"],
            commitment_id=commitment_id,
            number=bill,
            dated=rows[0].dated,
            lines=tuple(lines),
        )
        bills.enter_bill(tx.part(number, bill), body, row["id"])


def _billed(line: VendorBillLine, currency: str) -> tuple[Decimal, Decimal]:
    quantity = line.quantity
    if quantity is not None and quantity > ZERO and quantity == rate_to(quantity, _QUANTITY_PLACES):
        price = rate_to(fraction_of(ONE, line.amount, quantity), _PRICE_PLACES)
        if line.unit_price is not None:
            said = rate_to(fraction_of(ONE, line.unit_price, line.price_per or ONE), _PRICE_PLACES)
            if round_to(multiply(quantity, said), currency) == line.amount:
                return quantity, said
        if round_to(multiply(quantity, price), currency) == line.amount:
            return quantity, price
    return ONE, line.amount


def _line(order: KnownOrder, row: Receipt | VendorBillLine) -> str:
    number = line_of(order, row)
    assert number is not None  # refused without
    return number


def known_orders(tx: Transaction, contract_id: UUID) -> Mapping[str, KnownOrder]:
    """The contract's orders to vendors, by number, rejected ones left out."""
    return {kept.row["number"]: _known(kept) for kept in _live(tx, contract_id)}


def given_up(
    tx: Transaction, contract_id: UUID, kind: Kind, posted: Mapping[str, Imported]
) -> frozenset[str]:
    """The ids of posted rows whose order or bill was rejected since; they may come in again, corrected."""
    if kind not in (Kind.purchase_orders, Kind.vendor_bills) or not posted:
        return frozenset()
    live = _live(tx, contract_id)
    numbers = {kept.row["number"] for kept in live}
    bills = {
        (kept.row["number"], bill["number"])
        for kept in live
        for bill in kept.bills
        if bill["state"] != "rejected"
    }

    def stands(said: Mapping[str, str]) -> bool:
        if kind is Kind.vendor_bills:
            return (said["order_number"], said["number"]) in bills
        return (said["order_number"] or said["transaction"]) in numbers

    return frozenset(
        external_id
        for external_id, each in posted.items()
        if each.content is not None and not stands(each.content)
    )


def _ids(tx: Transaction, agreed: RowMapping) -> Mapping[str, tuple[UUID, KnownOrder]]:
    return {kept.row["number"]: (kept.row["id"], _known(kept)) for kept in _live(tx, agreed["id"])}


def _live(tx: Transaction, contract_id: UUID) -> Sequence[purchasing.Kept]:
    found = purchasing.of_contract(tx.connection, tx.firm_id, contract_id)
    return [kept for kept in found if kept.row["state"] != "rejected"]


def _known(kept: purchasing.Kept) -> KnownOrder:
    lines = kept.book.order.lines if kept.book is not None else ()
    words = {line["id"]: line["description"] for line in kept.lines}
    return KnownOrder(
        vendor=kept.row["vendor"],
        approved=kept.row["state"] == "approved",
        items={line.item_no: words[line.id] for line in lines},
    )
