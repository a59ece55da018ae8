"""What settles receivables without cash: certificates of tax withheld, discounts for early payment."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, select

from contracts_app.domain.money import ZERO
from contracts_app.store.tables import certificate, contract, receivable, receivable_entry
from contracts_app.store.tax_tables import settlement


def is_known(connection: Connection, firm_id: UUID, client_id: UUID, number: str) -> bool:
    """Whether a certificate of tax withheld of that number settled something of the client before."""
    known = select(settlement.c.receivable_entry_id).where(
        settlement.c.firm_id == firm_id,
        settlement.c.client_id == client_id,
        settlement.c.kind == "withheld",
        settlement.c.reference == number,
    )
    return connection.execute(known).first() is not None


def certified(connection: Connection, firm_id: UUID, receivable_id: UUID) -> Decimal:
    """What certificates of tax withheld have settled of a receivable."""
    amount = connection.execute(
        select(func.coalesce(func.sum(-receivable_entry.c.amount), ZERO)).where(
            receivable_entry.c.firm_id == firm_id,
            receivable_entry.c.receivable_id == receivable_id,
            receivable_entry.c.cause == "withheld",
        )
    ).scalar_one()
    return Decimal(amount)


def certified_line8(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Decimal | None:
    """Line 8 of an invoice's certificate, None while there is none."""
    line8: Decimal | None = connection.execute(
        select(certificate.c.line8).where(
            certificate.c.firm_id == firm_id, certificate.c.invoice_id == invoice_id
        )
    ).scalar_one_or_none()
    return line8


def early_payable(connection: Connection, firm_id: UUID, ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """Of these receivables those whose contract has a discount for early payment, with its terms."""
    return connection.execute(
        select(receivable.c.id, receivable.c.invoice_id, receivable.c.arose_on, receivable.c.currency)
        .add_columns(contract.c.terms)
        .join(
            contract,
            (contract.c.firm_id == receivable.c.firm_id) & (contract.c.id == receivable.c.contract_id),
        )
        .where(
            receivable.c.firm_id == firm_id,
            receivable.c.id.in_(ids),
            contract.c.terms["early_payment"].astext.is_not(None),
        )
    ).all()
