"""Transition tables: which command is possible in which state, and where it leads.

The same tables serve validators, transactions, pages (which buttons to show) and `contracts check` (I12).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from contracts_app.domain.refusals import Refused


class InvoiceState(StrEnum):
    """Life of an invoice: what the client certifies is `submitted` first, all else is `issued` at once."""

    draft = "draft"
    in_review = "in_review"
    approved = "approved"
    submitted = "submitted"
    being_revised = "being_revised"
    issued = "issued"
    certified = "certified"
    paid = "paid"
    withheld = "withheld"
    withdrawn = "withdrawn"
    superseded = "superseded"


class ContractState(StrEnum):
    """Life of a contract."""

    setting_up = "setting_up"
    active = "active"
    closed = "closed"


class ImportState(StrEnum):
    """Life of an imported file."""

    received = "received"
    needs_decision = "needs_decision"
    ready = "ready"
    posting = "posting"
    posted = "posted"
    refused = "refused"
    withdrawn = "withdrawn"
    undone = "undone"
    to_distribute = "to_distribute"
    distributed = "distributed"


Table = Mapping[str, Mapping[str, tuple[str, ...]]]

INVOICE: Table = {
    "edit_draft": {"draft": ("draft",), "in_review": ("draft",), "approved": ("draft",)},
    "share_pencil": {"draft": ("draft",), "in_review": ("in_review",), "approved": ("approved",)},
    "remark_on_pencil": {"draft": ("draft",), "in_review": ("in_review",), "approved": ("approved",)},
    "submit_draft": {"draft": ("in_review",)},
    "approve_draft": {"in_review": ("in_review", "approved")},
    "reject_draft": {"in_review": ("draft",), "approved": ("draft",)},
    # Back to `approved` where it says again exactly what the whole chain approved.
    "content_changed": {
        "draft": ("draft",),
        "in_review": ("in_review", "approved"),
        "approved": ("in_review", "approved"),
    },
    "withdraw_draft": {"draft": ("withdrawn",), "in_review": ("withdrawn",), "approved": ("withdrawn",)},
    "claim_time": {"draft": ("draft",), "in_review": ("draft",), "approved": ("draft",)},
    "issue_invoice": {"approved": ("submitted", "issued", "paid")},
    "certify_application": {"submitted": ("certified", "paid", "withheld")},
    "record_withhold": {"issued": ("issued",), "certified": ("certified",)},
    "return_withhold": {"issued": ("issued",), "certified": ("certified",)},
    "concede_withhold": {"issued": ("issued", "paid"), "certified": ("certified", "paid")},
    # The client keeps it on file; what is owed and certified is its revision.
    "revise_application": {"submitted": ("being_revised",)},
    "take_revision_back": {"being_revised": ("submitted",)},
    "supersede": {"being_revised": ("superseded",)},
    "receive_payment": {
        "submitted": ("submitted",),
        "issued": ("issued", "paid"),
        "certified": ("certified", "paid"),
    },
    "settle_withheld": {
        "issued": ("issued", "paid"),
        "certified": ("certified", "paid"),
    },
    "apply_cash": {
        "submitted": ("submitted",),
        "issued": ("issued", "paid"),
        "certified": ("certified", "paid"),
    },
}

CONTRACT: Table = {
    "set_terms": {"setting_up": ("setting_up",)},
    "post_import": {"setting_up": ("setting_up",), "active": ("active",)},
    "undo_import": {"setting_up": ("setting_up",), "active": ("active",)},
    "activate_contract": {"setting_up": ("active",)},
    "return_contract": {"setting_up": ("setting_up",)},
    "reassign_project_manager": {"active": ("active",)},
    "plan_milestone": {"setting_up": ("setting_up",), "active": ("active",)},
    "change_milestone": {"setting_up": ("setting_up",)},
    "remove_milestone": {"setting_up": ("setting_up",)},
    "achieve_milestone": {"active": ("active",)},
    "approve_milestone": {"active": ("active",)},
    "prepare_application": {"active": ("active",)},
    "prepare_release": {"active": ("active",)},
    "prepare_advance": {"active": ("active",)},
    "invoice_changed": {"active": ("active",)},
    "set_schedule": {"setting_up": ("setting_up",)},
    "set_rate_card": {"setting_up": ("setting_up",)},
    "raise_rates": {"active": ("active",)},
    "set_projects": {"setting_up": ("setting_up",), "active": ("active",)},
    "propose_change_order": {"active": ("active",)},
    "execute_change_order": {"active": ("active",)},
    "reject_change_order": {"active": ("active",)},
    "record_security": {"active": ("active",)},
    "enter_ticket": {"active": ("active",)},
    "correct_ticket": {"active": ("active",)},
    "sign_ticket": {"active": ("active",)},
    "void_ticket": {"active": ("active",)},
    "propose_revision": {"active": ("active",)},
    "approve_revision": {"active": ("active",)},
    "reject_revision": {"active": ("active",)},
    "note_change_order": {"active": ("active",)},
    "price_change_order": {"active": ("active",)},
    "submit_change_order": {"active": ("active",)},
    "void_change_order": {"active": ("active",)},
    "reject_milestone": {"active": ("active",)},
    "enter_time": {"active": ("active",)},
    "approve_time": {"active": ("active",)},
    "reject_time": {"active": ("active",)},
    "hold_time": {"active": ("active",)},
    "release_time": {"active": ("active",)},
    "write_time": {"active": ("active",)},
    "correct_time": {"active": ("active",)},
    "transfer_time": {"active": ("active",)},
    "split_time": {"active": ("active",)},
    "move_time": {"active": ("active",)},
    "set_overtime": {"active": ("active",)},
    "decide_overtime": {"active": ("active",)},
    "accept_cut": {"active": ("active",)},
    "record_costs": {"active": ("active",)},
    "approve_costs": {"active": ("active",)},
    "send_back_costs": {"active": ("active",)},
    "correct_cost": {"active": ("active",)},
    "hold_costs": {"active": ("active",)},
    "release_costs": {"active": ("active",)},
    "write_cost": {"active": ("active",)},
    "transfer_costs": {"active": ("active",)},
    "split_cost": {"active": ("active",)},
    "enter_commitment": {"active": ("active",)},
    "change_commitment": {"active": ("active",)},
    "record_delivery": {"active": ("active",)},
    "enter_bill": {"active": ("active",)},
    "settle_hold": {"active": ("active",)},
    "enter_vendor_credit": {"active": ("active",)},
    "approve_purchase": {"active": ("active",)},
    "reject_purchase": {"active": ("active",)},
    "release_of_sub": {"active": ("active",)},
    "set_expense_policy": {"setting_up": ("setting_up",), "active": ("active",)},
    "enter_expenses": {"active": ("active",)},
    "enter_per_diem": {"active": ("active",)},
    "enter_mileage": {"active": ("active",)},
    "correct_expense": {"active": ("active",)},
    "approve_expenses": {"active": ("active",)},
    "reject_expenses": {"active": ("active",)},
    "give_waiver": {"active": ("active",)},
    "complete_work": {"active": ("active",)},
    "receive_deposit": {"active": ("active",)},
    "return_deposit": {"active": ("active",)},
    "record_client_order": {"active": ("active",)},
    "amend_client_order": {"active": ("active",)},
    "close_client_order": {"active": ("active",)},
    "estimate_cost": {"active": ("active",)},
    "require_paper": {"setting_up": ("setting_up",), "active": ("active",)},
    "end_requirement": {"setting_up": ("setting_up",), "active": ("active",)},
    "file_paper": {"setting_up": ("setting_up",), "active": ("active",)},
    "withdraw_paper": {"setting_up": ("setting_up",), "active": ("active",)},
    "ask_exception": {"active": ("active",)},
    "decide_exception": {"active": ("active",)},
    "close_contract": {"active": ("closed",)},
}

IMPORT: Table = {
    "analyse_import": {"received": ("needs_decision", "ready", "refused", "to_distribute", "distributed")},
    # A file for many contracts is itself never posted: each of its parts is an import of its own.
    "distribute_import": {
        "to_distribute": ("to_distribute", "distributed"),
        "distributed": ("distributed",),
    },
    "post_parts": {"to_distribute": ("to_distribute",), "distributed": ("distributed",)},
    "undo_parts": {"to_distribute": ("to_distribute",), "distributed": ("distributed",)},
    "decide_import": {"needs_decision": ("received",), "ready": ("received",)},
    "mend_import": {
        "needs_decision": ("received",),
        "ready": ("received",),
        "to_distribute": ("received",),
        "distributed": ("received",),
    },
    # A large file goes in chunk by chunk; until the last one nothing of it can be approved.
    # One that says something else by now than was shown is read again instead.
    "post_import": {"ready": ("posting", "posted", "received")},
    "post_chunk": {"posting": ("posting", "posted")},
    "undo_import": {"posting": ("undone",), "posted": ("undone",)},
    "withdraw_import": {
        "needs_decision": ("withdrawn",),
        "ready": ("withdrawn",),
        "to_distribute": ("withdrawn",),
    },
}

APPROVAL_POLICY: Table = {
    "agree_to_approval_policy": {"proposed": ("agreed",)},
    "withdraw_approval_policy": {"proposed": ("withdrawn",)},
}

MASTER_CHANGE: Table = {
    "agree_to_master_change": {"proposed": ("agreed",)},
    "withdraw_master_change": {"proposed": ("withdrawn",)},
}

ACCOUNTING_PERIOD: Table = {
    "soft_close_period": {"open": ("soft_closed",)},
    "close_period": {"soft_closed": ("closed",)},
    "reopen_period": {"soft_closed": ("open",), "closed": ("open",)},
}
"""States of `closing.periods.PeriodState`. A month that nobody began to close is open."""

COMPLIANCE_REQUIREMENT: Table = {"end_requirement": {"required": ("ended",)}}

COMPLIANCE_PAPER: Table = {"withdraw_paper": {"filed": ("withdrawn",)}}

COMPLIANCE_EXCEPTION: Table = {"decide_exception": {"asked": ("granted", "refused")}}

DELEGATION: Table = {"end_delegation": {"given": ("ended",)}}

MAPPING: Table = {
    "rename_mapping": {"active": ("active",)},
    "withdraw_mapping": {"active": ("withdrawn",)},
}

CHANGE_ORDER: Table = {
    # Priced again as long as it is not submitted: from then on its amount is fixed.
    "price_change_order": {"potential": ("requested",), "requested": ("requested",)},
    "submit_change_order": {"requested": ("submitted",)},
    "execute_change_order": {"submitted": ("executed",)},
    "reject_change_order": {"submitted": ("rejected",)},
    "void_change_order": {"potential": ("void",), "requested": ("void",), "submitted": ("void",)},
}
"""States of `schedule_of_values.ChangeOrderState`. What is executed, rejected or void stays so: an executed
change order is taken back by another one."""

TICKET: Table = {
    "correct_ticket": {"open": ("open",)},
    "sign_ticket": {"open": ("signed",)},
    "void_ticket": {"open": ("void",), "signed": ("void",)},
}
"""A ticket of extra work: what was signed for stays as signed."""

REVISION: Table = {
    "approve_revision": {"proposed": ("approved",)},
    "reject_revision": {"proposed": ("rejected",)},
}
"""A revision of the schedule of values: what is decided stays so, another one moves back."""

NOT_OUT = (InvoiceState.draft, InvoiceState.in_review, InvoiceState.approved)
"""States before issue, in their order: no number yet, content and claims may change."""

OPEN_INVOICE = (*NOT_OUT, InvoiceState.submitted, InvoiceState.being_revised)
"""States in which the contract has an application in hand: the next one waits for its certificate."""


def state_after_issue(amount_due: Decimal, *, certified_by_client: bool) -> InvoiceState:
    """Where issue leads: to the certifier, to the client as payer, or to the end where nothing is to be paid.

    `amount_due` is line 8 less what the deposit pays, in the contract's currency.
    """
    if certified_by_client:
        return InvoiceState.submitted
    return InvoiceState.issued if amount_due > 0 else InvoiceState.paid


def state_after_certificate(still_open: Decimal, *, withheld: bool) -> InvoiceState:
    """Where a certificate leads: withheld ends this application; else it is paid once nothing is open on it.

    `still_open` is the balance of its receivable after the certificate, zero where none arose.
    """
    if withheld:
        return InvoiceState.withheld
    return InvoiceState.certified if still_open > 0 else InvoiceState.paid


FINAL = {
    "invoice": ("paid", "withheld", "withdrawn", "superseded"),
    "contract": ("closed",),
    "import": ("posted", "refused", "withdrawn", "undone", "distributed"),
    "billing-run": ("done",),
}

_WORDS = {
    "setting_up": "being set up",
    "in_review": "in review",
    "being_revised": "being revised",
    "partly_approved": "approved in part",
    "needs_decision": "waiting for decisions",
    "posting": "being posted",
    "post_chunk": "posting the file",
    "undone": "taken back",
}


def in_words(state: str) -> str:
    """A state (or step) as a sentence says it."""
    return _WORDS.get(state, state.replace("_", " "))


def require(table: Table, command: str, state: str, what: str) -> tuple[str, ...]:
    """The states that `command` may lead to from `state`. Raises Refused when it is not possible now."""
    targets = table.get(command, {}).get(state)
    if targets is None:
        raise Refused(
            "not_in_this_state",
            f"{command.replace('_', ' ').capitalize()}: not possible, the {what} is {in_words(state)}.",
        )
    return targets


OF_ITSELF = ("content_changed", "invoice_changed", "take_revision_back", "supersede")
"""Steps that follow from something else; nobody commands them."""


def possible(table: Table, state: str) -> tuple[str, ...]:
    """The commands that the table allows in `state`."""
    return tuple(command for command, rows in table.items() if state in rows and command not in OF_ITSELF)
