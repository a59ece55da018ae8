"""Lien waivers as they were given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, select

from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.checking.lien_waivers import Waiver, WaiverForm
from contracts_app.domain.transitions import InvoiceState
from contracts_app.store.submission_tables import lien_waiver
from contracts_app.store.tables import certificate, invoice, person


@dataclass(frozen=True)
class Given:
    """A waiver with who gave it and when."""

    id: UUID
    form: WaiverForm
    amount: Decimal
    through: date | None
    by: str
    on: date

    @property
    def waiver(self) -> Waiver:
        """As the checks hold it against the application."""
        return Waiver(form=self.form, amount=self.amount, through=self.through)


def of_invoice(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Sequence[Given]:
    """The waivers given for an invoice, oldest first."""
    rows = connection.execute(
        select(lien_waiver, person.c.name)
        .join(
            person,
            (person.c.firm_id == lien_waiver.c.firm_id) & (person.c.id == lien_waiver.c.given_by),
        )
        .where(lien_waiver.c.firm_id == firm_id, lien_waiver.c.invoice_id == invoice_id)
        .order_by(lien_waiver.c.at, lien_waiver.c.id)
    )
    return [
        Given(row.id, WaiverForm(row.form), row.amount, row.through, row.name, row.given_on) for row in rows
    ]


def unwaived(connection: Connection, firm_id: UUID, contract_id: UUID, up_to: int) -> str | None:
    """The last certified invoice for work or retainage up to this number, where it is paid and its
    unconditional waiver is not there; None otherwise. An advance payment waives no lien, so it is passed
    over."""
    row = connection.execute(
        select(invoice.c.id, invoice.c.kind, invoice.c.application_no, invoice.c.revision, invoice.c.state)
        .join(
            certificate,
            (certificate.c.firm_id == invoice.c.firm_id) & (certificate.c.invoice_id == invoice.c.id),
        )
        .where(
            invoice.c.firm_id == firm_id,
            invoice.c.contract_id == contract_id,
            invoice.c.application_no <= up_to,
            invoice.c.kind != Kind.advance.value,
            invoice.c.state != InvoiceState.superseded.value,
        )
        .order_by(invoice.c.application_no.desc())
        .limit(1)
    ).first()
    if row is None or row.state != InvoiceState.paid.value:
        return None
    if any(one.form.unconditional for one in of_invoice(connection, firm_id, row.id)):
        return None
    return Kind(row.kind).numbered(row.application_no, row.revision)
