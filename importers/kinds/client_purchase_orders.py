"""Client purchase orders: what the client's orders pay, line by line; an order without lines is one line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from contracts_app.domain.contract import in_order
from contracts_app.domain.funding.charges import ChargeKind
from contracts_app.domain.funding.funding_terms import OnExceed
from contracts_app.domain.money import ZERO
from importers import values
from importers.columns import CONTRACT, Column
from importers.entries import Entry, Kind
from importers.problems import Problem
from importers.rules import Checked, Context, RowFlaws, Rules, without_refused
from importers.sheets import Cell
from importers.values import Conventions, Flaw

_ON_EXCEED: Mapping[str, OnExceed] = {
    "block": OnExceed.block,
    "hold": OnExceed.block,
    "stop": OnExceed.block,
    "warn": OnExceed.warn,
    "warning": OnExceed.warn,
}
_KINDS: Mapping[str, ChargeKind] = {
    "time": ChargeKind.time,
    "labor": ChargeKind.time,
    "labour": ChargeKind.time,
    "hours": ChargeKind.time,
    "expense": ChargeKind.expense,
    "expenses": ChargeKind.expense,
    "fee": ChargeKind.fee,
    "fees": ChargeKind.fee,
}


class ClientOrderLine(Entry):
    """What a line of a client's purchase order pays, for what, from when until when.

    `item_nos` are lines of the contract's schedule of values, `kinds` what of time, expenses and fees it
    pays; none: all.
    """

    order_number: str
    line: str
    client: str | None = None
    dated_on: date
    amount: Decimal
    starts_on: date | None = None
    expires_on: date | None = None
    item_nos: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    on_exceed: OnExceed | None = None
    remark: str | None = None


def _listed(cell: Cell, conventions: Conventions) -> tuple[str, ...] | Flaw:
    raw = values.text(cell, conventions)
    if isinstance(raw, Flaw):
        return raw
    return tuple(item.strip() for item in raw.replace(";", ",").split(",") if item.strip())


def _kinds(cell: Cell, conventions: Conventions) -> tuple[str, ...] | Flaw:
    listed = _listed(cell, conventions)
    if isinstance(listed, Flaw) or tuple(word.casefold() for word in listed) in {("all",), ("any",)}:
        return listed if isinstance(listed, Flaw) else ()
    if any(word.casefold() not in _KINDS for word in listed):
        return Flaw("unknown_type_of_work", "time, expense or fee", "Write what the line pays.")
    return tuple(dict.fromkeys(_KINDS[word.casefold()].value for word in listed))


def _on_exceed(cell: Cell, conventions: Conventions) -> OnExceed | Flaw:
    known = _ON_EXCEED.get(cell.raw.strip().casefold())
    return known or Flaw("not_block_or_warn", "block or warn", "Write block or warn.")


COLUMNS = (
    CONTRACT,
    Column(
        "order_number",
        "PO number, PO no, PO #, PO, Client PO, Client PO number, Customer PO, Purchase order, "
        "Purchase order number, Purchase order no, Order number, Order no, Order",
        values.identifier,
        title="Purchase order number",
    ),
    Column("line", "Line number, Line no, PO line, Item, Item no", values.identifier, required=False),
    Column("client", "Client name, Customer, Customer name", values.name, required=False),
    Column(
        "dated_on",
        "Date, PO date, Order date, Dated, Date received, Received, Issued, Issue date",
        values.day,
        title="Order date",
        instead=("starts_on",),
    ),
    Column("amount", "PO amount, Funded amount, Funding, Value, Total, Limit, Line amount", values.amount),
    Column(
        "starts_on",
        "Valid from, Start date, Start, From, Effective date, Period start",
        values.day,
        required=False,
    ),
    Column(
        "expires_on",
        "Valid to, Valid until, End date, End, To, Expiry, Expiry date, Expires, Expiration date, Period end",
        values.day,
        required=False,
    ),
    Column("item_nos", "SOV lines, SOV line, SOV, Lines", _listed, required=False, title="SOV lines"),
    Column("kinds", "Types, Type, Pays for, Charge types", _kinds, required=False, title="Pays for"),
    Column("on_exceed", "If exceeded, When exceeded", _on_exceed, required=False),
    Column("remark", "Remarks, Notes, Note, Comment, Memo, Description", values.text, required=False),
)


def _build(row: Mapping[str, object]) -> ClientOrderLine | RowFlaws:
    said = {"line": "1", **row}
    amount, starts, ends = row["amount"], row.get("starts_on"), row.get("expires_on")
    if isinstance(amount, Decimal) and amount < ZERO:
        mend = "Amend the order to what it pays now; a line that pays nothing has 0."
        return [("amount", Flaw("negative_amount", "an amount of 0 or more", mend))]
    if isinstance(starts, date) and isinstance(ends, date) and not in_order(starts, ends):
        return [("expires_on", Flaw("ends_before_start", f"a date from {starts} on", "Correct a date."))]
    said.setdefault("dated_on", starts)
    return ClientOrderLine.model_validate({**said, "external_id": f"{said['order_number']}/{said['line']}"})


def _one_order(entries: Sequence[ClientOrderLine], context: Context) -> Checked[ClientOrderLine]:
    """The lines of an order agree on its date and on what happens when it is exceeded."""
    orders: dict[str, list[ClientOrderLine]] = defaultdict(list)
    for entry in entries:
        orders[entry.order_number].append(entry)
    odd = [
        (
            entry,
            context.refuse(
                entry,
                "dated_on" if len({e.dated_on for e in lines}) > 1 else "on_exceed",
                "order_contradicts_itself",
                expected=f"one date and one way when exceeded on all lines of order {number}",
                mend="Write the same on every line of the order.",
            ),
        )
        for number, lines in orders.items()
        if len({e.dated_on for e in lines}) > 1 or len({e.on_exceed for e in lines} - {None}) > 1
        for entry in lines
    ]
    return without_refused(entries, odd)


def _new(entries: Sequence[ClientOrderLine], context: Context) -> Checked[ClientOrderLine]:
    """Orders that the contract can take: new, not of a day to come, on lines of its schedule of values."""
    known = context.known
    if known.client_orders is None:
        return Checked(entries)
    bad: dict[str, tuple[ClientOrderLine, Problem]] = {}
    for entry in entries:
        field, code, expected, mend = "", "", "", ""
        unknown = [item for item in entry.item_nos if item not in known.sov_items]
        if entry.order_number in known.client_orders:
            field, code = "order_number", "order_exists"
            expected, mend = "an order that is not recorded yet", "Amend the order that is there."
        elif known.today is not None and entry.dated_on > known.today:
            field, code = "dated_on", "day_in_future"
            expected, mend = f"a day up to {known.today}", "Correct the day."
        elif unknown:
            field, code = "item_nos", "unknown_sov_line"
            expected, mend = "lines of the contract's schedule of values", "Correct the lines."
        if code:
            bad[entry.external_id] = (entry, context.refuse(entry, field, code, expected=expected, mend=mend))
    broken = {entry.order_number for entry, _ in bad.values()}
    for entry in entries:
        if entry.order_number in broken and entry.external_id not in bad:
            bad[entry.external_id] = (
                entry,
                context.refuse(
                    entry,
                    "order_number",
                    "order_not_whole",
                    expected=f"all lines of order {entry.order_number} in order",
                    mend="Another line of this order cannot be taken: mend that one and import again.",
                ),
            )
    return without_refused(entries, list(bad.values()))


RULES = Rules(
    kind=Kind.client_purchase_orders,
    columns=COLUMNS,
    build=_build,
    steps=(_one_order, _new),
    money=("amount",),
    amount=lambda entry: entry.amount,
    dates=("dated_on", "starts_on", "expires_on"),
    numbers=("amount",),
)
