"""The one door for services: a file and what is known → entries to store, and all there is to say about
it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, SerializeAsAny

from contracts_app.domain.money import is_at_scale, minor_units, total
from importers import (
    application_lines,
    application_totals,
    change_orders,
    contracts,
    deliveries,
    labour_log,
    timesheets,
)
from importers import schedule_of_values as sov
from importers.columns import Record, fields_known, recognise
from importers.conventions import agree
from importers.entries import Entry, Kind, SourceRef
from importers.identity import identify
from importers.known import KnownThings
from importers.occurrence import identify_by_occurrence
from importers.preview import PreviewRow, TakenColumn, preview, taken
from importers.problems import Decision, Place, Problem, Severity, file_problem, row_problem
from importers.reading import Reading, read
from importers.rules import Checked, Context, Rules
from importers.values import UNDECIDED, Conventions, Flaw

RULES: Mapping[Kind, Rules[Any]] = {
    rules.kind: rules
    for rules in (
        contracts.RULES,
        sov.RULES,
        change_orders.RULES,
        application_totals.RULES,
        application_lines.RULES,
        labour_log.RULES,
        deliveries.RULES,
        timesheets.RULES,
    )
}


class ControlTotals(BaseModel):
    """Rows, hours and amount as decimal text; None where the kind has no such figure."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int
    hours: str | None = None
    amount: str | None = None


class Analysis(BaseModel):
    """What became of every row of one file.

    `entries` are new and ready to store. Each row read is exactly one of: new, known (imported before,
    unchanged),
    repeat, refused, waiting (for a decision), ignored (meant for another contract):
    `rows_read == len(entries) + known + repeats + refused + waiting + ignored`.
    A file may be stored while rows wait or are refused; they are reported and can come again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    file_name: str
    file_sha256: str
    rows_read: int
    entries: tuple[SerializeAsAny[Entry], ...]
    known: int
    repeats: int
    refused: int
    waiting: int
    ignored: int
    problems: tuple[Problem, ...]
    decisions: tuple[Decision, ...]
    totals_read: ControlTotals
    """Over every row that could be read, repeats and ignored rows included."""
    totals_kept: ControlTotals
    """Over new and known entries: what the file stands for once repeats and refused rows are gone."""
    totals_new: ControlTotals
    """Over `entries`."""

    columns: tuple[TakenColumn, ...] = ()
    """Which column of the file was taken for what, in the order of the kind."""
    preview: tuple[PreviewRow, ...] = ()
    """The first rows that could be read, as they were understood."""

    @property
    def open_decisions(self) -> tuple[Decision, ...]:
        return tuple(decision for decision in self.decisions if decision.is_open)

    @property
    def is_refused(self) -> bool:
        """Whether a problem blocks the file as a whole."""
        return any(problem.severity is Severity.blocks_file for problem in self.problems)


def analyse(
    kind: Kind, file_name: str, data: bytes, known: KnownThings, decisions: Mapping[str, str] | None = None
) -> Analysis:
    """Read `data` as `kind`. Pure, and never raises on data: all that is wrong comes back as problems.

    Call it first without decisions (dry run), then with the answers: decision key → the chosen value.
    """
    rules = RULES[kind]
    answers = dict(decisions or {})
    reading = read(file_name, data)
    table = recognise(file_name, reading.sheets, rules.columns, answers) if reading.sheets else None
    problems = [*reading.problems, *(table.problems if table else ())]
    if table is None or not table.records:
        other = _other_kind(kind, reading)
        if other is not None:
            return _nothing(kind, reading, [*reading.problems, other], (), 0, rules)
        asked = table.decisions if table else ()
        waiting = table.waiting_rows if table else 0
        return _nothing(kind, reading, problems, asked, waiting, rules)
    conventions, more_problems, more_asked = agree(
        file_name, table.records, rules.dates, rules.numbers, answers
    )
    problems.extend(more_problems)
    asked = [*table.decisions, *more_asked]
    columns = {record.sheet: record.columns for record in table.records}
    context = Context(file_name, known, answers, columns)
    entries, row_problems, waiting = _typed(rules, table.records, reading, context, conventions)
    problems.extend(row_problems)
    refused = len(table.records) - len(entries) - waiting
    sifted = rules.belongs(entries, context) if rules.belongs is not None else Checked(entries)
    problems.extend(sifted.problems)
    asked.extend(sifted.decisions)
    refused += sifted.refused
    waiting += sifted.waiting
    identified = (identify if rules.has_ids else identify_by_occurrence)(sifted.entries, context)
    problems.extend(identified.problems)
    asked.extend(identified.decisions)
    refused += identified.refused
    waiting += identified.waiting
    new: Sequence[Entry] = identified.new
    context = replace(context, stored=identified.known)
    for step in rules.steps if new else ():
        checked = step(new, context)
        new = checked.entries
        refused += checked.refused
        waiting += checked.waiting
        problems.extend(checked.problems)
        asked.extend(checked.decisions)
    return Analysis(
        kind=kind,
        file_name=file_name,
        file_sha256=reading.sha256,
        rows_read=len(table.records),
        entries=tuple(new),
        known=len(identified.known),
        repeats=identified.repeats,
        refused=refused,
        waiting=waiting,
        ignored=sifted.ignored,
        problems=tuple(problems),
        decisions=tuple(asked),
        totals_read=_totals(rules, entries),
        totals_kept=_totals(rules, [*new, *identified.known]),
        totals_new=_totals(rules, new),
        columns=taken(rules.columns, table.records),
        preview=preview(rules, entries, table.records, known.currency),
    )


def _nothing(
    kind: Kind,
    reading: Reading,
    problems: Sequence[Problem],
    asked: Sequence[Decision],
    waiting: int,
    rules: Rules[Any],
) -> Analysis:
    none = _totals(rules, ())
    return Analysis(
        kind=kind,
        file_name=reading.file_name,
        file_sha256=reading.sha256,
        rows_read=waiting,
        entries=(),
        known=0,
        repeats=0,
        refused=0,
        waiting=waiting,
        ignored=0,
        problems=tuple(problems),
        decisions=tuple(asked),
        totals_read=none,
        totals_kept=none,
        totals_new=none,
    )


def _other_kind(kind: Kind, reading: Reading) -> Problem | None:
    """The problem that the file is of another kind: its header has all that one needs, and names more of its
    columns than of the kind meant."""
    known = fields_known(reading.sheets, RULES[kind].columns)
    for other, rules in RULES.items():
        if (
            other is not kind
            and fields_known(reading.sheets, rules.columns) > known
            and recognise(reading.file_name, reading.sheets, rules.columns, {}).records
        ):
            return file_problem(
                reading.file_name,
                "other_kind",
                found=f"the columns of {other.value}",
                expected=f"the columns of {kind.value}",
                mend=f"Import it as {other.value}, or choose the right file.",
            )
    return None


def _typed(
    rules: Rules[Any], records: Sequence[Record], reading: Reading, context: Context, conventions: Conventions
) -> tuple[Sequence[Entry], Sequence[Problem], int]:
    """The entries, the problems of rows that give none, and how many rows wait for a convention."""
    entries: list[Entry] = []
    problems: list[Problem] = []
    waiting = 0
    for record in records:
        found = _entry(rules, record, reading, context, conventions)
        if isinstance(found, Entry):
            entries.append(found)
        elif found:
            problems.extend(found)
        else:
            waiting += 1
    return entries, problems, waiting


def _entry(
    rules: Rules[Any], record: Record, reading: Reading, context: Context, conventions: Conventions
) -> Entry | Sequence[Problem]:
    """The row's entry, else its problems, else (neither) it waits for a convention."""
    values: dict[str, object] = {"contract_external_id": context.known.contract_external_id or ""}
    flaws: list[tuple[str, Flaw]] = []
    for column in rules.columns:
        cell = record.cells.get(column.field)
        if cell is None:
            if record.lacks(column):
                flaws.append((column.field, Flaw("value_missing", "a value", "Fill in the cell.")))
            continue
        value = column.parse(cell, conventions)
        if isinstance(value, Flaw):
            flaws.append((column.field, value))
        else:
            values[column.field] = value
    undecided = any(flaw is UNDECIDED for _, flaw in flaws)
    flaws = [(field, flaw) for field, flaw in flaws if flaw is not UNDECIDED]
    flaws.extend(_scale_flaws(values, rules.money, context.known.currency))
    if undecided and not flaws:
        return ()
    if not flaws:
        flaws.extend(_contract_flaw(rules, values, context.known))
    if not flaws:
        values["source"] = _source(record, reading)
        built = rules.build(values)
        if isinstance(built, Entry):
            return built
        flaws.extend(built)
    return [_problem(record, context.file, field, flaw) for field, flaw in flaws]


def _scale_flaws(
    values: Mapping[str, object], money: Collection[str], currency: str
) -> Iterable[tuple[str, Flaw]]:
    for field in money:
        value = values.get(field)
        if isinstance(value, Decimal) and not is_at_scale(value, currency):
            places = minor_units(currency)
            expected = f"an amount with at most {places} decimals ({currency})"
            yield field, Flaw("amount_too_fine", expected, "Round the amount in its source.")


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


def _problem(record: Record, file: str, field: str, flaw: Flaw) -> Problem:
    cell = record.cells.get(field)
    place: Place = record.place(file, field)
    found = cell.raw if cell else "an empty cell"
    return row_problem(place, flaw.code, found=found, expected=flaw.expected, mend=flaw.mend)


def _source(record: Record, reading: Reading) -> SourceRef:
    return SourceRef(
        file_sha256=reading.sha256,
        file_name=reading.file_name,
        sheet=record.sheet,
        row=record.row,
        cells={field: (f"{cell.letter}{record.row}", cell.raw) for field, cell in record.cells.items()},
    )


def _totals(rules: Rules[Any], entries: Sequence[Entry]) -> ControlTotals:
    hours = amount = None
    if rules.hours is not None:
        worked = Decimal(sum(rules.hours(entry) for entry in entries)) / 3600
        hours = f"{worked.quantize(Decimal('0.01')):f}"
    if rules.amount is not None:
        added = total([rules.amount(entry) for entry in entries])
        amount = f"{added:.2f}"
    return ControlTotals(rows=len(entries), hours=hours, amount=amount)
