"""Rate cards: prices of an hour by person, role, project and class of overtime, with the days they hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from pydantic import ValidationError

from contracts_app.domain.time.rate_card import RateRow
from importers import values
from importers.columns import CONTRACT, Column
from importers.entries import Entry, Kind
from importers.rules import RowFlaws, Rules
from importers.values import Flaw


class Rate(Entry):
    """One price per hour, for work from `effective_from` up to the day before `effective_to`."""

    person: str | None = None
    role: str | None = None
    rate: Decimal
    effective_from: date
    effective_to: date | None = None
    project: str | None = None
    overtime: str | None = None
    multiplier: Decimal | None = None
    pay: Decimal | None = None

    @property
    def row(self) -> RateRow:
        """The row as the contract keeps it."""
        return RateRow.model_validate({name: getattr(self, name) for name in RateRow.model_fields})


COLUMNS = (
    CONTRACT,
    Column(
        "person",
        "Employee, Employee name, Name, Staff, Resource, Worker, Consultant, Person name",
        values.name,
        required=False,
    ),
    Column(
        "role",
        "Title, Classification, Labor category, Labour category, Category, Job title, Position, Grade",
        values.name,
        required=False,
    ),
    Column(
        "rate",
        "Hourly rate, Billing rate, Bill rate, Billable rate, Rate per hour, Price, Amount",
        values.quantity,
    ),
    Column(
        "effective_from",
        "Effective, Effective date, From, Valid from, Start date, Start, Begin",
        values.day,
        title="Effective from",
    ),
    Column(
        "effective_to",
        "Effective until, To, Valid to, Until, End date, End, Expires",
        values.day,
        required=False,
        title="Effective to",
    ),
    Column("project", "Rate project, Project name, Task, Phase", values.name, required=False),
    Column("overtime", "Overtime class, Hour type, Pay code, Type of hours", values.name, required=False),
    Column("multiplier", "Direct labor multiplier, Factor", values.quantity, required=False),
    Column("pay", "Pay rate, Cost rate, Wage", values.quantity, required=False),
)


def _build(row: Mapping[str, object]) -> Rate | RowFlaws:
    known = {field: value for field, value in row.items() if value is not None}
    parts = [str(known.get(part, "")) for part in ("project", "overtime", "person", "role")]
    named = "/".join((*parts, str(row["effective_from"])))
    entry = Rate.model_validate({**known, "external_id": named})
    try:
        _ = entry.row
    except ValidationError as error:
        said = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        return [("rate", Flaw("rate_wrong", said, "Correct the row."))]
    return entry


RULES = Rules(
    kind=Kind.rate_cards,
    columns=COLUMNS,
    build=_build,
    dates=("effective_from", "effective_to"),
    numbers=("rate", "multiplier", "pay"),
)
