"""An approval waits longer than the policy wants: approvers are reminded, then the controllers are told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.engine import RowMapping

from contracts_app.domain import business_time
from contracts_app.domain.approving import reminding
from contracts_app.domain.roles import Role
from contracts_app.services import approval_chains
from contracts_app.services.approval_policies import APPROVERS
from contracts_app.services.invoices import name_of
from contracts_app.settings import Settings
from contracts_app.store import (
    approval_policies,
    approval_waits,
    clients,
    contracts,
    holidays,
    legal_entities,
    messages,
    people,
)
from contracts_app.store.tables import invoice
from contracts_app.store.transaction import Origin, Transaction, own_step
from contracts_app.store.views import my_approvals


@dataclass(frozen=True)
class Standing:
    """How the approval of a draft stands against the policy: since when it waits, the letter to write now,
    when the next one is due."""

    since: date | None
    letter: str | None
    next_at: datetime | None
    next_letter: str | None


NOT_WATCHED = Standing(None, None, None, None)
"""Of a draft that is not in review, or where the policy wants nobody written to."""


def standing(tx: Transaction, agreed: RowMapping, invoice_id: UUID) -> Standing:
    """The clock of a draft in review, by the policy of the day. A day begins at eight, where the entity that
    bills is, as all dated work does."""
    zone = legal_entities.get(tx.connection, tx.firm_id, agreed["legal_entity_id"])["time_zone"]
    today = tx.today(zone)
    policy = approval_policies.in_force(tx.connection, tx.firm_id, today)
    if policy.remind_after is None and policy.escalate_after is None:
        return NOT_WATCHED
    if tx.now < business_time.opening_of(today, zone):
        today -= timedelta(days=1)
    began = approval_waits.since(tx.connection, tx.firm_id, invoice_id)
    told = messages.kinds_since(tx.connection, tx.firm_id, invoice_id, began.at)
    since = business_time.date_in(began.business_at, zone)
    clock = reminding.clock(
        policy,
        since,
        today,
        told,
        holidays.business_days(tx.connection, tx.firm_id),
    )
    coming = business_time.opening_of(clock.next_on, zone) if clock.next_on else None
    return Standing(since, clock.letter, coming, clock.next_letter)


def remind_approvers(
    engine: Engine, settings: Settings, firm_id: UUID, invoice_id: UUID, origin: Origin
) -> None:
    """Write the letter that is due, once, unless the draft waits no longer."""
    with own_step(engine, firm_id, f"waits:{invoice_id}", origin) as tx:
        row = tx.lock(invoice, invoice_id, "invoice")
        if row["state"] != "in_review":
            return
        agreed = contracts.find(tx.connection, firm_id, row["contract_id"])
        assert agreed is not None  # foreign key
        known = standing(tx, agreed, invoice_id)
        if known.letter is None:
            return
        letter, since = known.letter, known.since
        began = approval_waits.since(tx.connection, firm_id, invoice_id)
        today = legal_entities.today(tx, agreed["legal_entity_id"])
        asked = _asked(tx, invoice_id)
        called = f"{name_of(row)} of contract {agreed['number']} {agreed['title']}"
        of_round = tx.part(str(began.seq))
        for person_id in _told(tx, letter, asked):
            to = people.contact(tx.connection, firm_id, person_id)
            if to is None:
                continue
            messages.queue(
                of_round,
                kind=letter,
                client_id=agreed["client_id"],
                legal_entity_id=agreed["legal_entity_id"],
                recipient=to["email"],
                subject=f"Waits for approval since {since}: {called}"[:200],
                body=_body(
                    to["name"],
                    called,
                    clients.get(tx.connection, firm_id, agreed["client_id"])["name"],
                    f"waits for approval since {since}",
                    [people.name_of(tx.connection, firm_id, one) for one in asked],
                    letter,
                    settings.public_url,
                    invoice_id,
                ),
                business_date=today,
                invoice_id=invoice_id,
            )


def _asked(tx: Transaction, invoice_id: UUID) -> Sequence[UUID]:
    """Who may take an open step now, by name."""
    today = tx.today()
    return [
        one.id
        for one in people.who_hold(tx.connection, tx.firm_id, APPROVERS)
        for takers in (approval_chains.takers(tx.connection, tx.firm_id, one.id, today),)
        if any(
            draft.invoice_id == invoice_id for draft in my_approvals.drafts(tx.connection, tx.firm_id, takers)
        )
    ]


def _told(tx: Transaction, letter: str, asked: Sequence[UUID]) -> Iterator[UUID]:
    """Those who may approve and, once it is told further, every controller; each once."""
    told = list(asked)
    if letter == reminding.ESCALATED or not told:
        told.extend(one.id for one in people.who_hold(tx.connection, tx.firm_id, (Role.controller,)))
    yield from dict.fromkeys(told)


def _body(
    name: str,
    called: str,
    client: str,
    waits: str,
    asked: Sequence[str],
    letter: str,
    address: str,
    invoice_id: UUID,
) -> str:
    who = f"Who may approve it: {', '.join(asked)}." if asked else "Nobody may approve it as things stand."
    way_out = (
        [
            "",
            "A controller can let somebody approve in the place of who is away:",
            f"{address}/approval-policy",
        ]
        if letter == reminding.ESCALATED
        else []
    )
    return "\n".join(
        [
            f"To {name},",
            "",
            f"{called} for {client} {waits}.",
            who,
            "",
            f"{address}/invoices/{invoice_id}/review",
            *way_out,
            "",
        ]
    )
