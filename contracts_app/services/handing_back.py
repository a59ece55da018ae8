"""A file handed back as a workbook, with what was found in it coloured and explained at its cells."""

from __future__ import annotations

from pathlib import PurePath
from uuid import UUID

from sqlalchemy import Engine

from contracts_app.domain.refusals import Refused, not_found
from contracts_app.services.meant import mends_in
from contracts_app.store import imports
from contracts_app.store.transaction import reading
from importers.handing_back.workbook import annotated
from importers.mending import mended
from importers.problems import Problem
from importers.reading import read


def annotated_file(engine: Engine, firm_id: UUID, import_id: UUID) -> tuple[str, bytes]:
    """Name and bytes of an .xlsx. Raises Refused for a file that is not read yet, or not there.

    The database is not held while the file is read again, in a guarded process, and written.
    """
    with reading(engine, firm_id) as connection:
        row = imports.find(connection, firm_id, import_id)
        if row is None:
            raise not_found("import")
        if row["report"] is None:
            raise Refused("not_read_yet", "The file is still being read: ask again in a moment.")
        data = imports.bytes_of(connection, firm_id, row["sha256"])
        meant = mends_in(connection, firm_id, import_id)
    problems = [Problem.model_validate(one) for one in row["report"]["problems"]]
    file = mended(read(row["file_name"], data, answers=row["decisions"]), meant)
    return f"{PurePath(row['file_name']).stem}, problems.xlsx", annotated(file, problems, data)
