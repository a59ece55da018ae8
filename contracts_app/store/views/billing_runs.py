"""Billing runs as people see them: how far one is, and what became of each contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, func, select

from contracts_app.domain.billing.billing_runs import RunOutcome, RunState
from contracts_app.store.billing_tables import billing_run, billing_run_item
from contracts_app.store.tables import client, contract, invoice, issued_invoice, person


@dataclass(frozen=True)
class Run:
    """A billing run; `done` contracts of `total` have their outcome. `started_by` is None for the system."""

    id: UUID
    period_to: date
    state: str
    started_by: str | None
    started_at: datetime
    ended_at: datetime | None
    done: int
    total: int
    drafted: int
    nothing_to_bill: int
    blocked: int

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return self.state == RunState.running.value


@dataclass(frozen=True)
class Item:
    """What became of one contract. `amount` is what the draft came to; the invoice may have changed since."""

    contract_id: UUID
    contract_number: str
    contract_title: str
    client: str
    outcome: str
    sentence: str
    invoice_id: UUID | None
    invoice_state: str | None
    invoice_number: str | None
    amount: Decimal | None
    currency: str


@dataclass(frozen=True)
class Reason:
    """How many contracts heard the same sentence."""

    outcome: str
    sentence: str
    contracts: int


def runs(connection: Connection, firm_id: UUID) -> Sequence[Run]:
    """Every run of the firm, newest first."""
    return _runs(connection, firm_id, _query(firm_id))


def find(connection: Connection, firm_id: UUID, run_id: UUID) -> Run | None:
    """One run."""
    found = _runs(connection, firm_id, _query(firm_id).where(billing_run.c.id == run_id))
    return found[0] if found else None


def _query(firm_id: UUID) -> Select[Any]:
    return (
        select(billing_run, person.c.name)
        .outerjoin(
            person,
            (person.c.firm_id == billing_run.c.firm_id) & (person.c.id == billing_run.c.started_by),
        )
        .where(billing_run.c.firm_id == firm_id)
        .order_by(billing_run.c.started_at.desc(), billing_run.c.id)
    )


def _runs(connection: Connection, firm_id: UUID, query: Select[Any]) -> Sequence[Run]:
    rows = connection.execute(query).all()
    counts = _counts(connection, firm_id, [row.id for row in rows])
    return [_run(row, counts.get(row.id, {})) for row in rows]


def _counts(
    connection: Connection, firm_id: UUID, run_ids: Sequence[UUID]
) -> Mapping[UUID, Mapping[str, int]]:
    rows = connection.execute(
        select(billing_run_item.c.billing_run_id, billing_run_item.c.outcome, func.count().label("contracts"))
        .where(billing_run_item.c.firm_id == firm_id, billing_run_item.c.billing_run_id.in_(run_ids))
        .group_by(billing_run_item.c.billing_run_id, billing_run_item.c.outcome)
    )
    counts: dict[UUID, dict[str, int]] = {}
    for row in rows:
        counts.setdefault(row.billing_run_id, {})[row.outcome] = row.contracts
    return counts


def _run(row: Any, counts: Mapping[str, int]) -> Run:
    return Run(
        id=row.id,
        period_to=row.period_to,
        state=row.state,
        started_by=row.name,
        started_at=row.started_at,
        ended_at=row.ended_at,
        done=sum(counts.values()),
        total=row.contracts,
        **{outcome.value: counts.get(outcome.value, 0) for outcome in RunOutcome},
    )


def items(
    connection: Connection,
    firm_id: UUID,
    run_id: UUID,
    *,
    outcome: RunOutcome | None = None,
    sentence: str | None = None,
    start: int = 0,
    page: int = 100,
) -> tuple[Sequence[Item], bool]:
    """Outcomes by contract number, a page of them, and whether there are more."""
    query = (
        select(
            billing_run_item,
            contract.c.number,
            contract.c.title,
            contract.c.terms["currency"].astext.label("currency"),
            client.c.name.label("client"),
            invoice.c.state,
            issued_invoice.c.number_text,
        )
        .join(
            contract,
            (contract.c.firm_id == billing_run_item.c.firm_id)
            & (contract.c.id == billing_run_item.c.contract_id),
        )
        .join(client, (client.c.firm_id == contract.c.firm_id) & (client.c.id == contract.c.client_id))
        .outerjoin(
            invoice,
            (invoice.c.firm_id == billing_run_item.c.firm_id)
            & (invoice.c.id == billing_run_item.c.invoice_id),
        )
        .outerjoin(
            issued_invoice,
            (issued_invoice.c.firm_id == billing_run_item.c.firm_id)
            & (issued_invoice.c.invoice_id == billing_run_item.c.invoice_id),
        )
        .where(billing_run_item.c.firm_id == firm_id, billing_run_item.c.billing_run_id == run_id)
        .order_by(contract.c.number, contract.c.id)
        .offset(start)
        .limit(page + 1)
    )
    if outcome is not None:
        query = query.where(billing_run_item.c.outcome == outcome.value)
    if sentence is not None:
        query = query.where(billing_run_item.c.sentence == sentence)
    rows = connection.execute(query).all()
    found = [
        Item(
            contract_id=row.contract_id,
            contract_number=row.number,
            contract_title=row.title,
            client=row.client,
            outcome=row.outcome,
            sentence=row.sentence,
            invoice_id=row.invoice_id,
            invoice_state=row.state,
            invoice_number=row.number_text,
            amount=row.amount,
            currency=row.currency or "",
        )
        for row in rows[:page]
    ]
    return found, len(rows) > page


def reasons(connection: Connection, firm_id: UUID, run_id: UUID, most: int = 50) -> Sequence[Reason]:
    """Why contracts were not drafted, the most frequent first."""
    contracts = func.count().label("contracts")
    rows = connection.execute(
        select(billing_run_item.c.outcome, billing_run_item.c.sentence, contracts)
        .where(
            billing_run_item.c.firm_id == firm_id,
            billing_run_item.c.billing_run_id == run_id,
            billing_run_item.c.outcome != RunOutcome.drafted.value,
        )
        .group_by(billing_run_item.c.outcome, billing_run_item.c.sentence)
        .order_by(contracts.desc(), billing_run_item.c.outcome, billing_run_item.c.sentence)
        .limit(most)
    )
    return [Reason(row.outcome, row.sentence, row.contracts) for row in rows]
