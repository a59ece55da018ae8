"""Part of I12: each record says what its audit entries said last, column by column.

An entry carries the columns that it set, so the last entry that names a column has its value. Compared in
canonical form, as the log has it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, islice
from typing import Any

from contracts_app.domain import canonical
from contracts_app.domain.keeping.personal import Named, is_sealed
from contracts_app.services.invariants.books import Books
from contracts_app.services.invariants.report import Tally
from contracts_app.store import personal

KINDS: Mapping[str, str] = {
    "contract": "contract",
    "invoice": "invoice",
    "milestone": "milestone",
    "import": "import_file",
    "client": "client",
    "message": "message",
    "work_ticket": "work_ticket",
    "approval_policy": "approval_policy",
    "master_change": "master_change",
    "accounting_period": "accounting_period",
    "approval_delegation": "approval_delegation",
    "sov_revision": "sov_revision",
    "client_order": "client_order",
    "billing_group": "billing_group",
    "billing_run": "billing_run",
    "commitment": "commitment",
    "commitment_change": "commitment_change",
    "vendor_bill": "vendor_bill",
    "vendor_credit": "vendor_credit",
    "mapping": "saved_mapping",
    "compliance_requirement": "compliance_requirement",
    "compliance_paper": "compliance_paper",
    "compliance_exception": "compliance_exception",
    "legal_entity": "legal_entity",
    "person": "person",
    "legal_hold": "legal_hold",
    "erasure": "erasure",
    "training": "training",
}
"""Kinds of records whose entries carry their columns, and the table of each."""
_READABLE = {"person": ("id", "name", "email", "client_id", "active")}
"""Columns of a table that the application's role does not see whole."""
_AT_ONCE = 1000
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SAID = """
    SELECT kind, about, (body::jsonb -> 'after')::text AS after FROM audit_entry
    WHERE firm_id = :firm AND kind = ANY(:kinds) AND doing = 'done' ORDER BY about, kind, seq
"""
_NOW = "SELECT {columns} FROM {table} WHERE firm_id = :firm AND id = ANY(CAST(:ids AS uuid[]))"


def check(books: Books, tally: Tally) -> None:
    """Compare every record of these kinds with the last that was said of each of its columns."""
    named = personal.named(books.connection, books.firm_id)
    told = _told(books)
    while some := list(islice(told, _AT_ONCE)):
        for kind in sorted({kind for kind, _, _ in some}):
            said = {about: columns for known, about, columns in some if known == kind}
            for row in _rows(books, kind, said):
                tally.saw()
                record = str(row["id"])
                for column, value in said[record].items():
                    if column not in row or column == "state":
                        continue
                    if is_sealed(value):
                        known = named.get((record, column), Named())
                        same = known.is_meant(value, column, row[column], record)
                    else:
                        same = _same(row[column], value)
                    if not same:
                        tally.broken(row["id"], f"{column} of this {kind} is not what its audit entries say")


def _told(books: Books) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each record, with the last that its entries say of each column. The log is gone through once."""
    entries = books.each(_SAID, kinds=list(KINDS))
    for (about, kind), of_one in groupby(entries, key=lambda entry: (entry.about, entry.kind)):
        columns: dict[str, Any] = {}
        for entry in of_one:
            columns |= json.loads(entry.after)
        yield kind, about, columns


def _rows(books: Books, kind: str, told_of: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    table = KINDS[kind]
    columns = ", ".join(_READABLE.get(table, ("*",)))
    ids = [known for known in told_of if _ID.fullmatch(known)]
    for row in books.rows(_NOW.format(columns=columns, table=table), ids=ids):
        yield dict(row._mapping)


def _same(stored: object, said: object) -> bool:
    if isinstance(said, str | bool | None) and type(stored) is type(said):
        return stored == said  # most are; their canonical form is themselves
    return canonical.text(stored) == canonical.text(said)
