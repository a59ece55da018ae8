"""What is open in other currencies than the books', as the books carry it and at the newest rate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, func, select

from contracts_app.domain.money import ZERO, total
from contracts_app.domain.tax.currency import ExchangeRate, Receivable, revalued
from contracts_app.store import exchange
from contracts_app.store.exchange_tables import document_books, receivable_books
from contracts_app.store.tables import issued_invoice, legal_entity, receivable, receivable_entry


@dataclass(frozen=True)
class OpenInCurrency:
    """Receivables of a legal entity in one currency: `open` in that one, `carried` in the books' at the rates
    of their invoices, `revalued` there at the newest rate, None without one; `gain` is not realized yet."""

    legal_entity: str
    currency: str
    books: str
    count: int
    open: Decimal
    carried: Decimal
    rate: ExchangeRate | None
    revalued: Decimal | None
    gain: Decimal | None


def open_in_currencies(connection: Connection, firm_id: UUID, on: date) -> Sequence[OpenInCurrency]:
    """By legal entity and currency; never netted across them."""
    groups: dict[tuple[str, str, str], list[Receivable]] = {}
    for name, one in _open(connection, firm_id):
        groups.setdefault((name, one.currency, one.functional), []).append(one)
    found = []
    for (name, currency, books), items in sorted(groups.items()):
        rate = exchange.rate_on(connection, firm_id, currency, books, on)
        at_rate = [revalued(item, rate, on) for item in items] if rate else None
        found.append(
            OpenInCurrency(
                legal_entity=name,
                currency=currency,
                books=books,
                count=len(items),
                open=total(item.open for item in items),
                carried=total(item.carried(item.open) for item in items),
                rate=rate,
                revalued=None if at_rate is None else total(one.revalued for one in at_rate),
                gain=None if at_rate is None else total(one.gain for one in at_rate),
            )
        )
    return found


def _open(connection: Connection, firm_id: UUID) -> Iterator[tuple[str, Receivable]]:
    amount = func.sum(receivable_entry.c.amount)
    rows = connection.execute(
        select(
            legal_entity.c.name,
            receivable.c.currency,
            receivable_books.c.currency.label("books"),
            receivable_books.c.rate,
            receivable_books.c.amount.label("booked"),
            document_books.c.rate_on,
            document_books.c.source,
            document_books.c.taken_over,
            func.sum(receivable_entry.c.amount).filter(receivable_entry.c.cause == "arises").label("arose"),
            amount.label("open"),
        )
        .join(
            receivable_entry,
            (receivable_entry.c.firm_id == receivable.c.firm_id)
            & (receivable_entry.c.receivable_id == receivable.c.id),
        )
        .join(
            receivable_books,
            (receivable_books.c.firm_id == receivable.c.firm_id)
            & (receivable_books.c.receivable_id == receivable.c.id),
        )
        .join(
            document_books,
            (document_books.c.firm_id == receivable.c.firm_id)
            & (document_books.c.invoice_id == receivable.c.invoice_id),
        )
        .join(
            issued_invoice,
            (issued_invoice.c.firm_id == receivable.c.firm_id)
            & (issued_invoice.c.invoice_id == receivable.c.invoice_id),
        )
        .join(
            legal_entity,
            (legal_entity.c.firm_id == issued_invoice.c.firm_id)
            & (legal_entity.c.id == issued_invoice.c.legal_entity_id),
        )
        .where(receivable.c.firm_id == firm_id)
        .group_by(
            receivable.c.id,
            legal_entity.c.name,
            receivable.c.currency,
            receivable_books.c.currency,
            receivable_books.c.rate,
            receivable_books.c.amount,
            document_books.c.rate_on,
            document_books.c.source,
            document_books.c.taken_over,
        )
        .having(amount > ZERO)
    )
    for row in rows:
        if row.taken_over:
            booked = {"arose": row.arose, "booked": row.booked}
        else:
            booked = {
                "booked_at": ExchangeRate(
                    of=row.currency, to=row.books, rate=row.rate, on=row.rate_on, source=row.source
                )
            }
        yield (
            row.name,
            Receivable.model_validate(
                {"currency": row.currency, "functional": row.books, "open": row.open, **booked}
            ),
        )
