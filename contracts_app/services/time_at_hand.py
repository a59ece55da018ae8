"""Time entries at hand: locked, with who may decide on them or move them, and how it is noted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.time_commands import TypedTime
from contracts_app.domain.refusals import Refused, not_allowed, not_found, wrong_content
from contracts_app.domain.roles import Role
from contracts_app.domain.time.time_and_materials import DAY
from contracts_app.domain.transitions import CONTRACT, NOT_OUT, require
from contracts_app.services import people
from contracts_app.store import claimed_time, contracts, imports, invoice_approvals, time
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Transaction
from importers.kinds.timesheet_entry import hours

_NAMED = 3
"""Entries that a sentence names one by one."""


def locked_contract(tx: Transaction, contract_id: UUID, command: str) -> RowMapping:
    """The contract, locked, in a state that allows the command. Raises Refused."""
    row = tx.lock(contract, contract_id, "contract")
    require(CONTRACT, command, row["state"], "contract")
    return row


def lines_by_time(tx: Transaction, contract_id: UUID) -> dict[str, UUID]:
    """The contract's lines that are billed by time, by item number."""
    return {
        line.item_no: line.id
        for line in contracts.schedule(tx.connection, tx.firm_id, contract_id)
        if line.basis is Basis.time_and_materials
    }


def entries_of(tx: Transaction, row: RowMapping, ids: Collection[UUID]) -> Sequence[RowMapping]:
    """These entries of the contract, locked. Raises Refused 404."""
    entries = time.locked_entries(tx.connection, tx.firm_id, row["id"], ids)
    if len(entries) != len(set(ids)):
        raise not_found("time entry")
    return entries


def unbilled(tx: Transaction, row: RowMapping, ids: Collection[UUID]) -> Sequence[RowMapping]:
    """These entries, none of them on an issued invoice."""
    entries = entries_of(tx, row, ids)
    billed = [e for e in entries if e["billed_elsewhere"] or e["invoice_state"] not in (None, *NOT_OUT)]
    if billed:
        raise Refused(
            "time_billed",
            f"The time of {billed[0]['person']} on {billed[0]['work_date']} is billed already.",
        )
    replaced = [entry for entry in entries if entry["state"] == "replaced"]
    if replaced:
        raise Refused(
            "time_replaced", f"{named(replaced[0]).capitalize()} is replaced by its parts: decide on those."
        )
    return entries


def movable(tx: Transaction, row: RowMapping, ids: Collection[UUID]) -> Sequence[RowMapping]:
    """These entries, for somebody who may move them; what he moves out of a draft he has edited there."""
    who = people.actor(tx)
    if Role.coordinator not in who.roles and who.id != row["project_manager_id"]:
        raise not_allowed("Time is moved by a coordinator or by the contract's own project manager.")
    entries = unbilled(tx, row, ids)
    for invoice_id in {entry["invoice_id"] for entry in entries if entry["invoice_id"] is not None}:
        invoice_approvals.add_editor(tx.connection, tx.firm_id, invoice_id, who.id)
    return entries


def decidable(tx: Transaction, row: RowMapping, ids: Collection[UUID]) -> Sequence[RowMapping]:
    """These entries, for the project manager, who entered or corrected none of them. Raises Refused."""
    if tx.by != row["project_manager_id"]:
        raise not_allowed("Time is approved by the contract's project manager.")
    entries = unbilled(tx, row, ids)
    if any(tx.by in hands(entry) for entry in entries):
        raise not_allowed("You entered or corrected some of this time, so somebody else must decide on it.")
    _require_whole_files(tx, row, entries)
    return entries


def _require_whole_files(tx: Transaction, row: RowMapping, entries: Sequence[RowMapping]) -> None:
    """Refuse (Refused) to decide on what a file brings that is not wholly in yet: it may be taken back."""
    brought_by = {entry["import_id"] for entry in entries if entry["import_id"] is not None}
    names = imports.being_posted(tx.connection, tx.firm_id, row["id"], brought_by) if brought_by else ()
    if names:
        raise Refused(
            "import_being_posted",
            f"{names[0]} is still being posted: decide on its rows when all of them are there.",
        )


def hands(entry: RowMapping) -> set[UUID]:
    """Everybody who entered, corrected or moved an entry."""
    return {entry["entered_by"], *entry["editors"]}


def require_as_seen(entries: Sequence[RowMapping], seen: Mapping[UUID, int]) -> None:
    """Raise Refused where an entry is not the version that was seen."""
    changed = [named(entry) for entry in entries if entry["version"] != seen[entry["id"]]]
    if changed:
        more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
        raise Refused(
            "changed_since_seen",
            f"Changed since you looked: {', '.join(changed[:_NAMED])}{more}. Nothing was approved: look "
            "again and approve what it says now.",
        )


def named(entry: RowMapping) -> str:
    """The entry as sentences name it."""
    return f"the time of {entry['person']} on {entry['work_date']}"


def let_go(tx: Transaction, entries: Sequence[RowMapping]) -> None:
    """Drafts give up their claims on these entries."""
    by_invoice: dict[UUID, list[UUID]] = {}
    for entry in entries:
        if entry["invoice_id"] is not None:
            by_invoice.setdefault(entry["invoice_id"], []).append(entry["id"])
    for invoice_id, ids in by_invoice.items():
        claimed_time.give_up_claims(tx.connection, tx.firm_id, invoice_id, ids)


def note(
    tx: Transaction, row: RowMapping, action: str, entries: Collection[UUID], reason: str, **after: object
) -> None:
    """One audit entry for the contract, with the entries that it is about."""
    tx.change(contract, "contract", row, action, CONTRACT, reason=reason)
    about = {"entries": sorted(str(entry) for entry in entries), **after}
    tx.record("time", row["id"], row["version"] + 1, action, None, None, {}, about, reason)


def done(entries: Collection[UUID], wake: tuple[str, ...] = ()) -> Outcome:
    """What came of a command about these entries."""
    return Outcome(done=True, result={"entries": len(entries)}, wake=wake)


def require_work_open(row: RowMapping) -> None:
    """Refuse (Refused) more time on a contract whose work was said to be complete."""
    if row["work_completed_on"] is not None:
        raise Refused(
            "work_completed",
            f"The work of contract {row['number']} is complete since {row['work_completed_on']}: "
            "enter this time on the contract under which further work is agreed.",
        )


def require_possible_days(tx: Transaction, row: RowMapping, typed: Sequence[TypedTime]) -> None:
    """Refuse (Refused) time, stored by now, with which somebody has more than 24 hours on a day."""
    asked = {(entry.person, entry.work_date) for entry in typed if entry.seconds > 0}
    worked = time.worked_on_days(tx.connection, tx.firm_id, row["id"], {day for _, day in asked})
    for person, day in sorted(asked):
        seconds = worked[person, day]
        if seconds > DAY:
            raise wrong_content(
                "day_over_24_hours",
                f"{person} would have {hours(seconds)} hours on {day} on this contract, and a day has 24: "
                "check the hours.",
            )
