"""A contract's money at a glance: agreed, billed, certified, paid, held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, ScalarSelect, func, select

from contracts_app.domain.billing.uncertified import UNCERTIFIED
from contracts_app.domain.changes.change_pricing import completion_day
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.money import ZERO
from contracts_app.store.opening_tables import opening
from contracts_app.store.tables import (
    certificate,
    change_order,
    client,
    contract,
    invoice,
    issued_invoice,
    legal_entity,
    person,
    receivable,
    receivable_entry,
    retainage_entry,
)
from contracts_app.store.views.calendar import firm_day


@dataclass(frozen=True)
class ContractSums:
    """One contract in its own currency.

    `executed` nets the executed change orders; `billed` is line 4 of the last application issued and not
    withheld by the client (what was withheld is billed again), `certified` line 6 of the last certificate;
    `paid` is cash applied less what went back to unapplied, and what the deposit paid of invoices, which is
    `from_deposit`; `held` is retainage withheld and not released,
    `books` is the currency of who bills;
    `in_release` what a release invoice has asked for and the client has not certified yet; `open` is what the
    client owes now (never unreleased retainage).
    """

    id: UUID
    number: str
    title: str
    state: str
    version: int
    client_id: UUID
    client: str
    legal_entity: str
    books: str
    architect: str | None
    project_manager_id: UUID | None
    project_manager: str | None
    prepared_by: str | None
    activated_by: str | None
    closed_on: date | None
    terms: ContractTerms
    executed: Decimal
    executed_count: int
    executed_days: int
    """What executed change orders add to the schedule."""
    billed: Decimal
    certified: Decimal
    paid: Decimal
    from_deposit: Decimal
    held: Decimal
    in_release: Decimal
    open: Decimal

    @property
    def currency(self) -> str:
        """The contract's currency."""
        return self.terms.currency

    @property
    def owed_in(self) -> str:
        """The currency of what is paid and what is open."""
        return self.terms.owed_in

    @property
    def sum_to_date(self) -> Decimal:
        """Original contract sum and the change orders executed by today."""
        return self.terms.original_sum + self.executed

    @property
    def completion(self) -> date | None:
        """The day of substantial completion as executed change orders moved it; None where none is agreed."""
        agreed = self.terms.substantial_completion
        return None if agreed is None else completion_day(agreed, (self.executed_days,))

    @property
    def balance(self) -> Decimal:
        """Balance to finish including retainage, as certified (line 9)."""
        return self.sum_to_date - self.certified


def contract_sums(
    connection: Connection, firm_id: UUID, contract_id: UUID | None = None, client_id: UUID | None = None
) -> Sequence[ContractSums]:
    """One contract, or every contract of the firm (of a client), by number."""
    manager, preparer, activator = (
        person.alias("manager"),
        person.alias("preparer"),
        person.alias("activator"),
    )

    def one_name(people: Any, column: Any) -> ScalarSelect[Any]:
        return (
            select(people.c.name)
            .where(people.c.firm_id == contract.c.firm_id, people.c.id == column)
            .scalar_subquery()
        )

    orders = (change_order.c.firm_id == contract.c.firm_id) & (change_order.c.contract_id == contract.c.id)
    today = firm_day(connection, firm_id).today
    executed = orders & (change_order.c.executed_on <= today)
    with_client = invoice.alias("with_client")
    own_invoice = (invoice.c.firm_id == contract.c.firm_id) & (invoice.c.contract_id == contract.c.id)
    statement = (
        select(
            contract,
            client.c.name.label("client_name"),
            legal_entity.c.name.label("legal_entity_name"),
            legal_entity.c.currency.label("books"),
            one_name(manager, contract.c.project_manager_id).label("manager_name"),
            one_name(preparer, contract.c.prepared_by).label("preparer_name"),
            one_name(activator, contract.c.activated_by).label("activator_name"),
            select(func.coalesce(func.sum(change_order.c.amount), 0))
            .where(executed)
            .scalar_subquery()
            .label("executed"),
            select(func.count())
            .select_from(change_order)
            .where(executed)
            .scalar_subquery()
            .label("executed_count"),
            select(func.coalesce(func.sum(change_order.c.schedule_days), 0))
            .where(executed)
            .scalar_subquery()
            .label("executed_days"),
            func.coalesce(
                select(issued_invoice.c.line4)
                .join(
                    invoice,
                    (invoice.c.firm_id == issued_invoice.c.firm_id)
                    & (invoice.c.id == issued_invoice.c.invoice_id),
                )
                .where(own_invoice, invoice.c.state.not_in(("withheld", "superseded")))
                .order_by(invoice.c.application_no.desc(), issued_invoice.c.number.desc())
                .limit(1)
                .scalar_subquery(),
                _before("line4"),
            ).label("billed"),
            func.coalesce(
                select(certificate.c.line6)
                .join(
                    invoice,
                    (invoice.c.firm_id == certificate.c.firm_id) & (invoice.c.id == certificate.c.invoice_id),
                )
                .where(own_invoice)
                .order_by(invoice.c.application_no.desc())
                .limit(1)
                .scalar_subquery(),
                _before("line6"),
            ).label("certified"),
            select(func.coalesce(func.sum(retainage_entry.c.withheld - retainage_entry.c.released), 0))
            .where(
                retainage_entry.c.firm_id == contract.c.firm_id,
                retainage_entry.c.contract_id == contract.c.id,
            )
            .scalar_subquery()
            .label("held"),
            select(func.coalesce(func.sum(retainage_entry.c.released), 0))
            .join(
                invoice,
                (invoice.c.firm_id == retainage_entry.c.firm_id)
                & (invoice.c.id == retainage_entry.c.invoice_id),
            )
            # Of a release and of its revisions, since each posts what it releases more or less.
            .where(
                own_invoice,
                select(with_client.c.id)
                .where(
                    with_client.c.firm_id == invoice.c.firm_id,
                    with_client.c.contract_id == invoice.c.contract_id,
                    with_client.c.application_no == invoice.c.application_no,
                    with_client.c.state.in_([state.value for state in UNCERTIFIED]),
                )
                .exists(),
            )
            .scalar_subquery()
            .label("in_release"),
            select(func.coalesce(func.sum(receivable_entry.c.amount), 0))
            .join(
                receivable,
                (receivable.c.firm_id == receivable_entry.c.firm_id)
                & (receivable.c.id == receivable_entry.c.receivable_id),
            )
            .where(receivable.c.firm_id == contract.c.firm_id, receivable.c.contract_id == contract.c.id)
            .scalar_subquery()
            .label("open"),
            _settled(receivable_entry.c.payment_id.is_not(None)).label("cash"),
            _settled(receivable_entry.c.cause == "deposit").label("from_deposit"),
        )
        .join(client, (client.c.firm_id == contract.c.firm_id) & (client.c.id == contract.c.client_id))
        .join(
            legal_entity,
            (legal_entity.c.firm_id == contract.c.firm_id)
            & (legal_entity.c.id == contract.c.legal_entity_id),
        )
        .where(contract.c.firm_id == firm_id)
        .order_by(contract.c.number)
    )
    if contract_id is not None:
        statement = statement.where(contract.c.id == contract_id)
    if client_id is not None:
        statement = statement.where(contract.c.client_id == client_id)
    return [_sums(row) for row in connection.execute(statement)]


def _before(figure: str) -> ScalarSelect[Any]:
    """A figure of the last application before billing moved here."""
    return (
        select(opening.c[figure])
        .where(opening.c.firm_id == contract.c.firm_id, opening.c.contract_id == contract.c.id)
        .scalar_subquery()
    )


def _settled(by: ColumnElement[bool]) -> ScalarSelect[Any]:
    """What entries of this kind took off the contract's receivables."""
    return (
        select(func.coalesce(-func.sum(receivable_entry.c.amount), 0))
        .join(
            receivable,
            (receivable.c.firm_id == receivable_entry.c.firm_id)
            & (receivable.c.id == receivable_entry.c.receivable_id),
        )
        .where(receivable.c.firm_id == contract.c.firm_id, receivable.c.contract_id == contract.c.id, by)
        .correlate(contract)
        .scalar_subquery()
    )


def _sums(row: Row[Any]) -> ContractSums:
    return ContractSums(
        id=row.id,
        number=row.number,
        title=row.title,
        state=row.state,
        version=row.version,
        client_id=row.client_id,
        client=row.client_name,
        legal_entity=row.legal_entity_name,
        books=row.books,
        architect=row.architect,
        project_manager_id=row.project_manager_id,
        project_manager=row.manager_name,
        prepared_by=row.preparer_name,
        activated_by=row.activator_name,
        closed_on=row.closed_on,
        terms=ContractTerms.model_validate(row.terms),
        executed=row.executed,
        executed_count=row.executed_count,
        executed_days=int(row.executed_days),
        billed=row.billed if row.billed is not None else ZERO,
        certified=row.certified if row.certified is not None else ZERO,
        paid=row.cash + row.from_deposit,
        from_deposit=row.from_deposit,
        held=row.held,
        in_release=row.in_release,
        open=row.open,
    )
