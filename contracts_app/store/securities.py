"""Securities that replace retainage, and how much of each is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, select

from contracts_app.domain.money import ZERO, total
from contracts_app.store.security_tables import retainage_security
from contracts_app.store.tables import invoice, retainage_entry


@dataclass(frozen=True)
class Security:
    """A security of a contract; `used` is the retainage that it has replaced."""

    reference: str
    kind: str
    issuer: str
    amount: Decimal
    used: Decimal
    from_day: date


def of_contract(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[Security]:
    """Every security of a contract, by day and reference."""
    replaced_by = invoice.c.release_cause["security"].astext.label("reference")
    released: dict[str, Decimal] = {}
    for row in connection.execute(
        select(replaced_by, retainage_entry.c.released)
        .join_from(
            retainage_entry,
            invoice,
            (invoice.c.firm_id == retainage_entry.c.firm_id) & (invoice.c.id == retainage_entry.c.invoice_id),
        )
        .where(
            retainage_entry.c.firm_id == firm_id,
            retainage_entry.c.contract_id == contract_id,
            invoice.c.release_cause.is_not(None),
        )
    ):
        if row.reference is not None:
            released[row.reference] = total((released.get(row.reference, ZERO), row.released))
    rows = connection.execute(
        select(retainage_security)
        .where(retainage_security.c.firm_id == firm_id, retainage_security.c.contract_id == contract_id)
        .order_by(retainage_security.c.from_day, retainage_security.c.reference)
    )
    return [
        Security(
            row.reference,
            row.kind,
            row.issuer,
            row.amount,
            released.get(row.reference, ZERO),
            row.from_day,
        )
        for row in rows
    ]
