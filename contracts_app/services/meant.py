"""What a person said that cells of a file mean, as whoever reads the file needs it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from contracts_app.store import imports, mends
from importers.mending import Mend


def mends_in(connection: Connection, firm_id: UUID, import_id: UUID) -> Sequence[Mend]:
    """The mends of a file. A part has those of its file too; its own stand before them."""
    row = imports.find(connection, firm_id, import_id)
    whole = row["parent_id"] if row is not None else None
    found = {
        (one.sheet, one.row, one.column): Mend(one.sheet, one.row, one.column, one.was, one.became)
        for source in (whole, import_id)
        if source is not None
        for one in mends.of_import(connection, firm_id, source)
    }
    return list(found.values())
