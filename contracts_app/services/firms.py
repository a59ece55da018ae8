"""A new firm: legal entity, number series, people and clients. Done by the operator, not by a command."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from contracts_app.domain.business_time import shift_to
from contracts_app.domain.commands.subjects import Subject
from contracts_app.services.legal_entities import add as add_legal_entity
from contracts_app.store import clients, firms, processes
from contracts_app.store.tables import client
from contracts_app.store.transaction import Origin, Transaction, own_step

LONG_AGO = -(2**62)


@dataclass(frozen=True)
class NewFirm:
    """A firm to found. `starts_on` is the first day of a practice firm's calendar; None for a live firm."""

    id: UUID
    name: str
    time_zone: str
    country: str
    currency: str
    address: str
    email: str
    number_prefix: str
    starts_on: date | None = None
    tax_id: str | None = None
    payment_instructions: str = ""


def found(engine: Engine, new: NewFirm) -> bool:
    """Found the firm with one legal entity of the same name; False when it exists already."""
    founded = False

    def first(connection: Connection) -> None:
        nonlocal founded
        if firms.find(connection, new.id) is None:
            _add(connection, new)
            founded = True

    with own_step(engine, new.id, "found", Origin(), first=first) as tx:
        if not founded:
            return False
        add_legal_entity(
            tx,
            name=new.name,
            country=new.country,
            currency=new.currency,
            time_zone=new.time_zone,
            address=new.address,
            email=new.email,
            number_prefix=new.number_prefix,
            tax_id=new.tax_id,
            payment_instructions=new.payment_instructions,
        )
        if new.starts_on is not None:
            processes.open_process(tx, Subject.calendar, new.id)
        tx.record(
            "firm", new.id, 1, "found_firm", None, "open", {}, {"name": new.name, "starts_on": new.starts_on}
        )
    return True


def _add(connection: Connection, new: NewFirm) -> None:
    shift = 0
    if new.starts_on is not None:
        opening = datetime.combine(new.starts_on, time(9, 0), ZoneInfo(new.time_zone))
        shift = shift_to(opening, firms.clock(connection), LONG_AGO)
    firms.add(
        connection,
        new.id,
        name=new.name,
        kind="live" if new.starts_on is None else "practice",
        shift_seconds=shift,
        time_zone=new.time_zone,
        state="open",
    )


def add_client(tx: Transaction, name: str, email: str, address: str) -> UUID:
    """Add a client company with the address that its invoices are mailed to; a known name answers its id."""
    known = clients.named(tx.connection, tx.firm_id, name)
    if known is not None:
        return known
    client_id = tx.new_id("client", name)
    tx.create(
        client, "client", "add_client", id=client_id, name=name, email=email, address=address, state="active"
    )
    return client_id
