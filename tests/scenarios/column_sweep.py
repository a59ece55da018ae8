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
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
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
from contracts_app.store.work_in_hand import BUSINESS, WORK_IN_HAND
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
FILLED: Mapping[type, str] = {
    Uuid: "gen_random_uuid()",
    Text: "'x'",
    Numeric: "1",
    Integer: "1",
    BigInteger: "1",
    Boolean: "true",
    Date: "date '2024-03-04'",
    DateTime: "timestamptz '2024-03-04 12:00Z'",
    LargeBinary: "decode('00', 'hex')",
}
"""What an empty place gets."""


ARGUED: Mapping[tuple[str, str], str] = {
    (
        "message",
        "attempts",
    ): "tries to hand the letter over, counted before each; what came of it is logged",
    ("person", "last_signed_in_at"): "shown as a help; each time of signing in is an entry of the log",
}
"""Columns whose change nobody notices, and why that does no harm."""


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
    """One value changed, or an empty place filled where no row has a value; False where there is no row."""
    of_firm = "id" if table.name == "firm" else "firm_id"
    row = connection.execute(
        text(
            f"SELECT ctid::text, {column.name} FROM {table.name}"
            f" WHERE {of_firm} = :firm ORDER BY {column.name} IS NULL, ctid LIMIT 1"
        ),
        {"firm": firm_id},
    ).first()
    if row is None:
        return False
    named: dict[str, object] = {}
    if isinstance(column.type, JSONB):
        statement, named = "CAST(:new AS jsonb)", {"new": json.dumps(_other(row[1]))}
    else:
        kind = next(one for one in type(column.type).__mro__ if one in CHANGES)
        statement = FILLED[kind] if row[1] is None else CHANGES[kind].format(column.name)
    connection.execute(
        text(f"UPDATE {table.name} SET {column.name} = {statement} WHERE ctid = CAST(:row AS tid)"),
        {**named, "row": row[0]},
    )
    return True


def _other(document: Any) -> Any:
    changed, done = _leaf_changed(document)
    return changed if done else {"x": "x"}


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
    unseen = [one for one in found if not one.by and (one.table, one.column) not in ARGUED]
    for one in unseen:
        sys.stdout.write(f"not noticed: {one.table}.{one.column}\n")
    counts = Counter("no row" if one.by == ("no row",) else bool(one.by) for one in found)
    sys.stdout.write(
        f"{len(found)} columns: {counts[True]} noticed, {counts['no row']} of tables without a row in these"
        f" firms, {counts[False]} not noticed, of which {len(unseen)} are not argued harmless\n"
    )
    PAGE.write_text(page(found), encoding="utf-8")
    return 1 if unseen else 0


def page(found: Sequence[Found]) -> str:
    """What was found, a row for each table."""
    by_table: dict[str, list[Found]] = defaultdict(list)
    for one in found:
        by_table[one.table].append(one)
    rows = []
    for table, columns in sorted(by_table.items()):
        told: dict[str, list[str]] = defaultdict(list)
        for one in columns:
            also = " ".join(name for name in one.by if name != "I07") or "-"
            told[also if one.by else f"nobody ({ARGUED.get((table, one.column), '?')})"].append(one.column)
        said = "; ".join(f"{' '.join(names)}: {by}" for by, names in sorted(told.items()) if by != "-")
        rows.append(f"| `{table}` | {' '.join(told['-'])} | {said} |")
    hand = [f"| `{table}` | {why} |" for table, why in sorted(WORK_IN_HAND.items())]
    return INTRODUCTION + "\n".join(rows) + WORK + "\n".join(hand) + "\n"


INTRODUCTION = """# One value changed in each column, and who notices

Written by `python -m tests.scenarios.column_sweep`, which lives a contract through every command and a second
firm with its papers; then, as a superuser with triggers off, it changes one value in each column of every
table of business (an empty place is filled where no row has a value), runs `contracts check` and
`contracts prove --all`, and rolls back.

- **I07 alone**: the table no longer holds what the audit log tells was written to it (SPEC-invariants.md,
  *Nothing unlogged*). I07 notices the columns of the third column as well.
- **Also by**: what else says so, mostly naming the record. `constraint`: the database refuses the value
  itself, also with triggers off; `check stops`, `prove stops`: what is there can no longer be read, and the
  check fails.
- **no row**: neither firm has a row there. The same triggers add up its rows as those of every other table; a
  test holds that no table of business is without them.

| Table | Noticed by I07 alone | Also by |
| --- | --- | --- |
"""
WORK = """

## Tables of work in hand

The log tells nothing of them, and nothing that was issued, owed or decided is computed from them.

| Table | Why a changed value does no harm to the past |
| --- | --- |
"""


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
