"""What issued invoices ask for in another currency than their contract's, as issued and as certified."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Text, func, select
from sqlalchemy.engine import RowMapping

from contracts_app.domain.money import round_to
from contracts_app.domain.tax.books import RateDay
from contracts_app.domain.tax.currency import ExchangeRate
from contracts_app.domain.tax.invoicing import Invoiced
from contracts_app.domain.tax.tax import TaxGroup
from contracts_app.store.exchange_tables import document_invoiced
from contracts_app.store.tables import contract

AMOUNTS = ("net", "tax", "gross", "retained", "due")


def owed_in() -> ColumnElement[str]:
    """The currency that a contract's invoices are owed in: that of its invoices, else its own."""
    terms = contract.c.terms
    return func.coalesce(terms["invoice_currency"].astext, terms["currency"].astext, type_=Text)


def keep(connection: Connection, firm_id: UUID, invoice_id: UUID, stage: str, made: Invoiced) -> None:
    """Write what an invoice, as issued or as certified, asks for in its own currency."""
    connection.execute(
        document_invoiced.insert().values(
            firm_id=firm_id,
            invoice_id=invoice_id,
            stage=stage,
            currency=made.currency,
            rate=made.rate.rate,
            rate_on=made.rate.on,
            source=made.rate.source,
            rate_of=made.rate_of.value,
            **{name: getattr(made, name) for name in AMOUNTS},
            groups=[group.model_dump(mode="json") for group in made.groups],
            lines=[f"{amount:f}" for amount in made.lines],
        )
    )


def kept(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Mapping[str, RowMapping]:
    """What an invoice asks for in its own currency, stage → row; nothing in its contract's."""
    rows = connection.execute(
        select(document_invoiced).where(
            document_invoiced.c.firm_id == firm_id, document_invoiced.c.invoice_id == invoice_id
        )
    ).mappings()
    return {row["stage"]: row for row in rows}


def said(connection: Connection, firm_id: UUID, invoice_id: UUID, of: str) -> Mapping[str, Invoiced]:
    """As `kept`, for an invoice of a contract in the currency `of`."""
    return {stage: _said(row, of) for stage, row in kept(connection, firm_id, invoice_id).items()}


def last_said(connection: Connection, firm_id: UUID, invoice_id: UUID, of: str) -> Invoiced | None:
    """What an invoice of a contract in the currency `of` asks for as it was certified, until then as it was
    issued; None in its contract's currency."""
    stages = said(connection, firm_id, invoice_id, of)
    return stages.get("certified") or stages.get("issued")


def _said(row: RowMapping, of: str) -> Invoiced:
    shown = f"{row['rate']:f}".rstrip("0").rstrip(".")
    return Invoiced(
        currency=row["currency"],
        rate=ExchangeRate.model_validate(
            {"of": of, "to": row["currency"], "rate": shown, "on": row["rate_on"], "source": row["source"]}
        ),
        rate_of=RateDay(row["rate_of"]),
        **{name: round_to(row[name], row["currency"]) for name in AMOUNTS},
        groups=tuple(TaxGroup.model_validate(group) for group in row["groups"]),
        lines=tuple(row["lines"]),
    )
