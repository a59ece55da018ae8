"""What arrives and what is billed belongs to an approved order of the contract, and to a line of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Protocol

from importers.entries import canonical
from importers.known import KnownOrder
from importers.problems import Problem
from importers.rules import Checked, Context, E, without_refused


class OnOrder(Protocol):
    """A row that names an order and a line of it, by number or by its words."""

    @property
    def order_number(self) -> str | None: ...
    @property
    def item_no(self) -> str | None: ...
    @property
    def description(self) -> str | None: ...
    @property
    def vendor(self) -> str | None: ...


def line_of(order: KnownOrder, row: OnOrder) -> str | None:
    """The number of the order's line that the row means: the one it names, the only one of its words, or the
    only one there is. None where that is no one line."""
    if row.item_no is not None:
        return row.item_no if row.item_no in order.items else None
    said = canonical(row.description).casefold()
    alike = [number for number, text in order.items.items() if said and canonical(text).casefold() == said]
    if len(alike) == 1:
        return alike[0]
    return next(iter(order.items)) if len(order.items) == 1 and not said else None


def on_approved_orders(
    entries: Sequence[E], context: Context, day_field: str, day: Callable[[E], date]
) -> Checked[E]:
    """Refuse rows of orders that are not there, not approved, another vendor's, or of no line of theirs."""
    if context.known.orders is None:
        return Checked(entries)
    refused = []
    for entry in entries:
        problem = _refused(entry, context, day_field, day(entry))
        if problem is not None:
            refused.append((entry, problem))
    return without_refused(entries, refused)


def _refused(entry: E, context: Context, day_field: str, day: date) -> Problem | None:
    row: OnOrder = entry  # type: ignore[assignment]  # receipts and bills have these fields
    number = row.order_number
    order = (context.known.orders or {}).get(number or "")
    field, code, expected, mend = "", "", "", ""
    if order is None:
        field, code = "order_number", "unknown_order"
        expected, mend = (
            "an order of this contract",
            "Import or enter the order first, or correct its number.",
        )
    elif not order.approved:
        field, code = "order_number", "order_not_approved"
        expected, mend = "an approved order", "The project manager approves the order first."
    elif row.vendor is not None and canonical(row.vendor).casefold() != canonical(order.vendor).casefold():
        field, code = "vendor", "other_vendor"
        expected, mend = f"{order.vendor}, the vendor of order {number}", "Correct the vendor or the order."
    elif line_of(order, row) is None:
        field = "item_no" if row.item_no is not None else "description"
        code, expected = "unknown_line", f"a line of order {number}"
        mend = "Write the number of the order's line: " + ", ".join(list(order.items)[:20]) + "."
    elif context.known.today is not None and day > context.known.today:
        field, code = day_field, "day_in_future"
        expected, mend = f"a day up to {context.known.today}", "Correct the day."
    return context.refuse(entry, field, code, expected=expected, mend=mend) if code else None
