"""Time that cannot be billed yet because it has no price, by who worked in which role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, func, select

from contracts_app.domain.refusals import Refused
from contracts_app.domain.time.overtime import Work, looked_up
from contracts_app.domain.time.rate_card import RateCard
from contracts_app.store.agreements import rate_cards
from contracts_app.store.billing_tables import time_entry
from contracts_app.store.contracts import find, terms_of
from contracts_app.store.time import overtime_of
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
    row_of_contract = find(connection, firm_id, contract_id)
    if row_of_contract is None:
        return []
    terms = terms_of(row_of_contract)
    worked_days = connection.execute(
        of_entries(
            select(
                time_entry.c.person,
                time_entry.c.role,
                time_entry.c.project,
                time_entry.c.work_date,
                time_entry.c.overtime,
                time_entry.c.premium_only,
                time_entry.c.overtime_approved_by,
                func.count().label("entries"),
            )
        )
        .where(to_be_billed(firm_id, [contract_id]))
        .group_by(
            time_entry.c.person,
            time_entry.c.role,
            time_entry.c.project,
            time_entry.c.work_date,
            time_entry.c.overtime,
            time_entry.c.premium_only,
            time_entry.c.overtime_approved_by,
        )
        .order_by(time_entry.c.person, time_entry.c.role, time_entry.c.work_date)
    )
    found: dict[tuple[str, str | None], Unpriced] = {}
    for row in worked_days:
        worked = overtime_of(row.overtime, row.premium_only, row.overtime_approved_by)
        work = Work(row.person, row.role, row.work_date, row.project, worked)
        if isinstance(looked_up(card, terms.overtime, work), Refused):
            before = found.get((row.person, row.role))
            found[row.person, row.role] = Unpriced(
                person=row.person,
                role=row.role,
                first=before.first if before else row.work_date,
                last=row.work_date,
                entries=row.entries + (before.entries if before else 0),
            )
    return list(found.values())
