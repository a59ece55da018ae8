"""The client does not reply to an application in time: the firm is told (SPEC-pay-application, rule 16)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.engine import RowMapping

from contracts_app.domain import business_time
from contracts_app.domain.receivables import reply_clock
from contracts_app.domain.receivables.reply_clock import Escalation
from contracts_app.domain.roles import Role
from contracts_app.services.invoices import name_of
from contracts_app.settings import Settings
from contracts_app.store import clients, contracts, invoices, legal_entities, messages, people
from contracts_app.store.tables import invoice
from contracts_app.store.transaction import Origin, Transaction, own_step


@dataclass(frozen=True)
class ReplyClock:
    """How an application that is with the client stands against its last day of reply.

    `letter`: the one to write now; `next_at`: when the next one falls due.
    """

    letter: Escalation | None
    next_at: datetime | None


def clock_of(tx: Transaction, agreed: RowMapping, issued: RowMapping) -> ReplyClock:
    """The clock of an issued application of this contract. A day begins at eight, where the entity that bills
    is, as all dated work does."""
    zone = legal_entities.get(tx.connection, tx.firm_id, agreed["legal_entity_id"])["time_zone"]
    today = tx.today(zone)
    if tx.now < business_time.opening_of(today, zone):
        today -= timedelta(days=1)
    reply_by = issued["certification_due_on"]
    told = messages.kinds_about(tx.connection, tx.firm_id, issued["invoice_id"])
    coming = reply_clock.next_day(reply_by, today)
    return ReplyClock(
        reply_clock.due(reply_by, today, told), business_time.opening_of(coming, zone) if coming else None
    )


def tell_overdue(engine: Engine, settings: Settings, firm_id: UUID, invoice_id: UUID, origin: Origin) -> None:
    """Write the letter that is due, once, unless the client has replied meanwhile."""
    with own_step(engine, firm_id, f"overdue:{invoice_id}", origin) as tx:
        row = tx.lock(invoice, invoice_id, "invoice")
        if row["state"] != "submitted":
            return
        agreed = contracts.find(tx.connection, firm_id, row["contract_id"])
        issued = invoices.issued(tx.connection, firm_id, invoice_id)
        assert agreed is not None  # foreign key
        assert issued is not None  # it is submitted
        letter = clock_of(tx, agreed, issued).letter
        if letter is None:
            return
        today = legal_entities.today(tx, agreed["legal_entity_id"])
        called = f"{name_of(row)} ({issued['number_text']})"
        for address, name in _told(tx, row, agreed, letter):
            messages.queue(
                tx,
                kind=letter.kind,
                client_id=agreed["client_id"],
                legal_entity_id=agreed["legal_entity_id"],
                recipient=address,
                subject=f"Overdue for certification: {called}, {agreed['number']} {agreed['title']}"[:200],
                body=_body(
                    name,
                    f"{called} of contract {agreed['number']} {agreed['title']}",
                    clients.get(tx.connection, firm_id, agreed["client_id"])["name"],
                    issued["issued_on"],
                    issued["certification_due_on"],
                    f"{settings.public_url}/invoices/{invoice_id}",
                ),
                business_date=today,
                invoice_id=invoice_id,
            )


def _told(
    tx: Transaction, row: RowMapping, agreed: RowMapping, letter: Escalation
) -> Iterator[tuple[str, str]]:
    """Address and name, each once: whoever prepared it, or every coordinator where he is none any more, the
    project manager and, of a later letter, the controllers; the firm itself where nobody is left."""
    known = people.coordinators(tx.connection, tx.firm_id)
    told = [one for one in known if one["id"] == row["prepared_by"]] or list(known)
    wanted = [agreed["project_manager_id"]]
    if letter.to_controllers:
        controllers = people.who_hold(tx.connection, tx.firm_id, (Role.controller,))
        wanted.extend(one.id for one in controllers)
    for person_id in wanted:
        found = people.contact(tx.connection, tx.firm_id, person_id)
        told.extend([found] if found else [])
    addresses = {one["email"]: one["name"] for one in told}
    if not addresses:
        sender = legal_entities.get(tx.connection, tx.firm_id, agreed["legal_entity_id"])
        addresses = {sender["email"]: sender["name"]}
    yield from addresses.items()


def _body(name: str, called: str, client: str, issued_on: date, reply_by: date, link: str) -> str:
    return "\n".join(
        [
            f"To {name},",
            "",
            f"{called} went to {client} on {issued_on}.",
            f"The client could certify it, in full or less, or withhold it until {reply_by},",
            "and has not replied. Please ask the client; nothing is certified by silence.",
            "",
            link,
            "",
        ]
    )
