"""Change one value in each column of every table of business facts, past every trigger, and see who notices.

    python -m tests.scenarios.column_sweep

Lives the contract of `tests/services/test_commands_of_a_contract.py` and a firm with papers, each in a
database of its own. Then, as a superuser and in a transaction that is rolled back, changes one value of one
row in each column, runs `check` and `prove --all`, and notes what is found.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Column, Connection, Engine, Table, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import BigInteger, Boolean, Date, DateTime, Integer, LargeBinary, Numeric, Text, Uuid

from contracts_app.domain.commands.routes import ROUTES
from contracts_app.operation import control, installation
from contracts_app.services import invariants, proving
from contracts_app.settings import Settings
from contracts_app.store.columns import metadata
from contracts_app.store.migrations.run import upgrade
from contracts_app.store.transaction import open_engine
from contracts_app.store.work_in_hand import BUSINESS
from tests.services import small_firm
from tests.services.asking import at_the_beginning
from tests.services.four_eyes_attacks import Attacks
from tests.services.test_commands_of_a_contract import BESIDE, LIFE, live, preferring

PAGE = Path(__file__).parents[2] / "docs" / "COLUMNS.md"
CHANGES: Mapping[type, str] = {
    Uuid: "gen_random_uuid()",
    Text: "{0} || 'x'",
    Numeric: "{0} + 1",
    Integer: "{0} + 1",
    BigInteger: "{0} + 1",
    Boolean: "NOT {0}",
    Date: "{0} + 1",
    DateTime: "{0} + interval '1 day'",
    LargeBinary: "set_byte({0}, 0, (get_byte({0}, 0) + 1) % 256)",
}


@dataclass(frozen=True)
class Place:
    """A firm in a database, seen as a superuser."""

    url: str
    firm_id: UUID


@dataclass(frozen=True)
class Found:
    """What noticed the change of a column: invariants, `prove`, `constraint`; `no row` where none has it."""

    table: str
    column: str
    by: tuple[str, ...]


def sweep(places: list[Place]) -> Iterator[Found]:
    """Each column once, in the first place that has a value of it."""
    engines = [(open_engine(place.url, pool_size=1), place.firm_id) for place in places]
    for engine, firm_id in engines:
        for look in LOOKS.values():
            with _past_every_trigger(engine, firm_id) as connection:
                if usual := look(connection, firm_id):
                    raise RuntimeError(f"firm {firm_id} is not sound to begin with: {usual}")
    for table in metadata.sorted_tables:
        if table.name not in BUSINESS:
            continue
        for column in table.columns:
            if column.name == "firm_id" or column.computed is not None:
                continue
            yield Found(table.name, column.name, _tried(engines, table, column))
    for engine, _ in engines:
        engine.dispose()


def _tried(places: list[tuple[Engine, UUID]], table: Table, column: Column[Any]) -> tuple[str, ...]:
    for engine, firm_id in places:
        found: set[str] = set()
        for name, look in LOOKS.items():
            with _past_every_trigger(engine, firm_id) as connection:
                try:
                    if not _changed(connection, table, column, firm_id):
                        break
                except DBAPIError:
                    return ("constraint",)
                try:
                    found |= look(connection, firm_id)
                except Exception:  # noqa: BLE001 - what cannot even be read is noticed
                    found.add(f"{name} stops")
        else:
            return tuple(sorted(found))
    return ("no row",)


def _checked(connection: Connection, firm_id: UUID) -> set[str]:
    report = invariants.check_in(connection, firm_id, online=True)
    return {one.id for one in report.findings if one.violations}


def _proved(connection: Connection, firm_id: UUID) -> set[str]:
    return {"prove" for proof in proving.prove_all(connection, firm_id) if not proof.proved}


LOOKS = {"check": _checked, "prove": _proved}


@contextmanager
def _past_every_trigger(engine: Any, firm_id: UUID) -> Iterator[Connection]:
    with engine.connect() as connection, connection.begin() as transaction:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("SELECT set_config('app.firm', :firm, true)"), {"firm": str(firm_id)})
        yield connection
        transaction.rollback()


def _changed(connection: Connection, table: Table, column: Column[Any], firm_id: UUID) -> bool:
    of_firm = "id" if table.name == "firm" else "firm_id"
    named: dict[str, object] = {"firm": firm_id}
    row = connection.execute(
        text(
            f"SELECT ctid::text, {column.name} FROM {table.name}"
            f" WHERE {of_firm} = :firm AND {column.name} IS NOT NULL ORDER BY ctid LIMIT 1"
        ),
        named,
    ).first()
    if row is None:
        return False
    if isinstance(column.type, JSONB):
        changed, done = _leaf_changed(row[1])
        if not done:
            return False
        statement, named = "CAST(:new AS jsonb)", {"new": json.dumps(changed)}
    else:
        kind = next(one for one in type(column.type).__mro__ if one in CHANGES)
        statement, named = CHANGES[kind].format(column.name), {}
    connection.execute(
        text(f"UPDATE {table.name} SET {column.name} = {statement} WHERE ctid = CAST(:row AS tid)"),
        {**named, "row": row[0]},
    )
    return True


def _leaf_changed(value: Any) -> tuple[Any, bool]:
    """The first leaf of a document says something else."""
    if isinstance(value, dict):
        for key in value:
            changed, done = _leaf_changed(value[key])
            if done:
                return {**value, key: changed}, True
        return value, False
    if isinstance(value, list):
        for number, one in enumerate(value):
            changed, done = _leaf_changed(one)
            if done:
                return [*value[:number], changed, *value[number + 1 :]], True
        return value, False
    if isinstance(value, bool):
        return not value, True
    if isinstance(value, int):
        return value + 1, True
    if isinstance(value, str):
        try:
            return str(float(value) + 1), True
        except ValueError:
            return value + "x", True
    return value, False


def main() -> int:
    """Live, sweep, compare with the page."""
    folder = Path(tempfile.mkdtemp(prefix="contracts-columns-"))
    folder.chmod(0o711)
    try:
        for name in ("pg", "mail"):
            control.up(folder, name, lambda sentence: None)
        found = list(sweep(_places(folder)))
    finally:
        for name in reversed(control.COMPONENTS):
            control.down(folder, name, control.SIGNALS["KILL"])
        shutil.rmtree(folder)
    by_table: dict[str, list[Found]] = defaultdict(list)
    for one in found:
        by_table[one.table].append(one)
    for table, columns in by_table.items():
        for one in columns:
            sys.stdout.write(f"{table}.{one.column}\t{' '.join(one.by) or 'UNSEEN'}\n")
    unseen = [one for one in found if not one.by]
    sys.stdout.write(f"{len(found)} columns, {len(unseen)} not noticed\n")
    return 0


def _places(folder: Path) -> list[Place]:
    cluster = installation.ensure(folder)
    made = []
    for name in ("life", "papers"):
        with psycopg.connect(cluster.url(installation.SUPERUSER), autocommit=True) as session:
            session.execute(f'CREATE DATABASE "{name}" OWNER {installation.OWNER_ROLE}'.encode())
        upgrade(cluster.url(installation.OWNER_ROLE, name))
        settings = Settings(
            state_dir=folder,
            database_url=cluster.url(installation.APPLICATION_ROLE, name),
            owner_database_url=cluster.url(installation.OWNER_ROLE, name),
            password_time_cost=1,
            password_memory_kib=8,
        )
        firm_id = _lived(settings) if name == "life" else small_firm.lived(settings).id
        made.append(Place(cluster.url(installation.SUPERUSER, name), firm_id))
    return made


def _lived(settings: Settings) -> UUID:
    with closing(at_the_beginning(settings)) as one:
        attacks = Attacks()
        for step in LIFE.split():
            command, _, wanted = step.partition(":")
            if command in ROUTES:
                live(one, command, preferring(wanted), attacks)
            elif command.endswith("-days"):
                one.go_on(int(command.removesuffix("-days")))
            else:
                BESIDE[command](one)
        return one.small.id


if __name__ == "__main__":
    sys.exit(main())
