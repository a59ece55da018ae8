"""A past application for payment: the lines of its continuation sheet, with the face as a cross-check.

Columns are those of the customary continuation sheet: C scheduled value, D work completed before, E this
period, F materials presently stored, G = D + E + F, I retainage. Into a contract that is being set up it
brings how far the work was billed, certified and retained when billing moved here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from contracts_app.domain.money import total
from importers import values
from importers.arranged import Arranged
from importers.columns import CONTRACT, Column
from importers.entries import Kind
from importers.kinds.application_checks import continuations, cross_checked
from importers.kinds.application_entry import PayApplicationLine
from importers.kinds.application_face import read_face, read_heading
from importers.kinds.continuation_sheet import continuation
from importers.kinds.damaged_codes import ask_about_codes
from importers.kinds.repeated_codes import told_apart
from importers.problems import (
    Decision,
    Problem,
    ask_text,
    file_problem,
    information,
    plural,
)
from importers.rules import Checked, Context, RowFlaws, Rules
from importers.sheets import Cell, CellKind, Sheet
from importers.values import Conventions, Flaw

_ZERO = Decimal(0)
_CHANGE_ORDER = re.compile(r"(?:CO|PCO|CCO|change order)[ .#-]*[0-9]", re.IGNORECASE)


COLUMNS = (
    CONTRACT,
    Column(
        "application_number",
        "Application no, Application, App no, App number, Pay app, Draw, Draw no",
        values.whole_number,
        required=False,
    ),
    Column(
        "period_to",
        "Period to, Period ending, Period end, Through date, Application date",
        values.day,
        required=False,
    ),
    Column(
        "item_no",
        "Item no, Item, Item number, Line no, Line, Line number, No, #, Cost code, Code",
        values.identifier,
        title="Item number",
    ),
    Column("description", "Description of work, Work, Title, Name, Phase", values.text, required=False),
    Column(
        "scheduled_value", "Scheduled, Contract value, Scheduled amount, Value, Fee or limit", values.amount
    ),
    Column(
        "previous",
        "From previous application, From previous applications, Work completed previous, Previous "
        "application, Previous applications, Previously completed, Previous billed, Previously billed, "
        "Previous, Billed before, "
        "Work completed from previous application",
        values.amount,
        required=False,
        title="From previous application",
    ),
    Column(
        "this_period",
        "Work completed this period, Work this period, Completed this period, Current period, Current, "
        "This invoice",
        values.amount,
        required=False,
    ),
    Column(
        "stored",
        "Materials presently stored, Material presently stored, Stored materials, Stored material, "
        "Materials stored, Presently stored, Stored now",
        values.amount,
        required=False,
        title="Materials presently stored",
    ),
    Column(
        "to_date",
        "Total completed and stored to date, Total completed & stored to date, Total completed and stored, "
        "Completed and stored to date, Total completed, Total to date, To date",
        values.amount,
        required=False,
        title="Total completed and stored to date",
    ),
    Column(
        "retainage_held",
        "Retainage total to date, Retainage to date, Retainage if variable rate, Retention to date, "
        "Retention held, Retainage, Retention, Holdback",
        values.amount,
        required=False,
    ),
)


def arrange(file: str, sheets: Sequence[Sheet], answers: Mapping[str, str]) -> Arranged:
    """The continuation sheets made plain; the face, the headings and the sums as facts."""
    found = [(sheet, continuation(sheet, COLUMNS)) for sheet in sheets]
    kept = [each for _, each in found if each is not None]
    if not kept:
        return Arranged((), (_no_continuation(file, sheets),))
    others = [sheet for sheet, each in found if each is None]
    face = next((known for sheet in others if (known := read_face(file, sheet))), None)
    number, period_to = read_heading(sheets)
    facts: dict[str, object] = {
        "application_number": face.application_number if face and face.application_number else number,
        "period_to": face.period_to if face and face.period_to else period_to,
        "face": face,
        "continuations": tuple(kept),
    }
    return Arranged([each.sheet for each in kept], facts=facts)


def _no_continuation(file: str, sheets: Sequence[Sheet]) -> Problem:
    return file_problem(
        file,
        "no_continuation_sheet",
        found=f"sheets {', '.join(sheet.name for sheet in sheets)}" if sheets else "no rows",
        expected="a sheet with item number, scheduled value, from previous application and this period",
        mend="Add the continuation sheet, or choose the kind of file that it is.",
    )


def _build(row: Mapping[str, object]) -> PayApplicationLine | RowFlaws:
    known = {field: row[field] for field in PayApplicationLine.model_fields if row.get(field) is not None}
    earned = total(_amount(row, field) for field in ("previous", "this_period", "stored"))
    stated = row.get("to_date")
    if stated is not None and stated != earned:
        expected = f"{earned:,}, D + E + F"
        return [("to_date", Flaw("line_does_not_add_up", expected, "Correct one of the four amounts."))]
    number = row.get("application_number")
    item = str(row["item_no"])
    external_id = f"{number}/{item}" if number is not None else item
    return PayApplicationLine.model_validate({**known, "to_date": earned, "external_id": external_id})


def _amount(row: Mapping[str, object], field: str) -> Decimal:
    value = row.get(field)
    return value if isinstance(value, Decimal) else _ZERO


def _placed(entries: Sequence[PayApplicationLine], context: Context) -> Checked[PayApplicationLine]:
    """Each line with its place in the sheet, its heading, and whether a change order brought it."""
    after: dict[str, int | None] = {}
    headings: dict[tuple[str, int], str] = {}
    for each in continuations(context):
        after[each.sheet.name] = each.after_base
        headings.update({(each.sheet.name, row): text for row, text in each.headings.items()})
    placed = []
    for position, entry in enumerate(entries, start=1):
        at = entry.source.sheet, entry.source.row
        limit = after.get(entry.source.sheet)
        brought = bool(_CHANGE_ORDER.match(entry.item_no)) or (limit is not None and at[1] > limit)
        extra = {"position": position, "heading": headings.get(at), "change_order": brought}
        placed.append(entry.model_copy(update=extra))
    return ask_about_codes(told_apart(placed), context, "item_no", lambda entry: entry.item_no)


def _which_application(
    entries: Sequence[PayApplicationLine], context: Context
) -> Checked[PayApplicationLine]:
    """A sheet without its face may not say which application it is, or of which period; what is taken into a
    contract has to."""
    if context.known.line_names is None or not entries:
        return Checked(entries)
    asked: list[tuple[Problem, Decision]] = []
    said: dict[str, object] = {}
    for field, question, expected, read in (
        ("application_number", "Which number has this application?", "a whole number", _number_said),
        ("period_to", "On which day does its period end?", "a day such as 2025-03-31", _day_said),
    ):
        if all(getattr(entry, field) is not None for entry in entries):
            continue
        answer = read(context.decisions.get(field, ""))
        asked.append(
            ask_text(
                f"{field}_missing",
                field,
                question=question,
                places=[context.place(entry) for entry in entries],
                found="a continuation sheet that does not say it",
                expected=expected,
                decisions=context.decisions if answer is not None else {},
            )
        )
        said[field] = answer
    problems, decisions = [each for each, _ in asked], [each for _, each in asked]
    if any(answer is None for answer in said.values()):
        return Checked((), waiting=len(entries), problems=problems, decisions=decisions)
    kept = [
        entry.model_copy(update={f: v for f, v in said.items() if getattr(entry, f) is None})
        for entry in entries
    ]
    return Checked(kept, problems=problems, decisions=decisions)


def _number_said(answer: str) -> int | None:
    found = values.whole_number(Cell(0, CellKind.text, answer), Conventions())
    return found if isinstance(found, int) and found > 0 else None


def _day_said(answer: str) -> date | None:
    found = values.day(Cell(0, CellKind.text, answer), Conventions(date_order=None))
    return found if isinstance(found, date) else None


def _too_much(entries: Sequence[PayApplicationLine], context: Context) -> Checked[PayApplicationLine]:
    """Lines that are billed above their value are said: they can be taken over only as an estimate."""
    over = [e for e in entries if abs(e.to_date) > abs(e.scheduled_value)]
    if not over:
        return Checked(entries)
    said = information(
        context.place(over[0], "to_date"),
        "billed_above_value",
        found=f"{plural(len(over), 'line')} billed above the scheduled value, the first {over[0].item_no}",
        expected="at most the scheduled value to date",
        mend="Check them: a line is billed above its value only by unit price or by time without a limit.",
        rows=len(over),
    )
    return Checked(entries, problems=[said])


RULES = Rules(
    kind=Kind.pay_application,
    columns=COLUMNS,
    build=_build,
    arrange=arrange,
    belongs=_placed,
    steps=(_which_application, cross_checked, _too_much),
    money=("scheduled_value", "previous", "this_period", "stored", "to_date", "retainage_held"),
    amount=lambda entry: entry.scheduled_value,
    dates=("period_to",),
    numbers=("scheduled_value", "previous", "this_period", "stored", "to_date", "retainage_held"),
)
