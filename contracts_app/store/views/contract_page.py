"""The tabs of a contract: applications, payments, retainage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, literal_column, or_, select

from contracts_app.domain.billing.pay_application import Kind, revised_number
from contracts_app.store.billing_tables import deposit_entry, rate_card_row
from contracts_app.store.compliance_tables import compliance_requirement
from contracts_app.store.expense_tables import expense
from contracts_app.store.funding_tables import client_order_contract
from contracts_app.store.invoiced import owed_in
from contracts_app.store.purchasing_tables import commitment
from contracts_app.store.report_tables import cost_estimate
from contracts_app.store.revision_tables import sov_revision
from contracts_app.store.tables import (
    application_period,
    certificate,
    change_order,
    contract,
    cost_entry,
    import_file,
    invoice,
    issued_invoice,
    milestone,
    payment,
    receivable,
    receivable_entry,
    retainage_entry,
    sov_line,
)


@dataclass(frozen=True)
class ApplicationRow:
    """An application or release invoice of the contract; figures only once it is issued."""

    id: UUID
    application_no: int
    kind: str
    period_to: date
    state: str
    number: str | None
    issued_on: date | None
    line4: Decimal | None
    line5: Decimal | None
    line8: Decimal | None
    certified: Decimal | None
    decision: str | None
    due_on: date | None
    open: Decimal | None
    contract_id: UUID
    contract_number: str
    currency: str
    owed_in: str
    """The currency of what is open."""
    revision: int = 0

    @property
    def numbered(self) -> str:
        """The number of the application, `7` or `7R1`."""
        if self.kind == Kind.advance:
            return ""  # there is one
        return revised_number(self.application_no, self.revision)


@dataclass(frozen=True)
class PeriodRow:
    """Progress reported for an application by an imported file."""

    application_no: int
    period_to: date
    period_total: Decimal
    status: str | None
    payment_date: date | None


@dataclass(frozen=True)
class CashRow:
    """A payment and the part of it applied to an invoice of the contract."""

    received_on: date
    reference: str
    amount: Decimal
    applied: Decimal
    invoice_id: UUID
    invoice_number: str


@dataclass(frozen=True)
class RetainageRow:
    """One posting to the retainage ledger; what was held before billing moved here has no application."""

    posted_on: date
    item_no: str
    cause: str
    withheld: Decimal
    released: Decimal
    invoice_id: UUID | None
    application_no: int | None


def _of(table: Any, other: Any, column: Any) -> Any:
    """Join condition to another table's id, within the firm."""
    return (table.c.firm_id == other.c.firm_id) & (table.c.id == column)


def applications(
    connection: Connection,
    firm_id: UUID,
    contract_id: UUID | None = None,
    client_id: UUID | None = None,
    state: str | None = None,
) -> Sequence[ApplicationRow]:
    """Invoices, applications and releases, the last first: of one contract by number; of several the drafts,
    then what was issued. A client's list holds only what was issued to it."""
    due = receivable.c.due_on
    last = (
        issued_invoice.c.issued_on.desc().nulls_first(),
        issued_invoice.c.number.desc().nulls_first(),
        invoice.c.period_to.desc(),
    )
    still_open = (
        select(func.sum(receivable_entry.c.amount))
        .where(
            receivable_entry.c.firm_id == receivable.c.firm_id,
            receivable_entry.c.receivable_id == receivable.c.id,
        )
        .scalar_subquery()
    )
    statement = (
        select(
            invoice.c.id,
            invoice.c.application_no,
            invoice.c.kind,
            invoice.c.period_to,
            invoice.c.state,
            issued_invoice.c.number_text,
            issued_invoice.c.issued_on,
            issued_invoice.c.line4,
            issued_invoice.c.line5,
            issued_invoice.c.line8,
            certificate.c.line8.label("certified"),
            certificate.c.decision,
            due,
            still_open.label("open"),
            invoice.c.contract_id,
            contract.c.number.label("contract_number"),
            contract.c.terms["currency"].astext.label("currency"),
            owed_in().label("owed_in"),
            invoice.c.revision,
        )
        .join(contract, _of(contract, invoice, invoice.c.contract_id))
        .outerjoin(issued_invoice, _of(invoice, issued_invoice, issued_invoice.c.invoice_id))
        .outerjoin(certificate, _of(invoice, certificate, certificate.c.invoice_id))
        .outerjoin(receivable, _of(invoice, receivable, receivable.c.invoice_id))
        .where(invoice.c.firm_id == firm_id)
        .order_by(
            *(last if contract_id is None else ()),
            invoice.c.application_no.desc(),
            invoice.c.revision.desc(),
            invoice.c.id,
        )
    )
    if contract_id is not None:
        statement = statement.where(invoice.c.contract_id == contract_id)
    if client_id is not None:
        statement = statement.where(
            contract.c.client_id == client_id, issued_invoice.c.invoice_id.is_not(None)
        )
    if state is not None:
        statement = statement.where(invoice.c.state == state)
    return [
        ApplicationRow(
            row.id,
            row.application_no,
            row.kind,
            row.period_to,
            row.state,
            row.number_text,
            row.issued_on,
            row.line4,
            row.line5,
            row.line8,
            row.certified,
            row.decision,
            row.due_on,
            row.open,
            row.contract_id,
            row.contract_number,
            row.currency,
            row.owed_in,
            row.revision,
        )
        for row in connection.execute(statement)
    ]


def reported_periods(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[PeriodRow]:
    """What imported files say was billed, by application."""
    rows = connection.execute(
        select(application_period)
        .where(application_period.c.firm_id == firm_id, application_period.c.contract_id == contract_id)
        .order_by(application_period.c.application_no)
    )
    return [
        PeriodRow(row.application_no, row.period_to, row.period_total, row.status, row.payment_date)
        for row in rows
    ]


def payments(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[CashRow]:
    """Cash applied to invoices of the contract, newest first."""
    rows = connection.execute(
        select(
            payment.c.received_on,
            payment.c.reference,
            payment.c.amount,
            receivable_entry.c.amount.label("applied"),
            issued_invoice.c.invoice_id,
            issued_invoice.c.number_text,
        )
        .select_from(receivable_entry)
        .join(payment, _of(payment, receivable_entry, receivable_entry.c.payment_id))
        .join(receivable, _of(receivable, receivable_entry, receivable_entry.c.receivable_id))
        .join(
            issued_invoice,
            (issued_invoice.c.firm_id == receivable.c.firm_id)
            & (issued_invoice.c.invoice_id == receivable.c.invoice_id),
        )
        .where(receivable.c.firm_id == firm_id, receivable.c.contract_id == contract_id)
        .order_by(payment.c.received_on.desc(), payment.c.reference, issued_invoice.c.number)
    )
    return [
        CashRow(row.received_on, row.reference, row.amount, -row.applied, row.invoice_id, row.number_text)
        for row in rows
    ]


def retainage_ledger(
    connection: Connection, firm_id: UUID, contract_id: UUID, item_no: str | None = None
) -> Sequence[RetainageRow]:
    """Postings of retainage by line and application, oldest first; of one line when `item_no` is given."""
    statement = (
        select(retainage_entry, sov_line.c.item_no, sov_line.c.position, invoice.c.application_no)
        .join(sov_line, _of(sov_line, retainage_entry, retainage_entry.c.sov_line_id))
        .outerjoin(invoice, _of(invoice, retainage_entry, retainage_entry.c.invoice_id))
        .where(
            retainage_entry.c.firm_id == firm_id,
            retainage_entry.c.contract_id == contract_id,
            or_(retainage_entry.c.withheld != 0, retainage_entry.c.released != 0),
        )
        .order_by(invoice.c.application_no.nulls_first(), retainage_entry.c.cause.desc(), sov_line.c.position)
    )
    if item_no is not None:
        statement = statement.where(sov_line.c.item_no == item_no)
    return [
        RetainageRow(
            row.posted_on,
            row.item_no,
            row.cause,
            row.withheld,
            row.released,
            row.invoice_id,
            row.application_no,
        )
        for row in connection.execute(statement)
    ]


def tab_counts(connection: Connection, firm_id: UUID, contract_id: UUID) -> Mapping[str, int]:
    """How many rows each tab holds."""

    def count(table: Any) -> Any:
        return (
            select(func.count())
            .select_from(table)
            .where(table.c.firm_id == firm_id, table.c.contract_id == contract_id)
            .scalar_subquery()
        )

    tables = {
        "schedule": sov_line,
        "rates": rate_card_row,
        "deposits": deposit_entry,
        "limits": client_order_contract,
        "compliance": compliance_requirement,
        "changes": change_order,
        "revisions": sov_revision,
        "applications": invoice,
        "milestones": milestone,
        "estimates": cost_estimate,
        "cost": cost_entry,
        "commitments": commitment,
        "expenses": expense,
        "imports": import_file,
    }
    row = connection.execute(
        select(
            *(count(table).label(name) for name, table in tables.items()), literal_column("1").label("one")
        )
    ).one()
    return {name: getattr(row, name) for name in tables}


def unbilled(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[PeriodRow]:
    """Periods reported by imported files for which no application was opened yet."""
    taken = select(invoice.c.application_no).where(
        invoice.c.firm_id == firm_id, invoice.c.contract_id == contract_id, invoice.c.state != "withdrawn"
    )
    rows = connection.execute(
        select(application_period)
        .where(
            application_period.c.firm_id == firm_id,
            application_period.c.contract_id == contract_id,
            application_period.c.application_no.not_in(taken),
        )
        .order_by(application_period.c.application_no)
    )
    return [
        PeriodRow(row.application_no, row.period_to, row.period_total, row.status, row.payment_date)
        for row in rows
    ]
