"""When the time of a timesheet was worked: not in the future, seldom before the contract, a day has 24
hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from contracts_app.domain.time.time_and_materials import DAY
from importers.kinds.timesheet_entry import TimesheetEntry
from importers.many import columns, where
from importers.problems import plural
from importers.rules import Checked, Context, E, refuse_each, settle


def not_in_future(entries: Sequence[TimesheetEntry], context: Context) -> Checked[TimesheetEntry]:
    """Refuse rows of days that have not come; typed time is refused the same."""
    today = context.known.today
    if today is None:
        return Checked(entries)
    expected = f"a day not after {today}"
    mend = "Correct the date, or import the row when the work is done."
    return refuse_each(
        entries,
        where(entries, lambda day: day > today, "worked_on"),
        lambda entry: context.refuse(entry, "worked_on", "work_in_future", expected=expected, mend=mend),
    )


def since_the_contract(entries: Sequence[TimesheetEntry], context: Context) -> Checked[TimesheetEntry]:
    """Ask about work that is older than the contract."""
    since = context.known.contract_date
    early = [] if since is None else where(entries, lambda day: day < since, "worked_on")
    rows = plural(len(early), "row")
    return settle(
        entries,
        early,
        context,
        code="before_contract",
        key="before_contract",
        field_name="worked_on",
        question=f"{rows} of work before the contract's date {since}. Keep or refuse them?",
        found=rows,
        expected=f"work from {since} on",
        choices=[
            ("keep", "They are imported: the work was agreed to belong to this contract."),
            ("refuse", "None of these rows is imported."),
        ],
        proposal="refuse",
        effect=lambda entry, choice: entry if choice == "keep" else None,
    )


def at_most_a_day(entries: Sequence[TimesheetEntry], context: Context) -> Checked[TimesheetEntry]:
    """Ask about people with more than 24 hours on one day, those imported before counted."""
    worked: Counter[tuple[str, date]] = Counter()
    for rows in (context.stored, entries):
        for named, meant, day, size in columns(rows, "person", "person_meant", "worked_on", "seconds"):
            worked[meant or named, day] += size
    over = {of for of, size in worked.items() if size > DAY}
    long = (
        where(
            entries,
            lambda named, meant, day: (meant or named, day) in over,
            "person", "person_meant", "worked_on",
        )
        if over
        else ()
    )  # fmt: skip
    return ask_about_long_days(entries, long, context, who="person", field_name="duration")


def ask_about_long_days(
    entries: Sequence[E], long: Sequence[E], context: Context, *, who: str, field_name: str
) -> Checked[E]:
    """Keep or refuse the rows `long`, which give somebody more than 24 hours on one day."""
    return settle(
        entries,
        long,
        context,
        code="day_over_24_hours",
        key="day_over_24_hours",
        field_name=field_name,
        question=f"{len(long)} rows give a {who} more than 24 hours on one day. Keep or refuse them?",
        found=f"{len(long)} rows",
        expected=f"at most 24 hours a {who} and day",
        choices=[("keep", "They are imported as they stand."), ("refuse", "None of these rows is imported.")],
        proposal="refuse",
        effect=lambda entry, choice: entry if choice == "keep" else None,
    )
