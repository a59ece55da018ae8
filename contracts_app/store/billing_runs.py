"""Billing runs: which contracts each is for, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, Select, Table, func, insert, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.billing_runs import RunState
from contracts_app.store.billing_tables import billing_run, billing_run_contract, billing_run_item
from contracts_app.store.tables import audit_entry, contract, invoice, person, process
from contracts_app.store.transaction import Transaction


def find(connection: Connection, firm_id: UUID, run_id: UUID) -> RowMapping | None:
    """The run's row."""
    return (
        connection.execute(
            select(billing_run).where(billing_run.c.firm_id == firm_id, billing_run.c.id == run_id)
        )
        .mappings()
        .first()
    )


def going_on(connection: Connection, firm_id: UUID) -> RowMapping | None:
    """The run that is not done yet: `period_to`, `started_by` (a name, None for the system), how many
    `contracts` it is for and of how many it is `done`."""
    done = (
        select(func.count())
        .where(billing_run_item.c.firm_id == firm_id, billing_run_item.c.billing_run_id == billing_run.c.id)
        .scalar_subquery()
    )
    return (
        connection.execute(
            select(
                billing_run.c.id,
                billing_run.c.period_to,
                billing_run.c.contracts,
                person.c.name.label("started_by"),
                done.label("done"),
            )
            .outerjoin(
                person,
                (person.c.firm_id == billing_run.c.firm_id) & (person.c.id == billing_run.c.started_by),
            )
            .where(billing_run.c.firm_id == firm_id, billing_run.c.state == RunState.running.value)
        )
        .mappings()
        .first()
    )


def open_run(tx: Transaction, run_id: UUID, period_to: date) -> bool:
    """Write a run with the contracts that are due now: those in force that are billed by runs.

    False when another run of the firm is going on. One that is being started at this moment is waited for.
    """
    due = (
        tx.connection.execute(
            select(contract.c.id).where(
                contract.c.firm_id == tx.firm_id,
                contract.c.state == "active",
                contract.c.terms["billed_by_run"].astext == "true",
            )
        )
        .scalars()
        .all()
    )
    values = {
        "id": run_id,
        "period_to": period_to,
        "started_by": tx.by,
        "state": RunState.running.value,
        "contracts": len(due),
    }
    written = tx.connection.execute(
        postgresql.insert(billing_run)
        .values(firm_id=tx.firm_id, **values)
        .on_conflict_do_nothing(
            index_elements=[billing_run.c.firm_id],
            index_where=billing_run.c.state == text(f"'{RunState.running.value}'"),
        )
        .returning(billing_run.c.id)
    ).first()
    if written is None:
        return False
    if due:
        tx.connection.execute(
            insert(billing_run_contract),
            [
                {"firm_id": tx.firm_id, "billing_run_id": run_id, "contract_id": contract_id}
                for contract_id in due
            ],
        )
    tx.record("billing_run", run_id, 1, "start_billing_run", None, RunState.running.value, {}, values)
    return True


def _left(firm_id: UUID, run_id: UUID) -> Select[Any]:
    """Contracts of a run that have no outcome yet."""
    return select(billing_run_contract.c.contract_id).where(
        billing_run_contract.c.firm_id == firm_id,
        billing_run_contract.c.billing_run_id == run_id,
        ~select(billing_run_item.c.contract_id)
        .where(
            billing_run_item.c.firm_id == billing_run_contract.c.firm_id,
            billing_run_item.c.billing_run_id == billing_run_contract.c.billing_run_id,
            billing_run_item.c.contract_id == billing_run_contract.c.contract_id,
        )
        .exists(),
    )


def left_count(connection: Connection, firm_id: UUID, run_id: UUID) -> int:
    """How many contracts the run still has before it."""
    count: int = connection.execute(
        select(func.count()).select_from(_left(firm_id, run_id).subquery())
    ).scalar_one()
    return count


def left(connection: Connection, firm_id: UUID, run_id: UUID, at_most: int) -> Sequence[UUID]:
    """The next contracts of the run, in one order."""
    return (
        connection.execute(_left(firm_id, run_id).order_by(billing_run_contract.c.contract_id).limit(at_most))
        .scalars()
        .all()
    )


def lock_left(
    connection: Connection, firm_id: UUID, run_id: UUID, contract_ids: Sequence[UUID]
) -> Sequence[RowMapping]:
    """Those of these contracts that have no outcome yet, locked in one order."""
    return (
        connection.execute(
            select(contract)
            .where(
                contract.c.firm_id == firm_id,
                contract.c.id.in_(_left(firm_id, run_id)),
                contract.c.id.in_(contract_ids),
            )
            .order_by(contract.c.id)
            .with_for_update(of=contract, key_share=True)
        )
        .mappings()
        .all()
    )


def is_told(connection: Connection, firm_id: UUID, name: str, action: str) -> bool:
    """Whether the audit tells of this action on the process of this name."""
    return (
        connection.execute(
            select(audit_entry.c.seq)
            .where(
                audit_entry.c.firm_id == firm_id,
                audit_entry.c.about == name,
                audit_entry.c.body.contains(f'"{action}"', autoescape=True),
            )
            .limit(1)
        ).first()
        is not None
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
