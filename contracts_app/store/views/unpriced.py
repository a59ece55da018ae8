"""Time that cannot be billed yet because the rate card has no rate for it, by who worked in which role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, func, select

from contracts_app.domain.time.rate_card import RateCard
from contracts_app.store.billing_tables import time_entry
from contracts_app.store.capturing import rate_cards
from contracts_app.store.views.time_register import of_entries, to_be_billed


@dataclass(frozen=True)
class Unpriced:
    """Entries of a person in a role without a rate, from the first day worked to the last."""

    person: str
    role: str | None
    first: date
    last: date
    entries: int


def unpriced(connection: Connection, firm_id: UUID, contract_id: UUID) -> list[Unpriced]:
    """What of a contract's time to be billed has no rate, by person and role."""
    card = RateCard(rate_cards(connection, firm_id, [contract_id]).get(contract_id, ()))
    worked = connection.execute(
        of_entries(
            select(
                time_entry.c.person,
                time_entry.c.role,
                time_entry.c.project,
                time_entry.c.work_date,
                func.count().label("entries"),
            )
        )
        .where(to_be_billed(firm_id, [contract_id]))
        .group_by(time_entry.c.person, time_entry.c.role, time_entry.c.project, time_entry.c.work_date)
        .order_by(time_entry.c.person, time_entry.c.role, time_entry.c.work_date)
    )
    found: dict[tuple[str, str | None], Unpriced] = {}
    for row in worked:
        if card.find(row.person, row.role, row.work_date, row.project) is None:
            before = found.get((row.person, row.role))
            found[row.person, row.role] = Unpriced(
                person=row.person,
                role=row.role,
                first=before.first if before else row.work_date,
                last=row.work_date,
                entries=row.entries + (before.entries if before else 0),
            )
    return list(found.values())
