"""The way in for every command: person, role, then the function that the command names; exactly once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Engine

from contracts_app.domain.beyond_size import is_beyond_size, too_large
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.every_command import Command
from contracts_app.domain.commands.routes import ROUTES
from contracts_app.domain.refusals import Refused
from contracts_app.services import (
    advances,
    agreements,
    approving,
    billing_groups,
    billing_runs,
    calendar,
    certification,
    change_orders,
    client_orders,
    contracts,
    cost_parts,
    costs_to_bill,
    cuts,
    deposits,
    distributing,
    editing,
    estimates,
    expenses,
    group_issuing,
    imports,
    issuing,
    job_costs,
    master_changes,
    mending,
    milestones,
    money_in,
    overtime,
    paper_exceptions,
    parked,
    pencils,
    people,
    posting_imports,
    releases,
    required_papers,
    revised_applications,
    revisions,
    settling,
    tickets,
    time_entries,
    time_parts,
    undoing,
    waivers,
    withdrawing,
    withholds,
)
from contracts_app.services.purchasing import bills, deciding, orders, retainage
from contracts_app.store.transaction import Origin, Transaction, once

_DO: Mapping[str, Callable[[Transaction, Any], Outcome]] = {
    "open_contract": contracts.open_contract,
    "set_terms": contracts.set_terms,
    "activate_contract": contracts.activate_contract,
    "return_contract": contracts.return_contract,
    "reassign_project_manager": contracts.reassign_project_manager,
    "plan_milestone": milestones.plan_milestone,
    "change_milestone": milestones.change_milestone,
    "remove_milestone": milestones.remove_milestone,
    "achieve_milestone": milestones.achieve_milestone,
    "approve_milestone": milestones.approve_milestone,
    "prepare_application": contracts.prepare_application,
    "prepare_release": contracts.prepare_release,
    "prepare_advance": advances.prepare_advance,
    "set_schedule": agreements.set_schedule,
    "set_rate_card": agreements.set_rate_card,
    "set_projects": agreements.set_projects,
    "raise_rates": master_changes.asked,
    "propose_change_order": change_orders.propose_change_order,
    "execute_change_order": change_orders.execute_change_order,
    "reject_change_order": change_orders.reject_change_order,
    "note_change_order": change_orders.note_change_order,
    "price_change_order": change_orders.price_change_order,
    "submit_change_order": change_orders.submit_change_order,
    "void_change_order": change_orders.void_change_order,
    "require_paper": required_papers.require_paper,
    "end_requirement": required_papers.end_requirement,
    "file_paper": required_papers.file_paper,
    "withdraw_paper": required_papers.withdraw_paper,
    "ask_exception": paper_exceptions.ask_exception,
    "decide_exception": paper_exceptions.decide_exception,
    "record_security": releases.record_security,
    "enter_ticket": tickets.enter_ticket,
    "correct_ticket": tickets.correct_ticket,
    "sign_ticket": tickets.sign_ticket,
    "void_ticket": tickets.void_ticket,
    "propose_revision": revisions.propose_revision,
    "approve_revision": revisions.approve_revision,
    "reject_revision": revisions.reject_revision,
    "complete_work": agreements.complete_work,
    "receive_deposit": deposits.receive_deposit,
    "return_deposit": deposits.return_deposit,
    "record_client_order": client_orders.record_client_order,
    "amend_client_order": client_orders.amend_client_order,
    "close_client_order": client_orders.close_client_order,
    "estimate_cost": estimates.estimate_cost,
    "reject_milestone": milestones.reject_milestone,
    "enter_time": time_entries.enter_time,
    "approve_time": time_entries.approve_time,
    "reject_time": time_entries.reject_time,
    "hold_time": time_entries.hold_time,
    "release_time": time_entries.release_time,
    "write_time": time_entries.write_time,
    "correct_time": time_entries.correct_time,
    "transfer_time": time_entries.transfer_time,
    "split_time": time_parts.split_time,
    "move_time": time_parts.move_time,
    "set_overtime": overtime.set_overtime,
    "decide_overtime": overtime.decide_overtime,
    "claim_time": time_entries.claim_time,
    "accept_cut": cuts.accept_cut,
    "record_costs": job_costs.record_costs,
    "approve_costs": job_costs.approve_costs,
    "send_back_costs": job_costs.send_back_costs,
    "correct_cost": job_costs.correct_cost,
    "hold_costs": costs_to_bill.hold_costs,
    "release_costs": costs_to_bill.release_costs,
    "write_cost": costs_to_bill.write_cost,
    "transfer_costs": costs_to_bill.transfer_costs,
    "split_cost": cost_parts.split_cost,
    "enter_commitment": orders.enter_commitment,
    "change_commitment": orders.change_commitment,
    "record_delivery": orders.record_delivery,
    "enter_bill": bills.enter_bill,
    "settle_hold": bills.settle_hold,
    "enter_vendor_credit": bills.enter_vendor_credit,
    "approve_purchase": deciding.approve_purchase,
    "reject_purchase": deciding.reject_purchase,
    "release_of_sub": retainage.release_of_sub,
    "set_expense_policy": expenses.set_expense_policy,
    "enter_expenses": expenses.enter_expenses,
    "enter_per_diem": expenses.enter_per_diem,
    "enter_mileage": expenses.enter_mileage,
    "correct_expense": expenses.correct_expense,
    "approve_expenses": expenses.approve_expenses,
    "reject_expenses": expenses.reject_expenses,
    "edit_draft": editing.edit_draft,
    "share_pencil": pencils.share_pencil,
    "remark_on_pencil": pencils.remark_on_pencil,
    "submit_draft": approving.submit_draft,
    "approve_draft": approving.approve_draft,
    "reject_draft": approving.reject_draft,
    "withdraw_draft": withdrawing.withdraw_draft,
    "issue_invoice": issuing.issue_invoice,
    "revise_application": revised_applications.revise_application,
    "give_waiver": waivers.give_waiver,
    "record_withhold": withholds.record_withhold,
    "return_withhold": withholds.return_withhold,
    "concede_withhold": withholds.concede_withhold,
    "certify_application": certification.certify_application,
    "receive_payment": money_in.receive_payment,
    "apply_cash": money_in.apply_cash,
    "settle_withheld": settling.settle_withheld,
    "set_billing_group": billing_groups.set_billing_group,
    "prepare_group": billing_groups.prepare_group,
    "issue_group": group_issuing.issue_group,
    "decide_import": imports.decide_import,
    "mend_import": mending.mend_import,
    "post_import": posting_imports.post_import,
    "undo_import": undoing.undo_import,
    "withdraw_import": imports.withdraw_import,
    "distribute_import": distributing.distribute_import,
    "post_parts": distributing.post_parts,
    "undo_parts": distributing.undo_parts,
    "start_billing_run": billing_runs.start_billing_run,
    "move_calendar": calendar.move_calendar,
    "retry_parked": parked.retry_parked,
    "abandon_parked": parked.abandon_parked,
}

_PREPARE: Mapping[str, Callable[[Engine, UUID, Any], Mapping[UUID, Any]]] = {
    "post_import": posting_imports.prepare,
    "post_parts": distributing.prepare_parts,
}
"""Of commands that read files: by record, what is worked out before the transaction."""


def perform(engine: Engine, command: Command, origin: Origin) -> Outcome:
    """Do the command, or refuse it; either is recorded, and a retry of the key hears the same.

    What takes long and needs no lock is worked out before; the command checks that it still holds.
    """
    prepare = _PREPARE.get(command.body.command)
    prepared = {} if prepare is None else prepare(engine, command.firm_id, command.body)
    return once(engine, command, origin, lambda tx, given: _decide(replace(tx, prepared=prepared), given))


def _decide(tx: Transaction, command: Command) -> Outcome:
    body = command.body
    people.require_role(people.actor(tx), ROUTES[body.command].roles, body.command)
    try:
        return _DO[body.command](tx, body)
    except ValidationError as error:
        if is_beyond_size(error):
            raise too_large() from error
        raise


def perform_without_process(engine: Engine, command: Command) -> Outcome:
    """Decide a command whose process has finished or never was: its first answer, or a recorded refusal.

    The same checks as ever decide. A finished record refuses by its state; were one to allow the command,
    nothing would follow up on it, so that is refused too.
    """
    return once(engine, command, Origin(), _decide_without_process)


def _decide_without_process(tx: Transaction, command: Command) -> Outcome:
    _decide(tx, command)
    raise Refused("process_finished", "This is finished; nothing more can be done with it.")
