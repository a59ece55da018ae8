"""Finished documents: each about one invoice, payment or reminder; the bytes lie with the imported files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.pay_application import Kind
from contracts_app.store import imports
from contracts_app.store.tables import document
from contracts_app.store.transaction import Transaction


def get(connection: Connection, firm_id: UUID, document_id: UUID) -> RowMapping:
    """The document's row. Raises sqlalchemy's NoResultFound when there is none."""
    return (
        connection.execute(
            select(document).where(document.c.firm_id == firm_id, document.c.id == document_id)
        )
        .mappings()
        .one()
    )


def about(connection: Connection, firm_id: UUID, **thing: UUID) -> Sequence[RowMapping]:
    """Documents about one invoice, payment or reminder (`invoice_id=…`), oldest first."""
    query = select(document).where(document.c.firm_id == firm_id).order_by(document.c.at, document.c.kind)
    for name, value in thing.items():
        query = query.where(document.c[name] == value)
    return connection.execute(query).mappings().all()


def made(connection: Connection, firm_id: UUID, invoice_id: UUID) -> bool:
    """Whether the papers of an issued invoice are there; a copy of its draft is none of them."""
    own = select(document.c.id).where(
        document.c.firm_id == firm_id,
        document.c.invoice_id == invoice_id,
        document.c.kind.in_([kind.value for kind in Kind]),
    )
    return connection.execute(own.limit(1)).first() is not None


def keep(
    tx: Transaction, *, kind: str, file_name: str, media_type: str, data: bytes, made_by: str, **about: Any
) -> UUID:
    """Store a finished document, once per thing and kind; returns its id."""
    document_id = tx.new_id("document", kind, *sorted(str(value) for value in about.values()))
    sha256 = imports.keep_bytes(tx.connection, tx.firm_id, data)
    tx.insert(
        document,
        id=document_id,
        kind=kind,
        file_name=file_name,
        media_type=media_type,
        sha256=sha256,
        made_by=made_by,
        **about,
    )
    after = {"kind": kind, "file_name": file_name, "sha256": sha256}
    tx.record("document", document_id, 0, "make_document", None, None, {}, after)
    return document_id
