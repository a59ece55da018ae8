"""A draft before its approvers: hand over, approve, send back; and which approval it lacks."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from contracts_app.domain import approvals
from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.checking import checks
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.invoice_commands import ApproveDraft, RejectDraft, SubmitDraft
from contracts_app.domain.refusals import not_allowed, wrong_content
from contracts_app.domain.transitions import INVOICE, require
from contracts_app.services import limit_notices, people, reservations, superseding
from contracts_app.services.invoices import locked
from contracts_app.services.periods import business_date
from contracts_app.store import invoice_approvals, submission
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.tables import approval, invoice
from contracts_app.store.transaction import Transaction


def submit_draft(tx: Transaction, body: SubmitDraft) -> Outcome:
    """Hand a draft over for approval; what blocks it must be mended first."""
    agreed, row = locked(tx, body.invoice_id)
    require(INVOICE, "submit_draft", row["state"], "invoice")
    who = people.actor(tx)
    approvals.check_somebody_can(
        agreed["project_manager_id"],
        people.name_of(tx.connection, tx.firm_id, agreed["project_manager_id"]),
        {who.id, *invoice_approvals.editors(tx.connection, tx.firm_id, body.invoice_id)},
    )
    submitted = row["submissions"] + 1
    snapshot = current_snapshot(tx.connection, tx.firm_id, body.invoice_id).model_copy(
        update={"submission": submitted}
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
    )
    return Outcome(done=True, result={"invoice_id": str(body.invoice_id), "content_hash": content_hash})


def approve_draft(tx: Transaction, body: ApproveDraft) -> Outcome:
    """Approve the content that was seen; the last approval of the chain makes the draft issuable."""
    agreed, row = locked(tx, body.invoice_id)
    require(INVOICE, "approve_draft", row["state"], "invoice")
    who = people.actor(tx)
    reservations.lock(tx, agreed["id"])
    snapshot = current_snapshot(tx.connection, tx.firm_id, body.invoice_id)
    figures = drafting.draft(snapshot)
    content_hash = drafting.content_hash(snapshot)
    given = invoice_approvals.approvals(tx.connection, tx.firm_id, body.invoice_id)
    steps = approvals.chain(figures.line8, snapshot.terms.controller_limit)
    step = approvals.check_approver(
        step=approvals.next_step(steps, given, content_hash),
        by=who.id,
        roles=who.roles,
        project_manager=agreed["project_manager_id"],
        preparers=invoice_approvals.editors(tx.connection, tx.firm_id, body.invoice_id),
        earlier_approvers={known.by for known in given if known.content_hash == content_hash},
        seen_hash=body.content_hash,
        content_hash=content_hash,
    )
    _refuse_blocked(tx, body.invoice_id, snapshot)
    approval_id = tx.new_id("approval")
    tx.insert(
        approval,
        id=approval_id,
        invoice_id=body.invoice_id,
        step=step.value,
        decision="approved",
        person_id=who.id,
        decided_on=business_date(tx, agreed),
        content_hash=content_hash,
        remark=body.remark,
    )
    left = [known for known in steps if known is not step and not _has(given, known, content_hash)]
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
            "step": step.value,
            "still_needed": [known.value for known in left],
        },
        wake=() if left else limit_notices.tell(tx, agreed),
    )


def reject_draft(tx: Transaction, body: RejectDraft) -> Outcome:
    """Send a draft back to its preparer."""
    agreed, row = locked(tx, body.invoice_id)
    require(INVOICE, "reject_draft", row["state"], "invoice")
    who = people.actor(tx)
    if who.id != agreed["project_manager_id"] and "controller" not in {role.value for role in who.roles}:
        raise not_allowed("A draft is sent back by the contract's project manager or a controller.")
    tx.insert(
        approval,
        id=tx.new_id("approval"),
        invoice_id=body.invoice_id,
        step="controller" if who.id != agreed["project_manager_id"] else "project_manager",
        decision="rejected",
        person_id=who.id,
        decided_on=business_date(tx, agreed),
        content_hash=row["content_hash"],
        remark=body.reason,
    )
    reservations.give_up(tx, row)
    tx.change(invoice, "invoice", row, "reject_draft", INVOICE, "draft", body.reason)
    return Outcome(done=True, result={"invoice_id": str(body.invoice_id)})


def missing_approval(
    tx: Transaction, invoice_id: UUID, snapshot: Snapshot, figures: PayApplication, content_hash: str
) -> approvals.Step | None:
    """The first step of the chain that has not approved exactly this content."""
    return approvals.next_step(
        approvals.chain(figures.line8, snapshot.terms.controller_limit),
        invoice_approvals.approvals(tx.connection, tx.firm_id, invoice_id),
        content_hash,
    )


def _has(given: Sequence[approvals.Approval], step: approvals.Step, content_hash: str) -> bool:
    return any(known.step is step and known.content_hash == content_hash for known in given)


def _refuse_blocked(tx: Transaction, invoice_id: UUID, snapshot: Snapshot) -> None:
    found = checks.blocking(submission.findings_of(tx.connection, tx.firm_id, invoice_id, snapshot))
    if found:
        said = " ".join(f"{f'Line {f.item_no}: ' if f.item_no else ''}{f.sentence}" for f in found[:5])
        raise wrong_content("draft_has_findings", said)
