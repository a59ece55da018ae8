"""Give the projects of a file for many contracts to their contracts: one import for each, posted and taken
back like any other. What no contract gets stays open on the file and can be given later."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.import_commands import (
    DECIDE_LATER,
    LEAVE_OUT,
    DistributeImport,
    PostImport,
    PostParts,
    UndoImport,
    UndoParts,
)
from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.refusals import Refused, not_found, wrong_content
from contracts_app.domain.transitions import CONTRACT, FINAL, IMPORT, ImportState, require
from contracts_app.services import undoing
from contracts_app.services.copies import elsewhere, lock_bytes
from contracts_app.services.imports import read_before
from contracts_app.services.posting_imports import READ_AGAIN, post_import
from contracts_app.services.taking_apart import contract_names, rows_of
from contracts_app.store import contracts, import_parts, processes
from contracts_app.store.import_parts import LEFT_OUT, left_out
from contracts_app.store.tables import import_file
from contracts_app.store.transaction import Transaction, reading
from importers.matching.names import folded
from importers.parts import PART, WITHOUT


def distribute_import(tx: Transaction, body: DistributeImport) -> Outcome:
    """Open an import for each contract that gets projects; note what is left out or decided later.

    Raises Refused for a project that another contract has from this file or from another copy of it, or whose
    name is another contract's work: its rows would come in twice.
    """
    row = _file(tx, body.import_id, "distribute_import")
    given = import_parts.given(tx.connection, tx.firm_id, row["id"])
    rows = rows_of(row["report"])
    projects = rows.keys()
    placed = import_parts.placed(tx.connection, tx.firm_id, row, rows) & given.keys()
    names = contract_names(tx).aliases
    wanted: dict[tuple[UUID, bool], list[str]] = defaultdict(list)
    for project, choice in sorted(body.projects.items()):
        if project not in projects:
            raise wrong_content("unknown_project", f"This file has no project {project}.")
        part = given.get(project)
        if part is not None and choice not in (part.contract_id, DECIDE_LATER):
            raise Refused(
                "part_taken",
                f"{project} went to contract {part.contract_number} already: withdraw that part "
                "first, or take it back.",
            )
        if project in placed or not isinstance(choice, UUID):
            continue
        other = names.get(folded(project))
        if other is not None and other != str(choice):
            raise Refused("project_of_other_contract", _known_as_of(tx, project, UUID(other)))
        if number := elsewhere(tx, row, choice).get(project):
            raise Refused(
                "project_in_other_contract",
                f"The rows of {project} came into contract {number} with a copy of this file: give them to "
                "that contract, or withdraw or take back that import first.",
            )
        # Rows without a project are a part of their own: nothing in them says to which others they belong.
        wanted[choice, project == WITHOUT].append(project)
    ignored = _ignored(row, body)
    if not wanted and ignored == left_out(row["decisions"]):
        raise Refused("nothing_chosen", "Choose a contract for an open project, or leave it out.")
    started = tuple(
        _open(tx, row, contract_id, names_of_part)
        for (contract_id, _), names_of_part in sorted(wanted.items())
    )
    taken = {*placed, *(name for part in wanted.values() for name in part)}
    over = row["state"] == ImportState.distributed or projects <= taken | ignored
    tx.change(
        import_file,
        "import",
        row,
        "distribute_import",
        IMPORT,
        "distributed" if over else "to_distribute",
        decisions={**row["decisions"], LEFT_OUT: json.dumps(sorted(ignored))},
    )
    _once_more(tx, row)
    told = {"import_id": str(row["id"]), "parts": [name.partition("/")[2] for name in started]}
    return Outcome(done=True, result={**told, "open": len(projects - taken - ignored)}, start=started)


def _ignored(row: RowMapping, body: DistributeImport) -> set[str]:
    before = left_out(row["decisions"])
    return {
        *(name for name in before if name not in body.projects),
        *(name for name, choice in body.projects.items() if choice == LEAVE_OUT),
    }


def _known_as_of(tx: Transaction, project: str, contract_id: UUID) -> str:
    agreed = contracts.find(tx.connection, tx.firm_id, contract_id)
    number = agreed["number"] if agreed is not None else "?"
    return (
        f"{project} is known as work of contract {number}, so its rows could come in twice: give it to that "
        "contract, or take the name from that contract's projects first."
    )


def _open(tx: Transaction, row: RowMapping, contract_id: UUID, projects: Sequence[str]) -> str:
    """An import of these projects into a contract; returns its process."""
    agreed = contracts.find(tx.connection, tx.firm_id, contract_id)
    if agreed is None:
        raise not_found("contract")
    require(CONTRACT, "post_import", agreed["state"], "contract")
    import_id = tx.new_id("import", contract_id, *projects)
    about_the_file = {key: value for key, value in row["decisions"].items() if key != LEFT_OUT}
    tx.create(
        import_file,
        "import",
        "distribute_import",
        id=import_id,
        contract_id=contract_id,
        parent_id=row["id"],
        kind=row["kind"],
        file_name=row["file_name"],
        sha256=row["sha256"],
        uploaded_by=row["uploaded_by"],
        decisions={**about_the_file, PART: json.dumps(projects)},
        state="received",
    )
    processes.open_process(tx, Subject.importing, import_id)
    return process_name(Subject.importing, import_id)


def prepare_parts(engine: Engine, firm_id: UUID, body: PostParts) -> Mapping[UUID, Any]:
    """What posting needs of the file itself for each part, worked out before anything is locked."""
    with reading(engine, firm_id) as connection:
        ready = import_parts.in_state(connection, firm_id, body.import_id, ("ready",))
    found = {part.id: read_before(engine, firm_id, part.id) for part in ready}
    return {part_id: one for part_id, one in found.items() if one is not None}


def post_parts(tx: Transaction, body: PostParts) -> Outcome:
    """Post every part that is ready, or none; of two parts for one contract the second waits while the first
    is being posted chunk by chunk, and one that brings nothing waits for its rows to be mended. A part that
    says something else by now than was shown is read again."""
    row = _file(tx, body.import_id, "post_parts")
    posted: list[str] = []
    again: list[str] = []
    rows = 0
    wake: list[str] = []
    busy: set[UUID] = set()
    for part in import_parts.in_state(tx.connection, tx.firm_id, row["id"], ("ready",)):
        if part.contract_id in busy or not part.brings_something:
            continue
        outcome = _each(part, lambda one: post_import(tx.part(one.id), PostImport(import_id=one.id)))
        if outcome.code == READ_AGAIN:
            again.append(str(part.id))
            wake.append(process_name(Subject.importing, part.id))
            continue
        if outcome.code == "posting":
            busy.add(part.contract_id)
        posted.append(str(part.id))
        rows += int(str(outcome.result.get("to_post") or outcome.result["imported"]))
        wake += [*outcome.wake, process_name(Subject.importing, part.id)]
    if not posted and not again:
        raise Refused("nothing_ready", "No part of this file is ready to be posted.")
    tx.change(import_file, "import", row, "post_parts", IMPORT, row["state"], f"{len(posted)} parts")
    _once_more(tx, row)
    told: Mapping[str, str | int | list[str]] = {
        "import_id": str(row["id"]), "parts": posted, "imported": rows, "read_again": again
    }  # fmt: skip
    code = READ_AGAIN if again else "done"
    return Outcome(done=True, code=code, result=dict(told), wake=tuple(dict.fromkeys(wake)))


def undo_parts(tx: Transaction, body: UndoParts) -> Outcome:
    """Take back every part that is posted or being posted, or none; its projects are open again."""
    row = _file(tx, body.import_id, "undo_parts")
    undone: list[str] = []
    wake: list[str] = []
    for part in import_parts.in_state(tx.connection, tx.firm_id, row["id"], ("posting", "posted")):
        outcome = _each(
            part,
            lambda one: undoing.take_back(tx.part(one.id), UndoImport(import_id=one.id, reason=body.reason)),
        )
        undone.append(str(part.id))
        wake += outcome.wake
    if not undone:
        raise Refused("nothing_posted", "No part of this file is posted.")
    tx.change(import_file, "import", row, "undo_parts", IMPORT, row["state"], body.reason)
    _once_more(tx, row)
    return Outcome(
        done=True,
        result={"import_id": str(row["id"]), "parts": undone},
        wake=tuple(dict.fromkeys(wake)),
    )


def _file(tx: Transaction, import_id: UUID, command: str) -> RowMapping:
    lock_bytes(tx, import_id)
    row = tx.lock(import_file, import_id, "import")
    require(IMPORT, command, row["state"], "import")
    return row


def _each(part: import_parts.PartOfFile, do: Callable[[import_parts.PartOfFile], Outcome]) -> Outcome:
    """One part's command; a refusal says which contract it is about."""
    try:
        return do(part)
    except Refused as refused:
        sentence = f"Contract {part.contract_number}: {refused.sentence}"
        raise Refused(refused.code, sentence, refused.status) from refused


def _once_more(tx: Transaction, row: RowMapping) -> None:
    """A file of which every project had its place has no process any more; this command was one more run."""
    if row["state"] in FINAL["import"]:
        processes.reopen(tx.connection, tx.firm_id, Subject.importing, row["id"])
