"""Change orders. Only executed ones enter the contract sum; the date they are in force is a person's decision
where the file gives none."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from importers import values
from importers.columns import CONTRACT, Column
from importers.entries import Entry, Kind
from importers.problems import information, plural
from importers.rules import Checked, Context, RowFlaws, Rules, on_known_sov_line, settle, without_refused
from importers.sheets import Cell
from importers.values import Conventions, Flaw


class ChangeOrderStatus(StrEnum):
    """Where a change order stands."""

    potential = "potential"
    submitted = "submitted"
    executed = "executed"
    rejected = "rejected"
    void = "void"


_STATUS = {
    "potential": ChangeOrderStatus.potential,
    "draft": ChangeOrderStatus.potential,
    "pending": ChangeOrderStatus.submitted,
    "submitted": ChangeOrderStatus.submitted,
    "in review": ChangeOrderStatus.submitted,
    "requested": ChangeOrderStatus.submitted,
    "approved": ChangeOrderStatus.executed,
    "executed": ChangeOrderStatus.executed,
    "signed": ChangeOrderStatus.executed,
    "rejected": ChangeOrderStatus.rejected,
    "denied": ChangeOrderStatus.rejected,
    "void": ChangeOrderStatus.void,
    "withdrawn": ChangeOrderStatus.void,
    "cancelled": ChangeOrderStatus.void,
}


class ChangeOrder(Entry):
    """One change order; `external_id` is its number. A negative amount is a deduction.

    `executed_on` is the date it is in force, for executed ones only: the file's own date, or by decision the
    date submitted.
    """

    settled: ClassVar[frozenset[str]] = frozenset({"executed_on"})

    submitted_on: date | None = None
    reason: str | None = None
    description: str
    amount: Decimal
    status: ChangeOrderStatus
    related_rfi: str | None = None
    affected_lines: tuple[str, ...] = ()
    labour_hours: Decimal | None = None
    schedule_days: int | None = None
    submitted_by: str | None = None
    approved_by: str | None = None
    execution_date: date | None = None
    executed_on: date | None = None


def _lines(cell: Cell, conventions: Conventions) -> tuple[str, ...] | Flaw:
    """SOV lines in one cell: a bracketed list of quoted ids, or ids separated by comma or semicolon."""
    raw = values.text(cell, conventions)
    if isinstance(raw, Flaw):
        return raw
    flaw = Flaw(
        "not_a_list", "a list such as ['LINE-01', 'LINE-02']", "Write the line ids separated by commas."
    )
    if raw.startswith("["):
        try:
            listed = ast.literal_eval(raw)
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            return flaw
        if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
            return flaw
        ids = [item.strip() for item in listed]
    else:
        ids = [item.strip() for item in raw.replace(";", ",").split(",")]
    return tuple(item for item in ids if item)


def _status(cell: Cell, conventions: Conventions) -> ChangeOrderStatus | Flaw:
    status = _STATUS.get(cell.raw.strip().casefold())
    return status or Flaw(
        "unknown_status", "Approved, Pending, Rejected, Draft or Void", "Write one of the known states."
    )


COLUMNS = (
    CONTRACT,
    Column(
        "external_id",
        "co_number, CO, CO no, CO #, Change order, Change order no, Change order number, Number, Id",
        values.identifier,
        title="Change order number",
    ),
    Column(
        "submitted_on",
        "date_submitted, Submitted, Date, Submitted date, Submission date",
        values.day,
        required=False,
        title="Submission date",
    ),
    Column("reason", "reason_category, Category, Reason code", values.text, required=False),
    Column("description", "Title, Scope, Description of change", values.text),
    Column(
        "amount",
        "Value, Total, CO amount, Change amount, Cost, Cost impact, cost_impact_usd, Price, Revenue",
        values.amount,
    ),
    Column("status", "State, CO status", _status),
    Column("related_rfi", "RFI, RFI no, RFI number", values.identifier, required=False, title="RFI"),
    Column("affected_lines", "affected_sov_lines, SOV lines, Affected SOV, Lines", _lines, required=False),
    Column(
        "labour_hours",
        "labor_hours_impact, Labor hours, Hours impact, Hours",
        values.quantity,
        required=False,
    ),
    Column(
        "schedule_days",
        "schedule_impact_days, Schedule impact, Days, Days impact",
        values.whole_number,
        required=False,
    ),
    Column("submitted_by", "Requested by, Originator", values.text, required=False),
    Column("approved_by", "Approver, Signed by", values.text, required=False),
    Column(
        "execution_date",
        "date_executed, Executed, Executed date, date_approved, Approved date, Date signed",
        values.day,
        required=False,
        title="Date executed",
    ),
)


def _build(row: Mapping[str, object]) -> ChangeOrder | RowFlaws:
    executed = row["status"] is ChangeOrderStatus.executed
    return ChangeOrder.model_validate({**row, "executed_on": row.get("execution_date") if executed else None})


def _on_lines(entries: Sequence[ChangeOrder], context: Context) -> Checked[ChangeOrder]:
    return on_known_sov_line(entries, context, "affected_lines", lambda e: e.affected_lines)


def _execution_dates(entries: Sequence[ChangeOrder], context: Context) -> Checked[ChangeOrder]:
    """An approved change order without its own date is in force from its submission, if a person says so;
    without either date it cannot be taken over."""
    open_ = [e for e in entries if e.status is ChangeOrderStatus.executed and e.executed_on is None]
    dateless = [
        (
            entry,
            context.refuse(
                entry,
                "status",
                "no_date_at_all",
                expected="the date from which an approved change order is in force",
                mend="Add a column Date executed (or Submission date) and fill it in.",
            ),
        )
        for entry in open_
        if entry.submitted_on is None
    ]
    known = without_refused(entries, dateless)
    settled = _in_force(known.entries, [e for e in open_ if e.submitted_on is not None], context)
    return replace(
        settled,
        refused=settled.refused + known.refused,
        problems=(*known.problems, *settled.problems),
    )


def _in_force(
    entries: Sequence[ChangeOrder], undated: Sequence[ChangeOrder], context: Context
) -> Checked[ChangeOrder]:
    def effect(entry: ChangeOrder, choice: str) -> ChangeOrder | None:
        if choice == "date_submitted":
            return entry.model_copy(update={"executed_on": entry.submitted_on})
        return None

    return settle(
        entries,
        undated,
        context,
        code="no_execution_date",
        key="execution_date",
        field_name="status",
        question=f"Without a date of execution: {plural(len(undated), 'approved change order')}. "
        "From which day in force?",
        found=f"{plural(len(undated), 'approved change order')} without date",
        expected="the date of execution",
        choices=[
            ("date_submitted", "Each is in force from the date it was submitted."),
            ("refuse", "They are not imported; add the dates and import again."),
        ],
        proposal="date_submitted",
        effect=effect,
    )


def _approvers(entries: Sequence[ChangeOrder], context: Context) -> Checked[ChangeOrder]:
    odd = [e for e in entries if e.approved_by and e.status is ChangeOrderStatus.rejected]
    if not odd:
        return Checked(entries)
    numbers = ", ".join(e.external_id for e in odd)
    said = information(
        context.place(odd[0], "approved_by"),
        "rejected_with_approver",
        found=f"an approver on rejected {numbers}",
        expected="an approver only on approved change orders",
        mend="Nothing to do: they stay rejected and outside the contract sum.",
        rows=len(odd),
    )
    return Checked(entries, problems=[said])


RULES = Rules(
    kind=Kind.change_orders,
    columns=COLUMNS,
    build=_build,
    steps=(_on_lines, _execution_dates, _approvers),
    money=("amount",),
    amount=lambda entry: entry.amount,
    dates=("submitted_on", "execution_date"),
    numbers=("amount", "labour_hours"),
)
