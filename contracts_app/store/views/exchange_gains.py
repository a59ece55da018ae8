"""What payments of an invoice in another currency gained or lost against the rate it was booked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from sqlalchemy import Connection, select

from contracts_app.domain.money import ZERO, total
from contracts_app.domain.tax.currency import ExchangeRate, Receivable, realized
from contracts_app.store import exchange
from contracts_app.store.tables import payment, receivable, receivable_entry


@dataclass(frozen=True)
class RealizedByPayment:
    """Cash applied to an invoice: `amount` in its currency, `gain` in the books' (below zero: a loss).

    What a certificate for less made unapplied again settled nothing here and is no part of it. None where
    there is no rate of the day it was received on, or of one before.
    """

    reference: str
    received_on: date
    amount: Decimal
    rate: ExchangeRate | None
    gain: Decimal | None


class _Entry(Protocol):
    """An entry of the receivable, with the payment that it is of."""

    @property
    def cause(self) -> str: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def payment_id(self) -> UUID: ...
    @property
    def reference(self) -> str: ...
    @property
    def received_on(self) -> date: ...


def realized_on(
    connection: Connection, firm_id: UUID, invoice_id: UUID, currency: str
) -> Sequence[RealizedByPayment]:
    """For each payment of an invoice that is owed in `currency`, in the order of their application
    (docs/SPEC-currency.md, rule 4).

    Nothing in the books' own currency.
    """
    booked = exchange.said(connection, firm_id, invoice_id, currency)
    kept = exchange.receivable_kept(connection, firm_id, invoice_id)
    if booked is None or kept is None:
        return ()
    entries = connection.execute(
        select(
            receivable_entry.c.cause,
            receivable_entry.c.amount,
            receivable_entry.c.payment_id,
            payment.c.reference,
            payment.c.received_on,
        )
        .join(
            receivable,
            (receivable.c.firm_id == receivable_entry.c.firm_id)
            & (receivable.c.id == receivable_entry.c.receivable_id),
        )
        .outerjoin(
            payment,
            (payment.c.firm_id == receivable_entry.c.firm_id)
            & (payment.c.id == receivable_entry.c.payment_id),
        )
        .where(receivable_entry.c.firm_id == firm_id, receivable.c.invoice_id == invoice_id)
        .order_by(receivable_entry.c.at)
    )
    rows = entries.all()
    arose = total(row.amount for row in rows if row.cause == "arises")
    rule = {"arose": arose, "booked": kept["amount"]} if booked.taken_over else {"booked_at": booked.rate}
    found, still_open = [], ZERO
    for row, amount in _kept(rows):
        if row.cause == "cash":
            owed = Receivable.model_validate(
                {"currency": currency, "functional": booked.currency, "open": still_open, **rule}
            )
            rate = exchange.rate_on(connection, firm_id, currency, booked.currency, row.received_on)
            gain = realized(owed, -amount, rate, row.received_on).gain if rate else None
            found.append(RealizedByPayment(row.reference, row.received_on, -amount, rate, gain))
        still_open = total((still_open, amount))
    return found


def _kept(entries: Sequence[_Entry]) -> Sequence[tuple[_Entry, Decimal]]:
    """The entries in their order with what stands of each: cash without what became unapplied again of its
    payment, which goes off the last that was applied; what comes to nothing is left out."""
    freed: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for row in entries:
        if row.cause == "unapplied":
            freed[row.payment_id] += row.amount
    kept = []
    for row in reversed(entries):
        if row.cause == "unapplied":
            continue
        off = min(freed[row.payment_id], -row.amount) if row.cause == "cash" else ZERO
        if off:
            freed[row.payment_id] -= off
        kept.append((row, total((row.amount, off))))
    return [(row, amount) for row, amount in reversed(kept) if amount]
