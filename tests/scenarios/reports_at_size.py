"""How long each report for auditors takes in a firm with very many invoices.

    python -m tests.scenarios.reports_at_size --invoices 100000

Lives the small firm of `tests/services/small_firm.py` with its papers, copies all that it did as often as
needed (records, their ids and the audit entries about them, in one chain; people and papers are shared), runs
every report over the whole year and prints rows and seconds, then how long a check of the books and of the
log take. The copies are made past every guard: they are data to read, not proof of anything.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from uuid import UUID

import psycopg
from sqlalchemy import Connection, Table

from bench.place import Place, place
from contracts_app.services import audit_export
from contracts_app.services.audit_reports import REPORTS, running
from contracts_app.services.invariants import check_in
from contracts_app.store import every_table  # noqa: F401 - the metadata
from contracts_app.store.columns import metadata
from contracts_app.store.transaction import open_engine, reading
from tests.services import small_firm
from verifier.contracts_verify import findings, link

SHARED = {
    "firm", "legal_entity", "person", "person_role", "client", "number_series", "blob", "snapshot",
    "reminder", "reminder_item", "audit_entry", "audit_head", "audit_due", "audit_sum", "session",
    "sign_in_count", "network_count",
}  # fmt: skip
"""Tables of which the copies have none of their own."""
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NUMBER, _COPY = "\x01", "\x02"
_CHAINED = "COPY audit_entry (firm_id, seq, at, body, hash) FROM STDIN"
YEAR = {"from": "2024-01-01", "to": "2024-12-31"}
Made = Callable[[int], str]
"""A line of a copy, by the number of the copy."""


class Copier:
    """Writes the rows of a firm again under other ids."""

    def __init__(self, session: psycopg.Connection[tuple[object, ...]], firm_id: UUID) -> None:
        self._session = session
        self._firm_id = firm_id
        self._tables = [
            table
            for table in metadata.sorted_tables
            if table.name not in SHARED and "firm_id" in table.c and self._count(table)
        ]
        self._own = {
            str(row[0])
            for table in self._tables
            if "id" in table.c
            for row in session.execute(f"SELECT id::text FROM {table.name}".encode())
        }

    def _count(self, table: Table) -> int:
        found = self._session.execute(f"SELECT count(*) FROM {table.name}".encode()).fetchone()
        assert found is not None
        return int(str(found[0]))

    def write(self, copies: int) -> None:
        """All copies of every table, then of the log."""
        self._session.execute("SET session_replication_role = replica")
        for table in self._tables:
            self._copy(table, copies)
        self._chain(copies)
        self._session.execute(
            "UPDATE number_series s SET last_number = (SELECT max(number) FROM issued_invoice)"
        )
        self._session.execute("ANALYZE")

    def _copy(self, table: Table, copies: int) -> None:
        columns = [column.name for column in table.columns if column.computed is None]
        names = ", ".join(columns)
        with self._session.cursor() as cursor:
            with cursor.copy(f"COPY (SELECT {names} FROM {table.name}) TO STDOUT".encode()) as out:
                rows = b"".join(bytes(part) for part in out).decode().splitlines()
            own, largest = self._own, self._largest(table)
            made = [
                self._line(table.name, columns, row, largest) for row in rows if own & {*_UUID.findall(row)}
            ]
            with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN".encode()) as into:
                for number in range(1, copies + 1):
                    into.write("".join(f"{one(number)}\n" for one in made))

    def _largest(self, table: Table) -> int:
        if "number" not in table.c or "series" not in table.c:
            return 0
        found = self._session.execute(f"SELECT max(number) FROM {table.name}".encode()).fetchone()
        assert found is not None
        return int(str(found[0]))

    def _line(self, name: str, columns: list[str], row: str, largest: int) -> Made:
        cells = dict(zip(columns, row.split("\t"), strict=True))
        number = int(cells["number"]) if largest else 0
        if largest:
            cells |= {"number": _NUMBER, "number_text": f"S-{_NUMBER}"}
        for column in DIFFERENT.get(name, ()):
            cells[column] += _COPY
        template, own = "\t".join(cells.values()), _renamed(self._own)
        return lambda copy: (
            own(copy, template).replace(_NUMBER, str(number + largest * copy)).replace(_COPY, f"~{copy}")
        )

    def _chain(self, copies: int) -> None:
        rows = self._session.execute(
            "SELECT body, extract(epoch FROM at)::numeric FROM audit_entry ORDER BY seq"
        ).fetchall()
        about = [str(body) for body, _ in rows if self._own & {*_UUID.findall(str(body))}]
        head = self._session.execute("SELECT seq, encode(hash, 'hex') FROM audit_head").fetchone()
        assert head is not None
        seq, before = int(str(head[0])), bytes.fromhex(str(head[1]))
        at_us = int(float(str(rows[-1][1])) * 1_000_000) + 1
        own = _renamed(self._own)
        with self._session.cursor() as cursor, cursor.copy(_CHAINED.encode()) as into:
            for number in range(1, copies + 1):
                for body in about:
                    seq, at_us = seq + 1, at_us + 1
                    again = own(number, body)
                    before = link(before, seq, at_us, again)
                    into.write_row((self._firm_id, seq, _instant(at_us), again, before))
        self._session.execute("UPDATE audit_head SET seq = %s, hash = %s", (seq, before))


DIFFERENT: Mapping[str, tuple[str, ...]] = {
    "contract": ("number",),
    "effect": ("key",),
    "message": ("message_id",),
    "payment": ("reference",),
}
"""Texts that may stand once in a firm."""


def _instant(at_us: int) -> str:
    seconds, rest = divmod(at_us, 1_000_000)
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(seconds))}.{rest:06d}+00"


def _renamed(own: set[str]) -> Callable[[int, str], str]:
    """Gives a text with the ids of one copy in it; each text is taken apart once."""
    known: dict[str, list[str]] = {}

    def made(copy: int, text: str) -> str:
        parts = known.get(text)
        if parts is None:
            parts = known[text] = _apart(text, own)
        if len(parts) == 1:
            return text
        return "".join(_id(part, copy) if at % 2 else part for at, part in enumerate(parts))

    return made


def _apart(text: str, own: set[str]) -> list[str]:
    """Words and ids of copied records in turns."""
    parts, since = [], 0
    for found in _UUID.finditer(text):
        if found[0] in own:
            parts += [text[since : found.start()], found[0]]
            since = found.end()
    return [*parts, text[since:]]


def _id(base: str, copy: int) -> str:
    it = hashlib.md5(f"{base}{copy}".encode(), usedforsecurity=False).hexdigest()
    return f"{it[:8]}-{it[8:12]}-{it[12:16]}-{it[16:20]}-{it[20:]}"


def main() -> int:
    """Live, copy, and time every report."""
    parser = argparse.ArgumentParser(description="Time every report for auditors.")
    parser.add_argument("--invoices", type=int, default=100_000)
    wanted = parser.parse_args().invoices
    with place(("pg", "mail")) as at:
        for line in _measured(at, wanted):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
    return 0


def _measured(at: Place, wanted: int) -> Iterator[str]:
    settings = at.migrated("many")
    small = small_firm.lived(settings)
    small.engine.dispose()
    with psycopg.connect(at.superuser_url("many"), autocommit=True) as session:
        [issued] = session.execute("SELECT count(*) FROM issued_invoice").fetchone() or (0,)
        began = time.monotonic()
        Copier(session, small.id).write(-(-(wanted - int(issued)) // int(issued)))
        session.execute("VACUUM ANALYZE")
        [invoices] = session.execute("SELECT count(*) FROM issued_invoice").fetchone() or (0,)
        [entries] = session.execute("SELECT count(*) FROM audit_entry").fetchone() or (0,)
    yield f"{invoices:,} invoices, {entries:,} audit entries, made in {time.monotonic() - began:.0f} s"
    engine = open_engine(settings.database_url, pool_size=2)
    for number, report in sorted(REPORTS.items()):
        began = time.monotonic()
        result = running.run(engine, small.id, report, YEAR, None)
        rows = sum(table.count for table in result.tables)
        yield f"{number:>3} {time.monotonic() - began:8.1f} s {rows:>10,} rows  {report.title}"
    for name, look in (("check", _checked), ("verify", _verified)):
        began = time.monotonic()
        with reading(engine, small.id) as connection:
            found = look(connection, small.id)
        yield f"{name} {time.monotonic() - began:.1f} s, found: {found}"
    engine.dispose()


def _checked(connection: Connection, firm_id: UUID) -> list[str]:
    return [one.id for one in check_in(connection, firm_id, online=True).findings if one.violations]


def _verified(connection: Connection, firm_id: UUID) -> list[str]:
    return list(findings(audit_export.lines(connection, firm_id), ()))


if __name__ == "__main__":
    sys.exit(main())
