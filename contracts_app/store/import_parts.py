"""The parts of a file for many contracts: which projects went to which contract, and how far they are."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select
from sqlalchemy.engine import RowMapping

from contracts_app.store.tables import contract, import_file, imported_row

LEFT_OUT = "left_out"
"""Where a file for many contracts keeps the projects that are not to be imported, as a JSON list."""
ROWS_GIVEN = "rows_given"
"""How many rows its projects had when a part was read, in its report."""
PART = "part"
"""Where a part keeps its projects, as a JSON list."""
GONE = ("refused", "withdrawn", "undone")
"""States in which nothing of a file is any contract's, nor will be."""


@dataclass(frozen=True)
class PartOfFile:
    """One import out of a file for many contracts."""

    id: UUID
    contract_id: UUID
    contract_number: str
    contract_title: str
    projects: Sequence[str]
    state: str
    report: Mapping[str, Any] | None
    version: int

    @property
    def stands(self) -> bool:
        """Whether the projects are this contract's; those of a part that is gone are open again."""
        return self.state not in GONE

    @property
    def brings_something(self) -> bool:
        """Whether posting it does anything but end it while rows of it could still be mended."""
        said = self.report or {}
        return bool(said.get("new")) or not (said.get("refused") or said.get("waiting"))

    def is_short(self, rows: Mapping[str, int]) -> bool:
        """Whether it came in with fewer rows of its projects than the file has by now, as rows were mended
        since. `rows`: project → rows that can be read."""
        return self.missing(rows) > 0

    def missing(self, rows: Mapping[str, int]) -> int:
        """How many rows it came in without, as they were mended since; 0 while it is not posted."""
        had = (self.report or {}).get(ROWS_GIVEN)
        if had is None or self.state not in ("posting", "posted"):
            return 0
        return max(sum(rows.get(project, 0) for project in self.projects) - int(had), 0)


def every(connection: Connection, firm_id: UUID, parent_id: UUID) -> Sequence[PartOfFile]:
    """All parts, by contract: so that two commands on many contracts lock them in one order."""
    rows = connection.execute(
        select(import_file, contract.c.number, contract.c.title)
        .join(
            contract,
            (contract.c.firm_id == import_file.c.firm_id) & (contract.c.id == import_file.c.contract_id),
        )
        .where(import_file.c.firm_id == firm_id, import_file.c.parent_id == parent_id)
        .order_by(import_file.c.contract_id, import_file.c.uploaded_at, import_file.c.id)
    )
    return [
        PartOfFile(
            row.id,
            row.contract_id,
            row.number,
            row.title,
            json.loads(row.decisions[PART]),
            row.state,
            row.report,
            row.version,
        )
        for row in rows
    ]


def in_state(
    connection: Connection, firm_id: UUID, parent_id: UUID, states: Collection[str]
) -> Sequence[PartOfFile]:
    """The parts in one of these states."""
    return [part for part in every(connection, firm_id, parent_id) if part.state in states]


def given(connection: Connection, firm_id: UUID, parent_id: UUID) -> Mapping[str, PartOfFile]:
    """Project → the part that it stands in."""
    return {
        project: part
        for part in every(connection, firm_id, parent_id)
        if part.stands
        for project in part.projects
    }


def placed(
    connection: Connection, firm_id: UUID, file: RowMapping, rows: Mapping[str, int]
) -> frozenset[str]:
    """The projects of a file that nothing is open about: left out, or given with all their `rows`."""
    stands = given(connection, firm_id, file["id"]).items()
    return left_out(file["decisions"]) | {name for name, part in stands if not part.is_short(rows)}


def ids_of_siblings(
    connection: Connection, firm_id: UUID, part: RowMapping, projects: Collection[str]
) -> frozenset[str]:
    """The ids of rows of other projects than these (empty: no project) that other parts of the same file
    brought into the part's contract: they may say the same otherwise. None for a file that is no part."""
    if part["parent_id"] is None:
        return frozenset()
    query = (
        select(imported_row.c.external_id)
        .join(
            import_file,
            (import_file.c.firm_id == imported_row.c.firm_id)
            & (import_file.c.id == imported_row.c.import_id),
        )
        .where(
            import_file.c.firm_id == firm_id,
            import_file.c.parent_id == part["parent_id"],
            import_file.c.contract_id == part["contract_id"],
            import_file.c.id != part["id"],
            func.coalesce(imported_row.c.content["project"].astext, "").not_in(projects),
        )
    )
    return frozenset(connection.execute(query).scalars())


def left_out(decisions: Mapping[str, str]) -> frozenset[str]:
    """The projects of a file that are not to be imported."""
    return frozenset(json.loads(decisions.get(LEFT_OUT, "[]")))
