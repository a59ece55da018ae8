"""Part of I12: each record says what its audit entries said last, column by column.

An entry carries the columns that it set, so the last entry that names a column has its value. Compared in
canonical form, as the log has it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, text

from contracts_app.domain import canonical
from contracts_app.services.invariants.books import Books
from contracts_app.services.invariants.report import Tally
from contracts_app.store.columns import metadata

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
}
"""Kinds of records whose entries carry their columns, and the table of each."""
_READABLE = {"person": ("id", "name", "email", "client_id", "active")}
"""Columns of a table that the application's role does not see whole."""
_AT_ONCE = 1000
_SAID = """
    WITH said AS (
        SELECT DISTINCT ON (e.about, v.key) e.about, v.key, v.value
        FROM audit_entry e, jsonb_each(e.body::jsonb -> 'after') v
        WHERE e.firm_id = :firm AND e.kind = :kind AND e.doing = 'done'
        ORDER BY e.about, v.key, e.seq DESC)
    SELECT {columns}, s.said AS said_of_it FROM {table} t JOIN (
        SELECT about, jsonb_object_agg(key, value)::text AS said FROM said GROUP BY about) s
        ON s.about = t.id::text WHERE t.firm_id = :firm
"""


def check(books: Books, tally: Tally) -> None:
    """Compare every record of these kinds with the last that was said of each of its columns."""
    for kind, name in KINDS.items():
        for row in _rows(books.connection, books.firm_id, kind, metadata.tables[name]):
            tally.saw()
            for column, said in json.loads(row["said_of_it"]).items():
                if column in row and column != "state" and not _same(row[column], said):
                    tally.broken(row["id"], f"{column} of this {kind} is not what its audit entries say")


def _rows(connection: Connection, firm_id: UUID, kind: str, table: Table) -> Iterator[Mapping[str, Any]]:
    columns = ", ".join(f"t.{name}" for name in _READABLE.get(table.name, ("*",)))
    statement = text(_SAID.format(table=table.name, columns=columns))
    named = {"firm": firm_id, "kind": kind}
    with connection.execute(statement.execution_options(yield_per=_AT_ONCE), named) as found:
        for row in found.mappings():
            yield dict(row)


def _same(stored: object, said: object) -> bool:
    if isinstance(said, str | bool | None) and type(stored) is type(said):
        return stored == said  # most are; their canonical form is themselves
    return canonical.text(stored) == canonical.text(said)
