"""Everything that is stored of an issued invoice, as a proof reads it: rows as they are, nothing computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Table, func, or_, select
from sqlalchemy.engine import RowMapping

from contracts_app.store import exchange, invoiced, retainage_before, taxes
from contracts_app.store.billing_tables import deposit_entry, issued_time
from contracts_app.store.cost_tables import issued_cost, issued_cost_line
from contracts_app.store.credit_tables import credit_note
from contracts_app.store.invoices import find, issued, lines_of
from contracts_app.store.tables import (
    approval,
    blob,
    certificate,
    document,
    issued_invoice,
    message,
    receivable,
    receivable_entry,
    reminder_item,
    retainage_entry,
    snapshot,
)


@dataclass(frozen=True)
class StoredInvoice:
    """The rows of one issued invoice.

    `before` are the certified lines of the application before it: where the retainage ledger stood when it
    was issued. `certificate` and `receivable` are None as long as there is none. `time` is the detail annex,
    `deposit` what was drawn for the invoice, `costs` and `cost_lines` what it billed of cost and fee,
    `tax` and its groups are by stage (issued, certified); `books` and `owed_in_books` are what it and its
    receivable were booked with, None in the books' own currency. `credit_note` is
    what credits the client.
    """

    draft: RowMapping
    issued: RowMapping
    snapshot: str | None
    approvals: Sequence[RowMapping]
    lines: Sequence[RowMapping]
    before: retainage_before.ByLine
    certificate: RowMapping | None
    certificate_lines: Sequence[RowMapping]
    retainage: Sequence[RowMapping]
    receivable: RowMapping | None
    receivable_entries: Sequence[RowMapping]
    time: Sequence[RowMapping]
    deposit: Sequence[RowMapping]
    costs: Sequence[RowMapping]
    cost_lines: Sequence[RowMapping]
    tax: Mapping[str, RowMapping]
    tax_groups: Mapping[str, Sequence[RowMapping]]
    books: RowMapping | None
    owed_in_books: RowMapping | None
    invoiced: Mapping[str, RowMapping]
    credit_note: RowMapping | None


@dataclass(frozen=True)
class StoredDocument:
    """A document's row, and the SHA-256 of the bytes that are stored for it (None: there are none)."""

    kind: str
    file_name: str
    sha256: str
    of_bytes: str | None


def issued_ids(connection: Connection, firm_id: UUID) -> Sequence[UUID]:
    """Every issued invoice of the firm, by number series and number."""
    return (
        connection.execute(
            select(issued_invoice.c.invoice_id)
            .where(issued_invoice.c.firm_id == firm_id)
            .order_by(issued_invoice.c.legal_entity_id, issued_invoice.c.series, issued_invoice.c.number)
        )
        .scalars()
        .all()
    )


def stored(connection: Connection, firm_id: UUID, invoice_id: UUID) -> StoredInvoice | None:
    """The rows of an issued invoice; None for one that was not issued or is not this firm's."""
    own, facts = find(connection, firm_id, invoice_id), issued(connection, firm_id, invoice_id)
    if own is None or facts is None:
        return None
    owed = _first(connection, firm_id, receivable, invoice_id)
    return StoredInvoice(
        draft=own,
        issued=facts,
        snapshot=connection.execute(
            select(snapshot.c.body).where(
                snapshot.c.firm_id == firm_id, snapshot.c.sha256 == facts["snapshot_sha256"]
            )
        ).scalar_one_or_none(),
        approvals=connection.execute(
            select(approval)
            .where(
                approval.c.firm_id == firm_id,
                approval.c.invoice_id == invoice_id,
                approval.c.decision == "approved",
            )
            .order_by(approval.c.at)
        )
        .mappings()
        .all(),
        lines=lines_of(connection, firm_id, invoice_id),
        before=retainage_before.of_issued(connection, firm_id, own),
        certificate=_first(connection, firm_id, certificate, invoice_id),
        certificate_lines=lines_of(connection, firm_id, invoice_id, certified=True),
        retainage=_all(connection, firm_id, retainage_entry, retainage_entry.c.invoice_id == invoice_id),
        receivable=owed,
        receivable_entries=_all(
            connection, firm_id, receivable_entry, receivable_entry.c.receivable_id == owed["id"]
        )
        if owed
        else (),
        time=_all(connection, firm_id, issued_time, issued_time.c.invoice_id == invoice_id),
        deposit=_all(connection, firm_id, deposit_entry, deposit_entry.c.invoice_id == invoice_id),
        costs=_all(connection, firm_id, issued_cost, issued_cost.c.invoice_id == invoice_id),
        cost_lines=_all(connection, firm_id, issued_cost_line, issued_cost_line.c.invoice_id == invoice_id),
        tax=taxes.kept(connection, firm_id, invoice_id),
        tax_groups=taxes.kept_groups(connection, firm_id, invoice_id),
        books=exchange.kept(connection, firm_id, invoice_id),
        owed_in_books=exchange.receivable_kept(connection, firm_id, invoice_id),
        invoiced=invoiced.kept(connection, firm_id, invoice_id),
        credit_note=_first(connection, firm_id, credit_note, invoice_id),
    )


def _first(connection: Connection, firm_id: UUID, table: Table, invoice_id: UUID) -> RowMapping | None:
    return (
        connection.execute(select(table).where(table.c.firm_id == firm_id, table.c.invoice_id == invoice_id))
        .mappings()
        .first()
    )


def _all(
    connection: Connection, firm_id: UUID, table: Table, condition: ColumnElement[bool]
) -> Sequence[RowMapping]:
    key = [column for column in table.primary_key if column.name != "firm_id"]
    rows = connection.execute(select(table).where(table.c.firm_id == firm_id, condition).order_by(*key))
    return rows.mappings().all()


def documents(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Sequence[StoredDocument]:
    """Documents about the invoice, the payments applied to it and the reminders that name it.

    The database hashes the bytes: a document does not leave it for that.
    """
    rows = connection.execute(
        select(
            document.c.kind,
            document.c.file_name,
            document.c.sha256,
            func.encode(func.sha256(blob.c.bytes), "hex").label("of_bytes"),
        )
        .outerjoin(blob, (blob.c.firm_id == document.c.firm_id) & (blob.c.sha256 == document.c.sha256))
        .where(document.c.firm_id == firm_id, _about(document, firm_id, invoice_id))
        .order_by(document.c.at, document.c.id)
    )
    return [StoredDocument(row.kind, row.file_name, row.sha256, row.of_bytes) for row in rows]


def letters(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Sequence[RowMapping]:
    """Messages about the invoice, the payments applied to it and the reminders that name it."""
    rows = connection.execute(
        select(message)
        .where(message.c.firm_id == firm_id, _about(message, firm_id, invoice_id))
        .order_by(message.c.queued_at, message.c.id)
    )
    return rows.mappings().all()


def _about(table: Table, firm_id: UUID, invoice_id: UUID) -> ColumnElement[bool]:
    owed = select(receivable.c.id).where(
        receivable.c.firm_id == firm_id, receivable.c.invoice_id == invoice_id
    )
    paid = select(receivable_entry.c.payment_id).where(
        receivable_entry.c.firm_id == firm_id,
        receivable_entry.c.receivable_id.in_(owed),
        receivable_entry.c.payment_id.is_not(None),
    )
    reminded = select(reminder_item.c.reminder_id).where(
        reminder_item.c.firm_id == firm_id, reminder_item.c.receivable_id.in_(owed)
    )
    return or_(
        table.c.invoice_id == invoice_id, table.c.payment_id.in_(paid), table.c.reminder_id.in_(reminded)
    )
