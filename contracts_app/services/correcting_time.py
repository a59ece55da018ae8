"""Time that a file brought and a later file says otherwise: what was imported never changes, it is corrected.

What no invoice has gone out with is replaced by the entry that corrects it. What is billed is taken back by
an entry below zero beside that entry: both wait for the project manager, who decides on them together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.refusals import Refused
from contracts_app.domain.transitions import NOT_OUT
from contracts_app.services import people
from contracts_app.services.overtime import NOT_APPROVED
from contracts_app.services.time_at_hand import let_go, named, note
from contracts_app.store import corrected_time, invoice_approvals, time
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Transaction
from importers.kinds.timesheet_entry import TimesheetEntry

_AS_BILLED = (
    "firm_id", "contract_id", "sov_line_id", "person", "role", "project", "task", "work_date", "billable",
    "file_rate", "overtime", "premium_only",
)  # fmt: skip
"""What an entry that takes back has of what it takes back, so that it comes to the same amount."""
_BY_ITSELF = {"premium_only": False, "takes_back": False, "goes_with": None}
_OVERTIME = ("overtime_approved_by", "overtime_approved_on", "overtime_reason")


def corrections(
    tx: Transaction,
    agreed: RowMapping,
    row: RowMapping,
    sheets: Sequence[TimesheetEntry],
    columns_of: Callable[[TimesheetEntry], dict[str, Any]],
) -> list[dict[str, Any]]:
    """The rows to store for entries of a file that correct others. `columns_of` gives the row that an entry
    would be by itself. What they replace is replaced from here on."""
    standing = _standing(tx, agreed["id"], {str(entry.corrects) for entry in sheets})
    rows: list[dict[str, Any]] = []
    replaced = []
    for entry in sheets:
        corrected, stands = standing[str(entry.corrects)]
        new = {**columns_of(entry), "corrects": corrected["id"], **_BY_ITSELF}
        if stands is not None and stands["task"] == entry.task:
            new["sov_line_id"] = stands["sov_line_id"]  # where somebody said that it belongs
        if not entry.says_whether_billed:
            new["billed_elsewhere"] = (stands or corrected)["billed_elsewhere"]
        if stands is None:
            rows.append(new)
        elif _is_billed(stands):
            back = _taken_back(tx, stands, entry, row)
            rows += [back, {**new, "corrects": stands["id"], "goes_with": back["id"]}]
        else:
            held = {"held_reason": stands["held_reason"], "goes_with": stands["goes_with"]}
            rows.append({**new, **held, "corrects": stands["id"]})
            replaced.append(stands)
    if replaced:
        _replace(tx, agreed["id"], row, replaced)
    names = sorted({name for one in rows for name in one})
    return [{name: one.get(name) for name in names} for one in rows]


def _standing(
    tx: Transaction, contract_id: UUID, names: Collection[str]
) -> Mapping[str, tuple[RowMapping, RowMapping | None]]:
    """By its id in the file: the entry that is corrected, and what stands in its place, if anything does.

    Where a correction was rejected, what it was to correct stands. Of time that was split or moved no file
    corrects anything (`KnownThings.fixed`).
    """
    ids = corrected_time.ids_by_name(tx.connection, tx.firm_id, contract_id, names)
    known: dict[UUID, RowMapping] = {}
    wanted = set(ids.values())
    while wanted:
        found = time.locked_entries(tx.connection, tx.firm_id, contract_id, wanted)
        known |= {entry["id"]: entry for entry in found}
        before = {entry["corrects"] for entry in found if entry["state"] == "rejected"}
        wanted = before - {None} - known.keys()
    standing: dict[str, tuple[RowMapping, RowMapping | None]] = {}
    for name, entry_id in ids.items():
        entry = known[entry_id]
        while entry["state"] == "rejected" and entry["corrects"] is not None:
            entry = known[entry["corrects"]]
        standing[name] = known[entry_id], None if entry["state"] in time.GONE else entry
    return standing


def _is_billed(entry: RowMapping) -> bool:
    return entry["invoice_state"] not in (None, *NOT_OUT)


def _taken_back(
    tx: Transaction, billed: RowMapping, entry: TimesheetEntry, row: RowMapping
) -> dict[str, Any]:
    """What was billed, below zero; its overtime is approved as it was, where another person approved it."""
    said = f"Taken back: {billed['description']}" if billed["description"] else "Taken back"
    approved = {name: billed[name] for name in _OVERTIME}
    return {
        **{name: billed[name] for name in _AS_BILLED},
        **(NOT_APPROVED if billed["overtime_approved_by"] == tx.by else approved),
        "id": tx.new_id("time_taken_back", entry.external_id),
        "external_id": f"{entry.external_id} takes back",
        "description": said,
        "source": entry.source.words,
        "position": entry.source.row,
        "seconds": -billed["seconds"],
        "bill_seconds": None if billed["bill_seconds"] is None else -billed["bill_seconds"],
        "written_reason": billed["written_reason"],
        "file_amount": None if billed["file_amount"] is None else -billed["file_amount"],
        "billed_elsewhere": False,
        "import_id": row["id"],
        "entered_by": tx.by,
        "state": "open",
        "corrects": billed["id"],
        "takes_back": True,
    }


def _replace(tx: Transaction, contract_id: UUID, row: RowMapping, entries: Sequence[RowMapping]) -> None:
    """Drafts let go what is replaced; whoever posts the file has edited them by that."""
    ids = [entry["id"] for entry in entries]
    reason = f"{row['file_name']} says otherwise"
    for invoice_id in {entry["invoice_id"] for entry in entries if entry["invoice_id"] is not None}:
        invoice_approvals.add_editor(tx.connection, tx.firm_id, invoice_id, people.actor(tx).id)
    time.change_entries(tx.connection, tx.firm_id, ids, state="replaced", replaced_reason=reason)
    let_go(tx, entries)
    note(tx, tx.lock(contract, contract_id, "contract"), "correct_time", ids, reason)


def require_together(tx: Transaction, entries: Sequence[RowMapping], already: str | None = None) -> None:
    """Refuse (Refused) to decide on what takes back billed time without what takes its place, or the other
    way; what is in the state `already` needs no deciding."""
    ids: set[UUID] = {entry["id"] for entry in entries}
    # What is billed neither here nor at all changes no amount, whatever is decided on it.
    billed = [entry for entry in entries if entry["billable"] and not entry["billed_elsewhere"]]
    backs = {entry["goes_with"] for entry in billed} - {None}
    backs |= {entry["id"] for entry in billed if entry["takes_back"]}
    if not backs:
        return
    for other_id, person, state in corrected_time.decided_together(tx.connection, tx.firm_id, backs):
        if other_id not in ids and state != already:
            raise Refused(
                "decided_together",
                f"Time of {person} that was billed is corrected by two entries, one that takes it back and "
                "one that is right: choose both, they are decided together.",
            )


def require_none_taken_back(entries: Sequence[RowMapping]) -> None:
    """Refuse (Refused) to change an entry that takes back exactly what was billed."""
    backs = [entry for entry in entries if entry["takes_back"]]
    if backs:
        raise Refused(
            "takes_back_what_was_billed",
            f"{named(backs[0]).capitalize()} takes back exactly what was billed: change the entry that takes "
            "its place.",
        )
