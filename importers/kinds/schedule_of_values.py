"""Schedule of values: the lines of the original contract sum."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar

from pydantic import ValidationError

from contracts_app.domain.billing.unit_price import UnitPrice
from contracts_app.domain.money import in_words_of_a_page, multiply, round_to, total
from importers import values
from importers.columns import CONTRACT, Column
from importers.entries import Entry, Kind
from importers.kinds.damaged_codes import ask_about_codes
from importers.kinds.repeated_codes import told_apart
from importers.problems import Place, file_problem, information
from importers.rules import Checked, Context, RowFlaws, Rules, without_refused
from importers.sheets import Cell, CellKind
from importers.values import Conventions, Flaw

_WHOLE = re.compile(r"(?:0|[1-9][0-9]{0,8})(?:\.0+)?\Z", re.ASCII)


class ScheduleLine(Entry):
    """One line: number, description, scheduled value (column C of the continuation sheet). Where the file has
    no id of its own for a line, its number is the id; where it has no number either, its cost code, which
    may stand on several lines. An item number that is not a whole number is `item_no`.

    A line with a unit, an estimated quantity and a price for each is paid by measure, and its value is both
    multiplied. The labour and material shares are estimates of the source; they have no effect on billing and
    need not add up to 1.
    """

    later: ClassVar[frozenset[str]] = frozenset(
        {"unit", "estimated_quantity", "unit_price", "item_no", "cost_code", "cost_type"}
    )

    line_number: int | None = None
    item_no: str | None = None
    description: str | None = None
    scheduled_value: Decimal
    unit: str | None = None
    estimated_quantity: Decimal | None = None
    unit_price: Decimal | None = None
    cost_code: str | None = None
    cost_type: str | None = None
    labour_share: Decimal | None = None
    material_share: Decimal | None = None


def _item_number(cell: Cell, conventions: Conventions) -> int | str | Flaw:
    """A line's number where it is a whole one without leading zeros; else the item number as text."""
    item = values.identifier(cell, conventions)
    if isinstance(item, str) and _WHOLE.match(item):
        return int(item.partition(".")[0]) if cell.kind is CellKind.number else int(item)
    return item


COLUMNS = (
    CONTRACT,
    Column(
        "external_id",
        "sov_line_id, Line id, SOV line, SOV id, SOV line item, Id",
        values.identifier,
        either=("line_number", "cost_code"),
        title="Line id",
    ),
    Column(
        "line_number",
        "Line, Line no, Item, Item no, Item number, No, #",
        _item_number,
        either=("external_id", "cost_code"),
        title="Item number",
    ),
    Column("description", "Description of work, Work, Title, Name", values.text, required=False),
    Column(
        "cost_code",
        "Cost code no, Budget code, CSI code, Phase code, Code",
        values.identifier,
        required=False,
    ),
    Column("cost_type", "Cost type code", values.text, required=False),
    Column("scheduled_value", "Value, Amount, Scheduled amount, Contract value, Line value", values.amount),
    Column("unit", "UOM, U/M, Unit of measure, Units", values.name, required=False),
    Column(
        "estimated_quantity",
        "Quantity, Qty, Est qty, Est quantity, Contract quantity",
        values.quantity,
        required=False,
    ),
    Column("unit_price", "Price, Price per unit, Unit rate, Unit cost", values.quantity, required=False),
    Column(
        "labour_share",
        "labor_pct, labour_pct, Labor share, Labor, Labor percent",
        values.quantity,
        required=False,
    ),
    Column("material_share", "material_pct, Material, Material percent", values.quantity, required=False),
)


_MEASURED = ("unit", "estimated_quantity", "unit_price")
_ALL_THREE = "a unit, a quantity and a unit price together"
_FIELDS = {
    "unit": ("unit", "a unit of at most 20 characters"),
    "price": ("unit_price", "a price that is not negative"),
    "estimated_quantity": ("estimated_quantity", "a quantity above 0 with at most 4 decimals"),
}


def _build(row: Mapping[str, object]) -> ScheduleLine | RowFlaws:
    missing = [field for field in _MEASURED if row.get(field) is None]
    if missing and (row.get("unit_price") is not None):
        return [
            (missing[0], Flaw("unit_price_alone", _ALL_THREE, "Fill in the cell, or take the price out."))
        ]
    if row.get("unit_price") is None:  # a lump sum may say how much of what it is; it is not paid by that
        row = {**row, "unit": None, "estimated_quantity": None}
    elif flaw := _priced_wrongly(row):
        return [flaw]
    number = row.get("line_number")
    if isinstance(number, str):
        row = {**row, "line_number": None, "item_no": number}
    code, kind = row.get("cost_code"), row.get("cost_type")
    coded = f"{code}/{kind}" if kind else code
    named = str(number) if number is not None else str(coded)
    return ScheduleLine.model_validate({"external_id": named, **row})


def _priced_wrongly(row: Mapping[str, object]) -> tuple[str, Flaw] | None:
    """What is wrong with a unit, a quantity and a price that are all there; None for nothing."""
    said = {"unit": row["unit"], "price": row["unit_price"], "estimated_quantity": row["estimated_quantity"]}
    try:
        UnitPrice.model_validate(said)
    except ValidationError as error:
        field, expected = _FIELDS[str(error.errors()[0]["loc"][0])]
        return field, Flaw("unit_price_wrong", expected, "Correct the cell in its source.")
    return None


def _multiplied(entries: Sequence[ScheduleLine], context: Context) -> Checked[ScheduleLine]:
    """A line paid by measure is worth its quantity times its price, rounded once."""
    currency = context.known.currency
    wrong = [
        (
            entry,
            context.refuse(
                entry,
                "scheduled_value",
                "does_not_multiply_out",
                expected=f"{in_words_of_a_page(worth, currency)}, quantity times unit price",
                mend="Correct the value, the quantity or the price.",
            ),
        )
        for entry in entries
        if (worth := _worth(entry, currency)) is not None and worth != entry.scheduled_value
    ]
    return without_refused(entries, wrong)


def _worth(entry: ScheduleLine, currency: str) -> Decimal | None:
    if entry.unit_price is None or entry.estimated_quantity is None:
        return None
    return round_to(multiply(entry.estimated_quantity, entry.unit_price), currency)


def _named(entries: Sequence[ScheduleLine], context: Context) -> Checked[ScheduleLine]:
    """Lines of one cost code are told apart; codes that were turned into numbers are asked about."""
    apart = iter(told_apart([entry for entry in entries if _by_code(entry)]))
    named = [next(apart) if _by_code(entry) else entry for entry in entries]
    mended = ask_about_codes(named, context, "cost_code", lambda entry: entry.cost_code)
    items = ask_about_codes(mended.entries, context, "item_no", _item_of)
    return Checked(
        items.entries,
        refused=mended.refused + items.refused,
        waiting=mended.waiting + items.waiting,
        problems=[*mended.problems, *items.problems],
        decisions=[*mended.decisions, *items.decisions],
    )


def _by_code(entry: ScheduleLine) -> bool:
    """Whether the line's cost code is all that names it."""
    return entry.line_number is None and entry.item_no is None


def _item_of(entry: ScheduleLine) -> str | None:
    return entry.item_no or (None if entry.line_number is None else str(entry.line_number))


def _contract_sum(entries: Sequence[ScheduleLine], context: Context) -> Checked[ScheduleLine]:
    """All the lines, stored ones included, must add up to the original contract sum."""
    expected, currency = context.known.original_contract_sum, context.known.currency
    new = {entry.external_id for entry in entries}
    stored = [value for line, value in (context.known.sov_lines or {}).items() if line not in new]
    added = total([*(entry.scheduled_value for entry in entries), *stored])
    if expected is None or added == expected:
        return Checked(entries)
    wrong = file_problem(
        context.file,
        "schedule_does_not_add_up",
        found=f"{in_words_of_a_page(added, currency)} over {len(entries) + len(stored)} lines",
        expected=f"{in_words_of_a_page(expected, currency)}, the original contract sum",
        mend="Correct the lines, or the contract sum if the contract says otherwise.",
    )
    return Checked((), refused=len(entries), problems=[wrong])


def _shares(entries: Sequence[ScheduleLine], context: Context) -> Checked[ScheduleLine]:
    odd = [
        e
        for e in entries
        if e.labour_share is not None
        and e.material_share is not None
        and e.labour_share + e.material_share != 1
    ]
    if not odd:
        return Checked(entries)
    place: Place = context.place(odd[0], "labour_share")
    said = information(
        place,
        "shares_do_not_add_up",
        found=f"{len(odd)} lines",
        expected="labour and material shares that add up to 1",
        mend="Nothing to do: the shares are kept as the source's estimate and have no effect on billing.",
        rows=len(odd),
    )
    return Checked(entries, problems=[said])


RULES = Rules(
    kind=Kind.schedule_of_values,
    columns=COLUMNS,
    build=_build,
    belongs=_named,
    steps=(_multiplied, _contract_sum, _shares),
    money=("scheduled_value",),
    amount=lambda entry: entry.scheduled_value,
    numbers=("scheduled_value", "unit_price", "estimated_quantity"),
)
