"""A file handed back as a workbook, with what was found in it coloured and explained at its cells."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import PurePath
from uuid import UUID

from sqlalchemy import Engine

from contracts_app.domain.refusals import Refused, not_found
from contracts_app.services.meant import mends_in
from contracts_app.services.unread_files import is_unread
from contracts_app.store import imports
from contracts_app.store.transaction import reading
from importers.handing_back.workbook import annotated
from importers.mending import mended
from importers.problems import Problem
from importers.reading import read


def annotated_file(
    engine: Engine, firm_id: UUID, import_id: UUID, place: AbstractContextManager[None]
) -> tuple[str, bytes]:
    """Name and bytes of an .xlsx, made while the `place` for it is held.

    Raises Refused for a file that is not read yet, of which nothing could be read, or that is not there.

    The database is not held while the file is read again, in a guarded process, and written.
    """
    with reading(engine, firm_id) as connection:
        row = imports.find(connection, firm_id, import_id)
        if row is None:
            raise not_found("import")
        if row["report"] is None:
            raise Refused("not_read_yet", "The file is still being read: ask again in a moment.")
        if is_unread(row["report"]):
            raise Refused(
                "file_unread",
                "Nothing in this file could be read, so there are no cells to colour: its page says why.",
            )
        data = imports.bytes_of(connection, firm_id, row["sha256"])
        meant = mends_in(connection, firm_id, import_id)
    problems = [Problem.model_validate(one) for one in row["report"]["problems"]]
    with place:
        file = mended(read(row["file_name"], data, answers=row["decisions"]), meant)
        return f"{PurePath(row['file_name']).stem}, problems.xlsx", annotated(file, problems, data)
