"""Commitments as they are kept: written row by row, read whole for the rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, func, insert, select
from sqlalchemy.engine import RowMapping

from contracts_app.domain.money import ZERO, total
from contracts_app.domain.purchasing.commitments import (
    BillLine,
    Commitment,
    CommitmentKind,
    CommitmentLine,
    CreditLine,
    MatchLevel,
    Receipt,
    Tolerances,
    VendorBill,
    VendorCredit,
)
from contracts_app.domain.purchasing.duplicates import Duplicate, duplicate_bills
from contracts_app.domain.purchasing.standing import Book, Settled, Settlement
from contracts_app.store.purchasing_tables import (
    commitment,
    commitment_change,
    commitment_change_line,
    commitment_line,
    delivery,
    hold_settlement,
    sub_release,
    vendor_bill,
    vendor_bill_line,
    vendor_credit,
    vendor_credit_line,
)

Rows = Sequence[RowMapping]


@dataclass(frozen=True)
class Kept:
    """A commitment with its rows, and the book that the rules read. Where its order has no line (all were
    taken out), there is no book."""

    row: RowMapping
    lines: Rows
    """In force or not, with `ordered` and `price` by now (zero and the first price where not in force)."""
    changes: Rows
    change_lines: Rows
    deliveries: Rows
    bills: Rows
    bill_lines: Mapping[UUID, Rows]
    credits: Rows
    credit_lines: Mapping[UUID, Rows]
    settlements: Rows
    releases: Rows
    ordered: Mapping[UUID, Decimal]
    prices: Mapping[UUID, Decimal]
    book: Book | None


def insert_many(connection: Connection, into: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, all with the same columns."""
    if rows:
        connection.execute(insert(into), [dict(row) for row in rows])


def number_taken(
    connection: Connection, firm_id: UUID, into: Table, owner: str, owner_id: UUID, number: str
) -> bool:
    """Whether a live row of this owner has the number already."""
    found = connection.execute(
        select(into.c.id).where(
            into.c.firm_id == firm_id,
            into.c[owner] == owner_id,
            into.c.number == number,
            into.c.state != "rejected",
        )
    ).first()
    return found is not None


def of_contract(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[Kept]:
    """Every commitment of a contract, by number."""
    rows = (
        connection.execute(
            select(commitment)
            .where(commitment.c.firm_id == firm_id, commitment.c.contract_id == contract_id)
            .order_by(commitment.c.number, commitment.c.id)
        )
        .mappings()
        .all()
    )
    return _kept(connection, firm_id, rows)


def one(connection: Connection, firm_id: UUID, commitment_id: UUID) -> Kept | None:
    """One commitment."""
    rows = (
        connection.execute(
            select(commitment).where(commitment.c.firm_id == firm_id, commitment.c.id == commitment_id)
        )
        .mappings()
        .all()
    )
    found = _kept(connection, firm_id, rows)
    return found[0] if found else None


def _kept(connection: Connection, firm_id: UUID, rows: Rows) -> Sequence[Kept]:
    if not rows:
        return []
    ids = [row["id"] for row in rows]

    def of(table: Table, *order: Any, by: str = "commitment_id", among: Collection[UUID] = ids) -> Rows:
        statement = select(table).where(table.c.firm_id == firm_id, table.c[by].in_(among)).order_by(*order)
        return connection.execute(statement).mappings().all()

    lines = of(commitment_line, commitment_line.c.position, commitment_line.c.item_no)
    changes = of(commitment_change, commitment_change.c.entered_at, commitment_change.c.id)
    change_lines = of(
        commitment_change_line,
        commitment_change_line.c.commitment_line_id,
        by="change_id",
        among=[row["id"] for row in changes],
    )
    deliveries = of(delivery, delivery.c.received_on, delivery.c.at, delivery.c.id)
    bills = of(vendor_bill, vendor_bill.c.entered_at, vendor_bill.c.id)
    of_bills = [row["id"] for row in bills]
    bill_lines = _by(
        of(vendor_bill_line, vendor_bill_line.c.position, by="bill_id", among=of_bills), "bill_id"
    )
    memos = of(vendor_credit, vendor_credit.c.entered_at, vendor_credit.c.id)
    credit_lines = _by(
        of(
            vendor_credit_line,
            vendor_credit_line.c.bill_line_id,
            by="credit_id",
            among=[row["id"] for row in memos],
        ),
        "credit_id",
    )
    settlements = of(
        hold_settlement, hold_settlement.c.at, hold_settlement.c.id, by="bill_id", among=of_bills
    )
    releases = of(sub_release, sub_release.c.released_on, sub_release.c.at, sub_release.c.id)
    duplicates = _duplicates(connection, firm_id, {row["vendor"] for row in rows}, rows[0]["currency"])
    result = []
    for row in rows:
        mine = {name: _of(found, row["id"]) for name, found in (("lines", lines), ("changes", changes))}
        own_changes = {change["id"] for change in mine["changes"]}
        kept = Kept(
            row=row,
            lines=mine["lines"],
            changes=mine["changes"],
            change_lines=[each for each in change_lines if each["change_id"] in own_changes],
            deliveries=_of(deliveries, row["id"]),
            bills=_of(bills, row["id"]),
            bill_lines=bill_lines,
            credits=_of(memos, row["id"]),
            credit_lines=credit_lines,
            settlements=settlements,
            releases=_of(releases, row["id"]),
            ordered={},
            prices={},
            book=None,
        )
        result.append(_with_book(kept, duplicates))
    return result


def _of(rows: Rows, commitment_id: UUID) -> Rows:
    return [row for row in rows if row["commitment_id"] == commitment_id]


def _by(rows: Rows, name: str) -> Mapping[UUID, Rows]:
    found: dict[UUID, list[RowMapping]] = defaultdict(list)
    for row in rows:
        found[row[name]].append(row)
    return found


def _with_book(kept: Kept, duplicates: Mapping[UUID, Duplicate]) -> Kept:
    """The commitment with what is ordered by now and the book that the rules read."""
    approved = {change["id"] for change in kept.changes if change["state"] == "approved"}
    ordered = {
        line["id"]: total(
            (
                ZERO
                if line["change_id"] is not None and line["change_id"] not in approved
                else line["quantity"],
                *(
                    each["quantity"]
                    for each in kept.change_lines
                    if each["change_id"] in approved and each["commitment_line_id"] == line["id"]
                ),
            )
        )
        for line in kept.lines
    }
    prices = {line["id"]: line["unit_price"] for line in kept.lines}
    for change in sorted(
        (change for change in kept.changes if change["id"] in approved),
        key=lambda change: (change["decided_at"], change["id"]),
    ):
        for each in kept.change_lines:
            if each["change_id"] == change["id"] and each["unit_price"] is not None:
                prices[each["commitment_line_id"]] = each["unit_price"]
    book = None
    if any(quantity > ZERO for quantity in ordered.values()):
        book = _book(kept, ordered, prices, duplicates)
    return Kept(**{**kept.__dict__, "ordered": ordered, "prices": prices, "book": book})


def _book(
    kept: Kept,
    ordered: Mapping[UUID, Decimal],
    prices: Mapping[UUID, Decimal],
    duplicates: Mapping[UUID, Duplicate],
) -> Book:
    row = kept.row
    live = [bill for bill in kept.bills if bill["state"] != "rejected"]
    live_ids = {bill["id"] for bill in live}
    approved = sorted(
        (bill for bill in live if bill["state"] == "approved"),
        key=lambda bill: (bill["decided_at"], bill["id"]),
    )
    return Book(
        order=Commitment(
            id=row["id"],
            number=row["number"],
            vendor=row["vendor"],
            kind=CommitmentKind(row["kind"]),
            currency=row["currency"],
            match=MatchLevel(row["match"]),
            tolerances=Tolerances.model_validate(row["tolerances"]),
            lines=tuple(
                CommitmentLine(
                    id=line["id"],
                    item_no=line["item_no"],
                    description=line["description"],
                    category=line["category"],
                    quantity=ordered[line["id"]],
                    unit_price=prices[line["id"]],
                    sov_line_id=line["sov_line_id"],
                    is_fee=line["is_fee"],
                )
                for line in kept.lines
                if ordered[line["id"]] > ZERO
            ),
        ),
        receipts=tuple(
            Receipt(
                id=each["id"],
                line_id=each["commitment_line_id"],
                on=each["received_on"],
                quantity=each["quantity"],
            )
            for each in kept.deliveries
        ),
        bills=tuple(_bill(bill, kept.bill_lines[bill["id"]], row["vendor"]) for bill in live),
        approved=tuple(bill["id"] for bill in approved),
        credits=tuple(
            credit_of(kept, credit)
            for credit in kept.credits
            if credit["state"] == "approved" and credit["bill_id"] in live_ids
        ),
        settled=tuple(
            Settled(
                bill_id=each["bill_id"],
                line_id=each["bill_line_id"],
                settlement=Settlement(each["settlement"]),
                disputed=each["disputed"],
                reason=each["reason"],
                by=each["settled_by"],
            )
            for each in kept.settlements
            if each["bill_id"] in live_ids
        ),
        duplicates=tuple(duplicates[bill["id"]] for bill in live if bill["id"] in duplicates),
    )


def credit_of(kept: Kept, credit: RowMapping) -> VendorCredit:
    """A credit memo as the rules see it."""
    return VendorCredit(
        id=credit["id"],
        vendor=kept.row["vendor"],
        number=credit["number"],
        dated=credit["dated"],
        lines=tuple(
            CreditLine(
                bill_line_id=line["bill_line_id"],
                quantity=line["quantity"],
                amount=line["amount"],
                tax_not_recoverable=line["tax_not_recoverable"],
            )
            for line in kept.credit_lines[credit["id"]]
        ),
    )


def _bill(bill: RowMapping, lines: Rows, vendor: str) -> VendorBill:
    return VendorBill(
        id=bill["id"],
        vendor=vendor,
        number=bill["number"],
        dated=bill["dated"],
        lines=tuple(
            BillLine(
                id=line["id"],
                commitment_line_id=line["commitment_line_id"],
                quantity=line["quantity"],
                unit_price=line["unit_price"],
                tax_not_recoverable=line["tax_not_recoverable"],
            )
            for line in lines
        ),
    )


def _duplicates(
    connection: Connection, firm_id: UUID, vendors: Collection[str], currency: str
) -> Mapping[UUID, Duplicate]:
    """Among all bills of these vendors in the firm, on whatever order, in the order in which they came in."""
    rows = (
        connection.execute(
            select(vendor_bill)
            .where(
                vendor_bill.c.firm_id == firm_id,
                vendor_bill.c.state != "rejected",
                func.lower(vendor_bill.c.vendor).in_({vendor.lower() for vendor in vendors}),
            )
            .order_by(vendor_bill.c.entered_at, vendor_bill.c.id)
        )
        .mappings()
        .all()
    )
    lines = _by(
        connection.execute(
            select(vendor_bill_line).where(
                vendor_bill_line.c.firm_id == firm_id,
                vendor_bill_line.c.bill_id.in_([row["id"] for row in rows]),
            )
        )
        .mappings()
        .all(),
        "bill_id",
    )
    bills = [_bill(row, lines[row["id"]], row["vendor"]) for row in rows]
    return {each.id: each for each in duplicate_bills(bills, currency)}


def commitment_of_bill(connection: Connection, firm_id: UUID, bill_id: UUID) -> UUID | None:
    """The commitment that a bill is for."""
    return connection.execute(
        select(vendor_bill.c.commitment_id).where(
            vendor_bill.c.firm_id == firm_id, vendor_bill.c.id == bill_id
        )
    ).scalar_one_or_none()


def commitment_of_change(connection: Connection, firm_id: UUID, change_id: UUID) -> UUID | None:
    """The commitment that a change order is for."""
    return connection.execute(
        select(commitment_change.c.commitment_id).where(
            commitment_change.c.firm_id == firm_id, commitment_change.c.id == change_id
        )
    ).scalar_one_or_none()


def commitment_of_credit(connection: Connection, firm_id: UUID, credit_id: UUID) -> UUID | None:
    """The commitment that a credit memo is for."""
    return connection.execute(
        select(vendor_credit.c.commitment_id).where(
            vendor_credit.c.firm_id == firm_id, vendor_credit.c.id == credit_id
        )
    ).scalar_one_or_none()
