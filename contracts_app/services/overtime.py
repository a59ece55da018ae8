"""Commands about overtime: which time was overtime of which class, and whether its premium is approved."""

from __future__ import annotations

from collections.abc import Mapping

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.time_commands import DecideOvertime, SetOvertime
from contracts_app.domain.refusals import Refused, not_allowed
from contracts_app.services.changed_contents import content_may_have_changed
from contracts_app.services.time_at_hand import (
    decidable,
    done,
    let_go,
    locked_contract,
    movable,
    named,
    note,
    require_as_seen,
)
from contracts_app.store import legal_entities, time
from contracts_app.store.transaction import Transaction

NOT_APPROVED: Mapping[str, None] = {
    "overtime_approved_by": None,
    "overtime_approved_on": None,
    "overtime_reason": None,
}
"""Overtime that nobody approved, as its columns say it."""


def set_overtime(tx: Transaction, body: SetOvertime) -> Outcome:
    """Say which class of overtime time was, or that it was regular time.

    What it costs changes with it, so it waits for the project manager again, and a draft lets it go.
    """
    row = locked_contract(tx, body.contract_id, "set_overtime")
    entries = movable(tx, row, body.entries)
    premiums = [named(entry) for entry in entries if entry["premium_only"]]
    if premiums and body.overtime is None:
        raise Refused(
            "premium_of_no_class",
            f"Nothing but the premium of overtime is billed for {premiums[0]}, so it has a class: have it "
            "rejected if it is wrong.",
        )
    time.change_entries(
        tx.connection,
        tx.firm_id,
        body.entries,
        overtime=body.overtime,
        classed_by=tx.by,
        state="open",
        decided_by=None,
        decided_on=None,
        **NOT_APPROVED,
    )
    let_go(tx, entries)
    note(tx, row, "set_overtime", body.entries, body.reason, overtime=body.overtime)
    return done(body.entries, content_may_have_changed(tx, body.contract_id, f"overtime: {body.reason}"))


def decide_overtime(tx: Transaction, body: DecideOvertime) -> Outcome:
    """Approve overtime as it was seen, or take that back: by the project manager, and not what he entered
    or classed himself. A draft that claims it is approved anew."""
    row = locked_contract(tx, body.contract_id, "decide_overtime")
    seen = {known.id: known.version for known in body.entries}
    entries = decidable(tx, row, seen)
    require_as_seen(entries, seen)
    regular = [named(entry) for entry in entries if entry["overtime"] is None]
    if regular:
        raise Refused(
            "not_overtime", f"There is no overtime in {regular[0]}: say first which class of overtime it was."
        )
    classed = [named(entry) for entry in entries if entry["classed_by"] == tx.by]
    if classed:
        raise not_allowed(f"You said that {classed[0]} was overtime, so somebody else must approve that.")
    decided: Mapping[str, object] = NOT_APPROVED
    if body.approved:
        decided = {
            "overtime_approved_by": tx.by,
            "overtime_approved_on": legal_entities.today(tx, row["legal_entity_id"]),
            "overtime_reason": body.reason,
        }
    time.change_entries(tx.connection, tx.firm_id, seen, **decided)
    note(tx, row, "decide_overtime", seen, body.reason, approved=body.approved)
    return done(seen, content_may_have_changed(tx, body.contract_id, f"overtime: {body.reason}"))
