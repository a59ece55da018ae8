"""Files for many contracts: read by project; each project waits until somebody gives it to its contract."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine import RowMapping

from contracts_app.store import aliases, import_parts, imports, mends
from contracts_app.store.transaction import Transaction
from importers.matching.names import Meaning, Names, folded
from importers.parts import PART


def rows_of(report: Mapping[str, Any] | None) -> Mapping[str, int]:
    """Project → rows that can be read, as the report of a file for many contracts says."""
    return {part["project"]: part["rows"] for part in (report or {}).get("parts", ())}


def of_the_whole(tx: Transaction, row: RowMapping) -> Mapping[str, int]:
    """What the report of a part keeps of its file: how many rows its projects have. Nothing for others."""
    if row["parent_id"] is None:
        return {}
    parent = imports.find(tx.connection, tx.firm_id, row["parent_id"])
    assert parent is not None  # foreign key
    rows = rows_of(parent["report"])
    own = json.loads(row["decisions"][PART])
    return {import_parts.ROWS_GIVEN: sum(rows.get(project, 0) for project in own)}


def unreadable(tx: Transaction, row: RowMapping) -> frozenset[tuple[str, int]]:
    """The rows that are refused on the file that this is a part of: they are mended there."""
    if row["parent_id"] is None:
        return frozenset()
    return mends.refused_rows(tx.connection, tx.firm_id, row["parent_id"])


def contract_names(tx: Transaction) -> Names:
    """Contracts by number, title and id in files; the projects taken into them before are their aliases."""
    known: list[Meaning] = []
    chosen: dict[str, set[str]] = {}
    for one in aliases.contracts_to_book(tx.connection, tx.firm_id):
        value = str(one["id"])
        called = [f"{one['number']} {one['title']}", one["number"], one["title"]]
        known.append(Meaning(value=value, called=(*called, *_others(one, called))))
        for project in one["projects"]:
            chosen.setdefault(folded(project), set()).add(value)
    return Names(
        known=tuple(known),
        aliases={name: next(iter(values)) for name, values in chosen.items() if len(values) == 1},
    )


def _others(one: Any, called: list[str]) -> list[str]:
    names = [one["external_id"], *one["projects"]]
    return [name for name in names if name and name not in called]
