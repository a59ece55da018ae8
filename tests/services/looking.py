"""What tests look at in a small firm."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from contracts_app.store import invoices, receivables
from contracts_app.store.transaction import reading
from tests.services.small_firm import SmallFirm


def state_of(small: SmallFirm, invoice_id: UUID) -> str:
    """The state that an invoice is in."""
    with reading(small.engine, small.id) as connection:
        row = invoices.find(connection, small.id, invoice_id)
    assert row is not None
    return str(row["state"])


def open_on(small: SmallFirm, invoice_id: UUID) -> Decimal | None:
    """What is open of what the client owes on an invoice; None where he never owed anything on it."""
    with reading(small.engine, small.id) as connection:
        owed = receivables.of_invoice(connection, small.id, invoice_id)
        return receivables.balance(connection, small.id, owed["id"]) if owed else None
