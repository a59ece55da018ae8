"""Labour log: hours by person, day and schedule of values line. On lump-sum lines they are cost and
backup."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import ClassVar

from contracts_app.domain.time.time_and_materials import DAY
from importers import values
from importers.columns import CONTRACT, Column
from importers.entries import Entry, Kind
from importers.kinds.days_worked import ask_about_long_days
from importers.matching.asking import lines_meant
from importers.rules import Checked, Context, RowFlaws, Rules, on_known_sov_line, settle
from importers.values import Flaw


class LabourEntry(Entry):
    """Hours of one worker on one day for one SOV line. Time in whole seconds; rate and burden are cost, per
    hour."""

    settled: ClassVar[frozenset[str]] = frozenset({"line_meant"})

    worked_on: date
    worker: str
    role: str | None = None
    sov_line: str
    straight_seconds: int
    overtime_seconds: int
    hourly_rate: Decimal | None = None
    burden_multiplier: Decimal | None = None
    work_area: str | None = None
    cost_code: str | None = None
    line_meant: str | None = None
    """The id of the line that `sov_line` means, where it is written otherwise."""

    @property
    def seconds(self) -> int:
        return self.straight_seconds + self.overtime_seconds

    @property
    def line(self) -> str:
        """The id of the line it is booked to."""
        return self.line_meant or self.sov_line


COLUMNS = (
    CONTRACT,
    Column(
        "external_id",
        "log_id, Log, Entry id, Entry no, Entry, Record id, Record no, Id, Timesheet id, Time entry "
        "id, Reference",
        values.identifier,
        title="Entry id",
    ),
    Column(
        "worked_on",
        "date, Work date, Log date, Day, Date worked, Entry date",
        values.day,
        title="Work date",
    ),
    Column(
        "worker",
        "employee_id, Employee, Employee no, Employee number, Worker id, Worker no, Person, Staff "
        "number, Name, Badge",
        values.identifier,
    ),
    Column(
        "role",
        "Trade, Classification, Craft, Job title, Position, Labor class, Labour class",
        values.text,
        required=False,
    ),
    Column(
        "sov_line",
        "sov_line_id, SOV, SOV id, SOV item, Schedule of values line, Line item, Item no, Line id, Line",
        values.identifier,
        title="SOV line",
    ),
    Column(
        "straight_seconds",
        "hours_st, ST, ST hours, Straight time, Straight time hours, Regular hours, Reg hours, "
        "Regular, Normal hours, Hours",
        values.seconds,
        title="Straight time hours",
    ),
    Column(
        "overtime_seconds",
        "hours_ot, OT, OT hours, Overtime, Overtime hours",
        values.seconds,
        required=False,
        title="Overtime hours",
    ),
    Column(
        "hourly_rate",
        "Rate, Pay rate, Base rate, Cost rate, Labor rate, Labour rate",
        values.quantity,
        required=False,
    ),
    Column(
        "burden_multiplier",
        "Burden, Burden factor, Labor burden, Labour burden",
        values.quantity,
        required=False,
    ),
    Column("work_area", "Area, Location, Zone", values.text, required=False),
    Column("cost_code", "Code, Phase, Phase code", values.identifier, required=False),
)


def _build(row: Mapping[str, object]) -> LabourEntry | RowFlaws:
    straight, overtime = row["straight_seconds"], row.get("overtime_seconds") or 0
    assert isinstance(straight, int)
    assert isinstance(overtime, int)
    for name, worked in (("straight_seconds", straight), ("overtime_seconds", overtime)):
        if worked < 0:
            return [
                (
                    name,
                    Flaw(
                        "negative_hours",
                        "hours of 0 or more",
                        "Correct hours by reversing the entry they correct.",
                    ),
                )
            ]
    if straight + overtime > DAY:
        return [
            (
                "straight_seconds",
                Flaw("over_24_hours", "at most 24 hours on a day", "Check the hours, straight and overtime."),
            )
        ]
    return LabourEntry.model_validate({**row, "overtime_seconds": overtime})


def _line(entries: Sequence[LabourEntry], context: Context) -> Checked[LabourEntry]:
    return on_known_sov_line(entries, context, "sov_line", lambda e: [e.line])


def _workers(entries: Sequence[LabourEntry], context: Context) -> Checked[LabourEntry]:
    unknown = [e for e in entries if e.worker not in context.known.workers]
    people = len({e.worker for e in unknown})
    return settle(
        entries,
        unknown,
        context,
        code="unknown_workers",
        key="unknown_workers",
        field_name="worker",
        question=f"{people} workers are unknown. Keep them as the file names them, or refuse their "
        f"{len(unknown)} rows?",
        found=f"{people} unknown workers",
        expected="workers of this firm",
        choices=[
            ("keep", "The entries keep the worker as named in the file."),
            ("refuse", "Rows of unknown workers are not imported."),
        ],
        proposal="keep",
        effect=lambda entry, choice: entry if choice == "keep" else None,
    )


def _days(entries: Sequence[LabourEntry], context: Context) -> Checked[LabourEntry]:
    by_day: dict[tuple[str, date], list[LabourEntry]] = defaultdict(list)
    for entry in entries:
        by_day[entry.worker, entry.worked_on].append(entry)
    long = [e for group in by_day.values() if sum(g.seconds for g in group) > DAY for e in group]
    return ask_about_long_days(entries, long, context, who="worker", field_name="straight_seconds")


RULES = Rules(
    kind=Kind.labour_log,
    columns=COLUMNS,
    build=_build,
    steps=(lines_meant, _line, _days, _workers),
    hours="seconds",
    dates=("worked_on",),
    numbers=("straight_seconds", "overtime_seconds", "hourly_rate", "burden_multiplier"),
)
