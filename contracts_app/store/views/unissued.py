"""Drafts on their way to issue, many at once: what each says now, and the hash that an approval binds to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Connection, Select, func, select

from contracts_app.domain.approving.chain import Approver
from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.pay_application import Entry, Kind, PayApplication
from contracts_app.domain.billing.snapshot import Release, Snapshot
from contracts_app.domain.billing.stored_material import Backup
from contracts_app.domain.checking import checks
from contracts_app.domain.refusals import Refused
from contracts_app.domain.transitions import NOT_OUT
from contracts_app.store import claimed_time, submission
from contracts_app.store.billing_tables import billing_run_item
from contracts_app.store.capturing import Wanted, capture
from contracts_app.store.tables import client, contract, invoice, process
from contracts_app.store.views.waiting import approvers_of


@dataclass(frozen=True)
class Unissued:
    """A draft with the figures it has at this moment; amount and hash are of one and the same content.

    `trouble` says why it has none, or what must be mended before it can go on.
    """

    invoice_id: UUID
    kind: str
    application_no: int
    period_to: date
    state: str
    for_role: str | None
    """None while its process has not looked since the last change."""
    approvers: Sequence[Approver]
    """Who may take its open steps, while it is in review."""
    contract_id: UUID
    contract_number: str
    contract_title: str
    project_manager_id: UUID
    client: str
    amount: Decimal | None
    currency: str
    content_hash: str
    trouble: str


@dataclass(frozen=True)
class Named:
    """An invoice as a list of outcomes calls it."""

    kind: str
    application_no: int
    contract_number: str
    state: str


def stages(connection: Connection, firm_id: UUID, run_id: UUID | None) -> Mapping[str, int]:
    """How many drafts stand at each stage; of one run, or of the firm."""
    rows = connection.execute(
        _of_run(
            select(invoice.c.state, func.count().label("drafts")).where(
                invoice.c.firm_id == firm_id, invoice.c.state.in_(NOT_OUT)
            ),
            run_id,
        ).group_by(invoice.c.state)
    )
    found = {row.state: row.drafts for row in rows}
    return {stage: found.get(stage, 0) for stage in NOT_OUT}


def unissued(
    connection: Connection,
    firm_id: UUID,
    stage: str,
    *,
    run_id: UUID | None = None,
    start: int = 0,
    page: int = 100,
) -> tuple[Sequence[Unissued], bool]:
    """Drafts at a stage by contract number, a page of them, and whether there are more."""
    query = (
        select(
            invoice,
            contract.c.number,
            contract.c.title,
            contract.c.project_manager_id,
            contract.c.terms["currency"].astext.label("currency"),
            client.c.name.label("client"),
            process.c.for_role,
            process.c.approvers,
        )
        .join(contract, (contract.c.firm_id == invoice.c.firm_id) & (contract.c.id == invoice.c.contract_id))
        .join(client, (client.c.firm_id == contract.c.firm_id) & (client.c.id == contract.c.client_id))
        .outerjoin(
            process,
            (process.c.firm_id == invoice.c.firm_id)
            & (process.c.subject == "invoice")
            & (process.c.subject_id == invoice.c.id),
        )
        .where(invoice.c.firm_id == firm_id, invoice.c.state == stage)
        .order_by(contract.c.number, invoice.c.application_no, invoice.c.id)
        .offset(start)
        .limit(page + 1)
    )
    rows = connection.execute(_of_run(query, run_id)).all()
    snapshots = _snapshots(connection, firm_id, rows[:page])
    return [_unissued(connection, firm_id, row, snapshots[row.id]) for row in rows[:page]], len(rows) > page


def figures(
    connection: Connection, firm_id: UUID, ids: Collection[UUID]
) -> Mapping[UUID, PayApplication | None]:
    """What each of these drafts comes to now; None for one that must be mended first."""
    rows = connection.execute(
        select(invoice).where(
            invoice.c.firm_id == firm_id, invoice.c.id.in_(ids), invoice.c.state.in_(NOT_OUT)
        )
    ).all()
    return {key: _figures(one) for key, one in _snapshots(connection, firm_id, rows).items()}


def _figures(snapshot: Snapshot | ValidationError) -> PayApplication | None:
    try:
        return None if isinstance(snapshot, ValidationError) else drafting.draft(snapshot)
    except Refused:
        return None


def named(connection: Connection, firm_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, Named]:
    """What the invoices are called and where they stand now."""
    rows = connection.execute(
        select(invoice.c.id, invoice.c.kind, invoice.c.application_no, invoice.c.state, contract.c.number)
        .join(contract, (contract.c.firm_id == invoice.c.firm_id) & (contract.c.id == invoice.c.contract_id))
        .where(invoice.c.firm_id == firm_id, invoice.c.id.in_(ids))
    )
    return {row.id: Named(row.kind, row.application_no, row.number, row.state) for row in rows}


def _of_run(query: Select[Any], run_id: UUID | None) -> Select[Any]:
    if run_id is None:
        return query
    return query.where(
        select(billing_run_item.c.invoice_id)
        .where(
            billing_run_item.c.firm_id == invoice.c.firm_id,
            billing_run_item.c.invoice_id == invoice.c.id,
            billing_run_item.c.billing_run_id == run_id,
        )
        .exists()
    )


def _snapshots(
    connection: Connection, firm_id: UUID, rows: Sequence[Any]
) -> Mapping[UUID, Snapshot | ValidationError]:
    """What each draft is computed from; read together, since a contract has one draft in hand at a time."""
    wanted = [
        Wanted(
            contract_id=row.contract_id,
            kind=Kind(row.kind),
            application_no=row.application_no,
            period_to=row.period_to,
            entries=tuple(Entry.model_validate(entry) for entry in row.entries),
            releases=tuple(Release.model_validate(release) for release in row.releases),
            time=claimed_time.claimed(connection, firm_id, row.id),
            submission=row.submissions,
            backup=tuple(Backup.model_validate(part) for part in row.backup),
        )
        for row in rows
    ]
    try:
        captured = capture(connection, firm_id, wanted)
        return {row.id: captured[row.contract_id] for row in rows}
    except ValidationError as error:
        if len(rows) == 1:
            return {rows[0].id: error}
    # One of them cannot be read: that one alone goes without figures.
    return {row.id: _snapshots(connection, firm_id, [row])[row.id] for row in rows}


def _unissued(
    connection: Connection, firm_id: UUID, row: Any, snapshot: Snapshot | ValidationError
) -> Unissued:
    amount, content_hash, trouble = None, row.content_hash, ""
    unreadable = "What it is computed from cannot be read. Ask an administrator."
    try:
        if isinstance(snapshot, ValidationError):
            raise Refused("unreadable", unreadable)
        figures = drafting.draft(snapshot)
        amount, content_hash = figures.line8, drafting.content_hash(snapshot, figures)
        blocking = checks.blocking(submission.findings_of(connection, firm_id, row.id, snapshot))
        trouble = " ".join(f"{f'Line {f.item_no}: ' if f.item_no else ''}{f.sentence}" for f in blocking[:3])
    except Refused as refused:
        trouble = refused.sentence
    return Unissued(
        invoice_id=row.id,
        kind=row.kind,
        application_no=row.application_no,
        period_to=row.period_to,
        state=row.state,
        for_role=row.for_role,
        approvers=approvers_of(row),
        contract_id=row.contract_id,
        contract_number=row.number,
        contract_title=row.title,
        project_manager_id=row.project_manager_id,
        client=row.client,
        amount=amount,
        currency=row.currency or "",
        content_hash=content_hash,
        trouble=trouble,
    )
