"""The retainage that an invoice started from, line by line, as it stood when the invoice was issued."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.engine import RowMapping

from contracts_app.domain.money import ZERO, less, total
from contracts_app.store import openings
from contracts_app.store.invoices import issued, lines_of
from contracts_app.store.tables import certificate, invoice, issued_invoice

ByLine = Mapping[UUID, tuple[Decimal, Decimal]]
"""Withheld and released to date."""


def of_issued(connection: Connection, firm_id: UUID, row: RowMapping) -> ByLine:
    """What the retainage ledger has of an issued invoice's lines without what the invoice adds.

    That is what the one before it said. A revision adds what it has more than the one that it revises, so
    the lines of that one, moved by what the one before has changed in between.
    """
    own = _issued_at(connection, firm_id, row["id"])
    now = _before(connection, firm_id, row, own)
    if row["revises"] is None:
        return now
    then = _before(connection, firm_id, row, _issued_at(connection, firm_id, row["revises"]))
    revised = _of_lines(connection, firm_id, row["revises"], certified=False)
    return {
        line: (_moved(0, line, revised, now, then), _moved(1, line, revised, now, then))
        for line in {**revised, **now, **then}
    }


def _moved(figure: int, line: UUID, revised: ByLine, now: ByLine, then: ByLine) -> Decimal:
    nothing = (ZERO, ZERO)
    moved = less(now.get(line, nothing)[figure], then.get(line, nothing)[figure])
    return total((revised.get(line, nothing)[figure], moved))


def _issued_at(connection: Connection, firm_id: UUID, invoice_id: UUID) -> datetime:
    known = issued(connection, firm_id, invoice_id)
    assert known is not None
    at: datetime = known["issued_at"]
    return at


def _before(connection: Connection, firm_id: UUID, row: RowMapping, at: datetime) -> ByLine:
    """What the application before said at an instant: as certified then, else as issued."""
    found = connection.execute(
        select(invoice.c.id, (certificate.c.at < at).label("is_certified"))
        .join(
            issued_invoice,
            (issued_invoice.c.firm_id == invoice.c.firm_id) & (issued_invoice.c.invoice_id == invoice.c.id),
        )
        .outerjoin(
            certificate,
            (certificate.c.firm_id == invoice.c.firm_id) & (certificate.c.invoice_id == invoice.c.id),
        )
        .where(
            invoice.c.firm_id == firm_id,
            invoice.c.contract_id == row["contract_id"],
            invoice.c.application_no < row["application_no"],
            issued_invoice.c.issued_at < at,
        )
        .order_by(invoice.c.application_no.desc(), invoice.c.revision.desc())
        .limit(1)
    ).first()
    if found is None:
        known = openings.of_contract(connection, firm_id, row["contract_id"])
        return {line.line_id: (line.withheld, ZERO) for line in known.lines} if known else {}
    return _of_lines(connection, firm_id, found.id, certified=bool(found.is_certified))


def _of_lines(connection: Connection, firm_id: UUID, invoice_id: UUID, *, certified: bool) -> ByLine:
    lines = lines_of(connection, firm_id, invoice_id, certified=certified)
    return {line["sov_line_id"]: (line["withheld"], line["released"]) for line in lines}
