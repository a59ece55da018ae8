"""Post a file that was read: at once where it is small, chunk by chunk where it is large.

A row leaves the staged rows and enters the contract in one transaction, so that it is posted exactly once
whenever a worker dies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.import_commands import PostImport
from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.refusals import Refused
from contracts_app.domain.transitions import CONTRACT, IMPORT, ImportState, require
from contracts_app.services import posting, preparers
from contracts_app.services.changed_contents import content_may_have_changed
from contracts_app.services.copies import lock_bytes
from contracts_app.services.imports import STAGED, contract_as_seen, read_again, read_before, report_of, stage
from contracts_app.services.shown import differs
from contracts_app.services.taking_apart import of_the_whole
from contracts_app.store import audit, imports, mends, staging
from contracts_app.store.tables import contract, import_file
from contracts_app.store.transaction import Origin, Transaction, own_step
from importers.entries import Entry
from importers.in_columns import InColumns

CHUNK = 2_000
"""Rows of a transaction: about a second. A file of no more is posted by the command itself."""

READ_AGAIN = "read_again"
"""Code of the answer where a file is read again instead of being posted."""


READ_AT_ONCE = 50_000
"""Rows of a file that a command reads again: some ten seconds. A larger one is read by its process."""


def post_import(tx: Transaction, body: PostImport) -> Outcome:
    """Take the usable new rows into the contract; known rows are skipped, refused rows stay reported.

    Of a large file the answer says how many rows are on their way; its process posts them. A file that says
    something else by now than its report is not posted: it is read again, and shown.
    """
    known = lock_bytes(tx, body.import_id)
    agreed = None if known["contract_id"] is None else tx.lock(contract, known["contract_id"], "contract")
    row = tx.lock(import_file, body.import_id, "import")
    require(IMPORT, "post_import", row["state"], "import")
    if agreed is not None:
        require(CONTRACT, "post_import", agreed["state"], "contract")
        _require_alone(tx, agreed["id"])
    hands = audit.hands(tx.connection, tx.firm_id, row["id"])
    if row["parent_id"] is not None:
        hands |= audit.hands(tx.connection, tx.firm_id, row["parent_id"])
    now = _as_it_is_now(tx, row)
    if now is None:
        return _read_again(tx, row)
    report, entries, rows = now
    if agreed is not None:
        said = f"{row['kind']} from {row['file_name']}: {rows} new"
        preparers.change(tx, agreed, "post_import", said, hands=hands)
    told = {"import_id": str(body.import_id), "skipped_known": report["known"], "refused": report["refused"]}
    mends.forget_rows(tx.connection, tx.firm_id, row["id"])
    progress: dict[str, Any] = {"report": report, "posted_by": tx.by, "rows_to_post": rows}
    if entries is None:
        tx.change(import_file, "import", row, "post_import", IMPORT, "posting", rows_posted=0, **progress)
        return Outcome(done=True, code="posting", result={**told, "imported": 0, "to_post": rows})
    started = posting.post(tx, agreed, row, entries, hands)
    wake = () if agreed is None else _after(tx, agreed["id"], row)
    tx.change(import_file, "import", row, "post_import", IMPORT, "posted", rows_posted=rows, **progress)
    return Outcome(done=True, result={**told, "imported": rows}, start=started, wake=wake)


def prepare(engine: Engine, firm_id: UUID, body: PostImport) -> Mapping[UUID, Any]:
    """What posting needs of the file itself, worked out before anything is locked."""
    found = read_before(engine, firm_id, body.import_id)
    return {} if found is None else {body.import_id: found}


def post_chunk(
    engine: Engine, firm_id: UUID, import_id: UUID, origin: Origin, most: int = CHUNK
) -> list[str]:
    """Post the next rows of a file that is being posted; returns the processes to wake after the last ones.

    By whoever gave the order. Nothing happens to a file that was posted, or taken back, meanwhile.
    """
    with own_step(engine, firm_id, f"post_chunk:{import_id}", origin) as tx:
        known = imports.find(tx.connection, firm_id, import_id)
        if known is None or known["state"] != ImportState.posting:
            return []
        agreed = tx.lock(contract, known["contract_id"], "contract")
        row = tx.lock(import_file, import_id, "import")
        if row["state"] != ImportState.posting:
            return []
        require(CONTRACT, "post_import", agreed["state"], "contract")
        tx.by = row["posted_by"]
        entries = _taken(tx, row, most)
        posting.post(tx, agreed, row, entries, ())
        posted = row["rows_posted"] + len(entries)
        ended = posted >= row["rows_to_post"]
        wake = _after(tx, agreed["id"], row) if ended else ()
        tx.change(
            import_file,
            "import",
            row,
            "post_chunk",
            IMPORT,
            "posted" if ended else "posting",
            f"{posted:,} of {row['rows_to_post']:,} rows",
            rows_posted=posted,
        )
        return list(wake)


def _require_alone(tx: Transaction, contract_id: UUID) -> None:
    names = imports.being_posted(tx.connection, tx.firm_id, contract_id)
    if names:
        raise Refused(
            "import_being_posted",
            f"{names[0]} is still being posted into this contract: post this file when that is done.",
        )


def _read_again(tx: Transaction, row: RowMapping) -> Outcome:
    """Nothing is posted: somebody has to look at what the file says by now."""
    staging.remove(tx.connection, tx.firm_id, row["id"])
    because = "It would bring something else by now than its report showed."
    tx.change(import_file, "import", row, "post_import", IMPORT, "received", because)
    sentence = (
        "Not posted: since this file was read, its mapping, its contract or what is known changed, and it "
        "would bring something else than was shown. It is being read again: look at it and post it then."
    )
    told = {"import_id": str(row["id"]), "imported": 0}
    return Outcome(done=True, code=READ_AGAIN, sentence=sentence, result=told)


def _as_it_is_now(
    tx: Transaction, row: RowMapping
) -> tuple[dict[str, Any], Sequence[Entry] | None, int] | None:
    """The report, the rows to post (None: they are many, and staged), and how many; None where the file says
    something else by now than the report that was shown.

    The staged rows hold while the contract is what it was when the file was read. Else, and for kinds that
    are not staged, the file is read again; a very large one not by whoever waits for the command.
    """
    seen = contract_as_seen(tx, row)
    if seen is not None and seen == row["seen"]:
        waiting = staging.count(tx.connection, tx.firm_id, row["id"])
        return row["report"], None if waiting > CHUNK else _taken(tx, row), waiting
    if row["report"]["rows_read"] > READ_AT_ONCE:
        return None
    staging.remove(tx.connection, tx.firm_id, row["id"])
    analysis = read_again(tx, row)
    report = {**report_of(analysis), **of_the_whole(tx, row)}
    if analysis.is_refused or analysis.open_decisions or differs(row["report"], report):
        return None
    rows = len(analysis.entries)
    if row["kind"] not in STAGED or rows <= CHUNK:
        return report, analysis.entries, rows
    stage(tx, row["id"], analysis)
    return report, None, rows


def _taken(tx: Transaction, row: RowMapping, most: int | None = None) -> Sequence[Entry]:
    """The next staged rows; they are staged no more."""
    taken = staging.take(tx.connection, tx.firm_id, row["id"], most)
    return InColumns(STAGED[row["kind"]], *taken)


def _after(tx: Transaction, contract_id: UUID, row: RowMapping) -> tuple[str, ...]:
    """What follows for the contract's drafts; the processes to wake."""
    changed = content_may_have_changed(tx, contract_id, f"{row['kind']} from {row['file_name']}")
    return (process_name(Subject.contract, contract_id), *changed)
