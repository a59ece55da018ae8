"""A draft before its approvers: hand over, approve, send back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.approving import deciding
from contracts_app.domain.approving.chain import CONTROLLER, Band, chain_of, steps_of
from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.checking import checks
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.invoice_commands import ApproveDraft, RejectDraft, SubmitDraft
from contracts_app.domain.refusals import not_allowed, wrong_content
from contracts_app.domain.roles import Role
from contracts_app.domain.transitions import INVOICE, require
from contracts_app.services import (
    approval_chains,
    limit_notices,
    people,
    reservations,
    superseding,
    trainings,
)
from contracts_app.services.invoices import locked
from contracts_app.services.periods import business_date
from contracts_app.store import invoice_approvals, submission
from contracts_app.store.approval_tables import approval_remark
from contracts_app.store.invoices import current_snapshot, store_snapshot
from contracts_app.store.tables import approval, invoice
from contracts_app.store.transaction import Transaction


def submit_draft(tx: Transaction, body: SubmitDraft) -> Outcome:
    """Hand a draft over for approval, by the policy of the day; what blocks it must be mended first."""
    agreed, row = locked(tx, body.invoice_id)
    require(INVOICE, "submit_draft", row["state"], "invoice")
    who = people.actor(tx)
    trainings.require_second_look(tx, who)
    submitted = row["submissions"] + 1
    snapshot = current_snapshot(tx.connection, tx.firm_id, body.invoice_id)
    bands = approval_chains.bands(tx.connection, tx.firm_id, agreed, snapshot, business_date(tx, agreed))
    snapshot = snapshot.model_copy(update={"submission": submitted, "approval": bands})
    stages = chain_of(drafting.draft(snapshot).line8, snapshot.terms.controller_limit, bands)
    deciding.check_somebody_can(
        steps_of(stages),
        agreed["project_manager_id"],
        people.name_of(tx.connection, tx.firm_id, agreed["project_manager_id"]),
        {who.id, *invoice_approvals.editors(tx.connection, tx.firm_id, body.invoice_id)},
    )
    superseding.require_revised(tx, row, snapshot)
    _refuse_blocked(tx, body.invoice_id, snapshot)
    content_hash = drafting.content_hash(snapshot)
    invoice_approvals.add_editor(tx.connection, tx.firm_id, body.invoice_id, who.id)
    tx.change(
        invoice,
        "invoice",
        row,
        "submit_draft",
        INVOICE,
        "in_review",
        submissions=submitted,
        content_hash=content_hash,
        **_bands_changed(row, bands),
    )
    return Outcome(done=True, result={"invoice_id": str(body.invoice_id), "content_hash": content_hash})


def _bands_changed(row: RowMapping, bands: tuple[Band, ...] | None) -> dict[str, Any]:
    """What the invoice is to keep of the policy; nothing where that is what it has."""
    said = None if bands is None else [band.model_dump(mode="json") for band in bands]
    return {} if said == row["approval_bands"] else {"approval_bands": said}


def approve_draft(tx: Transaction, body: ApproveDraft) -> Outcome:
    """Approve the content that was seen; the last approval of the chain makes the draft issuable."""
    agreed, row = locked(tx, body.invoice_id)
    require(INVOICE, "approve_draft", row["state"], "invoice")
    who = people.actor(tx)
    reservations.lock(tx, agreed["id"])
    snapshot = current_snapshot(tx.connection, tx.firm_id, body.invoice_id)
    figures = drafting.draft(snapshot)
    content_hash = drafting.content_hash(snapshot)
    today = business_date(tx, agreed)
    now = approval_chains.standing(
        tx.connection, tx.firm_id, body.invoice_id, snapshot, figures.line8, content_hash
    )
    editors = invoice_approvals.editors(tx.connection, tx.firm_id, body.invoice_id)
    draft = approval_chains.draft_of(agreed, snapshot, figures.line8, now, editors, content_hash)
    taken = approval_chains.taking(tx.connection, tx.firm_id, who.id, draft, body.content_hash, today)
    _refuse_blocked(tx, body.invoice_id, snapshot)
    tx.insert(
        approval,
        id=tx.new_id("approval"),
        invoice_id=body.invoice_id,
        step=taken.step.name,
        decision="approved",
        person_id=who.id,
        on_behalf_of=taken.on_behalf_of,
        decided_on=today,
        content_hash=content_hash,
        snapshot_sha256=store_snapshot(tx.connection, tx.firm_id, snapshot),
        remark=body.remark,
    )
    had = {one.step for one in now.given}
    left = [step.name for step in steps_of(now.stages) if step != taken.step and step.name not in had]
    tx.change(
        invoice,
        "invoice",
        row,
        "approve_draft",
        INVOICE,
        "in_review" if left else "approved",
        body.remark,
        content_hash=content_hash,
        **({} if left else reservations.keep(tx, body.invoice_id, snapshot)),
    )
    return Outcome(
        done=True,
        result={
            "invoice_id": str(body.invoice_id),
            "step": taken.step.name,
            "still_needed": left,
            **({"on_behalf_of": str(taken.on_behalf_of)} if taken.on_behalf_of else {}),
        },
        wake=() if left else limit_notices.tell(tx, agreed),
    )


def reject_draft(tx: Transaction, body: RejectDraft) -> Outcome:
    """Send a draft back to its preparer: by whoever takes one of its steps, or a controller."""
    agreed, row = locked(tx, body.invoice_id)
    require(INVOICE, "reject_draft", row["state"], "invoice")
    who = people.actor(tx)
    snapshot = current_snapshot(tx.connection, tx.firm_id, body.invoice_id)
    unknown = {one.line_id for one in body.lines} - {line.id for line in snapshot.own_lines}
    if unknown or len({one.line_id for one in body.lines}) < len(body.lines):
        raise wrong_content("not_in_schedule", "A reason is about one line of this draft, and one a line.")
    today = business_date(tx, agreed)
    stages = chain_of(drafting.draft(snapshot).line8, snapshot.terms.controller_limit, snapshot.approval)
    takes = approval_chains.takes(
        tx.connection, tx.firm_id, who.id, steps_of(stages), agreed["project_manager_id"], today
    )
    if takes is None and Role.controller not in who.roles:
        raise not_allowed("A draft is sent back by whoever approves it, or by a controller.")
    approval_id = tx.new_id("approval")
    tx.insert(
        approval,
        id=approval_id,
        invoice_id=body.invoice_id,
        step=takes.step.name if takes else CONTROLLER.name,
        decision="rejected",
        person_id=who.id,
        on_behalf_of=takes.on_behalf_of if takes else None,
        decided_on=today,
        content_hash=row["content_hash"],
        remark=body.reason,
    )
    for one in body.lines:
        tx.insert(approval_remark, approval_id=approval_id, sov_line_id=one.line_id, reason=one.reason)
    freed = reservations.give_up(tx, row)
    tx.change(invoice, "invoice", row, "reject_draft", INVOICE, "draft", body.reason, **freed)
    return Outcome(done=True, result={"invoice_id": str(body.invoice_id)})


def _refuse_blocked(tx: Transaction, invoice_id: UUID, snapshot: Snapshot) -> None:
    found = checks.blocking(submission.findings_of(tx.connection, tx.firm_id, invoice_id, snapshot))
    if found:
        said = " ".join(f"{f'Line {f.item_no}: ' if f.item_no else ''}{f.sentence}" for f in found[:5])
        raise wrong_content("draft_has_findings", said)
