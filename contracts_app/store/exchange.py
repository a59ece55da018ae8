"""Rates of exchange as they are stored: what drafts capture, what issued invoices come to in the books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, func, select, update
from sqlalchemy.engine import RowMapping

from contracts_app.domain import business_time
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.tax.books import DraftExchange, InBooks, RateDay, looked_up_on
from contracts_app.domain.tax.currency import ExchangeRate
from contracts_app.domain.tax.invoicing import DraftInvoicing
from contracts_app.domain.transitions import NOT_OUT
from contracts_app.store.exchange_tables import document_books, exchange_rate, receivable_books
from contracts_app.store.invoiced import owed_in
from contracts_app.store.tables import contract, firm, invoice, legal_entity, person, receivable


@dataclass(frozen=True)
class Entered:
    """A rate that the firm entered, with who did."""

    id: UUID
    row: ExchangeRate
    entered_by: str


def entered(connection: Connection, firm_id: UUID) -> Sequence[Entered]:
    """The firm's rates that are not withdrawn, by currencies, the newest first."""
    rows = connection.execute(
        select(exchange_rate, person.c.name)
        .join(
            person,
            (person.c.firm_id == exchange_rate.c.firm_id) & (person.c.id == exchange_rate.c.entered_by),
        )
        .where(exchange_rate.c.firm_id == firm_id, exchange_rate.c.withdrawn_because.is_(None))
        .order_by(exchange_rate.c.of_currency, exchange_rate.c.to_currency, exchange_rate.c.rate_on.desc())
    ).mappings()
    return [Entered(row["id"], _rate(row), row["name"]) for row in rows]


def _rate(row: RowMapping) -> ExchangeRate:
    """The rate without the zeros that the column adds."""
    return ExchangeRate(
        of=row["of_currency"],
        to=row["to_currency"],
        rate=_short(row["rate"]),
        on=row["rate_on"],
        source=row["source"],
    )


def _short(rate: Decimal) -> Decimal:
    return Decimal(f"{rate:f}".rstrip("0").rstrip("."))


def find(connection: Connection, firm_id: UUID, rate_id: UUID) -> ExchangeRate | None:
    """A rate that is not withdrawn, for an id that somebody gave."""
    row = (
        connection.execute(
            select(exchange_rate).where(
                exchange_rate.c.firm_id == firm_id,
                exchange_rate.c.id == rate_id,
                exchange_rate.c.withdrawn_because.is_(None),
            )
        )
        .mappings()
        .first()
    )
    return None if row is None else _rate(row)


def rate_on(connection: Connection, firm_id: UUID, of: str, to: str, on: date) -> ExchangeRate | None:
    """The last rate of that day or an earlier one; None where there is none."""
    row = (
        connection.execute(
            select(exchange_rate)
            .where(
                exchange_rate.c.firm_id == firm_id,
                exchange_rate.c.of_currency == of,
                exchange_rate.c.to_currency == to,
                exchange_rate.c.rate_on <= on,
                exchange_rate.c.withdrawn_because.is_(None),
            )
            .order_by(exchange_rate.c.rate_on.desc())
            .limit(1)
        )
        .mappings()
        .first()
    )
    return None if row is None else _rate(row)


def withdraw(connection: Connection, firm_id: UUID, rate_id: UUID, reason: str) -> int:
    """Let a rate that was entered by mistake count no longer; returns its version."""
    version: int = connection.execute(
        update(exchange_rate)
        .where(exchange_rate.c.firm_id == firm_id, exchange_rate.c.id == rate_id)
        .values(version=exchange_rate.c.version + 1, withdrawn_because=reason)
        .returning(exchange_rate.c.version)
    ).scalar_one()
    return version


@dataclass(frozen=True)
class Rates:
    """What a draft captures of rates: to the invoice's currency, and from there to that of the books."""

    invoicing: DraftInvoicing | None = None
    exchange: DraftExchange | None = None


def captured(
    connection: Connection, firm_id: UUID, wanted: Mapping[UUID, tuple[ContractTerms, date | None]]
) -> Mapping[UUID, Rates]:
    """The rates of each contract's draft, contract → terms and end of the period; nothing for a contract in
    the currency of its legal entity and of its invoices. What covers no period (None) has the rate of the
    day of issue."""
    rows = connection.execute(
        select(
            contract.c.id,
            legal_entity.c.currency,
            legal_entity.c.time_zone,
            firm.c.shift_seconds,
            func.clock_timestamp().label("clock"),
        )
        .join(
            legal_entity,
            (legal_entity.c.firm_id == contract.c.firm_id)
            & (legal_entity.c.id == contract.c.legal_entity_id),
        )
        .join(firm, firm.c.id == contract.c.firm_id)
        .where(
            contract.c.firm_id == firm_id,
            contract.c.id.in_(list(wanted)),
            (contract.c.terms["currency"].astext != legal_entity.c.currency)
            | contract.c.terms["invoice_currency"].astext.is_not(None),
        )
    ).all()
    known: dict[tuple[str, str, date], ExchangeRate | None] = {}

    def rate(of: str, to: str, on: date) -> ExchangeRate | None:
        asked = (of, to, on)
        if asked not in known:
            known[asked] = rate_on(connection, firm_id, *asked)
        return known[asked]

    found = {}
    for row in rows:
        terms, period_to = wanted[row.id]
        now = business_time.business_now(row.clock, row.shift_seconds)
        agreed = terms.exchange if period_to else terms.exchange.model_copy(update={"rate_of": RateDay.issue})
        today_there = business_time.date_in(now, row.time_zone)
        on = looked_up_on(agreed, period_to or today_there, today_there)
        books, of = row.currency, agreed.rate_of
        found[row.id] = Rates(
            invoicing=DraftInvoicing(
                currency=terms.invoice_currency,
                functional=books,
                rate_of=of,
                rate=rate(terms.currency, terms.invoice_currency, on),
            )
            if terms.invoice_currency is not None
            else None,
            # What is agreed in the books' currency is booked as it was agreed.
            exchange=DraftExchange(functional=books, rate_of=of, rate=rate(terms.owed_in, books, on))
            if books not in (terms.currency, terms.owed_in)
            else None,
        )
    return found


def needed(connection: Connection, firm_id: UUID) -> Sequence[tuple[str, str]]:
    """The rates that contracts in force need, from the currency of each to that of its invoices, and from
    there to that of the books; in order."""
    agreed = contract.c.terms["currency"].astext
    rows = connection.execute(
        select(agreed.label("agreed"), owed_in().label("owed"), legal_entity.c.currency.label("books"))
        .join(
            legal_entity,
            (legal_entity.c.firm_id == contract.c.firm_id)
            & (legal_entity.c.id == contract.c.legal_entity_id),
        )
        .where(contract.c.firm_id == firm_id, contract.c.state == "active")
        .distinct()
    ).all()
    asked = {(row.agreed, row.owed) for row in rows} | {(row.owed, row.books) for row in rows}
    return sorted((of, to) for of, to in asked if of != to)


def today(connection: Connection, firm_id: UUID, contract_id: UUID) -> date:
    """The business date of the legal entity that bills a contract."""
    row = connection.execute(
        select(legal_entity.c.time_zone, firm.c.shift_seconds, func.clock_timestamp().label("clock"))
        .join(
            contract,
            (legal_entity.c.firm_id == contract.c.firm_id)
            & (legal_entity.c.id == contract.c.legal_entity_id),
        )
        .join(firm, firm.c.id == contract.c.firm_id)
        .where(contract.c.firm_id == firm_id, contract.c.id == contract_id)
    ).one()
    return business_time.date_in(business_time.business_now(row.clock, row.shift_seconds), row.time_zone)


def in_hand(connection: Connection, firm_id: UUID, of: str, to: str) -> Sequence[UUID]:
    """The contracts in one currency whose books or invoices are in the other and that have a draft in hand,
    as they are locked."""
    drafted = (
        select(invoice.c.id)
        .where(
            invoice.c.firm_id == contract.c.firm_id,
            invoice.c.contract_id == contract.c.id,
            invoice.c.state.in_([state.value for state in NOT_OUT]),
        )
        .exists()
    )
    query = (
        select(contract.c.id)
        .join(
            legal_entity,
            (legal_entity.c.firm_id == contract.c.firm_id)
            & (legal_entity.c.id == contract.c.legal_entity_id),
        )
        .where(
            contract.c.firm_id == firm_id,
            ((owed_in() == of) & (legal_entity.c.currency == to))
            | ((contract.c.terms["currency"].astext == of) & (owed_in() == to)),
            drafted,
        )
    )
    return sorted(connection.execute(query).scalars(), key=str)


def keep(connection: Connection, firm_id: UUID, invoice_id: UUID, said: InBooks) -> None:
    """Write what an invoice comes to in the books as it is issued."""
    connection.execute(
        document_books.insert().values(
            firm_id=firm_id,
            invoice_id=invoice_id,
            currency=said.currency,
            rate=said.rate.rate,
            rate_on=said.rate.on,
            source=said.rate.source,
            rate_of=said.rate_of.value,
            due=said.due,
            tax=said.tax,
            without_tax=said.without_tax,
            taken_over=said.taken_over,
        )
    )


def kept(connection: Connection, firm_id: UUID, invoice_id: UUID) -> RowMapping | None:
    """The row of an issued invoice; None in the books' own currency."""
    return (
        connection.execute(
            select(document_books).where(
                document_books.c.firm_id == firm_id, document_books.c.invoice_id == invoice_id
            )
        )
        .mappings()
        .first()
    )


def said(connection: Connection, firm_id: UUID, invoice_id: UUID, of: str) -> InBooks | None:
    """What an issued invoice that is owed in the currency `of` comes to in the books; None in their own
    currency."""
    row = kept(connection, firm_id, invoice_id)
    if row is None:
        return None
    books = row["currency"]
    pair = {"of": books, "to": of} if row["taken_over"] else {"of": of, "to": books}
    return InBooks(
        currency=books,
        rate=ExchangeRate(**pair, rate=_short(row["rate"]), on=row["rate_on"], source=row["source"]),
        rate_of=RateDay(row["rate_of"]),
        due=row["due"],
        tax=row["tax"],
        without_tax=row["without_tax"],
    )


def receivable_kept(connection: Connection, firm_id: UUID, invoice_id: UUID) -> RowMapping | None:
    """What the receivable of an invoice was booked with; None in the books' own currency."""
    return (
        connection.execute(
            select(receivable_books)
            .join(
                receivable,
                (receivable.c.firm_id == receivable_books.c.firm_id)
                & (receivable.c.id == receivable_books.c.receivable_id),
            )
            .where(receivable_books.c.firm_id == firm_id, receivable.c.invoice_id == invoice_id)
        )
        .mappings()
        .first()
    )


def owed(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Decimal | None:
    """The amount that the receivable of an invoice was booked with."""
    row = receivable_kept(connection, firm_id, invoice_id)
    return None if row is None else row["amount"]
