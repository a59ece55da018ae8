"""What was agreed on a contract besides its schedule: rate card, project names, deposits, and by whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, select

from contracts_app.store import project_names
from contracts_app.store.billing_tables import deposit_entry, rate_card_row
from contracts_app.store.tables import (
    change_order,
    contract,
    contract_preparer,
    invoice,
    issued_invoice,
    person,
)


@dataclass(frozen=True)
class RateCardRow:
    """A price per hour; `rate` in the contract's currency, `change_order` the one that brought it. With a
    multiplier the rate is direct labour; of a class of `overtime` it is the flat rate; `pay` is what an hour
    is paid."""

    person: str | None
    role: str | None
    rate: Decimal
    effective_from: date
    effective_to: date | None
    change_order: str | None
    project: str | None
    multiplier: Decimal | None
    overtime: str | None
    pay: Decimal | None


@dataclass(frozen=True)
class DepositRow:
    """A deposit received (positive), drawn or given back (negative), and the balance after it."""

    posted_on: date
    cause: str
    amount: Decimal
    balance: Decimal
    reference: str | None
    recorded_by: str | None
    invoice_id: UUID | None
    invoice_number: str | None


def rate_card(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[RateCardRow]:
    """The rate card: what holds for everybody first, then roles and people, each by date."""
    rows = connection.execute(
        select(rate_card_row, change_order.c.number)
        .outerjoin(
            change_order,
            (change_order.c.firm_id == rate_card_row.c.firm_id)
            & (change_order.c.id == rate_card_row.c.change_order_id),
        )
        .where(rate_card_row.c.firm_id == firm_id, rate_card_row.c.contract_id == contract_id)
        .order_by(
            rate_card_row.c.person.nulls_first(),
            rate_card_row.c.role.nulls_first(),
            rate_card_row.c.project.nulls_first(),
            rate_card_row.c.overtime.nulls_first(),
            rate_card_row.c.effective_from,
        )
    )
    return [
        RateCardRow(
            row.person,
            row.role,
            row.rate,
            row.effective_from,
            row.effective_to,
            row.number,
            row.project,
            row.multiplier,
            row.overtime,
            row.pay,
        )
        for row in rows
    ]


def projects(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[str]:
    """The names under which time sheets know the contract's work, in order."""
    return sorted(project_names.projects(connection, firm_id, contract_id))


def deposits(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[DepositRow]:
    """What the client paid ahead, which invoice drew it and what went back, oldest first."""
    rows = connection.execute(
        select(deposit_entry, person.c.name.label("recorder"), issued_invoice.c.number_text)
        .outerjoin(
            person,
            (person.c.firm_id == deposit_entry.c.firm_id) & (person.c.id == deposit_entry.c.recorded_by),
        )
        .outerjoin(
            invoice,
            (invoice.c.firm_id == deposit_entry.c.firm_id) & (invoice.c.id == deposit_entry.c.invoice_id),
        )
        .outerjoin(
            issued_invoice,
            (issued_invoice.c.firm_id == invoice.c.firm_id) & (issued_invoice.c.invoice_id == invoice.c.id),
        )
        .where(deposit_entry.c.firm_id == firm_id, deposit_entry.c.contract_id == contract_id)
        .order_by(deposit_entry.c.posted_on, deposit_entry.c.at, deposit_entry.c.id)
    )
    found: list[DepositRow] = []
    balance = Decimal(0)
    for row in rows:
        balance += row.amount
        found.append(
            DepositRow(
                row.posted_on,
                row.cause,
                row.amount,
                balance,
                row.reference,
                row.recorder,
                row.invoice_id,
                row.number_text,
            )
        )
    return found


def work_completed_on(connection: Connection, firm_id: UUID, contract_id: UUID) -> date | None:
    """The day from which nothing more is worked; None as long as work goes on."""
    completed: date | None = connection.execute(
        select(contract.c.work_completed_on).where(
            contract.c.firm_id == firm_id, contract.c.id == contract_id
        )
    ).scalar_one_or_none()
    return completed


def preparers(connection: Connection, firm_id: UUID, contract_id: UUID) -> Mapping[UUID, str]:
    """Who prepared the contract, the first hand first: person → name."""
    rows = connection.execute(
        select(contract_preparer.c.person_id, person.c.name)
        .join_from(
            contract_preparer,
            person,
            (person.c.firm_id == contract_preparer.c.firm_id)
            & (person.c.id == contract_preparer.c.person_id),
        )
        .where(contract_preparer.c.firm_id == firm_id, contract_preparer.c.contract_id == contract_id)
        .order_by(contract_preparer.c.since, person.c.name)
    )
    return {row.person_id: row.name for row in rows}
