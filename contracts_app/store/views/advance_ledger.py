"""The advance payment of a contract: invoiced, paid, recovered by which invoice, and what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from sqlalchemy import Connection, func, select

from contracts_app.domain.money import ZERO, less
from contracts_app.store.tables import certificate, invoice, issued_invoice, receivable, receivable_entry


@dataclass(frozen=True)
class AdvanceEntry:
    """One invoice of the ledger: what it invoiced of the advance or recovered of it, and what is left after
    it. `unpaid` is what is still open of an invoice of the advance, 0 of any other."""

    invoice_id: UUID
    number: str
    kind: str
    application_no: int
    on: date
    invoiced: Decimal
    recovered: Decimal
    outstanding: Decimal
    unpaid: Decimal


def ledger(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[AdvanceEntry]:
    """What stands, oldest first: an application counts once it is certified. Invoices that neither invoice
    nor recover anything are left out."""
    open_now = (
        select(func.coalesce(func.sum(receivable_entry.c.amount), 0))
        .join(
            receivable,
            (receivable.c.firm_id == receivable_entry.c.firm_id)
            & (receivable.c.id == receivable_entry.c.receivable_id),
        )
        .where(receivable.c.firm_id == invoice.c.firm_id, receivable.c.invoice_id == invoice.c.id)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(
            invoice.c.id,
            invoice.c.kind,
            invoice.c.application_no,
            issued_invoice.c.number_text,
            certificate.c.certified_on,
            certificate.c.advance_invoiced,
            certificate.c.advance_recovered,
            open_now.label("unpaid"),
        )
        .join(
            issued_invoice,
            (issued_invoice.c.firm_id == invoice.c.firm_id) & (issued_invoice.c.invoice_id == invoice.c.id),
        )
        .join(
            certificate,
            (certificate.c.firm_id == invoice.c.firm_id) & (certificate.c.invoice_id == invoice.c.id),
        )
        .where(invoice.c.firm_id == firm_id, invoice.c.contract_id == contract_id)
        .order_by(invoice.c.application_no)
    ).all()
    found = []
    for before, row in pairwise([None, *rows]):
        assert row is not None
        invoiced = less(row.advance_invoiced, before.advance_invoiced if before else ZERO)
        recovered = less(row.advance_recovered, before.advance_recovered if before else ZERO)
        if invoiced or recovered:
            found.append(
                AdvanceEntry(
                    invoice_id=row.id,
                    number=row.number_text,
                    kind=row.kind,
                    application_no=row.application_no,
                    on=row.certified_on,
                    invoiced=invoiced,
                    recovered=recovered,
                    outstanding=less(row.advance_invoiced, row.advance_recovered),
                    unpaid=row.unpaid if invoiced else ZERO,
                )
            )
    return found
