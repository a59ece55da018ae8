"""Mend cells of a file: what a person says they mean is kept beside the file, which is then read again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.mending_commands import MendAlike, MendImport
from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.transitions import FINAL, IMPORT, require
from contracts_app.services.meant import mends_in
from contracts_app.services.mended_meanwhile import Meanwhile
from contracts_app.store import import_parts, mends, processes, staging
from contracts_app.store.tables import import_file
from contracts_app.store.transaction import Transaction

MOST_MENDS = 100_000
"""Cells of one file."""
_Place = tuple[str, int, str]


def mend_import(tx: Transaction, body: MendImport) -> Outcome:
    """Record what cells mean; the file is then read again. Raises Refused for a cell nobody can mend."""
    row = tx.lock(import_file, body.import_id, "import")
    require(IMPORT, "mend_import", row["state"], "import")
    before = {
        (one.sheet, one.row, one.column): one for one in mends_in(tx.connection, tx.firm_id, body.import_id)
    }
    meanwhile = Meanwhile(tx, row, before)
    headers = row["report"].get("headers_to_mend", {})
    found: dict[_Place, mends.MendedCell] = {}
    for place, read, became in (*_alike(tx, body, meanwhile), *_cells(tx, body, meanwhile)):
        sheet, number, column = place
        if column not in read.cells and column not in {letters for letters, _ in headers.get(sheet, ())}:
            raise _no_such_cell(place, "the sheet has no such column")
        was = read.of_file(column)  # and not what an earlier mend took it for: that one may be left out
        said = was if became is None else became
        found[place] = mends.MendedCell(sheet, number, column, was, said)
    if len(before | found) > MOST_MENDS:
        raise wrong_content(
            "too_many_mends",
            f"More than {MOST_MENDS:,} cells of one file cannot be mended here: mend the file itself and "
            "bring it in again.",
        )
    assert tx.by is not None  # a person's command
    mends.save(tx.connection, tx.firm_id, body.import_id, tx.by, list(found.values()))
    staging.remove(tx.connection, tx.firm_id, body.import_id)
    tx.change(
        import_file,
        "import",
        row,
        "mend_import",
        IMPORT,
        "received",
        f"{len(found):,} cell{'' if len(found) == 1 else 's'}",
    )
    told: dict[str, str | int | bool | list[str] | None] = {
        "import_id": str(body.import_id), "cells": len(found)
    }  # fmt: skip
    return Outcome(done=True, result=told, wake=_read_parts_again(tx, row))


def _read_parts_again(tx: Transaction, row: RowMapping) -> tuple[str, ...]:
    """The parts of a file for many contracts that are not posted have the mended rows as well. Of those that
    are, the file's page offers what more there is."""
    if row["state"] in FINAL["import"]:
        processes.reopen(tx.connection, tx.firm_id, Subject.importing, row["id"])
    wake = []
    for part in import_parts.in_state(tx.connection, tx.firm_id, row["id"], ("needs_decision", "ready")):
        locked = tx.lock(import_file, part.id, "import")
        require(IMPORT, "mend_import", locked["state"], "import")
        staging.remove(tx.connection, tx.firm_id, part.id)
        because = "Rows were mended in the file for many contracts."
        tx.change(import_file, "import", locked, "mend_import", IMPORT, "received", because)
        wake.append(process_name(Subject.importing, part.id))
    return tuple(wake)


def _cells(
    tx: Transaction, body: MendImport, meanwhile: Meanwhile
) -> Iterator[tuple[_Place, mends.RowRead, str | None]]:
    """Place, its row as read, and what is meant, of the cells that the command names.

    Raises Refused where a cell no longer says what the person saw in it.
    """
    at = mends.rows_at(
        tx.connection, tx.firm_id, body.import_id, {(one.sheet, one.row) for one in body.cells}
    )
    for one in body.cells:
        place = (one.sheet, one.row, one.column)
        if place[:2] not in at:
            raise _no_such_cell(place, "the row has nothing to mend, or is not there")
        read = at[place[:2]]
        meanwhile.require_seen(place, read.of_file(one.column), one.became, one.seen)
        yield place, read, one.became


def _alike(
    tx: Transaction, body: MendImport, meanwhile: Meanwhile
) -> Iterator[tuple[_Place, mends.RowRead, str]]:
    """The same of all rows with a problem that the command names."""
    for one in body.alike:
        rows = mends.with_problem(tx.connection, tx.firm_id, body.import_id, one.code, one.column, one.found)
        if not rows:
            raise wrong_content("nothing_alike", "No row has this problem any more: look at the page again.")
        for sheet, number, read, problems in rows:
            for column in _columns(one, problems):
                if one.seen != meanwhile.version:
                    meanwhile.require_own((sheet, number, column), read.of_file(column), one.became)
                yield (sheet, number, column), read, one.became


def _columns(wanted: MendAlike, problems: Any) -> set[str]:
    """The columns that are set in a row with these problems."""
    if wanted.into is not None:
        return {wanted.into}
    columns = {
        one["column"]
        for one in problems
        if one["code"] == wanted.code
        and wanted.column in (None, one["column"])
        and wanted.found in (None, one["found"])
    }
    if None in columns:
        raise wrong_content("no_column", "This problem is about rows as a whole: say which column is set.")
    return columns


def _no_such_cell(place: _Place, why: str) -> Exception:
    sheet, number, column = place
    return wrong_content("no_such_cell", f"Cell {column}{number} of sheet {sheet} cannot be mended: {why}.")
