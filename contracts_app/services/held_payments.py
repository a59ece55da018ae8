"""Invoices to which no payment is applied while a paper that their contract requires is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.refusals import Refused
from contracts_app.domain.transitions import NOT_OUT, InvoiceState
from contracts_app.services import gates
from contracts_app.store import legal_entities
from contracts_app.store.transaction import Transaction

_NOT_OWED = (*NOT_OUT, InvoiceState.withdrawn)


def held(
    tx: Transaction, rows: Iterable[RowMapping], legal_entity_id: UUID, received_on: date
) -> Mapping[UUID, str]:
    """Of these invoices those that money which came in on that day does not reach today, with the reason."""
    owed = [row for row in rows if row["state"] not in _NOT_OWED]
    today = legal_entities.today(tx, legal_entity_id)
    return gates.of_payment(tx.connection, tx.firm_id, owed, received_on, today)


def refuse(held: Mapping[UUID, str], named: Iterable[UUID]) -> None:
    """Raises Refused for a payment that names an invoice which is held."""
    for sentence in (held[one] for one in named if one in held):
        raise Refused(
            "paper_missing",
            f"{sentence} Money that has come in is recorded without naming the invoice; it stays unapplied.",
        )
