"""One application or release invoice: its life, its lines, its money, its people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, case, func, select

from contracts_app.domain.billing.advance_billed import Advanced
from contracts_app.domain.billing.pay_application import Kind, revised_number
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.money import ZERO
from contracts_app.store.advance_columns import as_read
from contracts_app.store.tables import (
    approval,
    certificate,
    certificate_line,
    client,
    contract,
    document,
    invoice,
    invoice_editor,
    issued_invoice,
    issued_line,
    payment,
    person,
    receivable,
    receivable_entry,
)
from contracts_app.store.tax_tables import settlement

LINES = ("line1", "line2", "line3", "line4", "line5", "line5a", "line5b", "line6", "line7", "line8", "line9")


_KINDS = {
    "application": "Application",
    "consulting": "Invoice",
    "retainage_release": "Retainage release",
    "advance": "Advance payment",
}


@dataclass(frozen=True)
class Invoice:
    """The invoice's own facts. `number` and the lines are None until it is issued."""

    id: UUID
    kind: str
    application_no: int
    revision: int
    revises: UUID | None
    period_to: date
    state: str
    version: int
    content_hash: str
    contract_id: UUID
    contract_number: str
    contract_title: str
    contract_state: str
    client_id: UUID
    client: str
    project_manager_id: UUID | None
    project_manager: str | None
    prepared_by: str
    terms: ContractTerms
    number: str | None
    issued_on: date | None
    issued_by: str | None
    certification_due_on: date | None
    lines: Mapping[str, Decimal]
    deposit_applied: Decimal | None
    """The part of line 8 that the client's deposit pays, as issued."""
    advance: Advanced | None
    """The advance payment to date, as issued."""
    bill_to: str | None
    """Of a contract with several addresses: to which one; empty for the client itself."""

    @property
    def name(self) -> str:
        """What people call it."""
        if self.kind == Kind.advance:
            return _KINDS[self.kind]
        return f"{_KINDS[self.kind]} {revised_number(self.application_no, self.revision)}"

    @property
    def currency(self) -> str:
        """Currency of every figure."""
        return self.terms.currency


@dataclass(frozen=True)
class Certified:
    """The certifier's decision and the lines that follow from it."""

    decision: str
    by: str
    certified_on: date
    reason: str
    line4: Decimal
    line5: Decimal
    line6: Decimal
    line7: Decimal
    line8: Decimal
    line9: Decimal


@dataclass(frozen=True)
class Line:
    """A continuation line as applied; `certified` and `certified_retainage` once there is a certificate."""

    line_id: UUID
    item_no: str
    description: str
    change_order: str | None
    scheduled_value: Decimal
    previous: Decimal
    this_period: Decimal
    stored: Decimal
    total: Decimal
    withheld: Decimal
    released: Decimal
    retainage: Decimal
    certified: Decimal | None
    certified_this_period: Decimal | None
    certified_stored: Decimal | None
    certified_retainage: Decimal | None
    certified_because: str
    """Why less was certified, where the client said it of this line; else empty."""

    @property
    def balance(self) -> Decimal:
        """C less G."""
        return self.scheduled_value - self.total

    @property
    def fraction(self) -> Decimal | None:
        """G / C for display; None where there is no scheduled value."""
        return None if self.scheduled_value == ZERO else self.total / self.scheduled_value


@dataclass(frozen=True)
class Signature:
    """An approval or rejection given on a draft; `by` names also in whose place."""

    id: UUID
    step: str
    decision: str
    by: str
    by_id: UUID
    at: datetime
    content_hash: str
    remark: str


@dataclass(frozen=True)
class LedgerEntry:
    """A posting on the receivable: cash and reductions are negative."""

    posted_on: date
    cause: str
    amount: Decimal
    reference: str | None
    balance: Decimal


@dataclass(frozen=True)
class Receivable:
    """What the client owes on this invoice."""

    arose_on: date
    due_on: date
    entries: Sequence[LedgerEntry]

    @property
    def open(self) -> Decimal:
        """What is still owed."""
        return self.entries[-1].balance if self.entries else ZERO


@dataclass(frozen=True)
class Download:
    """The bytes of a document."""

    file_name: str
    media_type: str
    content: bytes


def find(
    connection: Connection, firm_id: UUID, invoice_id: UUID, client_id: UUID | None = None
) -> Invoice | None:
    """The invoice, or None when there is none (for this client: none that was issued to it)."""
    manager, preparer, issuer = person.alias("manager"), person.alias("preparer"), person.alias("issuer")

    def same(table: Any, column: Any) -> Any:
        return (table.c.firm_id == invoice.c.firm_id) & (table.c.id == column)

    statement = (
        select(
            invoice,
            contract.c.number.label("contract_number"),
            contract.c.title,
            contract.c.terms,
            contract.c.state.label("contract_state"),
            contract.c.client_id,
            contract.c.project_manager_id,
            client.c.name.label("client_name"),
            manager.c.name.label("manager_name"),
            preparer.c.name.label("preparer_name"),
            issuer.c.name.label("issuer_name"),
            issued_invoice.c.number_text,
            issued_invoice.c.issued_on,
            issued_invoice.c.certification_due_on,
            *(issued_invoice.c[line] for line in LINES),
            issued_invoice.c.deposit_applied,
            issued_invoice.c.advance_invoiced,
            issued_invoice.c.advance_recovered,
        )
        .join(contract, same(contract, invoice.c.contract_id))
        .join(client, same(client, contract.c.client_id))
        .join(preparer, same(preparer, invoice.c.prepared_by))
        .outerjoin(manager, same(manager, contract.c.project_manager_id))
        .outerjoin(
            issued_invoice,
            (issued_invoice.c.firm_id == invoice.c.firm_id) & (issued_invoice.c.invoice_id == invoice.c.id),
        )
        .outerjoin(issuer, same(issuer, issued_invoice.c.issued_by))
        .where(invoice.c.firm_id == firm_id, invoice.c.id == invoice_id)
    )
    if client_id is not None:
        statement = statement.where(
            contract.c.client_id == client_id, issued_invoice.c.invoice_id.is_not(None)
        )
    row = connection.execute(statement).first()
    return _invoice(row) if row else None


def _invoice(row: Row[Any]) -> Invoice:
    issued = row.number_text is not None
    return Invoice(
        id=row.id,
        kind=row.kind,
        application_no=row.application_no,
        revision=row.revision,
        revises=row.revises,
        period_to=row.period_to,
        state=row.state,
        version=row.version,
        content_hash=row.content_hash,
        contract_id=row.contract_id,
        contract_number=row.contract_number,
        contract_title=row.title,
        bill_to=row.bill_to,
        contract_state=row.contract_state,
        client_id=row.client_id,
        client=row.client_name,
        project_manager_id=row.project_manager_id,
        project_manager=row.manager_name,
        prepared_by=row.preparer_name,
        terms=ContractTerms.model_validate(row.terms),
        number=row.number_text,
        issued_on=row.issued_on,
        issued_by=row.issuer_name,
        certification_due_on=row.certification_due_on,
        lines={line: getattr(row, line) for line in LINES} if issued else {},
        deposit_applied=row.deposit_applied,
        advance=as_read(row._mapping) if issued else None,
    )


def lines(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Sequence[Line]:
    """The continuation sheet as issued, with what was certified."""
    own, accepted = issued_line, certificate_line
    rows = connection.execute(
        select(
            own,
            accepted.c.total.label("certified"),
            accepted.c.this_period.label("certified_this_period"),
            accepted.c.stored.label("certified_stored"),
            accepted.c.retainage.label("certified_retainage"),
            accepted.c.reason.label("certified_because"),
        )
        .outerjoin(
            accepted,
            (accepted.c.firm_id == own.c.firm_id)
            & (accepted.c.invoice_id == own.c.invoice_id)
            & (accepted.c.sov_line_id == own.c.sov_line_id),
        )
        .where(own.c.firm_id == firm_id, own.c.invoice_id == invoice_id)
        .order_by(own.c.position, own.c.item_no)
    )
    return [
        Line(
            line_id=row.sov_line_id,
            item_no=row.item_no,
            description=row.description,
            change_order=row.change_order,
            scheduled_value=row.scheduled_value,
            previous=row.previous,
            this_period=row.this_period,
            stored=row.stored,
            total=row.total,
            withheld=row.withheld,
            released=row.released,
            retainage=row.retainage,
            certified=row.certified,
            certified_this_period=row.certified_this_period,
            certified_stored=row.certified_stored,
            certified_retainage=row.certified_retainage,
            certified_because=row.certified_because or "",
        )
        for row in rows
    ]


def certificate_of(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Certified | None:
    """The certificate, once there is one."""
    row = connection.execute(
        select(certificate, person.c.name.label("certifier"))
        .join(person, (person.c.firm_id == certificate.c.firm_id) & (person.c.id == certificate.c.person_id))
        .where(certificate.c.firm_id == firm_id, certificate.c.invoice_id == invoice_id)
    ).first()
    if row is None:
        return None
    return Certified(
        row.decision,
        row.certifier,
        row.certified_on,
        row.reason,
        row.line4,
        row.line5,
        row.line6,
        row.line7,
        row.line8,
        row.line9,
    )


def signatures(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Sequence[Signature]:
    """Approvals and rejections, oldest first."""
    principal = person.alias()
    rows = connection.execute(
        select(approval, person.c.name, principal.c.name.label("principal"))
        .join(person, (person.c.firm_id == approval.c.firm_id) & (person.c.id == approval.c.person_id))
        .outerjoin(
            principal,
            (principal.c.firm_id == approval.c.firm_id) & (principal.c.id == approval.c.on_behalf_of),
        )
        .where(approval.c.firm_id == firm_id, approval.c.invoice_id == invoice_id)
        .order_by(approval.c.at, approval.c.id)
    )
    return [
        Signature(
            row.id,
            row.step,
            row.decision,
            f"{row.name} for {row.principal}" if row.principal else row.name,
            row.person_id,
            row.at,
            row.content_hash,
            row.remark,
        )
        for row in rows
    ]


def editors(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Mapping[UUID, str]:
    """Who prepared or edited the draft: those who may not approve it."""
    rows = connection.execute(
        select(invoice_editor.c.person_id, person.c.name)
        .join(
            person,
            (person.c.firm_id == invoice_editor.c.firm_id) & (person.c.id == invoice_editor.c.person_id),
        )
        .where(invoice_editor.c.firm_id == firm_id, invoice_editor.c.invoice_id == invoice_id)
        .order_by(invoice_editor.c.since)
    )
    return {row.person_id: row.name for row in rows}


def receivable_of(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Receivable | None:
    """The receivable with its ledger and running balance, once it has arisen."""
    head = connection.execute(
        select(receivable.c.id, receivable.c.arose_on, receivable.c.due_on).where(
            receivable.c.firm_id == firm_id, receivable.c.invoice_id == invoice_id
        )
    ).first()
    if head is None:
        return None
    order_of_a_day = case({"arises": 0, "certificate": 1, "cash": 2}, value=receivable_entry.c.cause, else_=3)
    running = func.sum(receivable_entry.c.amount).over(
        order_by=(receivable_entry.c.posted_on, receivable_entry.c.at, order_of_a_day, receivable_entry.c.id)
    )
    rows = connection.execute(
        select(
            receivable_entry,
            func.coalesce(payment.c.reference, settlement.c.reference).label("reference"),
            running.label("balance"),
        )
        .outerjoin(
            payment,
            (payment.c.firm_id == receivable_entry.c.firm_id)
            & (payment.c.id == receivable_entry.c.payment_id),
        )
        .outerjoin(
            settlement,
            (settlement.c.firm_id == receivable_entry.c.firm_id)
            & (settlement.c.receivable_entry_id == receivable_entry.c.id),
        )
        .where(receivable_entry.c.firm_id == firm_id, receivable_entry.c.receivable_id == head.id)
        .order_by(receivable_entry.c.posted_on, receivable_entry.c.at, order_of_a_day, receivable_entry.c.id)
    )
    entries = [LedgerEntry(row.posted_on, row.cause, row.amount, row.reference, row.balance) for row in rows]
    return Receivable(head.arose_on, head.due_on, entries)


def related_ids(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Sequence[UUID]:
    """The invoice and what belongs to it, for its timeline: its payments and documents."""
    payments = connection.execute(
        select(receivable_entry.c.payment_id)
        .join(
            receivable,
            (receivable.c.firm_id == receivable_entry.c.firm_id)
            & (receivable.c.id == receivable_entry.c.receivable_id),
        )
        .where(
            receivable.c.firm_id == firm_id,
            receivable.c.invoice_id == invoice_id,
            receivable_entry.c.payment_id.is_not(None),
        )
    ).scalars()
    documents = connection.execute(
        select(document.c.id).where(document.c.firm_id == firm_id, document.c.invoice_id == invoice_id)
    ).scalars()
    return [invoice_id, *payments, *documents]
