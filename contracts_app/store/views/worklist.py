"""What waits for whom: every open process with what it is about."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, Text, case, cast, func, select
from sqlalchemy.engine import RowMapping

from contracts_app.domain.approving.deciding import Person, waits_for
from contracts_app.domain.roles import Role
from contracts_app.store.billing_tables import billing_run
from contracts_app.store.invoiced import owed_in
from contracts_app.store.tables import (
    certificate,
    client,
    contract,
    import_file,
    invoice,
    issued_invoice,
    receivable,
    receivable_entry,
)
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
    """Line 8 as applied for once issued, what is open once certified; None where nothing is stated yet."""
    currency: str | None
    version: int | None
    last_certificate: str | None
    """The decision of the certificate of a contract's last application, once it has one."""
    due_on: date | None
    """When the client must have paid what it owes on an invoice; None where nothing is open."""
    reply_by: date | None
    """The last day on which the client may reply to an application; None once it has."""

    @property
    def sentence(self) -> str | None:
        """Why it waits; None while the process has not looked since the last change."""
        return self.waiting.sentence if self.waiting.settled(self.version) else None

    def unanswered(self, today: date) -> bool:
        """Whether the client did not reply to it in time."""
        return self.reply_by is not None and self.reply_by < today

    def asks_client(self, today: date, person: Person) -> bool:
        """Whether it is this person's to ask the client, which did not reply in time: a coordinator's, or its
        project manager's."""
        return self.unanswered(today) and (
            Role.coordinator in person.roles or self.project_manager_id == person.id
        )

    def waits_for(self, takers: Sequence[Person]) -> bool:
        """Whether it waits for the first of `takers`, in another's place (one of the others) too where it
        waits for an approval."""
        if self.sentence is None:
            return False
        if self.waiting.approvers:
            return waits_for(self.waiting.approvers, takers, self.project_manager_id)
        if self.waiting.for_role == Role.project_manager and self.project_manager_id is not None:
            return self.project_manager_id == takers[0].id
        return self.waiting.for_role in takers[0].roles


def items(connection: Connection, firm_id: UUID) -> Sequence[Item]:
    """Every open process of the firm, longest waiting first."""
    processes = open_processes(connection, firm_id)
    about: dict[tuple[str, UUID], RowMapping] = {}
    for subject, facts in _FACTS.items():
        ids = [one.subject_id for one in processes if one.subject == subject]
        if ids:
            rows = connection.execute(facts(firm_id, ids)).mappings()
            about.update({(subject, row["id"]): row for row in rows})
    return [_item(one, about.get((one.subject, one.subject_id), {})) for one in processes]


def _item(waiting: Waiting, facts: Mapping[Any, Any]) -> Item:
    title = facts.get("title") or ("Practice calendar" if waiting.subject == "calendar" else None)
    return Item(
        waiting=waiting,
        title=title or waiting.subject.capitalize(),
        **{name: facts.get(name) for name in _SHOWN},
    )


_SHOWN = (
    "state", "contract_id", "contract_number", "client", "project_manager_id", "amount", "currency",
    "version", "last_certificate", "due_on", "reply_by",
)  # fmt: skip
_OF_CONTRACT = (
    contract.c.id.label("contract_id"),
    contract.c.number.label("contract_number"),
    contract.c.project_manager_id,
)
_CLIENT = (client.c.firm_id == contract.c.firm_id) & (client.c.id == contract.c.client_id)


def _invoices(firm_id: UUID, ids: Collection[UUID]) -> Select[Any]:
    still_open = (
        select(func.coalesce(func.sum(receivable_entry.c.amount), 0))
        .join(
            receivable,
            (receivable.c.firm_id == receivable_entry.c.firm_id)
            & (receivable.c.id == receivable_entry.c.receivable_id),
        )
        .where(receivable.c.firm_id == invoice.c.firm_id, receivable.c.invoice_id == invoice.c.id)
        .scalar_subquery()
    )
    due_on = (
        select(receivable.c.due_on)
        .where(receivable.c.firm_id == invoice.c.firm_id, receivable.c.invoice_id == invoice.c.id)
        .scalar_subquery()
    )
    kind = case(
        (invoice.c.kind == "retainage_release", "Retainage release"),
        (invoice.c.kind == "consulting", "Invoice"),
        (invoice.c.kind == "advance", "Advance payment"),
        else_="Application",
    )
    return (
        select(
            invoice.c.id,
            case(
                (invoice.c.kind == "advance", kind), else_=kind + " " + cast(invoice.c.application_no, Text)
            ).label("title"),
            invoice.c.state,
            client.c.name.label("client"),
            invoice.c.version,
            case(
                (invoice.c.state.in_(("issued", "certified")), still_open), else_=issued_invoice.c.line8
            ).label("amount"),
            case(
                (invoice.c.state.in_(("issued", "certified")), owed_in()),
                else_=contract.c.terms["currency"].astext,
            ).label("currency"),
            case((still_open > 0, due_on)).label("due_on"),
            case((invoice.c.state == "submitted", issued_invoice.c.certification_due_on)).label("reply_by"),
            *_OF_CONTRACT,
        )
        .join(contract, (contract.c.firm_id == invoice.c.firm_id) & (contract.c.id == invoice.c.contract_id))
        .join(client, _CLIENT)
        .outerjoin(
            issued_invoice,
            (issued_invoice.c.firm_id == invoice.c.firm_id) & (issued_invoice.c.invoice_id == invoice.c.id),
        )
        .where(invoice.c.firm_id == firm_id, invoice.c.id.in_(ids))
    )


def _contracts(firm_id: UUID, ids: Collection[UUID]) -> Select[Any]:
    last = (
        select(certificate.c.decision)
        .select_from(invoice)
        .outerjoin(
            certificate,
            (certificate.c.firm_id == invoice.c.firm_id) & (certificate.c.invoice_id == invoice.c.id),
        )
        .where(
            invoice.c.firm_id == contract.c.firm_id,
            invoice.c.contract_id == contract.c.id,
            invoice.c.state != "withdrawn",
        )
        .order_by(invoice.c.application_no.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            contract.c.id,
            contract.c.title,
            contract.c.state,
            contract.c.version,
            last.label("last_certificate"),
            client.c.name.label("client"),
            *_OF_CONTRACT,
        )
        .join(client, _CLIENT)
        .where(contract.c.firm_id == firm_id, contract.c.id.in_(ids))
    )


def _imports(firm_id: UUID, ids: Collection[UUID]) -> Select[Any]:
    return (
        select(
            import_file.c.id,
            import_file.c.file_name.label("title"),
            import_file.c.state,
            import_file.c.version,
            *_OF_CONTRACT,
        )
        .outerjoin(
            contract,
            (contract.c.firm_id == import_file.c.firm_id) & (contract.c.id == import_file.c.contract_id),
        )
        .where(import_file.c.firm_id == firm_id, import_file.c.id.in_(ids))
    )


def _clients(firm_id: UUID, ids: Collection[UUID]) -> Select[Any]:
    return select(client.c.id, client.c.name.label("title"), client.c.name.label("client")).where(
        client.c.firm_id == firm_id, client.c.id.in_(ids)
    )


def _billing_runs(firm_id: UUID, ids: Collection[UUID]) -> Select[Any]:
    title = "Billing run to " + func.to_char(billing_run.c.period_to, "YYYY-MM-DD")
    return select(billing_run.c.id, title.label("title"), billing_run.c.state).where(
        billing_run.c.firm_id == firm_id, billing_run.c.id.in_(ids)
    )


_FACTS: Mapping[str, Callable[[UUID, Collection[UUID]], Select[Any]]] = {
    "invoice": _invoices,
    "contract": _contracts,
    "import": _imports,
    "follow-up": _clients,
    "billing-run": _billing_runs,
}
"""What is shown of each kind of subject; its columns are named as in `Item`."""
