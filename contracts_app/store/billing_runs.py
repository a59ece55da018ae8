"""Billing runs: which contracts are due, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, Select, Table, func, insert, select, text
from sqlalchemy.engine import RowMapping

from contracts_app.store.billing_tables import billing_run, billing_run_item
from contracts_app.store.tables import contract, invoice, process


def find(connection: Connection, firm_id: UUID, run_id: UUID) -> RowMapping | None:
    """The run's row."""
    return (
        connection.execute(
            select(billing_run).where(billing_run.c.firm_id == firm_id, billing_run.c.id == run_id)
        )
        .mappings()
        .first()
    )


def running(connection: Connection, firm_id: UUID) -> RowMapping | None:
    """The run that is not done yet."""
    return (
        connection.execute(
            select(billing_run).where(billing_run.c.firm_id == firm_id, billing_run.c.state == "running")
        )
        .mappings()
        .first()
    )


def _due(firm_id: UUID, run_id: UUID) -> Select[Any]:
    """Contracts in force that are billed by runs and of which this run has made nothing yet."""
    return select(contract).where(
        contract.c.firm_id == firm_id,
        contract.c.state == "active",
        contract.c.terms["billed_by_run"].astext == "true",
        ~select(billing_run_item.c.contract_id)
        .where(
            billing_run_item.c.firm_id == contract.c.firm_id,
            billing_run_item.c.contract_id == contract.c.id,
            billing_run_item.c.billing_run_id == run_id,
        )
        .exists(),
    )


def due_count(connection: Connection, firm_id: UUID, run_id: UUID) -> int:
    """How many contracts the run still has before it."""
    count: int = connection.execute(
        select(func.count()).select_from(_due(firm_id, run_id).subquery())
    ).scalar_one()
    return count


def next_due(connection: Connection, firm_id: UUID, run_id: UUID, at_most: int) -> Sequence[RowMapping]:
    """The next contracts of the run, locked in one order."""
    return (
        connection.execute(
            _due(firm_id, run_id)
            .order_by(contract.c.id)
            .limit(at_most)
            .with_for_update(of=contract, key_share=True)
        )
        .mappings()
        .all()
    )


def add_items(
    connection: Connection, firm_id: UUID, run_id: UUID, items: Sequence[Mapping[str, Any]]
) -> None:
    """Note what became of contracts."""
    if items:
        connection.execute(
            insert(billing_run_item),
            [{"firm_id": firm_id, "billing_run_id": run_id, **item} for item in items],
        )


def outcomes(connection: Connection, firm_id: UUID, run_id: UUID) -> Mapping[str, int]:
    """How many contracts had which outcome."""
    rows = connection.execute(
        select(billing_run_item.c.outcome, func.count().label("contracts"))
        .where(billing_run_item.c.firm_id == firm_id, billing_run_item.c.billing_run_id == run_id)
        .group_by(billing_run_item.c.outcome)
    )
    return {row.outcome: row.contracts for row in rows}


def behind(connection: Connection, firm_id: UUID, run_id: UUID) -> Sequence[tuple[str, UUID]]:
    """Processes that have not seen yet what a run drafted, subject and id: drafts and their contracts."""
    drafted = (
        billing_run_item.c.firm_id == firm_id,
        billing_run_item.c.billing_run_id == run_id,
        billing_run_item.c.invoice_id.is_not(None),
    )
    rows = connection.execute(
        select(process.c.subject, process.c.subject_id)
        .join_from(billing_run_item, invoice, _same_firm(invoice, billing_run_item.c.invoice_id))
        .join(process, _carries("invoice", invoice))
        .where(*drafted, process.c.started_at.is_(None))
        .union_all(
            select(process.c.subject, process.c.subject_id)
            .join_from(billing_run_item, contract, _same_firm(contract, billing_run_item.c.contract_id))
            .join(process, _carries("contract", contract))
            .where(*drafted, process.c.seen_version.is_distinct_from(contract.c.version))
        )
    )
    return [(row.subject, row.subject_id) for row in rows]


def _same_firm(table: Table, record_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    return (table.c.firm_id == billing_run_item.c.firm_id) & (table.c.id == record_id)


def _carries(subject: str, table: Table) -> ColumnElement[bool]:
    return (
        (process.c.firm_id == table.c.firm_id)
        & (process.c.subject == subject)
        & (process.c.subject_id == table.c.id)
        & process.c.finished_at.is_(None)
    )


def live_firms_without_run(engine: Engine, period_to: date) -> Sequence[UUID]:
    """Live firms with contracts billed by runs that have no run for this period, over all firms."""
    with engine.connect() as connection:
        return (
            connection.execute(
                text("SELECT firm_id FROM firms_without_run(:period_to)"), {"period_to": period_to}
            )
            .scalars()
            .all()
        )
