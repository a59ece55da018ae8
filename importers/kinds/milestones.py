"""Milestones: parts of a line, or the release of retainage, that depend on evidence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from importers import values
from importers.columns import CONTRACT, Column
from importers.entries import Entry, Kind
from importers.rules import RowFlaws, Rules


class PlannedMilestone(Entry):
    """One milestone, called by its title within the contract. Without a line it serves the close-out."""

    title: str
    item_no: str | None = None
    amount: Decimal
    planned_on: date | None = None
    close_out: bool = False


COLUMNS = (
    CONTRACT,
    Column("title", "Milestone, Milestone name, Name, Description, Deliverable", values.name),
    Column(
        "item_no",
        "Line, Line no, Item, Item number, SOV line, Phase, Phase no",
        values.identifier,
        required=False,
        title="Item number",
    ),
    Column("amount", "Value, Milestone amount, Fee, Price, Payment", values.amount),
    Column(
        "planned_on",
        "Planned, Planned date, Due date, Due, Target date, Date, Forecast date",
        values.day,
        required=False,
    ),
    Column("close_out", "Close-out, Closeout", values.yes_or_no, required=False),
)


def _build(row: Mapping[str, object]) -> PlannedMilestone | RowFlaws:
    known = {field: value for field, value in row.items() if value is not None}
    known.setdefault("close_out", row.get("item_no") is None)
    return PlannedMilestone.model_validate({**known, "external_id": str(row["title"])})


RULES = Rules(
    kind=Kind.milestones,
    columns=COLUMNS,
    build=_build,
    money=("amount",),
    amount=lambda entry: entry.amount,
    dates=("planned_on",),
    numbers=("amount",),
)
