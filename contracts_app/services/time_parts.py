"""Time that belongs elsewhere: split over lines, or moved to another contract.

The entry as it was worked stays on record, replaced by entries that name it and come to the same time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.commands.time_commands import MoveTime, SplitTime, TypedTime
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.services.changed_contents import content_may_have_changed
from contracts_app.services.correcting_time import require_none_taken_back
from contracts_app.services.overtime import NOT_APPROVED
from contracts_app.services.time_at_hand import (
    done,
    hands,
    let_go,
    lines_by_time,
    locked_contract,
    movable,
    named,
    note,
    require_possible_days,
    require_work_open,
)
from contracts_app.store import contracts, time
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Transaction
from importers.kinds.timesheet_entry import hours

_KEPT = (
    "firm_id", "person", "role", "project", "task", "description", "source", "position", "work_date",
    "billable", "file_rate", "import_id", "overtime", "premium_only", "held_reason",
)  # fmt: skip
"""What a part has of its whole wherever it goes; the file's amount is that of the whole."""
_DECIDED = (
    "entered_by", "classed_by", "overtime_approved_by", "overtime_approved_on", "overtime_reason",
    "decided_by", "decided_on", "state",
)  # fmt: skip
"""What was decided of the whole holds for its parts on the same contract."""


def split_time(tx: Transaction, body: SplitTime) -> Outcome:
    """Split an entry into parts of the same work; what was approved stays approved.

    Raises Refused for parts that do not come to the whole, and for time that is written up or down.
    """
    row = locked_contract(tx, body.contract_id, "split_time")
    (entry,) = _replaceable(tx, row, [body.entry_id])
    if entry["bill_seconds"] is not None:
        raise Refused(
            "time_written",
            f"{named(entry).capitalize()} is written up or down: charge what was worked first.",
        )
    worked: int = entry["seconds"]
    if sum(part.seconds for part in body.parts) != worked or any(
        (part.seconds < 0) != (worked < 0) or not part.seconds for part in body.parts
    ):
        raise wrong_content(
            "parts_are_not_the_whole",
            f"The parts come to {hours(sum(part.seconds for part in body.parts))} hours, and "
            f"{hours(worked)} were worked: each part is some of it, and together they are all of it.",
        )
    lines = lines_by_time(tx, body.contract_id)
    whole: int = entry["whole_seconds"] or worked
    before: int = entry["whole_before"] or 0
    parts = []
    for number, part in enumerate(body.parts):
        line_id = entry["sov_line_id"] if part.item_no is None else _line(lines, part.item_no)
        like = {name: entry[name] for name in _DECIDED}
        like |= {"whole_seconds": whole, "whole_before": before}
        before += part.seconds
        parts.append(_part(tx, entry, number, part.seconds, body.contract_id, line_id, like))
    _replace(tx, [entry], parts, body.reason)
    note(tx, row, "split_time", [body.entry_id], body.reason, parts=[str(part["id"]) for part in parts])
    wake = content_may_have_changed(tx, body.contract_id, f"time split: {body.reason}")
    return Outcome(
        done=True,
        result={"entries": len(parts), "parts": [str(part["id"]) for part in parts]},
        wake=wake,
    )


def move_time(tx: Transaction, body: MoveTime) -> Outcome:
    """Move entries to a line of another contract, where they wait for its project manager."""
    if body.to_contract_id == body.contract_id:
        raise wrong_content("same_contract", "To another line of the same contract time is transferred.")
    # In one order, so that two moves never wait for each other.
    for one in sorted((body.contract_id, body.to_contract_id)):
        tx.lock(contract, one, "contract")
    row = locked_contract(tx, body.contract_id, "move_time")
    there = locked_contract(tx, body.to_contract_id, "move_time")
    require_work_open(there)
    line_id = _line(lines_by_time(tx, body.to_contract_id), body.item_no)
    entries = _replaceable(tx, row, body.entries)
    since = contracts.terms_of(there).contract_date
    _require_since(entries, since)
    written = ("bill_seconds", "written_reason", "written_up_by")
    parts = [
        _part(
            tx,
            entry,
            number,
            entry["seconds"],
            body.to_contract_id,
            line_id,
            {
                **{name: entry[name] for name in written},
                "whole_seconds": entry["whole_seconds"],
                "whole_before": entry["whole_before"],
                **NOT_APPROVED,
                "file_amount": entry["file_amount"],
                "entered_by": tx.by,
                "state": "open",
            },
        )
        for number, entry in enumerate(entries)
    ]
    reason = f"to contract {there['number']}, line {body.item_no}: {body.reason}"
    _replace(tx, entries, parts, reason)
    require_possible_days(tx, there, [_as_typed(part, body.item_no) for part in parts])
    note(tx, row, "move_time", body.entries, reason)
    note(
        tx,
        there,
        "move_time",
        [part["id"] for part in parts],
        f"from contract {row['number']}: {body.reason}",
    )
    wake = content_may_have_changed(tx, body.contract_id, f"time: {body.reason}")
    return done(body.entries, (*wake, process_name(Subject.contract, body.to_contract_id)))


def _replaceable(tx: Transaction, row: RowMapping, ids: Collection[UUID]) -> Sequence[RowMapping]:
    entries = movable(tx, row, ids)
    require_none_taken_back(entries)
    rejected = [entry for entry in entries if entry["state"] == "rejected"]
    if rejected:
        raise Refused("time_rejected", f"{named(rejected[0]).capitalize()} is rejected.")
    return entries


def _line(lines: Mapping[str, UUID], item_no: str) -> UUID:
    if item_no not in lines:
        raise wrong_content(
            "not_billed_by_time", f"The schedule has no line {item_no} that is billed by time."
        )
    return lines[item_no]


def _require_since(entries: Sequence[RowMapping], since: date) -> None:
    early = [entry for entry in entries if entry["work_date"] < since]
    if early:
        raise wrong_content(
            "work_before_contract",
            f"{named(early[0]).capitalize()} is before that contract, which is dated {since}.",
        )


def _part(
    tx: Transaction,
    whole: RowMapping,
    number: int,
    seconds: int,
    contract_id: UUID,
    line_id: UUID | None,
    like: Mapping[str, Any],
) -> dict[str, Any]:
    part_id = tx.new_id("time_part", number)
    return {
        **{name: whole[name] for name in _KEPT},
        **like,
        "id": part_id,
        "contract_id": contract_id,
        "sov_line_id": line_id,
        "external_id": f"part {part_id}",
        "seconds": seconds,
        "part_of": whole["id"],
    }


def _replace(
    tx: Transaction, wholes: Sequence[RowMapping], parts: Sequence[dict[str, Any]], reason: str
) -> None:
    time.change_entries(
        tx.connection,
        tx.firm_id,
        [whole["id"] for whole in wholes],
        state="replaced",
        replaced_reason=reason,
        held_reason=None,
    )
    let_go(tx, wholes)
    time.insert_entries(tx.connection, parts)
    had = {whole["id"]: hands(whole) | ({whole["classed_by"]} - {None}) for whole in wholes}
    time.note_editors(
        tx.connection, tx.firm_id, {part["id"]: had[part["part_of"]] - {part["entered_by"]} for part in parts}
    )


def _as_typed(part: Mapping[str, Any], item_no: str) -> TypedTime:
    return TypedTime(
        item_no=item_no,
        person=part["person"],
        work_date=part["work_date"],
        seconds=part["seconds"],
        description=part["description"] or "moved",
    )
