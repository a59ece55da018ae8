"""The audit log: changes by many at once, with it and without, and how long a whole log takes to verify.

The product: sixteen clients of the database, each changing a record of its own again and again, each change a
transaction through the product's own step with its audit entry. The baseline: the same statements by the same
threads without the entry, as the owner of the tables, whom the guards of the log let pass. Then the chain is
read from its first entry to its last by the verifier: an entry that two others follow, or that is missing,
ends the measurement. The log that is verified is made up: entries as large as the product's, chained alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from itertools import repeat
from uuid import UUID, uuid4

from sqlalchemy import Engine, select, text, update

from bench.figure import Figure, per_second, ratio
from bench.place import place
from bench.size import Size
from contracts_app.services import audit_export
from contracts_app.services import firms as firms_of
from contracts_app.settings import Settings
from contracts_app.store.tables import client
from contracts_app.store.tables import firm as firms
from contracts_app.store.transaction import Origin, open_engine, own_step, reading
from verifier.contracts_verify import findings, link

CLIENTS = 16
_SEE_AND_LOCK = text(
    "SELECT set_config('app.firm', :firm, true), pg_advisory_xact_lock(hashtextextended(:key, 0))"
)
_BODY = '{"action":"change_client","kind":"client","made":"up","padding":"%s"}'
_PADDING = "x" * 700
"""An entry of the product has about 860 bytes."""


def measure(size: Size) -> Iterator[Figure]:
    """With and without the log in turns; then the verification of it, and of a large one."""
    with place() as at:
        settings = at.migrated("audited")
        engine = open_engine(settings.database_url, pool_size=CLIENTS)
        owner = open_engine(settings.owner_database_url, pool_size=CLIENTS)
        try:
            yield from _compared(engine, owner, settings, size)
        finally:
            engine.dispose()
            owner.dispose()
    if size.entries_verified:
        yield _verified(size.entries_verified)


def _compared(engine: Engine, owner: Engine, settings: Settings, size: Size) -> Iterator[Figure]:
    firm_id = _founded(engine)
    with own_step(engine, firm_id, "clients", Origin()) as tx:
        records = [
            firms_of.add_client(tx, f"Sample {n}", f"c{n}@sample.example", "1 Street") for n in range(CLIENTS)
        ]
    each = size.changes // CLIENTS
    audited, bare = [], []
    for run in range(size.runs):
        audited.append(_all(records, each, partial(_audited, engine, firm_id, run)))
        bare.append(_all(records, each, partial(_bare, owner, firm_id)))
    count = each * CLIENTS
    called = f"{count:,} changes by {CLIENTS} clients"
    yield per_second(f"{called}, each with its audit entry", count, audited, "changes")
    yield per_second(f"{called}, without", count, bare, "changes")
    yield ratio(f"{called}: with the log to without", audited, bare)
    began = time.perf_counter()
    with reading(engine, firm_id) as connection:
        wrong = list(findings(audit_export.lines(connection, firm_id), ()))
        entries = connection.execute(text("SELECT seq FROM audit_head")).scalar_one()
    if wrong or entries < size.runs * count:
        raise RuntimeError(f"{entries} entries, and {wrong[:3]}")
    yield Figure(
        f"the log of {entries:,} entries read and verified: no fork, no gap", [time.perf_counter() - began]
    )


def _founded(engine: Engine) -> UUID:
    firm_id = uuid4()
    firms_of.found(
        engine,
        firms_of.NewFirm(
            id=firm_id,
            name="Sample Firm",
            time_zone="America/Chicago",
            country="US",
            currency="USD",
            address="1 Street",
            email="billing@sample.example",
            number_prefix="S-",
            starts_on=date(2024, 2, 19),
        ),
    )
    return firm_id


def _all(records: list[UUID], each: int, change: Callable[[UUID, int], None]) -> float:
    def one_after_the_other(record: UUID) -> None:
        for number in range(each):
            change(record, number)

    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(one_after_the_other, records))
    return time.perf_counter() - began


def _audited(engine: Engine, firm_id: UUID, run: int, record: UUID, number: int) -> None:
    with own_step(engine, firm_id, f"{record}:{run}:{number}", Origin()) as tx:
        row = tx.lock(client, record, "client")
        tx.change(client, "client", row, "change_client", address=f"{number} Street")


def _bare(engine: Engine, firm_id: UUID, record: UUID, number: int) -> None:
    of_firm = client.c.firm_id == firm_id
    with engine.begin() as connection:
        connection.execute(_SEE_AND_LOCK, {"firm": str(firm_id), "key": f"{record}:{number}"})
        connection.execute(select(firms.c.shift_seconds).where(firms.c.id == firm_id)).one()
        connection.execute(
            select(client).where(of_firm, client.c.id == record).with_for_update(key_share=True)
        ).one()
        connection.execute(
            update(client)
            .where(of_firm, client.c.id == record)
            .values(version=client.c.version + 1, address=f"{number} Street")
            .returning(client.c.version)
        ).scalar_one()


def _verified(count: int) -> Figure:
    began = time.perf_counter()
    told = list(findings(_made_up(count), ()))
    taken = time.perf_counter() - began
    making = time.perf_counter()
    for _ in _made_up(count):
        pass
    if told:
        raise RuntimeError(str(told[:3]))
    seconds = taken - (time.perf_counter() - making)
    return Figure(f"a made-up log of {count:,} entries verified, without the making", [seconds])


def _made_up(count: int) -> Iterator[str]:
    body = _BODY % _PADDING
    last = bytes(32)
    hashes = []
    for seq in range(1, count + 1):
        last = link(last, seq, seq, body)
        hashes.append(last.hex())
    yield f'{{"firm": "made-up", "head_seq": {count}, "head_hash": "{last.hex()}"}}'
    quoted = body.replace('"', '\\"')
    for seq, (hashed, said) in enumerate(zip(hashes, repeat(quoted), strict=False), start=1):
        yield f'{{"seq": {seq}, "at_us": {seq}, "body": "{said}", "hash": "{hashed}"}}'
