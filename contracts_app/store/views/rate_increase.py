"""What an increase of rates would change, contract by contract, and the names to choose from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from contracts_app.domain import canonical
from contracts_app.domain.refusals import Refused
from contracts_app.domain.time.rate_card import Key, RateRow
from contracts_app.domain.time.rate_increase import Increase, begins_later, raised
from contracts_app.store import agreements
from contracts_app.store.tables import client, contract


@dataclass(frozen=True)
class Change:
    """A rate before and after."""

    whose: str
    before: Decimal
    after: Decimal


@dataclass(frozen=True)
class Preview:
    """A contract with what would change; `refused` says why nothing can, `later` what is left alone."""

    contract_id: UUID
    number: str
    title: str
    client: str
    currency: str
    changes: Sequence[Change]
    later: int
    seen: str
    refused: str


def client_names(connection: Connection, firm_id: UUID) -> Sequence[str]:
    """The clients of the firm, by name."""
    found = select(client.c.name).where(client.c.firm_id == firm_id).order_by(client.c.name)
    return connection.execute(found).scalars().all()


def numbers_of(connection: Connection, firm_id: UUID, contract_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The number of each of these contracts that the firm has."""
    found = select(contract.c.id, contract.c.number).where(
        contract.c.firm_id == firm_id, contract.c.id.in_(contract_ids)
    )
    return {row.id: row.number for row in connection.execute(found)}


def previewed(connection: Connection, firm_id: UUID, increase: Increase, client_name: str) -> list[Preview]:
    """Each contract in force with a rate card, by number; those with nothing to raise say why."""
    rows = connection.execute(
        select(contract.c.id, contract.c.number, contract.c.title, contract.c.terms, client.c.name)
        .join(client, (client.c.firm_id == contract.c.firm_id) & (client.c.id == contract.c.client_id))
        .where(contract.c.firm_id == firm_id, contract.c.state == "active")
        .order_by(contract.c.number)
    ).all()
    named = {row.id: row for row in rows if not client_name or row.name == client_name}
    cards = agreements.rate_cards(connection, firm_id, list(named))
    return [_preview(named[one], cards[one], increase) for one in named if one in cards]


def _preview(row: Any, card: Sequence[RateRow], increase: Increase) -> Preview:
    refused = ""
    added: tuple[RateRow, ...] = ()
    try:
        added = raised(card, increase)
    except Refused as why:
        refused = why.sentence
    before: dict[Key, Decimal] = {}
    for one in sorted(card, key=lambda known: known.effective_from):
        if one.covers(increase.effective_from):
            before[one.key] = one.rate
    return Preview(
        contract_id=row.id,
        number=row.number,
        title=row.title,
        client=row.name,
        currency=row.terms["currency"],
        changes=[Change(whose(one), before[one.key], one.rate) for one in added],
        later=len(begins_later(card, increase)),
        seen=canonical.digest(added),
        refused=refused,
    )


def whose(row: RateRow) -> str:
    """Whose hours a row of the rate card prices, in words."""
    person = " as ".join(part for part in (row.person, row.role) if part) or "everybody"
    parts = (person, f"on {row.project}" if row.project else "", row.overtime or "")
    return ", ".join(part for part in parts if part)
