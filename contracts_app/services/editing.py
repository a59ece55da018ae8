"""Editing a draft: what its lines claim, its period, and the papers for stored material."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing import drafting, entering
from contracts_app.domain.billing.cost_lines import takes_percent
from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.stored_material import Backup
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.invoice_commands import EditDraft
from contracts_app.domain.money import ZERO, is_at_scale
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.transitions import INVOICE, require
from contracts_app.services import addressing, people, reservations
from contracts_app.services.invoices import locked
from contracts_app.services.periods import check_ended
from contracts_app.store import claimed_time, invoice_approvals, invoices, job_costs
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.tables import invoice
from contracts_app.store.transaction import Transaction


def edit_draft(tx: Transaction, body: EditDraft) -> Outcome:
    """Replace what a draft claims; a draft in review or approved goes back, its approvals no longer count."""
    agreed, row = locked(tx, body.invoice_id)
    require(INVOICE, "edit_draft", row["state"], "invoice")
    who = people.actor(tx)
    freed = reservations.give_up(tx, row)
    period_to = body.period_to or row["period_to"]
    snapshot = current_snapshot(tx.connection, tx.firm_id, body.invoice_id, period_to)
    known = {line.id for line in snapshot.schedule}
    given = {entry.line_id: entry for entry in body.entries}
    if len(given) != len(body.entries) or not given.keys() <= known:
        raise wrong_content(
            "unknown_line", "A line is named twice, or is not in this application's schedule of values."
        )
    if not snapshot.kind.bills_work:
        raise wrong_content(
            "release_with_new_work",
            "The invoice of a retainage release, or of an advance payment, carries no new work.",
        )
    _check_period(tx, agreed, snapshot, body.invoice_id)
    _require_own_lines(snapshot, given)
    _require_typed_lines(snapshot, given)
    stated = {entry.line_id: entry for entry in entering.as_stated(snapshot, body.entries)}
    entries = tuple(stated.get(entry.line_id, entry) for entry in snapshot.entries)
    in_period = tuple(worked for worked in snapshot.time if worked.work_date <= period_to)
    late = {worked.id for worked in snapshot.time} - {worked.id for worked in in_period}
    if late:  # a period that ends earlier leaves later time to the next invoice
        claimed_time.give_up_claims(tx.connection, tx.firm_id, body.invoice_id, late)
    costs_in_period = tuple(cost for cost in snapshot.costs if cost.incurred_on <= period_to)
    later = {cost.id for cost in snapshot.costs} - {cost.id for cost in costs_in_period}
    if later:
        job_costs.give_up_claims(tx.connection, tx.firm_id, body.invoice_id, later)
    backup = _papers(snapshot, body)
    changed = snapshot.model_copy(
        update={"entries": entries, "time": in_period, "costs": costs_in_period, "backup": backup}
    )
    content_hash = drafting.content_hash(changed)
    invoice_approvals.add_editor(tx.connection, tx.firm_id, body.invoice_id, who.id)
    tx.change(
        invoice,
        "invoice",
        row,
        "edit_draft",
        INVOICE,
        "draft",
        entries=[entry.model_dump(mode="json") for entry in entries],
        backup=[part.model_dump(mode="json") for part in backup],
        period_to=period_to,
        content_hash=content_hash,
        **freed,
    )
    return Outcome(
        done=True,
        result={
            "invoice_id": str(body.invoice_id),
            "content_hash": content_hash,
            "line8": f"{drafting.draft(changed).line8:f}",
        },
    )


def _require_own_lines(snapshot: Snapshot, given: Mapping[UUID, Entry]) -> None:
    """Refuse (Refused) work on a line that another address is billed for."""
    own = {line.id for line in snapshot.own_lines}
    for line in snapshot.schedule:
        entry = given.get(line.id)
        if line.id not in own and entry is not None and (entry.this_period or entry.is_stated):
            raise wrong_content(
                "line_of_another_address",
                f"Line {line.item_no} is billed to another address: type it into the invoice there.",
            )


def _require_typed_lines(snapshot: Snapshot, given: Mapping[UUID, Entry]) -> None:
    """Refuse (Refused) amounts typed on lines that bill their time or their costs."""
    for line in snapshot.schedule:
        entry = given.get(line.id)
        if entry is None:
            continue
        amounts = entry.this_period or entry.stored
        if line.basis is Basis.time_and_materials and (amounts or entry.is_stated):
            raise wrong_content(
                "billed_by_time",
                f"Line {line.item_no} bills its time: hold, write or transfer entries instead.",
            )
        if line.basis is Basis.cost_plus and (amounts or not takes_percent(entry)):
            raise wrong_content(
                "billed_at_cost",
                f"Line {line.item_no} bills its costs and the fee on them: record, correct, hold or "
                "write costs instead.",
            )


def _papers(snapshot: Snapshot, body: EditDraft) -> tuple[Backup, ...]:
    """The papers for stored material as the edit says them; without a word those that were there."""
    if body.backup is None:
        return snapshot.backup
    known = {line.id for line in snapshot.schedule}
    for part in body.backup:
        if part.line_id not in known:
            raise wrong_content("unknown_line", "Papers name a line that this application does not have.")
        if part.amount <= ZERO or not is_at_scale(part.amount, snapshot.terms.currency):
            raise wrong_content(
                "backup_amount", f"Papers are for an amount above zero in {snapshot.terms.currency}."
            )
    return body.backup


def _check_period(tx: Transaction, agreed: RowMapping, snapshot: Snapshot, invoice_id: UUID) -> None:
    billed = invoices.billed_to(tx.connection, tx.firm_id, [agreed["id"]], but=invoice_id)
    addressing.require_not_billed(snapshot, billed.get(agreed["id"], {}))
    check_ended(tx, agreed, snapshot.period_to)
