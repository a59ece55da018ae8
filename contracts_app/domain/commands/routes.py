"""The table of commands: which process carries each, and who may give it.

Transactions check the same roles again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from contracts_app.domain.commands.every_command import Command
from contracts_app.domain.commands.process_commands import AbandonParked, RetryParked
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.roles import Role


@dataclass(frozen=True)
class Route:
    """Where a command goes: the kind of process, the field that holds its id, and the roles allowed."""

    subject: Subject
    id_field: str | None
    roles: tuple[Role, ...]


_COORDINATOR = (Role.coordinator,)
_APPROVERS = (Role.project_manager, Role.controller)
ROUTES: Mapping[str, Route] = {
    "open_contract": Route(Subject.contract, "contract_id", _COORDINATOR),
    "set_terms": Route(Subject.contract, "contract_id", _COORDINATOR),
    "activate_contract": Route(Subject.contract, "contract_id", (Role.controller,)),
    "return_contract": Route(Subject.contract, "contract_id", (Role.controller,)),
    "reassign_project_manager": Route(Subject.contract, "contract_id", (Role.controller,)),
    "plan_milestone": Route(Subject.contract, "contract_id", _COORDINATOR),
    "achieve_milestone": Route(Subject.contract, "contract_id", _COORDINATOR),
    "approve_milestone": Route(Subject.contract, "contract_id", (Role.project_manager,)),
    "prepare_application": Route(Subject.contract, "contract_id", _COORDINATOR),
    "prepare_release": Route(Subject.contract, "contract_id", _COORDINATOR),
    "prepare_advance": Route(Subject.contract, "contract_id", _COORDINATOR),
    "close_contract": Route(Subject.contract, "contract_id", ()),
    "set_schedule": Route(Subject.contract, "contract_id", _COORDINATOR),
    "set_rate_card": Route(Subject.contract, "contract_id", _COORDINATOR),
    "set_projects": Route(Subject.contract, "contract_id", _COORDINATOR),
    "raise_rates": Route(Subject.contract, "contract_id", (Role.controller,)),
    "propose_change_order": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "execute_change_order": Route(Subject.contract, "contract_id", (Role.controller,)),
    "reject_change_order": Route(Subject.contract, "contract_id", (Role.controller,)),
    "note_change_order": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "price_change_order": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "submit_change_order": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "void_change_order": Route(
        Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager, Role.controller)
    ),
    "record_security": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.controller)),
    "enter_ticket": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "correct_ticket": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "sign_ticket": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "void_ticket": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "propose_revision": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "approve_revision": Route(Subject.contract, "contract_id", _APPROVERS),
    "reject_revision": Route(Subject.contract, "contract_id", _APPROVERS),
    "complete_work": Route(Subject.contract, "contract_id", (Role.project_manager,)),
    "receive_deposit": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.controller)),
    "return_deposit": Route(Subject.contract, "contract_id", (Role.controller,)),
    "record_client_order": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.controller)),
    "amend_client_order": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.controller)),
    "close_client_order": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.controller)),
    "estimate_cost": Route(Subject.contract, "contract_id", _APPROVERS),
    "reject_milestone": Route(Subject.contract, "contract_id", (Role.project_manager,)),
    "change_milestone": Route(Subject.contract, "contract_id", _COORDINATOR),
    "remove_milestone": Route(Subject.contract, "contract_id", _COORDINATOR),
    "enter_time": Route(Subject.contract, "contract_id", _COORDINATOR),
    "approve_time": Route(Subject.contract, "contract_id", (Role.project_manager,)),
    "reject_time": Route(Subject.contract, "contract_id", (Role.project_manager,)),
    "hold_time": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "release_time": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "write_time": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "correct_time": Route(Subject.contract, "contract_id", _COORDINATOR),
    "transfer_time": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "split_time": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "move_time": Route(Subject.contract, "contract_id", _COORDINATOR),
    "set_overtime": Route(Subject.contract, "contract_id", _COORDINATOR),
    "decide_overtime": Route(Subject.contract, "contract_id", (Role.project_manager,)),
    "accept_cut": Route(Subject.contract, "contract_id", (Role.project_manager,)),
    "record_costs": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "approve_costs": Route(Subject.contract, "contract_id", _APPROVERS),
    "send_back_costs": Route(Subject.contract, "contract_id", (*_COORDINATOR, *_APPROVERS)),
    "correct_cost": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "hold_costs": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "release_costs": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "write_cost": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "transfer_costs": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "split_cost": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "enter_commitment": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "change_commitment": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "record_delivery": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "enter_bill": Route(Subject.contract, "contract_id", _COORDINATOR),
    "settle_hold": Route(Subject.contract, "contract_id", _APPROVERS),
    "enter_vendor_credit": Route(Subject.contract, "contract_id", _COORDINATOR),
    "approve_purchase": Route(Subject.contract, "contract_id", (Role.project_manager,)),
    "reject_purchase": Route(Subject.contract, "contract_id", (Role.project_manager,)),
    "release_of_sub": Route(Subject.contract, "contract_id", (Role.controller,)),
    "set_expense_policy": Route(Subject.contract, "contract_id", (Role.controller,)),
    "enter_expenses": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "enter_per_diem": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "enter_mileage": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "correct_expense": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.project_manager)),
    "approve_expenses": Route(Subject.contract, "contract_id", (Role.project_manager,)),
    "reject_expenses": Route(Subject.contract, "contract_id", (Role.project_manager,)),
    "require_paper": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.controller)),
    "end_requirement": Route(Subject.contract, "contract_id", (Role.controller,)),
    "file_paper": Route(Subject.contract, "contract_id", (*_COORDINATOR, *_APPROVERS)),
    "withdraw_paper": Route(Subject.contract, "contract_id", (*_COORDINATOR, Role.controller)),
    "ask_exception": Route(Subject.contract, "contract_id", (*_COORDINATOR, *_APPROVERS)),
    "decide_exception": Route(Subject.contract, "contract_id", (Role.controller,)),
    "claim_time": Route(Subject.invoice, "invoice_id", _COORDINATOR),
    "edit_draft": Route(Subject.invoice, "invoice_id", (*_COORDINATOR, Role.project_manager)),
    "share_pencil": Route(Subject.invoice, "invoice_id", _COORDINATOR),
    "remark_on_pencil": Route(Subject.invoice, "invoice_id", (Role.client,)),
    "submit_draft": Route(Subject.invoice, "invoice_id", _COORDINATOR),
    "approve_draft": Route(Subject.invoice, "invoice_id", _APPROVERS),
    "reject_draft": Route(Subject.invoice, "invoice_id", _APPROVERS),
    "withdraw_draft": Route(Subject.invoice, "invoice_id", _COORDINATOR),
    "issue_invoice": Route(Subject.invoice, "invoice_id", _COORDINATOR),
    "revise_application": Route(Subject.invoice, "invoice_id", _COORDINATOR),
    "give_waiver": Route(Subject.contract, "contract_id", _COORDINATOR),
    "record_withhold": Route(Subject.invoice, "invoice_id", (*_COORDINATOR, Role.controller)),
    "return_withhold": Route(Subject.invoice, "invoice_id", (*_COORDINATOR, Role.controller)),
    "concede_withhold": Route(Subject.invoice, "invoice_id", (Role.controller,)),
    "certify_application": Route(Subject.invoice, "invoice_id", (Role.client,)),
    "receive_payment": Route(Subject.follow_up, "client_id", (*_COORDINATOR, Role.controller)),
    "apply_cash": Route(Subject.follow_up, "client_id", (*_COORDINATOR, Role.controller)),
    "settle_withheld": Route(Subject.follow_up, "client_id", (*_COORDINATOR, Role.controller)),
    "set_billing_group": Route(Subject.follow_up, "client_id", _COORDINATOR),
    "prepare_group": Route(Subject.follow_up, "client_id", _COORDINATOR),
    "issue_group": Route(Subject.follow_up, "client_id", _COORDINATOR),
    "decide_import": Route(Subject.importing, "import_id", _COORDINATOR),
    "mend_import": Route(Subject.importing, "import_id", _COORDINATOR),
    "post_import": Route(Subject.importing, "import_id", _COORDINATOR),
    "withdraw_import": Route(Subject.importing, "import_id", _COORDINATOR),
    "undo_import": Route(Subject.importing, "import_id", _COORDINATOR),
    "distribute_import": Route(Subject.importing, "import_id", _COORDINATOR),
    "post_parts": Route(Subject.importing, "import_id", _COORDINATOR),
    "undo_parts": Route(Subject.importing, "import_id", _COORDINATOR),
    "start_billing_run": Route(Subject.billing_run, "run_id", (*_COORDINATOR, Role.controller)),
    "move_calendar": Route(Subject.calendar, None, (Role.administrator,)),
    "retry_parked": Route(Subject.contract, None, (Role.controller, Role.administrator)),
    "abandon_parked": Route(Subject.contract, None, (Role.controller, Role.administrator)),
}


def process_of(command: Command) -> tuple[Subject, UUID]:
    """The process that carries this command."""
    body = command.body
    if isinstance(body, RetryParked | AbandonParked):
        return body.subject, body.subject_id
    route = ROUTES[body.command]
    return route.subject, (command.firm_id if route.id_field is None else getattr(body, route.id_field))
