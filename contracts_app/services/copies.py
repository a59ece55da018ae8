"""The same bytes twice: what a file would bring into one contract and another one has of it already."""

from __future__ import annotations

import json
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.refusals import not_found
from contracts_app.store import file_elsewhere, import_parts, imports
from contracts_app.store.transaction import Transaction
from importers.entries import Kind, canonical
from importers.parts import PART, SEVERAL, WITHOUT


def lock_bytes(tx: Transaction, import_id: UUID) -> RowMapping:
    """The import, when nobody else is deciding which contracts get rows of its bytes; to be called before
    any record is locked. Raises Refused for an import that is not there."""
    row = imports.find(tx.connection, tx.firm_id, import_id)
    if row is None:
        raise not_found("import")
    if Kind(row["kind"]) in SEVERAL:
        tx.lock_name(f"bytes:{row['sha256']}")
    return row


def elsewhere(tx: Transaction, row: RowMapping, contract_id: UUID) -> Mapping[str, str]:
    """Project → number of the other contract that has it from these bytes. None for a part: no other contract
    can have its projects, as that was looked at when it was opened, and others look at it since."""
    if Kind(row["kind"]) not in SEVERAL or row["parent_id"] is not None:
        return {}
    return {
        canonical(project) or WITHOUT: one.contract_number
        for one in file_elsewhere.standing(tx.connection, tx.firm_id, row["sha256"], row["kind"])
        if one.contract_id != contract_id
        for project in one.projects
    }


def siblings(tx: Transaction, row: RowMapping) -> frozenset[str]:
    """Ids of rows that another part of the file brought into the same contract. A row of this part that only
    its project tells from one of them is work of its own, not the same row changed."""
    own = json.loads(row["decisions"].get(PART, "[]"))
    projects = ["" if project == WITHOUT else project for project in own]
    return import_parts.ids_of_siblings(tx.connection, tx.firm_id, row, projects)
