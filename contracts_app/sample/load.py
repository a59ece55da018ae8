"""Found the sample firm, once."""

from __future__ import annotations

import asyncio

from contracts_app.domain.commands.subjects import Subject
from contracts_app.sample.people import CLIENTS, EUROPE, FIRM, PEOPLE, SignIn, sign_ins
from contracts_app.services import firms, legal_entities
from contracts_app.services.sign_in import add_person, hash_password
from contracts_app.settings import Settings
from contracts_app.store.firms import addresses
from contracts_app.store.legal_entities import named
from contracts_app.store.transaction import Origin, open_engine, own_step
from contracts_app.temporal import connect
from workflows.doors import Doors


def load(settings: Settings) -> tuple[SignIn, ...]:
    """The sample firm with its client and people; what is there already is left as it is."""
    engine = open_engine(settings.database_url, pool_size=2)
    passwords = {one.name: one.password for one in sign_ins(settings)}
    try:
        firms.found(engine, FIRM)
        with own_step(engine, FIRM.id, "sample people", Origin()) as tx:
            known = addresses(tx.connection, FIRM.id)
            clients = {name: firms.add_client(tx, name, email, address) for name, email, address in CLIENTS}
            if named(tx.connection, FIRM.id, EUROPE["name"]) is None:
                legal_entities.add(tx, **EUROPE)
            for person in PEOPLE:
                if person.email not in known:
                    add_person(
                        tx,
                        name=person.name,
                        email=person.email,
                        password_hash=hash_password(settings, passwords[person.email]),
                        roles=person.roles,
                        client_id=clients[person.client] if person.client else None,
                    )
        asyncio.run(_open_calendar(settings))
    finally:
        engine.dispose()
    return sign_ins(settings)


async def _open_calendar(settings: Settings) -> None:
    engine = open_engine(settings.database_url, pool_size=1)
    doors = Doors(await connect(settings), engine, settings.task_queue)
    await doors.open_process(FIRM.id, Subject.calendar, FIRM.id)
    engine.dispose()
    await asyncio.sleep(0.5)  # a client that has just connected may abort the interpreter's exit
