"""Commands about time: enter, approve, reject, hold, release, write up or down, transfer, claim."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing import claiming, drafting
from contracts_app.domain.billing.cost_lines import claimable_costs
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.time_commands import (
    ApproveTime,
    ClaimTime,
    CorrectTime,
    EnterTime,
    HoldTime,
    RejectTime,
    ReleaseTime,
    TransferTime,
    TypedTime,
    WriteTime,
)
from contracts_app.domain.refusals import Refused, not_allowed, wrong_content
from contracts_app.domain.time.time_and_materials import in_billing_order
from contracts_app.domain.transitions import INVOICE, require
from contracts_app.services import limit_notices, overtime, people, reservations
from contracts_app.services.changed_contents import content_may_have_changed
from contracts_app.services.correcting_time import require_none_taken_back, require_together
from contracts_app.services.invoices import locked
from contracts_app.services.time_at_hand import (
    decidable,
    done,
    entries_of,
    let_go,
    lines_by_time,
    locked_contract,
    movable,
    named,
    note,
    require_as_seen,
    require_possible_days,
    require_work_open,
)
from contracts_app.store import (
    claimed_time,
    contracts,
    invoice_approvals,
    invoices,
    job_costs,
    legal_entities,
    time,
)
from contracts_app.store.tables import invoice
from contracts_app.store.transaction import Transaction
from contracts_app.store.views import unbilled


def enter_time(tx: Transaction, body: EnterTime) -> Outcome:
    """Enter time by hand; like imported time it waits for the project manager."""
    row = locked_contract(tx, body.contract_id, "enter_time")
    require_work_open(row)
    lines = lines_by_time(tx, body.contract_id)
    today = legal_entities.today(tx, row["legal_entity_id"])
    rows = []
    for number, entry in enumerate(body.entries):
        entry_id = tx.new_id("time_entry", number)
        rows.append(
            {
                "firm_id": tx.firm_id,
                "id": entry_id,
                "contract_id": body.contract_id,
                "sov_line_id": _line_of(row, entry, lines, today),
                "external_id": f"entered {entry_id}",
                "entered_by": tx.by,
                "position": number,
                "state": "open",
                **entry.model_dump(exclude={"item_no"}),
            }
        )
    time.insert_entries(tx.connection, rows)
    require_possible_days(tx, row, body.entries)
    ids = [entry["id"] for entry in rows]
    note(tx, row, "enter_time", ids, f"{len(ids)} entries")
    return Outcome(done=True, result={"entries": [str(entry_id) for entry_id in ids]})


def _line_of(row: RowMapping, entry: TypedTime, lines: Mapping[str, UUID], today: date) -> UUID:
    """The line of time typed in.

    Raises Refused for one not billed by time, for a day to come and for one before the contract.
    """
    if entry.item_no not in lines:
        raise wrong_content(
            "not_billed_by_time", f"The schedule has no line {entry.item_no} that is billed by time."
        )
    if entry.work_date > today:
        raise wrong_content("work_in_future", f"{entry.work_date} is in the future.")
    since = contracts.terms_of(row).contract_date
    if entry.work_date < since:
        raise wrong_content(
            "work_before_contract",
            f"{entry.work_date} is before the contract, which is dated {since}. Work agreed to belong "
            "to it comes in as a file, where this is asked.",
        )
    return lines[entry.item_no]


def approve_time(tx: Transaction, body: ApproveTime) -> Outcome:
    """Accept time as it was seen; by the contract's project manager, and not what he entered or wrote up.

    All of the entries or none: what has changed since it was seen is named.
    """
    row = locked_contract(tx, body.contract_id, "approve_time")
    seen = {known.id: known.version for known in body.entries}
    entries = decidable(tx, row, seen)
    require_as_seen(entries, seen)
    require_together(tx, entries, "approved")
    raised = [named(entry) for entry in entries if entry["written_up_by"] == tx.by]
    if raised:
        raise not_allowed(
            f"You wrote up {raised[0]}, so somebody else must approve it: let another person write what is "
            "right, or a controller name another project manager."
        )
    classed = [named(entry) for entry in entries if entry["classed_by"] == tx.by]
    if classed:
        raise not_allowed(
            f"You said that {classed[0]} was overtime or was not, so somebody else must approve it."
        )
    time.change_entries(
        tx.connection,
        tx.firm_id,
        seen,
        state="approved",
        decided_by=tx.by,
        decided_on=legal_entities.today(tx, row["legal_entity_id"]),
    )
    note(tx, row, "approve_time", seen, f"{len(entries)} entries")
    today = legal_entities.today(tx, row["legal_entity_id"])
    standing = unbilled.unbilled(tx.connection, tx.firm_id, today, [row["id"]])
    over = [said for mine in standing for said in mine.over_limits_in_words]
    return Outcome(
        done=True,
        code="approved_over_limit" if over else "done",
        result={"entries": len(seen), **({"over_limit": over} if over else {})},
        wake=limit_notices.tell(tx, row),
    )


def reject_time(tx: Transaction, body: RejectTime) -> Outcome:
    """Refuse time; a draft that claims it lets it go."""
    row = locked_contract(tx, body.contract_id, "reject_time")
    entries = decidable(tx, row, body.entries)
    require_together(tx, entries)
    time.change_entries(
        tx.connection,
        tx.firm_id,
        body.entries,
        state="rejected",
        decided_by=tx.by,
        decided_on=legal_entities.today(tx, row["legal_entity_id"]),
    )
    let_go(tx, entries)
    note(tx, row, "reject_time", body.entries, body.reason)
    return done(body.entries, content_may_have_changed(tx, body.contract_id, f"time: {body.reason}"))


def hold_time(tx: Transaction, body: HoldTime) -> Outcome:
    """Keep time out of invoices; a draft that claims it lets it go."""
    row = locked_contract(tx, body.contract_id, "hold_time")
    entries = movable(tx, row, body.entries)
    require_together(tx, entries)
    time.change_entries(tx.connection, tx.firm_id, body.entries, held_reason=body.reason)
    let_go(tx, entries)
    note(tx, row, "hold_time", body.entries, body.reason)
    return done(body.entries, content_may_have_changed(tx, body.contract_id, f"time: {body.reason}"))


def release_time(tx: Transaction, body: ReleaseTime) -> Outcome:
    """Let held time be billed by the next invoice, or by a draft that claims again."""
    row = locked_contract(tx, body.contract_id, "release_time")
    require_together(tx, movable(tx, row, body.entries))
    time.change_entries(tx.connection, tx.firm_id, body.entries, held_reason=None)
    note(tx, row, "release_time", body.entries, body.reason or f"{len(body.entries)} entries")
    return done(body.entries)


def write_time(tx: Transaction, body: WriteTime) -> Outcome:
    """Charge another time than was worked. What was worked stays on record.

    More than is charged now was never approved: the entry is open again, a draft that claims it lets it go,
    and whoever wrote it up does not approve it.
    """
    row = locked_contract(tx, body.contract_id, "write_time")
    (entry,) = movable(tx, row, [body.entry_id])
    require_none_taken_back([entry])
    if body.seconds is not None and (body.seconds < 0) != (entry["seconds"] < 0) and body.seconds != 0:
        raise wrong_content("other_sign", "The time to charge has the sign of the time worked, or is zero.")
    worked: int = entry["seconds"]
    before = worked if entry["bill_seconds"] is None else entry["bill_seconds"]
    charged = worked if body.seconds is None else body.seconds
    decided: dict[str, object] = {}
    if charged > before:
        decided["written_up_by"] = tx.by
        if entry["state"] == "approved":
            decided |= {"state": "open", "decided_by": None, "decided_on": None}
        let_go(tx, [entry])
    elif charged < before and entry["written_up_by"] != tx.by:
        decided["written_up_by"] = None  # what is charged now, two people have looked at
    time.change_entries(
        tx.connection,
        tx.firm_id,
        [body.entry_id],
        # What was worked is stored as such, so that a draft says the same however it was typed.
        bill_seconds=None if charged == worked else charged,
        written_reason=body.reason,
        **decided,
    )
    note(tx, row, "write_time", [body.entry_id], body.reason, seconds=body.seconds)
    return done(
        [body.entry_id], content_may_have_changed(tx, body.contract_id, f"time written: {body.reason}")
    )


def correct_time(tx: Transaction, body: CorrectTime) -> Outcome:
    """Correct what was typed in by hand, or take it back; the audit keeps what it said before.

    Only while nobody has decided on it, and never what a file brought. Whoever corrects it, and
    whoever had entered it or said its class of overtime, does not decide on it.
    """
    row = locked_contract(tx, body.contract_id, "correct_time")
    (entry,) = entries_of(tx, row, [body.entry_id])
    if entry["import_id"] is not None:
        raise Refused(
            "time_from_file", "This time came from a file: write it up or down, or have it rejected."
        )
    if entry["state"] != "open" or entry["invoice_id"] is not None:
        raise Refused(
            "time_decided",
            f"This time is {entry['state']} already: write it up or down, or have it rejected and enter what "
            "is right.",
        )
    told = ("person", "role", "work_date", "seconds", "description", "overtime")
    was = {name: str(entry[name]) for name in told}
    if body.entry is None:
        time.delete_entry(tx.connection, tx.firm_id, body.entry_id)
        note(tx, row, "correct_time", [body.entry_id], body.reason, was=was)
        return Outcome(done=True, code="time_taken_back", result={"entries": 1})
    require_work_open(row)
    line_id = _line_of(
        row,
        body.entry,
        lines_by_time(tx, body.contract_id),
        legal_entities.today(tx, row["legal_entity_id"]),
    )
    if body.entry.project not in (None, entry["project"]):
        raise wrong_content(
            "project_stays",
            "An entry stays with its project: take it back and type it again for the other one.",
        )
    said = body.entry.model_dump(exclude={"item_no", "project"})
    time.change_entries(
        tx.connection,
        tx.firm_id,
        [body.entry_id],
        sov_line_id=line_id,
        bill_seconds=None,
        written_reason=None,
        written_up_by=None,
        classed_by=None,
        **overtime.NOT_APPROVED,
        **said,
    )
    editors = {tx.by, entry["classed_by"]} - {None, entry["entered_by"]}
    time.note_editors(tx.connection, tx.firm_id, {body.entry_id: editors})
    require_possible_days(tx, row, [body.entry])
    now = {name: str(value) for name, value in said.items()}
    note(tx, row, "correct_time", [body.entry_id], body.reason, was=was, now=now)
    return done([body.entry_id])


def transfer_time(tx: Transaction, body: TransferTime) -> Outcome:
    """Move time to another line of the contract; a draft that claims it lets it go."""
    row = locked_contract(tx, body.contract_id, "transfer_time")
    lines = lines_by_time(tx, body.contract_id)
    if body.item_no not in lines:
        raise wrong_content(
            "not_billed_by_time", f"The schedule has no line {body.item_no} that is billed by time."
        )
    entries = movable(tx, row, body.entries)
    require_none_taken_back(entries)
    time.change_entries(tx.connection, tx.firm_id, body.entries, sov_line_id=lines[body.item_no])
    let_go(tx, entries)
    note(tx, row, "transfer_time", body.entries, body.reason, item_no=body.item_no)
    return done(body.entries, content_may_have_changed(tx, body.contract_id, f"time: {body.reason}"))


def claim_time(tx: Transaction, body: ClaimTime) -> Outcome:
    """Claim for a draft what can be billed now of time and cost, up to its period's end; approvals no longer
    count."""
    agreed, row = locked(tx, body.invoice_id)
    require(INVOICE, "claim_time", row["state"], "invoice")
    who = people.actor(tx)
    claimed_time.give_up_claims(tx.connection, tx.firm_id, body.invoice_id)
    job_costs.give_up_claims(tx.connection, tx.firm_id, body.invoice_id)
    freed = reservations.give_up(tx, row)
    base = invoices.current_snapshot(tx.connection, tx.firm_id, body.invoice_id)
    offered = claimed_time.offered(tx.connection, tx.firm_id, agreed["id"], row["period_to"])
    claimed = tuple(in_billing_order(claiming.claimable(base, offered)))
    claimed_time.insert_claims(tx.connection, tx.firm_id, {body.invoice_id: [entry.id for entry in claimed]})
    at_cost = job_costs.offered_of(tx.connection, tx.firm_id, [agreed["id"]], row["period_to"])
    costs = claimable_costs(base.own_lines, at_cost.get(agreed["id"], ()), row["period_to"])
    job_costs.insert_claims(tx.connection, tx.firm_id, {body.invoice_id: [cost.id for cost in costs]})
    content_hash = drafting.content_hash(base.model_copy(update={"time": claimed, "costs": costs}))
    invoice_approvals.add_editor(tx.connection, tx.firm_id, body.invoice_id, who.id)
    tx.change(
        invoice,
        "invoice",
        row,
        "claim_time",
        INVOICE,
        "draft",
        f"{len(claimed) + len(costs)} entries",
        content_hash=content_hash,
        **freed,
    )
    return Outcome(
        done=True,
        result={
            "invoice_id": str(body.invoice_id),
            "entries": len(claimed) + len(costs),
            "content_hash": content_hash,
        },
    )
