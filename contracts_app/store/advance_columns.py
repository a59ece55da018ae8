"""The advance payment of a contract to date, as issued and as certified."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import CheckConstraint, Column
from sqlalchemy.engine import RowMapping
from sqlalchemy.schema import SchemaItem

from contracts_app.domain.billing.advance_billed import NOTHING, Advanced
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.store.columns import MONEY


def advance_to_date() -> tuple[SchemaItem, ...]:
    """What is invoiced of the advance and recovered of it, this invoice included; no more than invoiced."""
    return (
        Column("advance_invoiced", MONEY, nullable=False, server_default="0"),
        Column("advance_recovered", MONEY, nullable=False, server_default="0"),
        CheckConstraint("0 <= advance_recovered AND advance_recovered <= advance_invoiced", name="advance"),
    )


def as_stored(figures: PayApplication) -> Mapping[str, Decimal]:
    """The columns of these figures."""
    advance = figures.advance or NOTHING
    return {"advance_invoiced": advance.invoiced, "advance_recovered": advance.recovered}


def as_read(row: RowMapping) -> Advanced | None:
    """The advance of a row; None where nothing was advanced."""
    if not row["advance_invoiced"]:
        return None
    return Advanced(invoiced=row["advance_invoiced"], recovered=row["advance_recovered"])
