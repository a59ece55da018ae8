"""Audit entries in the words of the business."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from contracts_app.store.views.history import HistoryEntry
from contracts_app.web.pages.formatting import words

_WHAT: Mapping[str, str] = {
    "open_contract": "entered the contract",
    "set_terms": "set the terms",
    "activate_contract": "put the contract in force",
    "return_contract": "sent the contract back",
    "reassign_project_manager": "named another project manager",
    "close_contract": "closed the contract",
    "plan_milestone": "planned a milestone",
    "change_milestone": "planned a milestone otherwise",
    "remove_milestone": "took a milestone out of the plan",
    "achieve_milestone": "reported a milestone as achieved",
    "approve_milestone": "approved a milestone",
    "reject_milestone": "sent the evidence of a milestone back",
    "set_schedule": "entered the schedule of values",
    "set_rate_card": "entered the rate card",
    "set_projects": "named the projects in time sheets",
    "raise_rates": "raised the rates",
    "propose_change_order": "proposed a change order",
    "execute_change_order": "executed a change order",
    "reject_change_order": "rejected a change order",
    "note_change_order": "noted a potential change order",
    "price_change_order": "priced a change order",
    "submit_change_order": "submitted a change order to the client",
    "void_change_order": "gave up a change order",
    "record_security": "noted a security in place of retainage",
    "require_paper": "required a paper",
    "end_requirement": "ended that a paper is required",
    "file_paper": "filed a paper",
    "withdraw_paper": "withdrew a paper",
    "ask_exception": "asked for an exception from a required paper",
    "decide_exception": "decided on an exception from a required paper",
    "keep_paper_file": "uploaded the file of a paper",
    "enter_ticket": "noted a ticket of extra work",
    "correct_ticket": "corrected a ticket",
    "sign_ticket": "noted the signature on a ticket",
    "void_ticket": "gave up a ticket",
    "propose_revision": "proposed to move budget between lines",
    "approve_revision": "approved a move of budget",
    "reject_revision": "rejected a move of budget",
    "receive_deposit": "recorded a deposit",
    "tell_of_limit": "told that a limit is nearly used up",
    "record_client_order": "recorded a purchase order of the client",
    "amend_client_order": "amended a purchase order of the client",
    "close_client_order": "closed a purchase order of the client",
    "return_deposit": "gave back what was left of the deposit",
    "estimate_cost": "estimated the cost at completion",
    "complete_work": "said that the work is complete",
    "prepare_application": "opened the draft",
    "prepare_release": "opened the draft of the retainage release",
    "prepare_advance": "opened the draft of the advance payment's invoice",
    "enter_time": "entered time",
    "approve_time": "approved time",
    "reject_time": "rejected time",
    "hold_time": "held time",
    "release_time": "released time",
    "write_time": "wrote time up or down",
    "correct_time": "corrected or took back time",
    "transfer_time": "transferred time to another line",
    "split_time": "split time",
    "move_time": "moved time to another contract",
    "set_overtime": "said which time was overtime",
    "decide_overtime": "decided on overtime",
    "claim_time": "claimed time again",
    "record_costs": "recorded costs",
    "approve_costs": "approved costs",
    "send_back_costs": "sent costs back",
    "correct_cost": "corrected a cost",
    "hold_costs": "held costs",
    "release_costs": "released costs",
    "write_cost": "wrote a cost up or down",
    "transfer_costs": "transferred costs to another line",
    "split_cost": "split a cost",
    "accept_cut": "accepted what the certificate cut",
    "enter_commitment": "entered an order",
    "change_commitment": "proposed a change of an order",
    "record_delivery": "recorded a delivery",
    "enter_bill": "entered a vendor's bill",
    "settle_hold": "settled what did not match of a vendor's bill",
    "enter_vendor_credit": "entered a vendor's credit memo",
    "approve_purchase": "approved",
    "reject_purchase": "rejected",
    "release_of_sub": "released retainage to a subcontractor",
    "set_expense_policy": "said what the contract pays of expenses",
    "enter_expenses": "entered expenses",
    "enter_per_diem": "entered a trip's per diem",
    "enter_mileage": "entered mileage",
    "correct_expense": "corrected or took back an expense",
    "approve_expenses": "approved expenses",
    "reject_expenses": "rejected expenses",
    "attach_receipt": "attached a receipt",
    "edit_draft": "edited the draft",
    "share_pencil": "showed the client a pencil copy",
    "remark_on_pencil": "remarked on the pencil copy",
    "propose_approval_policy": "proposed who approves",
    "agree_to_approval_policy": "agreed to who approves",
    "withdraw_approval_policy": "withdrew a policy of who approves",
    "delegate_approvals": "let somebody approve in another's place",
    "propose_master_change": "proposed a change that a second person agrees to",
    "agree_to_master_change": "agreed to a change that another proposed",
    "withdraw_master_change": "withdrew a change that was proposed",
    "begin_training": "said that somebody is being trained",
    "end_training": "ended a training",
    "back_up": "made a backup",
    "restore_backup": "brought a backup back",
    "set_holidays": "said which days are holidays",
    "place_hold": "placed a legal hold",
    "release_hold": "released a legal hold",
    "erase_person": "erased what named a person",
    "soft_close_period": "began to close the month",
    "close_period": "closed the month",
    "reopen_period": "opened the month again",
    "name_checkpoint": "named the signed checkpoint of the log",
    "keep_accrual": "kept what was unbilled at the end of the month",
    "review_accrual": "reviewed the figures at the end of the month",
    "end_delegation": "ended that somebody approves in another's place",
    "submit_draft": "submitted the draft for approval",
    "approve_draft": "approved",
    "reject_draft": "sent the draft back",
    "withdraw_draft": "withdrew the draft",
    "issue_invoice": "issued it to the client",
    "certify_application": "certified",
    "give_waiver": "gave a lien waiver",
    "record_withhold": "recorded what the client keeps back",
    "return_withhold": "recorded that it is payable again",
    "concede_withhold": "gave up what the client keeps back",
    "revise_application": "opened its revision",
    "take_revision_back": "gave the revision up",
    "supersede": "put its revision in its place",
    "receive_payment": "recorded a payment",
    "apply_cash": "applied unapplied cash",
    "bring_forward": "brought open receivables forward",
    "settle_withheld": "recorded a certificate of tax withheld",
    "set_billing_group": "put contracts together for billing",
    "issue_group": "issued an invoice of several contracts",
    "receivable_arises": "posted the receivable",
    "content_changed": "changed what the draft is computed from",
    "invoice_changed": "noted a change of an invoice",
    "receive_import": "brought in the file",
    "analyse_import": "read the file",
    "decide_import": "decided what was asked about the file",
    "mend_import": "mended cells of the file",
    "post_import": "posted the file",
    "post_chunk": "posted further rows of the file",
    "distribute_import": "gave projects of the file to their contracts",
    "post_parts": "posted the parts that were ready",
    "undo_parts": "took the posted parts back",
    "undo_import": "took the file back",
    "withdraw_import": "withdrew the file",
    "make_document": "made a document",
    "make_documents": "made the documents",
    "mail_approval_link": "asked for an approval by mail",
    "make_pencil": "made the pencil copy and wrote to the client",
    "make_notice": "wrote to the coordinator about the certificate",
    "queue_message": "queued a mail",
    "send_message": "mailed",
    "bounce_message": "could not mail",
    "make_reminder": "sent a reminder",
    "make_receipt": "made a receipt",
    "make_credit_note": "made the paper of a credit note",
    "issue_credit_note": "credited the client by a credit note",
    "wait_for_other_run": "waited for another billing run",
    "park": "stopped trying and asked for help",
    "retry_parked": "tried again",
    "abandon_parked": "gave up a step",
    "move_calendar": "moved the calendar",
    "price_ticket": "put the ticket into a change order",
    "take_ticket_out": "took the ticket out of its change order",
    "note_outcomes": "went through a set of contracts",
    "archive_history": "kept the history of a workflow",
}


@dataclass(frozen=True)
class Event:
    """One line of a timeline."""

    seq: int
    at: datetime
    who: str
    what: str
    reason: str
    about: str
    detail: str
    done: bool
    changes_state: bool


def what(action: str) -> str:
    """What was done, e.g. `approved time`."""
    return _WHAT.get(action, words(action))


def told(entries: Sequence[HistoryEntry]) -> Sequence[HistoryEntry]:
    """The entries that a page tells: each thing once, and not what a client tried in vain."""
    opened = [entry.command for entry in entries if entry.kind == "invoice" and _prepares(entry)]
    return [
        entry
        for entry in once(entries)
        if (entry.done or not entry.by_client)
        and not (entry.kind == "contract" and _prepares(entry) and entry.command in opened)
    ]


def _prepares(entry: HistoryEntry) -> bool:
    return entry.action.startswith("prepare_") and entry.done


def once(entries: Sequence[HistoryEntry]) -> Sequence[HistoryEntry]:
    """The entries without the contract's echo of what happened to one of its invoices or milestones, which
    have entries of their own. The audit trail keeps all."""
    planned = {entry.after.get("title") for entry in entries if _plans(entry, "milestone")}
    return [
        entry
        for entry in entries
        if entry.action != "invoice_changed" and not (_plans(entry, "contract") and entry.reason in planned)
    ]


def _plans(entry: HistoryEntry, kind: str) -> bool:
    return entry.action == "plan_milestone" and entry.kind == kind and entry.done


def events(entries: Sequence[HistoryEntry], names: Mapping[str, str] | None = None) -> Sequence[Event]:
    """The entries as a person reads them, one for one. `names`: what to call a record, by its id."""
    return [_event(entry, (names or {}).get(entry.subject_id, "")) for entry in entries]


def _event(entry: HistoryEntry, about: str) -> Event:
    what = _WHAT.get(entry.action, entry.action.replace("_", " "))
    if entry.action == "certify_application" and entry.to_state == "withheld":
        what = "withheld the certificate"
    changes_state = entry.to_state is not None and entry.from_state != entry.to_state
    if not entry.done:
        what = f"was refused: {entry.action.replace('_', ' ')}"
    return Event(
        seq=entry.seq,
        at=entry.at,
        who=entry.by or "The system",
        what=what,
        reason=entry.reason,
        about=about,
        detail=_detail(entry, changes_state),
        done=entry.done,
        changes_state=changes_state and entry.done,
    )


def _detail(entry: HistoryEntry, changes_state: bool) -> str:
    if not entry.done:
        return ""
    said = []
    if changes_state and entry.to_state:
        before = f"{words(entry.from_state)} → " if entry.from_state else ""
        said.append(f"{before}{words(entry.to_state)}")
    said.extend(
        f"{name.replace('_', ' ')} {_shown(name, entry.before.get(name), ' → ')}{_shown(name, value)}"
        for name, value in entry.after.items()
        if name in _SHOWN and entry.before.get(name) != value and value is not None
    )
    return " · ".join(said)


def _shown(name: str, value: Any, then: str = "") -> str:
    if value is None:
        return ""
    return f"{_amount(value) if name == 'amount' else str(value)[:80]}{then}"


def _amount(value: Any) -> str:
    """An amount as the trail has it, `24000`, with groups and at least two decimals."""
    exact = Decimal(str(value))
    return f"{exact:,f}" if int(exact.as_tuple().exponent) <= -2 else f"{exact:,.2f}"


_SHOWN = frozenset(
    {
        "period_to", "closed_on", "title", "evidence", "file_name", "decision", "recipient", "subject",
        "amount", "reference", "level", "shift_seconds",
    }
)  # fmt: skip
