"""Timesheets: time by person, day and project, as time-tracking programs export it or people keep it.

Harvest and Toggl detailed reports, and plain sheets with a date, a person and hours. A source whose rows mean
something else than one entry each gets a module of its own that gives the same `TimesheetEntry`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from contracts_app.domain.time.time_and_materials import DAY
from importers import values
from importers.arranged import Arranged
from importers.columns import Column
from importers.entries import Kind
from importers.kinds import weeks
from importers.kinds.corrected_by_hand import how_to_correct
from importers.kinds.days_worked import at_most_a_day, not_in_future, since_the_contract
from importers.kinds.durations import durations_agree, worked_by_class
from importers.kinds.edited_rows import edited
from importers.kinds.overtime import class_of_overtime, known_to_the_contract
from importers.kinds.projects import of_this_contract
from importers.kinds.rates_compared import in_its_currency, with_the_contract
from importers.kinds.timesheet_entry import TimesheetEntry
from importers.layout import day_grid
from importers.layout.sheet_per_person import with_people
from importers.matching.asking import Meant, settle_names
from importers.matching.names import Named
from importers.rules import Checked, Context, RowFlaws, Rules, Step
from importers.sheets import Sheet
from importers.values import Flaw

_CURRENCY = re.compile(r"\b([A-Z]{3})\Z", re.ASCII)

COLUMNS = (
    Column(
        "worked_on",
        "Date, Start date, Started, Started at, Work date, Datum, Day, Date worked, "
        "Entry date, Spent date, Spent on, Timesheet date, TransDate, "
        "Local date",
        values.day,
        either=("week",),
        title="Date",
    ),
    Column(
        "person",
        "User, Person, Employee, Employee name, Full name, Member, Team member, Resource, Resource name, "
        "Worker, Consultant, Staff, Staff member, Person name, User name, Author, Username, Mitarbeiter, "
        "Mitarbeiterin, Name",
        values.name,
        instead=("first_name", "last_name"),
        question="The file does not say who worked. Who was it?",
    ),
    Column("first_name", "First, Given name, Forename", values.name, required=False),
    Column("last_name", "Last, Surname, Family name", values.name, required=False),
    Column(
        "duration",
        "Duration (h), Time (h), Hours, Hours worked, Hrs, Time spent, Timespent, Hours spent, Total hours, "
        "Regular hours, Reg hours, RegHrs, Straight time hours, Stunden, Dauer",
        values.seconds,
        either=("duration_counted", "duration_minutes", "duration_decimal"),
        title="Hours",
    ),
    Column(
        "duration_counted",
        "Time spent seconds, Time spent (seconds), Duration (seconds), Duration (s), Seconds",
        values.seconds_counted,
        required=False,
        title="Seconds",
    ),
    Column(
        "duration_minutes",
        "Duration (min), Duration (minutes), Duration minutes, Time (min), Minutes",
        values.minutes,
        required=False,
        title="Minutes",
    ),
    Column(
        "duration_decimal",
        "Duration (decimal), Time (decimal), Decimal hours, Duration (hours), Hours (decimal)",
        values.decimal_hours,
        required=False,
        title="Hours as decimals",
    ),
    Column(
        "overtime_seconds",
        "Overtime hours, OT hours, OvtHrs, Hours OT, Time and a half hours",
        values.seconds,
        required=False,
        title="Hours of overtime",
    ),
    Column(
        "double_seconds",
        "Double time hours, DT hours, SpecialOvtHrs, Hours DT",
        values.seconds,
        required=False,
        title="Hours of double time",
    ),
    Column(
        "project", "Project name, Job, Job name, Matter, Engagement, Projekt", values.name, required=False
    ),
    Column(
        "task",
        "Task name, Activity, Activity type, Tätigkeit, Aufgabe, Service, Service item, Phase",
        values.name,
        required=False,
    ),
    Column("client", "Client name, Customer, Customer name, Kunde", values.name, required=False),
    Column(
        "description",
        "Notes, Note, Comment, Comments, Message, Details, Beschreibung, "
        "Bemerkung, Work description, Memo, Remarks",
        values.text,
        required=False,
    ),
    Column(
        "role",
        "Roles, Job title, Position, Labor category, Labour category, Grade",
        values.name,
        required=False,
    ),
    Column(
        "started",
        "Start time, Start, Started at, Time in, From, From time, Clock in",
        values.time_of_day,
        False,
    ),
    Column("billable", "Is billable, Chargeable", values.yes_or_no, required=False, filled=True),
    Column("billed_elsewhere", "Invoiced, Billed, Is invoiced, Is billed", values.yes_or_no, required=False),
    Column(
        "approved_in_source",
        "Approved, Approval, Approval status, Approved status, Is approved",
        values.yes_or_no,
        required=False,
    ),
    Column(
        "file_rate",
        "Billable rate, Bill rate, Billing rate, Hourly rate, Rate",
        values.quantity,
        required=False,
    ),
    Column(
        "file_amount",
        "Billable amount, Amount, Bill amount, Billing amount, Total amount",
        values.quantity,
        required=False,
    ),
    Column("file_currency", "Currency, Currency code", values.name, required=False),
    Column(
        "overtime",
        "Overtime class, Overtime type, OT, Hour type, Hours type, Type of hours, Pay type, Pay code, "
        "Earning code",
        values.name,
        required=False,
    ),
    *weeks.COLUMNS,
)


def _build(row: Mapping[str, object]) -> TimesheetEntry | Sequence[TimesheetEntry] | RowFlaws:
    """The row's entry; one for each class of overtime where the row has hours of several."""
    said = {**row}
    worked = worked_by_class(said)
    week, year, days = (said.pop(column.field, None) for column in weeks.COLUMNS)
    names = [said.pop("first_name", None), said.pop("last_name", None)]
    person = said.get("person") or " ".join(str(name) for name in names if name)
    if len(str(person)) > 200:
        return [
            (
                "last_name",
                Flaw("name_malformed", "a name of at most 200 characters on one line", "Correct it."),
            )
        ]
    if worked is None:
        return [("duration", Flaw("value_missing", "a value", "Fill in the cell."))]
    corrects = bool(said.pop("corrections", False))
    if any(seconds < 0 for seconds in worked.by_class.values()) and not corrects:
        mend = "Correct hours by reversing the entry they correct."
        return [("duration", Flaw("negative_hours", "hours of 0 or more", mend))]
    parts = [
        (kind, on, size)
        for kind, seconds in worked.by_class.items()
        for on, size in _by_day(said.get("worked_on"), seconds, week, year, days)
    ]
    if not parts:
        return [("week", Flaw("no_such_week", f"a week that {year} has", "Correct the number of the week."))]
    if _longest_day(parts) > DAY:
        return [("duration", Flaw("over_24_hours", "at most 24 hours on a day", "Check the hours."))]
    overtime = class_of_overtime(str(said["overtime"])) if said.get("overtime") else None
    if isinstance(overtime, Flaw):
        return [("overtime", overtime)]
    currency = _CURRENCY.search(str(said.get("file_currency") or ""))
    common = {
        **said,
        "person": person,
        "rounded_seconds": worked.rounded,
        "file_currency": currency[1] if currency else None,
    }
    return [
        TimesheetEntry.named({**common, "worked_on": on, "seconds": size, "overtime": kind or overtime})
        for kind, on, size in parts
    ]


def _by_day(on: object, seconds: int, week: object, year: object, days: object) -> Sequence[tuple[date, int]]:
    """The day worked with its seconds; of a whole week, each of its days; none without such a week."""
    if isinstance(on, date):
        return [(on, seconds)]
    assert isinstance(week, int)  # without a day the row has a week, and its year and days were asked
    assert isinstance(year, int)
    assert isinstance(days, int)
    return weeks.spread(seconds, week, year, days)


def _longest_day(parts: Sequence[tuple[str | None, date, int]]) -> int:
    """The most seconds that a row gives one day."""
    if len(parts) == 1:
        return abs(parts[0][2])
    sizes: Counter[date] = Counter()
    for _, on, size in parts:
        sizes[on] += abs(size)
    return max(sizes.values())


_PERSON = Meant(Named.person, "person", "person_meant", "Somebody new, called as in the file.")
_TASK = Meant(
    Named.task,
    "task",
    "line_meant",
    "None of them: the project manager says which line the time stands on.",
    only_like=True,
)


def _people(entries: Sequence[TimesheetEntry], context: Context) -> Checked[TimesheetEntry]:
    return settle_names(entries, context, _PERSON)


def _tasks(entries: Sequence[TimesheetEntry], context: Context) -> Checked[TimesheetEntry]:
    return settle_names(entries, context, _TASK)


def _arrange(file: str, sheets: Sequence[Sheet], answers: Mapping[str, str]) -> Arranged:
    """Grids as a row a day, then sheets of one person each with a column for the person."""
    return with_people(file, day_grid.arrange(file, sheets, answers), answers, COLUMNS)


_EDITED: Step[TimesheetEntry] = edited(
    how_to_correct(Kind.timesheet),
    ("worked_on", "person", "seconds", "started"),
    ("worked_on", "person", "task", "description", "started"),
)

RULES = Rules(
    kind=Kind.timesheet,
    columns=COLUMNS,
    build=_build,
    arrange=_arrange,
    belongs=of_this_contract,
    has_ids=False,
    takes_corrections=True,
    on_disk=True,
    steps=(
        durations_agree,
        not_in_future,
        since_the_contract,
        _EDITED,
        _people,
        _tasks,
        at_most_a_day,
        in_its_currency,
        known_to_the_contract,
        with_the_contract,
    ),
    hours="seconds",
    amount="file_amount",
    dates=("worked_on",),
    numbers=(
        "duration",
        "duration_counted",
        "duration_minutes",
        "duration_decimal",
        "overtime_seconds",
        "double_seconds",
        "file_rate",
        "file_amount",
    ),
)
