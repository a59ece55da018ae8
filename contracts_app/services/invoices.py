"""An invoice and its contract: locked in one order, named in sentences, changed together."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.refusals import not_found
from contracts_app.store import invoices
from contracts_app.store.tables import contract, invoice
from contracts_app.store.transaction import Transaction


def locked(tx: Transaction, invoice_id: UUID) -> tuple[RowMapping, RowMapping]:
    """The contract and the invoice, locked in that order (so that two commands never wait for each other)."""
    known = invoices.find(tx.connection, tx.firm_id, invoice_id)
    if known is None:
        raise not_found("invoice")
    agreed = tx.lock(contract, known["contract_id"], "contract")
    return agreed, tx.lock(invoice, invoice_id, "invoice")


def name_of(row: RowMapping) -> str:
    """The invoice as sentences begin with it."""
    numbered = Kind(row["kind"]).numbered(row["application_no"], row["revision"])
    return numbered[0].upper() + numbered[1:]


def neighbours(agreed: RowMapping) -> tuple[str, ...]:
    """The processes that what happens to an invoice may concern: its contract's and its client's."""
    return (
        process_name(Subject.contract, agreed["id"]),
        process_name(Subject.follow_up, agreed["client_id"]),
    )


def contract_changed(tx: Transaction, agreed: RowMapping, what: str) -> None:
    """Raise the contract's version for something that happened to an invoice."""
    tx.change(contract, "contract", agreed, "invoice_changed", reason=what)
