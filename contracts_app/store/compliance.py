"""What contracts require of papers, the papers on file, and the exceptions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.engine import RowMapping

from contracts_app.domain.compliance.papers import Blocks, GrantedException, Paper, Requirement
from contracts_app.store import client_orders
from contracts_app.store.compliance_tables import (
    compliance_exception,
    compliance_paper,
    compliance_requirement,
)
from contracts_app.store.tables import blob, person


def required(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[Requirement]:
    """What the contract requires, in the order in which it was said."""
    of = compliance_requirement
    rows = connection.execute(
        select(of.c.id, of.c.kind, of.c.of_whom, of.c.blocks, of.c.from_on)
        .where(of.c.firm_id == firm_id, of.c.contract_id == contract_id, of.c.state == "required")
        .order_by(of.c.required_at, of.c.id)
    ).mappings()
    return [Requirement.model_validate(dict(row)) for row in rows]


def requiring(
    connection: Connection, firm_id: UUID, contract_ids: Collection[UUID], blocks: Blocks
) -> Mapping[UUID, Sequence[Requirement]]:
    """Of these contracts those that require a paper before this, each with what it requires for it."""
    of = compliance_requirement
    having = connection.execute(
        select(of.c.contract_id)
        .where(
            of.c.firm_id == firm_id,
            of.c.contract_id.in_(contract_ids),
            of.c.blocks == blocks.value,
            of.c.state == "required",
        )
        .distinct()
    ).scalars()
    return {
        contract_id: [one for one in required(connection, firm_id, contract_id) if one.blocks is blocks]
        for contract_id in having.all()
    }


def on_file(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[Paper]:
    """The papers of the contract, its recorded purchase orders among them."""
    of = compliance_paper
    rows = connection.execute(
        select(of.c.kind, of.c.of_whom, of.c.valid_from, of.c.valid_to).where(
            of.c.firm_id == firm_id, of.c.contract_id == contract_id, of.c.state == "filed"
        )
    ).mappings()
    return [
        *(Paper.model_validate(dict(row)) for row in rows),
        *client_orders.as_papers(connection, firm_id, contract_id),
    ]


def exceptions(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[GrantedException]:
    """The exceptions that were granted, also those that have ended."""
    of = compliance_exception
    rows = connection.execute(
        select(of.c.requirement_id, of.c.until).where(
            of.c.firm_id == firm_id, of.c.contract_id == contract_id, of.c.state == "granted"
        )
    ).mappings()
    return [GrantedException.model_validate(dict(row)) for row in rows]


def asked(connection: Connection, firm_id: UUID, contract_id: UUID) -> frozenset[UUID]:
    """The requirements of the contract from which an exception is asked for and not decided."""
    of = compliance_exception
    rows = connection.execute(
        select(of.c.requirement_id).where(
            of.c.firm_id == firm_id, of.c.contract_id == contract_id, of.c.state == "asked"
        )
    )
    return frozenset(rows.scalars())


def begins_with(connection: Connection, firm_id: UUID, sha256: str) -> bytes | None:
    """The first bytes of a kept file; None where none has this hash."""
    return connection.execute(
        select(func.substr(blob.c.bytes, 1, 16)).where(blob.c.firm_id == firm_id, blob.c.sha256 == sha256)
    ).scalar_one_or_none()


def requirement_rows(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[RowMapping]:
    """Every requirement there ever was, with who entered and who ended it."""
    return _told(
        connection, firm_id, contract_id, compliance_requirement, "required_by", "ended_by", "required_at"
    )


def paper_rows(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[RowMapping]:
    """Every paper that was filed, with who filed it."""
    return _told(connection, firm_id, contract_id, compliance_paper, "filed_by", "filed_by", "filed_at")


def exception_rows(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[RowMapping]:
    """Every exception, with who asked and who decided."""
    return _told(connection, firm_id, contract_id, compliance_exception, "asked_by", "decided_by", "asked_at")


def _told(
    connection: Connection, firm_id: UUID, contract_id: UUID, of: Table, first: str, last: str, at: str
) -> Sequence[RowMapping]:
    began, ended = person.alias(), person.alias()
    statement: Any = (
        select(of, began.c.name.label("begun_name"), ended.c.name.label("ended_name"))
        .join(began, (began.c.firm_id == of.c.firm_id) & (began.c.id == of.c[first]))
        .outerjoin(ended, (ended.c.firm_id == of.c.firm_id) & (ended.c.id == of.c[last]))
        .where(of.c.firm_id == firm_id, of.c.contract_id == contract_id)
        .order_by(of.c[at], of.c.id)
    )
    return connection.execute(statement).mappings().all()
