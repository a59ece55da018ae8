"""Notices that a limit is nearly used up: written down once, and mailed to those who can do something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.engine import RowMapping

from contracts_app import law
from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.funding.limit_notices import (
    ORDER_LEVELS,
    NoticeClause,
    due,
    sentence,
    usual_levels,
)
from contracts_app.domain.funding.limits import Standing
from contracts_app.services import limit_standings
from contracts_app.store import client_orders, contracts, legal_entities, limit_notices, messages, people
from contracts_app.store.transaction import Transaction

KIND = "limit_notice"
"""The kind of a message inside the firm: no client sees it."""


def tell(tx: Transaction, row: RowMapping) -> tuple[str, ...]:
    """Tell of every level of the contract's limits that is reached and was not told before; the contract is
    locked. Returns the process that mails it.

    What is billed, approved and not billed yet counts. A contract without caps over several lines and without
    purchase orders is passed over.
    """
    terms = contracts.terms_of(row)
    if not terms.limited and not client_orders.open_orders(tx.connection, tx.firm_id, [row["id"]]):
        return ()
    today = legal_entities.today(tx, row["legal_entity_id"])
    stands = limit_standings.stand(tx.connection, tx.firm_id, row["id"], today)
    if stands is None:
        return ()
    named = stands.named()
    told = limit_notices.told(tx.connection, tx.firm_id, named)
    found = [
        (notice, name)
        for limit_id, (name, standing) in named.items()
        for notice in due(
            limit_id,
            standing.amount,
            standing.earned,
            _levels(terms, of_order=limit_id in stands.of_lines, on=today),
            told,
        )
    ]
    ids = {tx.new_id("limit_notice", one.limit_id, f"{one.level:f}"): (one, name) for one, name in found}
    new = limit_notices.note(tx.connection, tx.firm_id, row["id"], ids, today)
    sentences = [sentence(one, name, terms.currency) for key, (one, name) in ids.items() if key in new]
    if not sentences:
        return ()
    about = {"limits": [name for key, (_, name) in ids.items() if key in new]}
    tx.record("contract_limits", row["id"], 0, "tell_of_limit", None, None, {}, about, sentences[-1])
    _mail(tx, row, sentences, today)
    return (process_name(Subject.follow_up, row["client_id"]),)


@dataclass(frozen=True)
class NearlyUsed:
    """A limit of which a level is reached now."""

    contract_id: UUID
    contract_number: str
    contract_title: str
    currency: str
    name: str
    level: Decimal
    standing: Standing


def nearly_used(
    connection: Connection, firm_id: UUID, today: date, project_manager_id: UUID | None = None
) -> Sequence[NearlyUsed]:
    """The limits that somebody was told of and that are not raised since, by contract: of all contracts in
    force, or of those that one project manager answers for."""
    found = []
    for row in limit_notices.contracts_told_of(connection, firm_id, project_manager_id):
        terms = contracts.terms_of(row)
        stands = limit_standings.stand(connection, firm_id, row["id"], today)
        for limit_id, (name, standing) in stands.named().items() if stands else ():
            levels = _levels(terms, of_order=stands is not None and limit_id in stands.of_lines, on=today)
            reached = due(limit_id, standing.amount, standing.earned, levels, ())
            if reached:
                found.append(
                    NearlyUsed(
                        row["id"],
                        row["number"],
                        row["title"],
                        terms.currency,
                        name,
                        reached[-1].level,
                        standing,
                    )
                )
    return found


def _levels(terms: ContractTerms, *, of_order: bool, on: date) -> Sequence[Decimal]:
    if terms.notice_levels:
        return terms.notice_levels
    return ORDER_LEVELS if of_order else usual_levels(law.table("cap_notices", NoticeClause), on)


def _mail(tx: Transaction, row: RowMapping, sentences: Sequence[str], today: date) -> None:
    """One letter to the project manager, and one to the coordinator who prepared the contract, or to every
    coordinator where he is none any more."""
    told = people.coordinators(tx.connection, tx.firm_id)
    told = [one for one in told if one["id"] == row["prepared_by"]] or told
    addresses = {one["email"]: one["name"] for one in told}
    manager = people.contact(tx.connection, tx.firm_id, row["project_manager_id"])
    if manager is not None:
        addresses.setdefault(manager["email"], manager["name"])
    number, title = row["number"], row["title"]
    for address, name in addresses.items():
        messages.queue(
            tx,
            kind=KIND,
            client_id=row["client_id"],
            legal_entity_id=row["legal_entity_id"],
            recipient=address,
            subject=f"Limit nearly used up: {number} {title}"[:200],
            body="\n".join(
                [
                    f"To {name},",
                    "",
                    f"on contract {number} {title}:",
                    "",
                    *(f"- {one}" for one in sentences),
                    "",
                    "What passes a limit stays unbilled until a change order raises it; what passes a",
                    "purchase order waits until the client amends it. Ask for either in time.",
                    "",
                ]
            ),
            business_date=today,
        )
