"""What the pages show of commitments and of vendors' bills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.money import ZERO, less, multiply, round_to, total
from contracts_app.domain.purchasing.bill_match import MatchedLine
from contracts_app.domain.purchasing.duplicates import Sameness
from contracts_app.domain.purchasing.standing import Hold, Settled, Sums
from contracts_app.domain.purchasing.subcontract_retainage import HeldOfSub
from contracts_app.store.purchase_costs import PassedOn
from contracts_app.store.purchasing import Kept

_NOTHING = Sums(ZERO, ZERO, ZERO, ZERO)


@dataclass(frozen=True)
class OrderShown:
    """A commitment in a list: its figures, and what waits for somebody."""

    id: UUID
    number: str
    title: str
    vendor: str
    kind: str
    state: str
    sums: Sums
    on_hold: int
    """Bills with something that does not match."""
    to_approve: int
    """Bills that match, credit memos and change orders that wait for the project manager."""


@dataclass(frozen=True)
class OrderLine:
    """A line of an order as it stands."""

    item_no: str
    description: str
    category: str
    unit: str | None
    price: Decimal
    ordered: Decimal
    amount: Decimal
    received: Decimal
    billed: Decimal
    matched: Decimal
    not_billed: Decimal
    """Received and not billed, at the order's price: an accrual."""
    sov_item_no: str | None
    is_fee: bool
    change: str | None
    in_force: bool
    held: HeldOfSub | None


@dataclass(frozen=True)
class BillShown:
    """A bill in a list of its order."""

    id: UUID
    number: str
    dated: date
    state: str
    billed: Decimal
    matched: Decimal
    disputed: Decimal
    holds: Sequence[Hold]


@dataclass(frozen=True)
class BillLineShown:
    """A line of a bill held against the order and what arrived."""

    position: int
    item_no: str | None
    description: str
    quantity: Decimal
    unit_price: Decimal
    tax: Decimal
    ordered_price: Decimal | None
    ordered: Decimal | None
    received: Decimal | None
    match: MatchedLine
    hold: Hold | None
    settled: Settled | None
    settled_by: str
    credited: Decimal
    costs: Sequence[PassedOn]


def orders(found: Sequence[Kept]) -> Sequence[OrderShown]:
    """Every commitment of a contract, in figures."""
    return [_order(kept) for kept in found]


def _order(kept: Kept) -> OrderShown:
    on_hold = ready = 0
    for bill in kept.bills:
        if bill["state"] == "entered" and kept.book is not None:
            held = bool(kept.book.holds(bill["id"]))
            on_hold, ready = on_hold + held, ready + (not held)
    papers = (*kept.credits, *kept.changes, kept.row)
    approved = kept.row["state"] == "approved"
    return OrderShown(
        id=kept.row["id"],
        number=kept.row["number"],
        title=kept.row["title"],
        vendor=kept.row["vendor"],
        kind=kept.row["kind"],
        state=kept.row["state"],
        sums=kept.book.sums if kept.book and approved else _NOTHING,
        on_hold=on_hold,
        to_approve=ready + sum(1 for paper in papers if paper["state"] == "entered"),
    )


def sums_of(found: Sequence[OrderShown]) -> Sums:
    """All orders together."""
    return Sums(
        committed=total(one.sums.committed for one in found),
        received=total(one.sums.received for one in found),
        billed=total(one.sums.billed for one in found),
        matched=total(one.sums.matched for one in found),
    )


def order_lines(kept: Kept, sov: Mapping[UUID, str], held: Mapping[UUID, HeldOfSub]) -> Sequence[OrderLine]:
    """The lines of an order, those of change orders too."""
    stands = {each.line_id: each for each in kept.book.positions} if kept.book else {}
    changes = {change["id"]: change for change in kept.changes}
    currency = kept.row["currency"]
    result = []
    for line in kept.lines:
        position = stands.get(line["id"])
        change = changes.get(line["change_id"])
        ordered, price = kept.ordered[line["id"]], kept.prices[line["id"]]
        result.append(
            OrderLine(
                item_no=line["item_no"],
                description=line["description"],
                category=line["category"],
                unit=line["unit"],
                price=price,
                ordered=ordered,
                amount=round_to(multiply(ordered, price), currency),
                received=position.received if position else ZERO,
                billed=position.billed if position else ZERO,
                matched=position.matched if position else ZERO,
                not_billed=position.received_not_billed_amount if position else ZERO,
                sov_item_no=sov.get(line["sov_line_id"]),
                is_fee=line["is_fee"],
                change=change["number"] if change else None,
                in_force=change is None or change["state"] == "approved",
                held=held.get(line["id"]),
            )
        )
    return result


def bills(kept: Kept) -> Sequence[BillShown]:
    """The bills of an order, the last first."""
    return [bill_shown(kept, bill) for bill in reversed(kept.bills)]


def bill_shown(kept: Kept, bill: RowMapping) -> BillShown:
    """A bill in figures; a rejected one is not matched and shows what it said."""
    found = (
        next((each for each in kept.book.matches if each.bill_id == bill["id"]), None) if kept.book else None
    )
    said = total(
        round_to(multiply(line["quantity"], line["unit_price"]), kept.row["currency"])
        for line in kept.bill_lines[bill["id"]]
    )
    return BillShown(
        id=bill["id"],
        number=bill["number"],
        dated=bill["dated"],
        state=bill["state"],
        billed=found.billed if found else said,
        matched=found.matched if found else ZERO,
        disputed=found.disputed if found else ZERO,
        holds=kept.book.holds(bill["id"]) if kept.book and found and bill["state"] == "entered" else (),
    )


def bill_lines(
    kept: Kept, bill: RowMapping, costs: Sequence[PassedOn], people: Mapping[UUID, str]
) -> Sequence[BillLineShown]:
    """A bill line by line, as matched; nothing for a rejected one."""
    if kept.book is None or bill["state"] == "rejected":
        return []
    match = {line.bill_line_id: line for found in kept.book.matches for line in found.lines}
    known = {line["id"]: line for line in kept.lines}
    received = {each.line_id: each.received for each in kept.book.positions}
    holds = {hold.line_id: hold for hold in kept.book.holds(bill["id"])} if bill["state"] == "entered" else {}
    result = []
    for line in kept.bill_lines[bill["id"]]:
        order = known.get(line["commitment_line_id"])
        settled = kept.book.decided.get(line["id"])
        found = match[line["id"]]
        said = round_to(multiply(line["quantity"], line["unit_price"]), kept.row["currency"])
        result.append(
            BillLineShown(
                position=line["position"],
                item_no=order["item_no"] if order else None,
                description=line["description"] or (order["description"] if order else "Not ordered"),
                quantity=line["quantity"],
                unit_price=line["unit_price"],
                tax=line["tax_not_recoverable"],
                ordered_price=kept.prices[order["id"]] if order else None,
                ordered=kept.ordered[order["id"]] if order else None,
                received=received.get(order["id"]) if order else None,
                match=found,
                hold=holds.get(line["id"]),
                settled=settled,
                settled_by=people.get(settled.by, "") if settled else "",
                credited=less(said, found.billed_amount),
                costs=[cost for cost in costs if cost.bill_line_id == line["id"]],
            )
        )
    return result


def duplicate_of(kept: Kept, bill_id: UUID) -> str:
    """What a bill has in common with one that came before, as a sentence; empty where nothing."""
    for found in kept.book.duplicates if kept.book else ():
        if found.id == bill_id:
            return _SAME[found.because]
    return ""


_SAME: Mapping[Sameness, str] = {
    Sameness.number: "A bill of this vendor with the same number is here already.",
    Sameness.number_run_together: "A bill of this vendor has the same number, but for the sign between its "
    "digits: see that it is not this one again.",
    Sameness.receipt: "This receipt is here already.",
    Sameness.amount_and_date: "A bill of this vendor has the same day and amount under another number: see "
    "that it is not this one again.",
}
