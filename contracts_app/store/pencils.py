"""Pencil copies of drafts: as they were shown to the client, and his remarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, exists, select, update
from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.transitions import NOT_OUT
from contracts_app.store.submission_tables import pencil_copy, pencil_remark
from contracts_app.store.tables import contract, invoice, person, snapshot, sov_line


@dataclass(frozen=True)
class Remark:
    """A remark of the client; `item_no` is None for one on the whole."""

    line_id: UUID | None
    item_no: str | None
    remark: str
    by: str
    on: date


@dataclass(frozen=True)
class Shared:
    """A pencil copy: which content it shows, who showed it when, and what came back."""

    id: UUID
    invoice_id: UUID
    content_hash: str
    shared_by: str
    shared_on: date
    document_id: UUID | None
    remarks: Sequence[Remark]


@dataclass(frozen=True)
class ForClient:
    """A draft that its client was shown and that is not submitted yet."""

    invoice_id: UUID
    application_no: int
    period_to: date
    contract_number: str
    contract_title: str
    shared_on: date


def last(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Shared | None:
    """The last copy of a draft that was shown; None where there was none."""
    row = (
        connection.execute(
            select(pencil_copy, person.c.name)
            .join(
                person,
                (person.c.firm_id == pencil_copy.c.firm_id) & (person.c.id == pencil_copy.c.shared_by),
            )
            .where(pencil_copy.c.firm_id == firm_id, pencil_copy.c.invoice_id == invoice_id)
            .order_by(pencil_copy.c.at.desc())
            .limit(1)
        )
        .mappings()
        .first()
    )
    if row is None:
        return None
    return Shared(
        row["id"],
        invoice_id,
        row["content_hash"],
        row["name"],
        row["shared_on"],
        row["document_id"],
        _remarks(connection, firm_id, row["id"]),
    )


def _remarks(connection: Connection, firm_id: UUID, pencil_id: UUID) -> Sequence[Remark]:
    rows = connection.execute(
        select(pencil_remark, sov_line.c.item_no, person.c.name)
        .join(
            person,
            (person.c.firm_id == pencil_remark.c.firm_id) & (person.c.id == pencil_remark.c.person_id),
        )
        .outerjoin(
            sov_line,
            (sov_line.c.firm_id == pencil_remark.c.firm_id) & (sov_line.c.id == pencil_remark.c.sov_line_id),
        )
        .where(pencil_remark.c.firm_id == firm_id, pencil_remark.c.pencil_id == pencil_id)
        .order_by(pencil_remark.c.at, sov_line.c.position)
    )
    return [Remark(row.sov_line_id, row.item_no, row.remark, row.name, row.remarked_on) for row in rows]


def shown(connection: Connection, firm_id: UUID, pencil_id: UUID) -> Snapshot:
    """What a copy was computed from. Raises sqlalchemy's NoResultFound when there is none."""
    body = connection.execute(
        select(snapshot.c.body)
        .join(
            pencil_copy,
            (pencil_copy.c.firm_id == snapshot.c.firm_id)
            & (pencil_copy.c.snapshot_sha256 == snapshot.c.sha256),
        )
        .where(pencil_copy.c.firm_id == firm_id, pencil_copy.c.id == pencil_id)
    ).scalar_one()
    return Snapshot.model_validate_json(body)


def without_paper(connection: Connection, firm_id: UUID, invoice_id: UUID) -> RowMapping | None:
    """The oldest copy of a draft whose paper is still to be made."""
    return (
        connection.execute(
            select(pencil_copy)
            .where(
                pencil_copy.c.firm_id == firm_id,
                pencil_copy.c.invoice_id == invoice_id,
                pencil_copy.c.document_id.is_(None),
            )
            .order_by(pencil_copy.c.at)
            .limit(1)
        )
        .mappings()
        .first()
    )


def note_paper(connection: Connection, firm_id: UUID, pencil_id: UUID, document_id: UUID) -> None:
    """Remember the paper that was made of a copy."""
    connection.execute(
        update(pencil_copy)
        .where(pencil_copy.c.firm_id == firm_id, pencil_copy.c.id == pencil_id)
        .values(document_id=document_id)
    )


def of_client(connection: Connection, firm_id: UUID, client_id: UUID) -> Sequence[ForClient]:
    """The drafts that a client was shown and that are not submitted yet, newest first."""
    rows = connection.execute(
        select(
            invoice.c.id,
            invoice.c.application_no,
            invoice.c.period_to,
            contract.c.number,
            contract.c.title,
            select(pencil_copy.c.shared_on)
            .where(pencil_copy.c.firm_id == firm_id, pencil_copy.c.invoice_id == invoice.c.id)
            .order_by(pencil_copy.c.at.desc())
            .limit(1)
            .scalar_subquery()
            .label("shared_on"),
        )
        .join(contract, (contract.c.firm_id == invoice.c.firm_id) & (contract.c.id == invoice.c.contract_id))
        .where(
            invoice.c.firm_id == firm_id,
            contract.c.client_id == client_id,
            invoice.c.state.in_([state.value for state in NOT_OUT]),
            exists().where(pencil_copy.c.firm_id == firm_id, pencil_copy.c.invoice_id == invoice.c.id),
        )
        .order_by(contract.c.number, invoice.c.application_no)
    )
    return [ForClient(*row) for row in rows]
