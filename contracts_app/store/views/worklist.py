"""What waits for whom: every open process with what it is about."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from contracts_app.store.tables import client, contract, import_file, invoice, issued_invoice
from contracts_app.store.views.waiting import Waiting, open_processes


@dataclass(frozen=True)
class Item:
    """One process that is not finished, and the thing it carries."""

    waiting: Waiting
    title: str
    state: str | None
    contract_id: UUID | None
    contract_number: str | None
    client: str | None
    project_manager_id: UUID | None
    amount: Decimal | None
    """Line 8 once issued; None where nothing is stated yet."""
    currency: str | None


def items(connection: Connection, firm_id: UUID) -> Sequence[Item]:
    """Every open process of the firm, longest waiting first."""
    processes = open_processes(connection, firm_id)
    about: dict[tuple[str, UUID], dict[str, Any]] = {}
    for subject, load in _LOADERS.items():
        ids = [one.subject_id for one in processes if one.subject == subject]
        if ids:
            about.update({(subject, key): facts for key, facts in load(connection, firm_id, ids).items()})
    return [_item(one, about.get((one.subject, one.subject_id), {})) for one in processes]


def _item(waiting: Waiting, facts: Mapping[str, Any]) -> Item:
    return Item(
        waiting=waiting,
        title=facts.get("title", waiting.subject.capitalize()),
        state=facts.get("state"),
        contract_id=facts.get("contract_id"),
        contract_number=facts.get("contract_number"),
        client=facts.get("client"),
        project_manager_id=facts.get("project_manager_id"),
        amount=facts.get("amount"),
        currency=facts.get("currency"),
    )


def _invoices(connection: Connection, firm_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, dict[str, Any]]:
    rows = connection.execute(
        select(
            invoice.c.id,
            invoice.c.kind,
            invoice.c.application_no,
            invoice.c.state,
            invoice.c.contract_id,
            contract.c.number,
            contract.c.project_manager_id,
            client.c.name,
            issued_invoice.c.line8,
            contract.c.terms["currency"].astext.label("currency"),
        )
        .join(contract, (contract.c.firm_id == invoice.c.firm_id) & (contract.c.id == invoice.c.contract_id))
        .join(client, (client.c.firm_id == contract.c.firm_id) & (client.c.id == contract.c.client_id))
        .outerjoin(
            issued_invoice,
            (issued_invoice.c.firm_id == invoice.c.firm_id) & (issued_invoice.c.invoice_id == invoice.c.id),
        )
        .where(invoice.c.firm_id == firm_id, invoice.c.id.in_(ids))
    )
    return {
        row.id: {
            "title": f"{'Retainage release' if row.kind == 'retainage_release' else 'Application'} "
            f"{row.application_no}",
            "state": row.state,
            "contract_id": row.contract_id,
            "contract_number": row.number,
            "client": row.name,
            "project_manager_id": row.project_manager_id,
            "amount": row.line8,
            "currency": row.currency,
        }
        for row in rows
    }


def _contracts(connection: Connection, firm_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, dict[str, Any]]:
    rows = connection.execute(
        select(
            contract.c.id,
            contract.c.number,
            contract.c.title,
            contract.c.state,
            contract.c.project_manager_id,
            client.c.name,
        )
        .join(client, (client.c.firm_id == contract.c.firm_id) & (client.c.id == contract.c.client_id))
        .where(contract.c.firm_id == firm_id, contract.c.id.in_(ids))
    )
    return {
        row.id: {
            "title": row.title,
            "state": row.state,
            "contract_id": row.id,
            "contract_number": row.number,
            "client": row.name,
            "project_manager_id": row.project_manager_id,
        }
        for row in rows
    }


def _imports(connection: Connection, firm_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, dict[str, Any]]:
    rows = connection.execute(
        select(
            import_file.c.id,
            import_file.c.file_name,
            import_file.c.state,
            contract.c.id.label("contract_id"),
            contract.c.number,
            contract.c.project_manager_id,
        )
        .outerjoin(
            contract,
            (contract.c.firm_id == import_file.c.firm_id) & (contract.c.id == import_file.c.contract_id),
        )
        .where(import_file.c.firm_id == firm_id, import_file.c.id.in_(ids))
    )
    return {
        row.id: {
            "title": row.file_name,
            "state": row.state,
            "contract_id": row.contract_id,
            "contract_number": row.number,
            "project_manager_id": row.project_manager_id,
        }
        for row in rows
    }


def _clients(connection: Connection, firm_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, dict[str, Any]]:
    rows = connection.execute(
        select(client.c.id, client.c.name, client.c.state).where(
            client.c.firm_id == firm_id, client.c.id.in_(ids)
        )
    )
    return {row.id: {"title": row.name, "client": row.name} for row in rows}


def _nothing(connection: Connection, firm_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, dict[str, Any]]:
    return {one: {"title": "Practice calendar"} for one in ids}


_LOADERS = {
    "invoice": _invoices,
    "contract": _contracts,
    "import": _imports,
    "follow-up": _clients,
    "calendar": _nothing,
}
