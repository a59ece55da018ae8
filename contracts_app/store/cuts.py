"""What certifiers cut, and which part of it was accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, func, select

from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.money import ZERO, less
from contracts_app.store.billing_tables import accepted_cut
from contracts_app.store.tables import certificate, certificate_line, invoice, issued_line, person, sov_line


@dataclass(frozen=True)
class Cut:
    """What the last certificate of a contract left off one line, and what of it was accepted.

    Only time is accepted by a command; on other lines people type what the next application claims.
    """

    invoice_id: UUID
    name: str
    line_id: UUID
    item_no: str
    description: str
    by_time: bool
    amount: Decimal
    accepted: Decimal

    @property
    def left(self) -> Decimal:
        """What the next application claims again."""
        return less(self.amount, self.accepted)


@dataclass(frozen=True)
class Accepted:
    """An entry of the ledger of accepted cuts."""

    item_no: str
    amount: Decimal
    reason: str
    accepted_by: str
    accepted_on: date


def of_last_certificate(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[Cut]:
    """The lines that the last certificate of work cut, accepted or not, in their order.

    The release of retainage bills no work, so it leaves the cuts before it as they are.
    """
    last = (
        select(invoice.c.id, invoice.c.application_no, invoice.c.kind)
        .join(
            certificate,
            (certificate.c.firm_id == invoice.c.firm_id) & (certificate.c.invoice_id == invoice.c.id),
        )
        .where(
            invoice.c.firm_id == firm_id,
            invoice.c.contract_id == contract_id,
            invoice.c.kind.not_in((Kind.retainage_release.value, Kind.advance.value)),
        )
        .order_by(invoice.c.application_no.desc())
        .limit(1)
        .subquery()
    )
    accepted = (
        select(func.coalesce(func.sum(accepted_cut.c.amount), 0))
        .where(
            accepted_cut.c.firm_id == firm_id,
            accepted_cut.c.invoice_id == issued_line.c.invoice_id,
            accepted_cut.c.sov_line_id == issued_line.c.sov_line_id,
        )
        .scalar_subquery()
    )
    cut = issued_line.c.total - certificate_line.c.total
    rows = connection.execute(
        select(
            last.c.id,
            last.c.application_no,
            last.c.kind,
            issued_line.c.sov_line_id,
            issued_line.c.item_no,
            issued_line.c.description,
            sov_line.c.basis,
            cut.label("cut"),
            accepted.label("accepted"),
        )
        .join_from(last, issued_line, issued_line.c.invoice_id == last.c.id)
        .join(
            certificate_line,
            (certificate_line.c.firm_id == issued_line.c.firm_id)
            & (certificate_line.c.invoice_id == issued_line.c.invoice_id)
            & (certificate_line.c.sov_line_id == issued_line.c.sov_line_id),
        )
        .join(
            sov_line,
            (sov_line.c.firm_id == issued_line.c.firm_id) & (sov_line.c.id == issued_line.c.sov_line_id),
        )
        .where(issued_line.c.firm_id == firm_id, cut > 0)
        .order_by(issued_line.c.position)
    )
    return [
        Cut(
            invoice_id=row.id,
            name=Kind(row.kind).numbered(row.application_no),
            line_id=row.sov_line_id,
            item_no=row.item_no,
            description=row.description,
            by_time=row.basis == Basis.time_and_materials.value,
            amount=row.cut,
            accepted=row.accepted,
        )
        for row in rows
    ]


def left(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[Cut]:
    """Those of which something is not accepted."""
    return [cut for cut in of_last_certificate(connection, firm_id, contract_id) if cut.left > ZERO]


def accepted_of(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Sequence[Accepted]:
    """What was accepted of the cuts of an invoice's certificate, oldest first."""
    rows = connection.execute(
        select(accepted_cut, sov_line.c.item_no, person.c.name)
        .join(
            sov_line,
            (sov_line.c.firm_id == accepted_cut.c.firm_id) & (sov_line.c.id == accepted_cut.c.sov_line_id),
        )
        .join(
            person,
            (person.c.firm_id == accepted_cut.c.firm_id) & (person.c.id == accepted_cut.c.accepted_by),
        )
        .where(accepted_cut.c.firm_id == firm_id, accepted_cut.c.invoice_id == invoice_id)
        .order_by(accepted_cut.c.at, accepted_cut.c.id)
    )
    return [Accepted(row.item_no, row.amount, row.reason, row.name, row.accepted_on) for row in rows]
