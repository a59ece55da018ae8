"""What a person names: a firm, or a record by its number, its client's name or `invoice/6f…`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, func, select, text

from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.refusals import Refused, not_found
from contracts_app.store.group_tables import group_invoice
from contracts_app.store.tables import client, contract, import_file, invoice, issued_invoice


@dataclass(frozen=True)
class Named:
    """A record that has a process, with its state and version."""

    subject: Subject
    id: UUID
    title: str
    state: str
    version: int

    @property
    def name(self) -> str:
        """The record by its id, as `find` takes it."""
        return f"{self.subject.value}/{self.id}"


def firms(connection: Connection) -> Mapping[UUID, str]:
    """Every firm of the installation with its name; seen without a firm's own transaction."""
    rows = connection.execute(text("SELECT id, name FROM every_firm()"))
    return {row.id: row.name for row in rows}


def find(connection: Connection, firm_id: UUID, said: str) -> Named:
    """The record that is meant by a contract number, an invoice number, a client's name or `subject/id`.

    Raises Refused: 404 when there is none, `ambiguous` (with the ids) when it is more than one.
    """
    found = _by_id(connection, firm_id, said) or [
        *_contracts(connection, firm_id, contract.c.number == said),
        *_invoices(connection, firm_id, issued_invoice.c.number_text == said),
        *_invoices(connection, firm_id, invoice.c.id.in_(_carriers(firm_id, said))),
        *_clients(connection, firm_id, func.lower(client.c.name) == said.lower()),
    ]
    if not found:
        raise not_found("contract, invoice, import or client")
    if len(found) > 1:
        names = ", ".join(f"{one.title} ({one.name})" for one in found)
        raise Refused("ambiguous", f"That can be more than one thing: {names}. Name it by its id.")
    return found[0]


def _by_id(connection: Connection, firm_id: UUID, said: str) -> Sequence[Named]:
    subject, _, given = said.partition("/")
    try:
        record_id = UUID(given)
    except ValueError:
        return ()  # a number with a slash in it
    match subject:
        case Subject.contract:
            return _contracts(connection, firm_id, contract.c.id == record_id)
        case Subject.invoice:
            return _invoices(connection, firm_id, invoice.c.id == record_id)
        case Subject.importing:
            return _imports(connection, firm_id, import_file.c.id == record_id)
        case Subject.follow_up:
            return _clients(connection, firm_id, client.c.id == record_id)
    return ()


def _contracts(connection: Connection, firm_id: UUID, which: ColumnElement[bool]) -> Sequence[Named]:
    rows = connection.execute(select(contract).where(contract.c.firm_id == firm_id, which))
    return [
        Named(Subject.contract, row.id, f"Contract {row.number}, {row.title}", row.state, row.version)
        for row in rows
    ]


def _invoices(connection: Connection, firm_id: UUID, which: ColumnElement[bool]) -> Sequence[Named]:
    query: Select[Any] = (
        select(invoice, contract.c.number, issued_invoice.c.number_text)
        .join(contract, (contract.c.firm_id == invoice.c.firm_id) & (contract.c.id == invoice.c.contract_id))
        .outerjoin(
            issued_invoice,
            (issued_invoice.c.firm_id == invoice.c.firm_id) & (issued_invoice.c.invoice_id == invoice.c.id),
        )
        .where(invoice.c.firm_id == firm_id, which)
    )
    return [
        Named(
            Subject.invoice,
            row.id,
            f"{f'{row.number_text}, ' if row.number_text else ''}"
            f"{Kind(row.kind).numbered(row.application_no)} of contract {row.number}",
            row.state,
            row.version,
        )
        for row in connection.execute(query)
    ]


def _carriers(firm_id: UUID, number_text: str) -> Select[Any]:
    """Of an invoice of several contracts the one whose process makes and sends its paper."""
    return select(group_invoice.c.carried_by).where(
        group_invoice.c.firm_id == firm_id, group_invoice.c.number_text == number_text
    )


def _imports(connection: Connection, firm_id: UUID, which: ColumnElement[bool]) -> Sequence[Named]:
    rows = connection.execute(select(import_file).where(import_file.c.firm_id == firm_id, which))
    return [Named(Subject.importing, row.id, f"File {row.file_name}", row.state, row.version) for row in rows]


def _clients(connection: Connection, firm_id: UUID, which: ColumnElement[bool]) -> Sequence[Named]:
    rows = connection.execute(select(client).where(client.c.firm_id == firm_id, which))
    return [
        Named(Subject.follow_up, row.id, f"Follow-up of {row.name}", row.state, row.version) for row in rows
    ]
