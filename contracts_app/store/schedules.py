"""Writing schedules of values and change orders."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.recurring import RecurringTerms
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.billing.unit_price import UnitPrice, Variation
from contracts_app.domain.commands.agreement_commands import ScheduleRow
from contracts_app.domain.cost_plus.terms import CostPlusTerms
from contracts_app.domain.tax.contract_tax import LineTaxChoice
from contracts_app.store.billing_tables import time_entry
from contracts_app.store.cost_tables import job_cost
from contracts_app.store.opening_tables import opening_line
from contracts_app.store.tables import change_order as change_order_table
from contracts_app.store.tables import cost_entry, imported_row, milestone, progress_entry, sov_line


def columns(line: ScheduleRow) -> dict[str, Any]:
    """What a line says, apart from its item number, as the columns of its row."""
    priced, fee = line.unit_price, line.recurring
    band = priced.variation if priced else None
    return {
        "description": line.description,
        "scheduled_value": line.scheduled_value,
        "basis": line.basis.value,
        "not_to_exceed": line.not_to_exceed and line.basis is not Basis.unit_price,
        "retainage_rate": line.retainage_rate,
        "unit": priced.unit if priced else None,
        "unit_price": priced.price if priced else None,
        "estimated_quantity": priced.estimated_quantity if priced else None,
        "variation": band.model_dump(mode="json") if band else None,
        "recurring": fee.model_dump(mode="json") if fee else None,
        "cost_plus": line.cost_plus.model_dump(mode="json") if line.cost_plus else None,
        "tax": line.tax.model_dump(mode="json") if line.tax else None,
    }


def unit_price_of(row: RowMapping) -> UnitPrice | None:
    """What a row of the schedule says of its unit price; None for a line that has none."""
    if row["unit_price"] is None:
        return None
    return UnitPrice(
        unit=row["unit"],
        price=row["unit_price"],
        estimated_quantity=row["estimated_quantity"],
        variation=Variation.model_validate(row["variation"]) if row["variation"] else None,
    )


def recurring_of(row: RowMapping) -> RecurringTerms | None:
    """What a row of the schedule says of its fee per period; None for a line that has none."""
    return RecurringTerms.model_validate(row["recurring"]) if row["recurring"] else None


def cost_plus_of(row: RowMapping) -> CostPlusTerms | None:
    """What a row of the schedule says of its costs and fee; None for a line that is not billed at cost."""
    return CostPlusTerms.model_validate(row["cost_plus"]) if row["cost_plus"] else None


def tax_of(row: RowMapping) -> LineTaxChoice | None:
    """What a row of the schedule says of its tax; None for a line that is taxed as the contract says."""
    return LineTaxChoice.model_validate(row["tax"]) if row["tax"] else None


def uses(connection: Connection, firm_id: UUID, contract_id: UUID) -> Mapping[str, int]:
    """What refers to base lines of the schedule, apart from milestones, and in how many rows."""
    base = select(sov_line.c.id).where(
        sov_line.c.firm_id == firm_id,
        sov_line.c.contract_id == contract_id,
        sov_line.c.change_order_id.is_(None),
    )
    referring = {
        "progress": (progress_entry, progress_entry.c.sov_line_id),
        "cost": (cost_entry, cost_entry.c.sov_line_id),
        "time": (time_entry, time_entry.c.sov_line_id),
        "costs": (job_cost, job_cost.c.sov_line_id),
        "opening balances": (opening_line, opening_line.c.sov_line_id),
        "change orders": (change_order_table, change_order_table.c.raises_line_id),
    }
    found: dict[str, int] = {}
    for what, (table, line_id) in referring.items():
        count: int = connection.execute(
            select(func.count())
            .select_from(table)
            .where(table.c.firm_id == firm_id, table.c.contract_id == contract_id, line_id.in_(base))
        ).scalar_one()
        if count:
            found[what] = count
    return found


def base_lines(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[RowMapping]:
    """Id, item number, external id and position of each line that no change order brought."""
    return (
        connection.execute(
            select(sov_line.c.id, sov_line.c.item_no, sov_line.c.external_id, sov_line.c.position).where(
                sov_line.c.firm_id == firm_id,
                sov_line.c.contract_id == contract_id,
                sov_line.c.change_order_id.is_(None),
            )
        )
        .mappings()
        .all()
    )


def delete_milestone(connection: Connection, firm_id: UUID, milestone_id: UUID) -> None:
    """Delete a milestone; the database lets that be done only in set-up."""
    connection.execute(
        delete(milestone).where(milestone.c.firm_id == firm_id, milestone.c.id == milestone_id)
    )


def replace(
    connection: Connection,
    firm_id: UUID,
    contract_id: UUID,
    *,
    gone: Collection[UUID],
    kept: Mapping[UUID, Mapping[str, Any]],
    new: Sequence[Mapping[str, Any]],
) -> None:
    """Delete, change and add base lines; the database lets that be done only in set-up.

    What a file said of the lines that stay is no longer what they say, so they no longer cite it.
    """
    of_firm = sov_line.c.firm_id == firm_id
    connection.execute(delete(sov_line).where(of_firm, sov_line.c.id.in_(gone)))
    for line_id, said in kept.items():
        connection.execute(
            update(sov_line).where(of_firm, sov_line.c.id == line_id).values(import_id=None, **said)
        )
    # A file that brought the former lines may come again.
    connection.execute(
        delete(imported_row).where(
            imported_row.c.firm_id == firm_id,
            imported_row.c.contract_id == contract_id,
            imported_row.c.kind == "schedule_of_values",
        )
    )
    if new:
        of_contract = {"firm_id": firm_id, "contract_id": contract_id}
        connection.execute(insert(sov_line), [{**of_contract, **line} for line in new])


def change_order(connection: Connection, firm_id: UUID, contract_id: UUID, number: str) -> RowMapping | None:
    """The change order of this number."""
    return (
        connection.execute(
            select(change_order_table).where(
                change_order_table.c.firm_id == firm_id,
                change_order_table.c.contract_id == contract_id,
                change_order_table.c.number == number,
            )
        )
        .mappings()
        .first()
    )


def decide_order(connection: Connection, firm_id: UUID, order_id: UUID, **values: Any) -> None:
    """Note what became of a change order."""
    connection.execute(
        update(change_order_table)
        .where(change_order_table.c.firm_id == firm_id, change_order_table.c.id == order_id)
        .values(**values)
    )
