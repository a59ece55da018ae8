"""Receivables: what a client owes, from when, and how cash settles it (docs/SPEC-receivables.md)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.money import ZERO, Amount, less
from contracts_app.domain.refusals import wrong_content


class OpenItem(BaseModel):
    """A receivable with something still open. Retainage that is not released is never part of it."""

    model_config = ConfigDict(frozen=True)
    receivable_id: UUID
    invoice_id: UUID
    invoice_number: str
    due_on: date
    open: Amount


def due_date(arises_on: date, payment_days: int) -> date:
    """Net N: N days after the day on which the receivable arises."""
    return arises_on + timedelta(days=payment_days)


def days_past_due(due_on: date, today: date) -> int:
    """Whole days after the due date; zero or less while not overdue."""
    return (today - due_on).days


class Applied(BaseModel):
    """Cash applied to one receivable."""

    model_config = ConfigDict(frozen=True)
    receivable_id: UUID
    amount: Amount


def apply_cash(
    amount: Decimal, items: Sequence[OpenItem], designated: Sequence[UUID]
) -> tuple[tuple[Applied, ...], Decimal]:
    """Apply a payment: the invoices the client named, in that order, else the oldest due first.

    Returns what was applied and what is left as unapplied cash. Raises Refused for an amount that is not
    positive or an invoice that is not open.
    """
    if amount <= ZERO:
        raise wrong_content("payment_not_positive", "A payment is more than zero.")
    by_invoice = {item.invoice_id: item for item in items}
    for invoice_id in designated:
        if invoice_id not in by_invoice:
            raise wrong_content("nothing_open", "One of the invoices named has nothing open.")
    order = (
        [by_invoice[invoice_id] for invoice_id in dict.fromkeys(designated)]
        if designated
        else sorted(items, key=lambda item: (item.due_on, item.invoice_number))
    )
    left = amount
    applied = []
    for item in order:
        part = min(left, item.open)
        if part > ZERO:
            applied.append(Applied(receivable_id=item.receivable_id, amount=part))
            left = less(left, part)
    return tuple(applied), left
