"""The firm's holidays: they are no business days (docs/SPEC-business-time.md)."""

from __future__ import annotations

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.holiday_commands import SetHolidays
from contracts_app.domain.refusals import wrong_content
from contracts_app.services import people
from contracts_app.store import holidays
from contracts_app.store.holiday_tables import holiday
from contracts_app.store.transaction import Transaction


def set_holidays(tx: Transaction, body: SetHolidays) -> Outcome:
    """Replace the holidays of a year. Raises Refused for a day of another year, and one named twice."""
    year, days = int(body.year), [one.day for one in body.holidays]
    for number, day in enumerate(days, start=1):
        if day.year != year:
            raise wrong_content("other_year", f"Line {number}: {day} is not in {body.year}.")
        if day in days[: number - 1]:
            raise wrong_content("named_twice", f"Line {number}: {day} is there already.")
    before = [row for row in holidays.every(tx.connection, tx.firm_id) if row["day"].year == year]
    if [(row["day"], row["name"]) for row in before] == sorted((one.day, one.name) for one in body.holidays):
        raise wrong_content("nothing_to_change", f"These are the holidays of {body.year} already.")
    holidays.remove(tx, [row["day"] for row in before])
    for one in body.holidays:
        tx.insert(holiday, day=one.day, name=one.name, entered_by=people.actor(tx).id)
    tx.record(
        "firm_holidays",
        body.year,
        0,
        body.command,
        None,
        None,
        {"holidays": [f"{row['day']} {row['name']}" for row in before]},
        {"holidays": [f"{one.day} {one.name}" for one in sorted(body.holidays, key=lambda one: one.day)]},
    )
    return Outcome(done=True, result={"year": body.year, "holidays": len(body.holidays)})
