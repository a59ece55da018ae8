"""Billing groups, their contracts, the drafts in hand on these, and the invoices that went out together."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.transitions import NOT_OUT
from contracts_app.store.group_tables import (
    billing_group,
    billing_group_contract,
    group_invoice,
    group_left_out,
)
from contracts_app.store.tables import contract, invoice, issued_invoice


def named(connection: Connection, firm_id: UUID, client_id: UUID, name: str) -> RowMapping | None:
    """The group of this name that a client has, or once had."""
    return (
        connection.execute(
            select(billing_group).where(
                billing_group.c.firm_id == firm_id,
                billing_group.c.client_id == client_id,
                func.lower(billing_group.c.name) == name.lower(),
            )
        )
        .mappings()
        .first()
    )


def name_of(connection: Connection, firm_id: UUID, group_id: UUID) -> str:
    """What a group is called now."""
    return str(
        connection.execute(
            select(billing_group.c.name).where(
                billing_group.c.firm_id == firm_id, billing_group.c.id == group_id
            )
        ).scalar_one()
    )


def contract_ids(connection: Connection, firm_id: UUID, group_id: UUID) -> Sequence[UUID]:
    """The contracts of a group, by number."""
    rows = connection.execute(
        select(billing_group_contract.c.contract_id)
        .join(
            contract,
            (contract.c.firm_id == billing_group_contract.c.firm_id)
            & (contract.c.id == billing_group_contract.c.contract_id),
        )
        .where(
            billing_group_contract.c.firm_id == firm_id, billing_group_contract.c.billing_group_id == group_id
        )
        .order_by(contract.c.number)
    )
    return list(rows.scalars())


def group_of(connection: Connection, firm_id: UUID, contract_id: UUID) -> RowMapping | None:
    """The group that a contract is in."""
    return (
        connection.execute(
            select(billing_group)
            .join(
                billing_group_contract,
                (billing_group_contract.c.firm_id == billing_group.c.firm_id)
                & (billing_group_contract.c.billing_group_id == billing_group.c.id),
            )
            .where(billing_group.c.firm_id == firm_id, billing_group_contract.c.contract_id == contract_id)
        )
        .mappings()
        .first()
    )


def set_contracts(connection: Connection, firm_id: UUID, group_id: UUID, wanted: Sequence[UUID]) -> None:
    """These contracts are in the group, and no others."""
    of_group = billing_group_contract.c.billing_group_id == group_id
    connection.execute(
        delete(billing_group_contract).where(
            billing_group_contract.c.firm_id == firm_id,
            of_group,
            billing_group_contract.c.contract_id.not_in(wanted),
        )
    )
    known = set(contract_ids(connection, firm_id, group_id))
    rows = [
        {"firm_id": firm_id, "contract_id": one, "billing_group_id": group_id}
        for one in wanted
        if one not in known
    ]
    if rows:
        connection.execute(insert(billing_group_contract), rows)


def drafts_of(connection: Connection, firm_id: UUID, of_contracts: Sequence[UUID]) -> Sequence[RowMapping]:
    """The drafts that would go out with the group's next invoice, by contract number."""
    return (
        connection.execute(
            select(invoice.c.id, invoice.c.contract_id, invoice.c.state, contract.c.number)
            .join(
                contract, (contract.c.firm_id == invoice.c.firm_id) & (contract.c.id == invoice.c.contract_id)
            )
            .where(
                invoice.c.firm_id == firm_id,
                invoice.c.contract_id.in_(of_contracts),
                invoice.c.kind == Kind.consulting.value,
                invoice.c.state.in_(NOT_OUT),
            )
            .order_by(contract.c.number)
        )
        .mappings()
        .all()
    )


def find(connection: Connection, firm_id: UUID, group_invoice_id: UUID) -> RowMapping | None:
    """An issued invoice of several contracts."""
    return (
        connection.execute(
            select(group_invoice).where(
                group_invoice.c.firm_id == firm_id, group_invoice.c.id == group_invoice_id
            )
        )
        .mappings()
        .first()
    )


def numbered(connection: Connection, firm_id: UUID, number_text: str) -> RowMapping | None:
    """The invoice of several contracts that has this number."""
    return (
        connection.execute(
            select(group_invoice).where(
                group_invoice.c.firm_id == firm_id, group_invoice.c.number_text == number_text
            )
        )
        .mappings()
        .first()
    )


def of_invoice(connection: Connection, firm_id: UUID, invoice_id: UUID) -> RowMapping | None:
    """The invoice of several contracts on which an invoice went out."""
    return (
        connection.execute(
            select(group_invoice)
            .join(
                issued_invoice,
                (issued_invoice.c.firm_id == group_invoice.c.firm_id)
                & (issued_invoice.c.group_invoice_id == group_invoice.c.id),
            )
            .where(group_invoice.c.firm_id == firm_id, issued_invoice.c.invoice_id == invoice_id)
        )
        .mappings()
        .first()
    )


def sections(connection: Connection, firm_id: UUID, group_invoice_id: UUID) -> Sequence[UUID]:
    """The invoices that make up an invoice of several contracts, by contract number."""
    rows = connection.execute(
        select(issued_invoice.c.invoice_id)
        .join(
            invoice,
            (invoice.c.firm_id == issued_invoice.c.firm_id) & (invoice.c.id == issued_invoice.c.invoice_id),
        )
        .join(contract, (contract.c.firm_id == invoice.c.firm_id) & (contract.c.id == invoice.c.contract_id))
        .where(issued_invoice.c.firm_id == firm_id, issued_invoice.c.group_invoice_id == group_invoice_id)
        .order_by(contract.c.number)
    )
    return list(rows.scalars())


def every_invoice(connection: Connection, firm_id: UUID) -> Sequence[RowMapping]:
    """Every issued invoice of several contracts, by number."""
    return (
        connection.execute(
            select(group_invoice)
            .where(group_invoice.c.firm_id == firm_id)
            .order_by(group_invoice.c.number_text, group_invoice.c.id)
        )
        .mappings()
        .all()
    )


def left_out(connection: Connection, firm_id: UUID, group_invoice_id: UUID) -> Sequence[RowMapping]:
    """What did not go out with an invoice of several contracts, and why."""
    return (
        connection.execute(
            select(group_left_out.c.invoice_id, group_left_out.c.reason, contract.c.number)
            .join(
                invoice,
                (invoice.c.firm_id == group_left_out.c.firm_id)
                & (invoice.c.id == group_left_out.c.invoice_id),
            )
            .join(
                contract, (contract.c.firm_id == invoice.c.firm_id) & (contract.c.id == invoice.c.contract_id)
            )
            .where(group_left_out.c.firm_id == firm_id, group_left_out.c.group_invoice_id == group_invoice_id)
            .order_by(contract.c.number)
        )
        .mappings()
        .all()
    )
