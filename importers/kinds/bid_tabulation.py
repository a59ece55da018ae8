"""A tabulation of bids: the items once, and a pair of unit price and amount for every bidder.

Whose prices are meant is a person's decision; without it nothing is taken. The prices of the bidder chosen
become the schedule of values of the contract.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from contracts_app.domain.money import multiply, round_to, total
from importers import values
from importers.arranged import Arranged, cell_at, spread
from importers.columns import CONTRACT, Column, plain
from importers.entries import Entry, Kind
from importers.problems import Place, Problem, file_problem, information, plural
from importers.rules import Checked, Context, RowFlaws, Rules, settle
from importers.sheets import Cell, CellKind, Row, Sheet, column_letter
from importers.values import Conventions

_HEADER_WITHIN = 30
_PRICE = ("unitprice", "price", "unitcost", "rate", "unitbid")
_AMOUNT = ("amount", "total", "extension", "extended", "bidamount", "totalprice", "extendedamount")
_SUM = re.compile(r"\btotals?\b|\bbase bid\b", re.IGNORECASE)


class BidItem(Entry):
    """One item with the prices of the bidder that was chosen; without a choice it has none yet."""

    item_no: str
    description: str | None = None
    unit: str | None = None
    quantity: Decimal | None = None
    bidder: str | None = None
    unit_price: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Bidder:
    """A bidder's columns, what the items come to, and the total that the sheet states."""

    name: str
    price: int | None
    amount: int
    items: Decimal
    stated: Decimal | None
    stated_at: Place | None


COLUMNS = (
    CONTRACT,
    Column(
        "item_no", "Item, Item no, Line, Line no, Bid item, No, #", values.identifier, title="Item number"
    ),
    Column("description", "Item description, Description of work, Work, Title", values.text, required=False),
    Column("quantity", "Qty, Est qty, Estimated quantity, Est quantity", values.quantity, required=False),
    Column("unit", "UOM, U/M, Unit of measure, Units", values.name, required=False),
    Column("unit_price", "Price, Unit cost, Rate, Unit bid", values.quantity, required=False),
    Column("amount", "Total, Extension, Extended, Bid amount, Total price", values.amount, required=False),
)


def arrange(file: str, sheets: Sequence[Sheet], answers: Mapping[str, str]) -> Arranged:
    """The items, with the columns of the bidder that the answers name; all bidders as a fact."""
    found = [known for sheet in sheets if (known := _tabulation(file, sheet)) is not None]
    if not found:
        return Arranged((), (_no_bidders(file),))
    sheet, header, rows, bidders = max(found, key=lambda one: len(one[3]))
    names = [bidder.name for bidder in bidders]
    if doubled := [name for name, count in Counter(names).items() if count > 1]:
        return Arranged((), (_bidder_twice(file, doubled),))
    chosen = next((one for one in bidders if one.name == answers.get("bidder")), None)
    own = {chosen.price, chosen.amount} if chosen else set()
    theirs = {column for one in bidders for column in (one.price, one.amount)} - own
    plainer = [
        Row(row.number, [cell for cell in row.cells if cell.column not in theirs]) for row in (header, *rows)
    ]
    return Arranged([replace(sheet, rows=plainer)], facts={"bidders": tuple(bidders)})


def _no_bidders(file: str) -> Problem:
    return file_problem(
        file,
        "no_bidders",
        found="no columns that repeat under the names of bidders",
        expected="Unit Price and Amount under the name of each bidder",
        mend="Write each bidder's name above its columns, or import the file as a schedule of values.",
    )


def _bidder_twice(file: str, names: Sequence[str]) -> Problem:
    return file_problem(
        file,
        "bidder_twice",
        found=f"{', '.join(names)} more than once",
        expected="one pair of columns for each bidder",
        mend="Rename or delete the columns that do not belong.",
    )


def _tabulation(file: str, sheet: Sheet) -> tuple[Sheet, Row, Sequence[Row], Sequence[Bidder]] | None:
    """Header row, item rows and bidders of a sheet; None where its columns do not repeat."""
    for index, header in enumerate(sheet.rows[:_HEADER_WITHIN]):
        amounts = [cell.column for cell in header.cells if plain(cell.raw) in _AMOUNT]
        prices = [cell.column for cell in header.cells if plain(cell.raw) in _PRICE]
        if len(amounts) < 2 or index == 0:
            continue
        over = spread(sheet.rows[index - 1], amounts)
        if len(over) < len(amounts):
            continue
        at = _item_column(header)
        below = sheet.rows[index + 1 :]
        items = [row for row in below if cell_at(row, at) is not None]
        sums = [row for row in below if cell_at(row, at) is None and _SUM.search(_words(row))]
        pairs = zip([-1, *amounts[:-1]], amounts, strict=True)
        bidders = [
            _bidder(file, sheet, over[amount], next((p for p in prices if last < p < amount), None), amount,
                    items, sums)
            for last, amount in pairs
        ]  # fmt: skip
        return sheet, header, items, bidders
    return None


def _item_column(header: Row) -> int | None:
    spelled = {plain(cell.raw): cell.column for cell in reversed(header.cells)}
    item = next(column for column in COLUMNS if column.field == "item_no")
    return next((spelled[name] for name in item.spellings if name in spelled), None)


def _words(row: Row) -> str:
    return " ".join(cell.raw for cell in row.cells if cell.kind is CellKind.text)


def _bidder(
    file: str,
    sheet: Sheet,
    name: str,
    price: int | None,
    amount: int,
    items: Sequence[Row],
    sums: Sequence[Row],
) -> Bidder:
    stated = next((cell for row in sums if (cell := cell_at(row, amount))), None)
    said = _number(stated)
    row = next((row.number for row in sums if cell_at(row, amount)), None)
    place = Place(file=file, sheet=sheet.name, row=row, column=column_letter(amount), header=name)
    added = total(known for each in items if (known := _number(cell_at(each, amount))) is not None)
    return Bidder(name, price, amount, added, said, place if said is not None else None)


def _number(cell: Cell | None) -> Decimal | None:
    value = values.amount(cell, Conventions()) if cell else None
    return value if isinstance(value, Decimal) else None


def _build(row: Mapping[str, object]) -> BidItem | RowFlaws:
    return BidItem.model_validate({**row, "external_id": str(row["item_no"])})


def _which_bidder(entries: Sequence[BidItem], context: Context) -> Checked[BidItem]:
    """Whose prices are meant. Nobody's by default: a sheet of bids says nothing of who got the work."""
    bidders = _bidders(context)
    choices = [(one.name, f"{one.name}: {plural(len(entries), 'item')}, {one.items:,}.") for one in bidders]
    return settle(
        entries,
        entries,
        context,
        code="which_bidder",
        key="bidder",
        field_name="item_no",
        question="Whose prices are the contract's?",
        found=f"prices of {', '.join(one.name for one in bidders)}",
        expected="the prices of one bidder",
        choices=[*choices, ("none", "Nobody's: nothing is imported.")],
        proposal="none",
        effect=lambda entry, choice: (
            None if choice == "none" else entry.model_copy(update={"bidder": choice})
        ),
    )


def _bidders(context: Context) -> Sequence[Bidder]:
    found = context.facts.get("bidders", ())
    return tuple(one for one in found if isinstance(one, Bidder)) if isinstance(found, tuple) else ()


def _priced(entries: Sequence[BidItem], context: Context) -> Checked[BidItem]:
    """Items of the bidder that have no amount, or whose quantity and price do not come to it, are refused;
    a total that is not what the items come to is said."""
    problems: list[Problem] = []
    kept: list[BidItem] = []
    currency = context.known.currency
    for entry in entries:
        worth = None
        if entry.quantity is not None and entry.unit_price is not None:
            worth = round_to(multiply(entry.quantity, entry.unit_price), currency)
        if entry.amount is None:
            problems.append(
                context.refuse(
                    entry,
                    "amount",
                    "value_missing",
                    expected="an amount",
                    mend="Fill in the bidder's amount; an empty cell is not read as 0.",
                )
            )
        elif worth is not None and worth != entry.amount:
            problems.append(
                context.refuse(
                    entry,
                    "amount",
                    "does_not_multiply_out",
                    expected=f"{worth:,}, quantity times unit price",
                    mend="Correct the amount, the quantity or the price.",
                )
            )
        else:
            kept.append(entry)
    differing = [one for one in _bidders(context) if one.stated not in (None, one.items)]
    problems.extend(
        information(
            bidder.stated_at,
            "total_differs",
            found=f"{bidder.stated:,} for {bidder.name}",
            expected=f"{bidder.items:,}, what the items come to",
            mend="Check the items: the total may have been typed, or leave one out.",
            rows=1,
        )
        for bidder in differing
        if bidder.stated_at is not None
    )
    return Checked(kept, refused=len(entries) - len(kept), problems=problems)


RULES = Rules(
    kind=Kind.bid_tabulation,
    columns=COLUMNS,
    build=_build,
    arrange=arrange,
    steps=(_which_bidder, _priced),
    money=("amount",),
    amount=lambda entry: entry.amount,
    numbers=("quantity", "unit_price", "amount"),
)
