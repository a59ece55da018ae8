"""The rows of a file → typed entries, or what is wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from contracts_app.domain.money import is_at_scale, minor_units
from importers.cells_of_row import cells_of_row
from importers.columns import Record
from importers.entries import Entry, Kind, SourceRef
from importers.known import KnownThings
from importers.layout.placed import column_of, place_of
from importers.many import Gathering
from importers.problems import TOLD, Problem, further, row_problem
from importers.reading import Reading
from importers.remembered import remembering
from importers.rules import Context, Rules
from importers.sheets import Cell, CellKind
from importers.values import HOURS, UNDECIDED, Conventions, DateOrder, Flaw


@dataclass(slots=True)
class Typed:
    """What the rows gave. Each row is refused, waits, is set aside, or gave at least one entry."""

    entries: Sequence[Entry] = ()
    provisional: Sequence[Entry] = ()
    """What rows that wait for the order of their dates amount to: counted, never stored."""
    problems: list[Problem] = field(default_factory=list)
    refused: int = 0
    waiting: int = 0
    aside: int = 0
    """Rows that cannot be read, and are told of elsewhere."""


def typed(
    rules: Rules[Any],
    records: Iterable[Record],
    reading: Reading,
    context: Context,
    conventions: Conventions,
    fixed: Mapping[str, str],
    decided: Mapping[str, object],
) -> Typed:
    """The entries of all records. `fixed` gives fields that no column has: the same for every row. So does
    `decided`, of fields that a decision over the whole file sets."""
    found = Typed()
    entries: Gathering[Entry] = Gathering(may_wait_on_disk=rules.on_disk)
    provisional: Gathering[Entry] = Gathering(may_wait_on_disk=rules.on_disk)
    untold = 0
    present = {name for names in context.columns.values() for name in names} | {*fixed, *context.facts}
    parsed = [
        replace(each, parse=remembering(each.parse, conventions))
        for each in rules.columns
        if each.field in present or each.required or each.filled
    ]
    rules = replace(rules, columns=parsed)
    given = {
        column.field: column.parse(Cell(0, CellKind.text, fixed[column.field]), conventions)
        for column in rules.columns
        if column.field in fixed
    }
    for record in records:
        made = _entries(rules, record, reading, context, conventions, given, decided)
        if isinstance(made, _Flawed) and (record.sheet, record.row) in context.known.unreadable:
            found.aside += 1
        elif isinstance(made, _Flawed):
            found.refused += 1
            if found.refused <= TOLD:
                found.problems.extend(made.problems)
            else:
                untold += 1
        elif made:
            entries.extend(made)
        else:
            found.waiting += 1
            provisional.extend(_provisional(rules, record, reading, context, conventions, given, decided))
    if untold:
        found.problems.append(further(context.file, untold))
    found.entries, found.provisional = entries.all(), provisional.all()
    return found


@dataclass(frozen=True, slots=True)
class _Flawed:
    problems: Sequence[Problem]


def _provisional(
    rules: Rules[Any],
    record: Record,
    reading: Reading,
    context: Context,
    conventions: Conventions,
    given: Mapping[str, object],
    decided: Mapping[str, object],
) -> Sequence[Entry]:
    """The row under either order of dates, and its time as hours, where nothing else of it is open."""
    as_hours = replace(conventions, duration_unit=conventions.duration_unit or HOURS)
    for order in DateOrder:
        found = _entries(rules, record, reading, context, replace(as_hours, date_order=order), given, decided)
        if not isinstance(found, _Flawed):
            return found
    return ()


def _entries(
    rules: Rules[Any],
    record: Record,
    reading: Reading,
    context: Context,
    conventions: Conventions,
    given: Mapping[str, object],
    decided: Mapping[str, object],
) -> Sequence[Entry] | _Flawed:
    """The row's entries, else its problems, else (neither) it waits for a convention."""
    values: dict[str, object] = {"contract_external_id": context.known.contract_external_id or "", **decided}
    if context.facts:
        values.update({c.field: context.facts[c.field] for c in rules.columns if c.field in context.facts})
    if context.profile is not None and context.profile.corrections:
        values["corrections"] = True
    flaws: list[tuple[str, Flaw]] = []
    for column in rules.columns:
        cell = record.cells.get(column.field)
        if cell is not None:
            value = column.parse(cell, conventions)
        elif column.field in given:
            value = given[column.field]
        else:
            if (column.required or column.filled) and record.lacks(column):
                flaws.append((column.field, Flaw("value_missing", "a value", "Fill in the cell.")))
            continue
        if isinstance(value, Flaw):
            flaws.append((column.field, value))
        else:
            values[column.field] = value
    undecided = False
    if flaws:
        undecided = any(flaw is UNDECIDED for _, flaw in flaws)
        flaws = [(name, flaw) for name, flaw in flaws if flaw is not UNDECIDED]
    if rules.money:
        flaws.extend(_scale_flaws(values, rules.money, context.known.currency))
    if undecided and not flaws:
        return ()
    if not flaws:
        flaws.extend(_contract_flaw(rules, values, context.known))
    if not flaws:
        values["source"] = _source(record, reading)
        built = rules.build(values)
        if isinstance(built, Entry):
            return (built,)
        parts = [part for part in built if isinstance(part, Entry)]
        if parts:
            return parts
        flaws.extend(flaw for flaw in built if not isinstance(flaw, Entry))
    return _Flawed([_problem(record, context.file, name, flaw) for name, flaw in flaws])


def _scale_flaws(
    values: Mapping[str, object], money: Collection[str], currency: str
) -> Iterable[tuple[str, Flaw]]:
    for name in money:
        value = values.get(name)
        if isinstance(value, Decimal) and not is_at_scale(value, currency):
            places = minor_units(currency)
            expected = f"an amount with at most {places} decimals ({currency})"
            yield name, Flaw("amount_too_fine", expected, "Round the amount in its source.")


def _contract_flaw(
    rules: Rules[Any], values: Mapping[str, object], known: KnownThings
) -> Iterable[tuple[str, Flaw]]:
    meant = known.contract_external_id
    if rules.kind is Kind.contract or meant is None or values["contract_external_id"] == meant:
        return
    flaw = Flaw(
        "other_contract", f"{meant}, the contract imported into", "Import the row into its own contract."
    )
    yield "contract_external_id", flaw


def _problem(record: Record, file: str, name: str, flaw: Flaw) -> Problem:
    cell = record.cells.get(name)
    place = record.place(file, name)
    if cell is not None:
        place = place.model_copy(update={"column": column_of(cell)})
    found = cell.raw if cell else "an empty cell"
    return row_problem(place, flaw.code, found=found, expected=flaw.expected, mend=flaw.mend)


def _source(record: Record, reading: Reading) -> SourceRef:
    mended = reading.mended.get(record.sheet)
    return SourceRef(
        file_sha256=reading.sha256,
        file_name=reading.file_name,
        sheet=record.sheet,
        row=record.row,
        cells=cells_of_row(record.cells, record.row),
        mended=dict(_mended(record, mended)) if mended else {},
    )


def _mended(record: Record, mended: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Fields of cells that a person mended, emptied ones among them, and what the file says there."""
    for name, (letter, _) in record.columns.items():
        cell = record.cells.get(name)
        place = place_of(cell, record.row) if cell is not None else f"{letter}{record.row}"
        if place in mended:
            yield name, mended[place]
