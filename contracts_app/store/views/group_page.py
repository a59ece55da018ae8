"""Billing groups as pages show them: their contracts, the drafts in hand, and what went out together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, func, select

from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.contract import InvoiceForm
from contracts_app.domain.money import ZERO
from contracts_app.domain.transitions import NOT_OUT
from contracts_app.store import billing_groups
from contracts_app.store.group_tables import (
    billing_group,
    billing_group_contract,
    group_invoice,
    group_left_out,
)
from contracts_app.store.tables import (
    client,
    contract,
    invoice,
    issued_invoice,
    person,
    receivable,
    receivable_entry,
)
from contracts_app.store.views.invoice_page import Invoice


@dataclass(frozen=True)
class Member:
    """A contract of a group, with its draft where one is in hand. `state` is the draft's."""

    contract_id: UUID
    number: str
    title: str
    project_manager: str
    invoice_id: UUID | None
    application_no: int | None
    state: str | None


@dataclass(frozen=True)
class IssuedTogether:
    """An invoice of several contracts. `open` is what is still owed on its sections."""

    id: UUID
    number: str
    issued_on: date
    due_on: date
    currency: str
    due: Decimal
    open: Decimal
    sections: tuple[UUID, ...]
    carried_by: UUID
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """A billing group of a client."""

    id: UUID
    client_id: UUID
    client: str
    name: str
    state: str
    members: tuple[Member, ...]
    issued: tuple[IssuedTogether, ...]


@dataclass(frozen=True)
class Candidate:
    """A contract that may be put into a group."""

    id: UUID
    number: str
    title: str


def groups(connection: Connection, firm_id: UUID, client_id: UUID) -> Sequence[Group]:
    """The groups of a client by name; one that was dissolved stays, for what it issued."""
    rows = connection.execute(
        select(billing_group, client.c.name.label("client"))
        .join(
            client,
            (client.c.firm_id == billing_group.c.firm_id) & (client.c.id == billing_group.c.client_id),
        )
        .where(billing_group.c.firm_id == firm_id, billing_group.c.client_id == client_id)
        .order_by(billing_group.c.name)
    ).all()
    return [
        Group(
            row.id,
            row.client_id,
            row.client,
            row.name,
            row.state,
            _members(connection, firm_id, row.id),
            _issued(connection, firm_id, row.id),
        )
        for row in rows
    ]


def candidates(connection: Connection, firm_id: UUID, client_id: UUID) -> Sequence[Candidate]:
    """Contracts of a client in force whose invoices nobody certifies, and that are in no group yet."""
    taken = select(billing_group_contract.c.contract_id).where(billing_group_contract.c.firm_id == firm_id)
    rows = connection.execute(
        select(contract.c.id, contract.c.number, contract.c.title)
        .where(
            contract.c.firm_id == firm_id,
            contract.c.client_id == client_id,
            contract.c.state == "active",
            contract.c.terms["invoice_form"].astext == InvoiceForm.consulting.value,
            contract.c.terms["certified_by_client"].astext == "false",
            contract.c.id.not_in(taken),
        )
        .order_by(contract.c.number)
    )
    return [Candidate(row.id, row.number, row.title) for row in rows]


def _members(connection: Connection, firm_id: UUID, group_id: UUID) -> tuple[Member, ...]:
    rows = connection.execute(
        select(
            contract.c.id,
            contract.c.number,
            contract.c.title,
            person.c.name.label("project_manager"),
            invoice.c.id.label("invoice_id"),
            invoice.c.application_no,
            invoice.c.state,
        )
        .join(
            billing_group_contract,
            (billing_group_contract.c.firm_id == contract.c.firm_id)
            & (billing_group_contract.c.contract_id == contract.c.id),
        )
        .outerjoin(
            person,
            (person.c.firm_id == contract.c.firm_id) & (person.c.id == contract.c.project_manager_id),
        )
        .outerjoin(
            invoice,
            (invoice.c.firm_id == contract.c.firm_id)
            & (invoice.c.contract_id == contract.c.id)
            & (invoice.c.kind == Kind.consulting.value)
            & invoice.c.state.in_(NOT_OUT),
        )
        .where(contract.c.firm_id == firm_id, billing_group_contract.c.billing_group_id == group_id)
        .order_by(contract.c.number)
    )
    return tuple(
        Member(
            row.id,
            row.number,
            row.title,
            row.project_manager or "",
            row.invoice_id,
            row.application_no,
            row.state,
        )
        for row in rows
    )


def _issued(connection: Connection, firm_id: UUID, group_id: UUID) -> tuple[IssuedTogether, ...]:
    still_open = (
        select(func.sum(receivable_entry.c.amount))
        .join(
            receivable,
            (receivable.c.firm_id == receivable_entry.c.firm_id)
            & (receivable.c.id == receivable_entry.c.receivable_id),
        )
        .join(
            issued_invoice,
            (issued_invoice.c.firm_id == receivable.c.firm_id)
            & (issued_invoice.c.invoice_id == receivable.c.invoice_id),
        )
        .where(
            issued_invoice.c.firm_id == group_invoice.c.firm_id,
            issued_invoice.c.group_invoice_id == group_invoice.c.id,
        )
        .scalar_subquery()
    )
    sections = (
        select(func.array_agg(issued_invoice.c.invoice_id))
        .where(
            issued_invoice.c.firm_id == group_invoice.c.firm_id,
            issued_invoice.c.group_invoice_id == group_invoice.c.id,
        )
        .scalar_subquery()
    )
    reasons = (
        select(func.array_agg(contract.c.number + ": " + group_left_out.c.reason))
        .join(
            invoice,
            (invoice.c.firm_id == group_left_out.c.firm_id) & (invoice.c.id == group_left_out.c.invoice_id),
        )
        .join(contract, (contract.c.firm_id == invoice.c.firm_id) & (contract.c.id == invoice.c.contract_id))
        .where(
            group_left_out.c.firm_id == group_invoice.c.firm_id,
            group_left_out.c.group_invoice_id == group_invoice.c.id,
        )
        .scalar_subquery()
    )
    rows = connection.execute(
        select(
            group_invoice,
            still_open.label("open"),
            sections.label("sections"),
            reasons.label("left_out"),
        )
        .where(group_invoice.c.firm_id == firm_id, group_invoice.c.billing_group_id == group_id)
        .order_by(group_invoice.c.number.desc())
    )
    return tuple(
        IssuedTogether(
            id=row.id,
            number=row.number_text,
            issued_on=row.issued_on,
            due_on=row.due_on,
            currency=row.currency,
            due=row.due,
            open=ZERO if row.open is None else row.open,
            sections=tuple(row.sections or ()),
            carried_by=row.carried_by,
            left_out=tuple(sorted(row.left_out or ())),
        )
        for row in rows
    )


@dataclass(frozen=True)
class Together:
    """The group that an invoice goes out with (`number` is empty) or went out with."""

    group_id: UUID
    client_id: UUID
    name: str
    number: str = ""


def together(connection: Connection, firm_id: UUID, shown: Invoice) -> Together | None:
    """With which others a consulting invoice is issued, or was; None for one that is alone."""
    if shown.number is not None:
        whole = billing_groups.of_invoice(connection, firm_id, shown.id)
        if whole is None:
            return None
        name = billing_groups.name_of(connection, firm_id, whole["billing_group_id"])
        return Together(whole["billing_group_id"], whole["client_id"], name, whole["number_text"])
    if shown.kind != Kind.consulting.value or shown.state not in NOT_OUT:
        return None
    group = billing_groups.group_of(connection, firm_id, shown.contract_id)
    return Together(group["id"], group["client_id"], group["name"]) if group is not None else None
