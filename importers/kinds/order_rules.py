"""Rules over the rows of a register of orders: what is deleted, damaged, dated by a month only, worth
something else than its quantity at its price, or the same money named twice."""

from __future__ import annotations

import calendar
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from contracts_app.domain.money import fraction_of, less, round_to, total
from importers import values
from importers.kinds.ordered_item import OrderedItem
from importers.problems import information, plural
from importers.rules import Checked, Context, settle, without_refused

_NUMBER_AND_NAME = re.compile(r"([0-9]{4,12})\s+(\S.*)\Z", re.ASCII | re.DOTALL)
_HALF_A_CENT = Decimal("0.005")
DELETED = frozenset({"l", "x", "yes", "y", "true", "1", "deleted"})
"""What a deletion indicator says of an item that is no longer ordered."""


def vendor_of(cell: object) -> tuple[str | None, str | None]:
    """`100301     Delta Rebar GmbH` → the name and the number; a name alone has no number."""
    if not cell:
        return None, None
    text = " ".join(str(cell).split())
    match = _NUMBER_AND_NAME.match(text)
    return (match[2], match[1]) if match else (text, None)


def worth(quantity: Decimal, price: Decimal, per: Decimal | None) -> Decimal:
    """Quantity × price, the price being for `per` units, rounded to the cent."""
    return round_to(fraction_of(quantity, price, per or Decimal(1)), "USD")


def deleted_left_out(entries: Sequence[OrderedItem], context: Context) -> Checked[OrderedItem]:
    """Items marked as deleted are no longer ordered: left out, with the totals with and without."""
    deleted = [entry for entry in entries if entry.deleted]
    if not deleted:
        return Checked(entries)
    left_out = total(entry.amount for entry in deleted)
    whole = total(entry.amount for entry in entries)
    said = information(
        context.place(deleted[0], "deleted"),
        "deleted_items",
        found=f"{plural(len(deleted), 'item')} marked as deleted, worth {left_out:f}",
        expected="items that are ordered",
        mend=f"Ignored. The file comes to {whole:f} with them and {less(whole, left_out):f} without.",
        rows=len(deleted),
    )
    kept = [entry for entry in entries if not entry.deleted]
    return Checked(kept, ignored=len(deleted), ignored_as="deleted item", problems=[said])


def damaged_ids(entries: Sequence[OrderedItem], context: Context) -> Checked[OrderedItem]:
    """Say which numbers a spreadsheet program damaged; the rows are kept, the numbers tell nothing."""
    problems = []
    for field in ("order_number", "transaction", "item_no", "material"):
        bad = [e for e in entries if values.is_damaged(str(getattr(e, field) or ""))]
        if bad:
            found = sorted({str(getattr(e, field)) for e in bad})
            problems.append(
                information(
                    context.place(bad[0], field),
                    "damaged_ids",
                    found=f"{', '.join(found[:5])} in {plural(len(bad), 'row')}",
                    expected="numbers with all their digits",
                    mend="A spreadsheet program made powers of ten of them: their last digits are lost, and "
                    "no row is told from another by them. Export the file again with this column as text "
                    "to have the numbers.",
                    rows=len(bad),
                )
            )
    return Checked(entries, problems=problems)


def numbered_once(entries: Sequence[OrderedItem], context: Context) -> Checked[OrderedItem]:
    """An item number stands once in an order; one that stands there again, saying something else, is
    refused."""
    groups: dict[tuple[str, str], list[OrderedItem]] = defaultdict(list)
    for entry in entries:
        if entry.order_number and entry.item_no and not values.is_damaged(entry.order_number):
            groups[entry.order_number, entry.item_no].append(entry)
    doubled = [
        (
            entry,
            context.refuse(
                entry,
                "item_no",
                "item_twice",
                expected=f"item {item} of order {order} in one row",
                mend="Say which row is right: delete the others, or give each item its own number.",
            ),
        )
        for (order, item), group in groups.items()
        if len({entry.content_key for entry in group}) > 1
        for entry in group
    ]
    return without_refused(entries, doubled) if doubled else Checked(entries)


def days_of_months(entries: Sequence[OrderedItem], context: Context) -> Checked[OrderedItem]:
    """Dates that name only a month have no day: a person says which."""

    def effect(entry: OrderedItem, choice: str) -> OrderedItem | None:
        assert entry.month is not None
        year, month = (int(part) for part in entry.month.split("-"))
        last = calendar.monthrange(year, month)[1]
        on = {"first": date(year, month, 1), "last": date(year, month, last)}.get(choice)
        return entry.model_copy(update={"dated": on}) if on else None

    open_ = [entry for entry in entries if entry.month is not None and entry.ordered_on is None]
    return settle(
        entries,
        open_,
        context,
        code="month_without_day",
        key="day_of_month",
        field_name="ordered_on",
        question=f"{plural(len(open_), 'date')} {'names' if len(open_) == 1 else 'name'} a month and no day, "
        "such as Aug-10 for August 2010. Which day counts?",
        found=f"{plural(len(open_), 'date')} without a day",
        expected="a day",
        choices=[
            ("last", "The last day of the month."),
            ("first", "The first day of the month."),
            ("refuse", "They are not imported; add the days and import again."),
        ],
        proposal="last",
        effect=effect,
    )


def worth_as_stated(entries: Sequence[OrderedItem], context: Context) -> Checked[OrderedItem]:
    """A stated amount is quantity × price ÷ price unit, but for the rounding of the price shown (half a cent
    for each unit) and of the amount; where it is not, a person says which stands."""

    def effect(entry: OrderedItem, choice: str) -> OrderedItem:
        product = _product(entry)
        assert product is not None
        return entry if choice == "total_stands" else entry.model_copy(update={"amount": product})

    odd = [entry for entry in entries if not _explained(entry)]
    net = total(less(entry.amount, _product(entry) or entry.amount) for entry in odd)
    return settle(
        entries,
        odd,
        context,
        code="total_differs",
        key="total_differs",
        field_name="amount",
        question=f"Quantity × price differs from the amount on {plural(len(odd), 'item')}, by {net:f} in "
        "all. Which stands?",
        found=plural(len(odd), "amount") + " that rounding does not explain",
        expected="quantity × price ÷ price unit",
        choices=[
            ("total_stands", "The file's amount stands."),
            ("recompute", "The amount becomes quantity × price ÷ price unit, rounded to the cent."),
        ],
        proposal="total_stands",
        effect=effect,
    )


def _product(entry: OrderedItem) -> Decimal | None:
    if entry.quantity is None or entry.unit_price is None:
        return None
    return worth(entry.quantity, entry.unit_price, entry.price_per)


def _explained(entry: OrderedItem) -> bool:
    product = _product(entry)
    if product is None or entry.stated is None or product == entry.stated:
        return True
    assert entry.quantity is not None
    by_price = fraction_of(abs(entry.quantity), _HALF_A_CENT, entry.price_per or Decimal(1))
    return abs(less(entry.stated, product)) <= total((by_price, _HALF_A_CENT, _HALF_A_CENT))


def frameworks(entries: Sequence[OrderedItem], context: Context) -> Checked[OrderedItem]:
    """A framework and the call-offs under it name the same money twice: a person says which rows count.

    Rows of one award whose number begins with that of another row and a hyphen, as `C78967-PO001` with
    `C78967`, are call-offs under it.
    """
    parents = _parents(entries)
    if not parents:
        return Checked(entries)
    by_number = {entry.order_number: entry for entry in entries}
    above = [by_number[number] for number in dict.fromkeys(parents.values())]
    under = [entry for entry in entries if entry.external_id in parents]
    whole = total(entry.amount for entry in above)
    called = total(entry.amount for entry in under)
    doubled = {entry.external_id for entry in above}
    settled = settle(
        entries,
        [entry for entry in entries if entry.external_id in doubled],
        context,
        code="framework_and_call_offs",
        key="frameworks",
        field_name="order_number",
        question=f"{plural(len(above), 'framework')} over {whole:f} ({_named(above)}) and "
        f"{plural(len(under), 'call-off')} under {'it' if len(above) == 1 else 'them'}, {called:f} together "
        f"({_named(under)}): counting all of them, {total((whole, called)):f}, counts the same money twice. "
        "What is ordered?",
        found=f"{plural(len(above), 'framework')} and {plural(len(under), 'call-off')}",
        expected="each amount once",
        choices=[
            ("call_offs", f"The call-offs, {called:f}; a framework orders nothing by itself."),
            ("all", f"All of them, {total((whole, called)):f}: they are orders of their own."),
        ],
        proposal="call_offs",
        effect=lambda entry, choice: entry if choice == "all" else None,
    )
    if settled.refused:  # left out by decision: in order, and not ordered
        return replace(settled, refused=0, ignored=settled.refused, ignored_as="framework or call-off")
    return settled


def _parents(entries: Sequence[OrderedItem]) -> Mapping[str, str]:
    """Identity of each call-off → the number of its framework."""
    frameworks_of: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        if entry.order_number and entry.award:
            frameworks_of[entry.award].append(entry.order_number)
    found: dict[str, str] = {}
    for entry in entries:
        if not entry.order_number or not entry.award:
            continue
        above = [n for n in frameworks_of[entry.award] if entry.order_number.startswith(f"{n}-")]
        if above:
            found[entry.external_id] = max(above, key=len)
    return found


def _named(entries: Sequence[OrderedItem]) -> str:
    names = [str(entry.order_number) for entry in entries]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
