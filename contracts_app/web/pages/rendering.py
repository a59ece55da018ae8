"""A template and its data become a page: one environment, one frame around every page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from uuid import uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Response
from sqlalchemy import Connection as DatabaseConnection

from contracts_app.documents.templates import TEMPLATES
from contracts_app.domain.roles import Role
from contracts_app.operation import notice
from contracts_app.services.sign_in import Identity
from contracts_app.store.views.calendar import FirmDay, firm_day
from contracts_app.web.pages import formatting
from contracts_app.web.pages.menu import Group, menu_of
from contracts_app.web.parts import HttpRequest, identity_of, parts_of
from contracts_app.web.problems import FieldError


@dataclass(frozen=True)
class Said:
    """What came of a form that was not done: the sentence, what was typed, and the key to use next.

    `about` is the address that the form was sent to. `key` is the same one again when the outcome is unknown,
    so that sending the form again is a retry.
    """

    sentence: str = ""
    status: int = 200
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[FieldError, ...] = ()
    about: str = ""
    key: str = field(default_factory=lambda: str(uuid4()))


@dataclass(frozen=True)
class Frame:
    """What stands around every page: who, where, when."""

    person: str
    roles: frozenset[Role]
    csrf_token: str
    firm: str
    practice: bool
    zone: str
    today: date
    menu: Sequence[Group]
    home: str


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Templates from `templates/pages`, everything escaped, nothing undefined."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES / "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(formatting.FILTERS)
    made.globals.update(plural=formatting.plural, new_key=lambda: str(uuid4()))
    return made


def frame_of(identity: Identity, path: str, today: FirmDay) -> Frame:
    """The frame for a signed-in person at a path."""
    return Frame(
        person=identity.name,
        roles=identity.roles,
        csrf_token=identity.csrf_token,
        firm=today.name,
        practice=today.practice,
        zone=today.zone,
        today=today.today,
        menu=menu_of(identity.roles, path, identity.is_client, today.practice),
        home="/client" if identity.is_client else "/",
    )


def page(
    request: HttpRequest,
    connection: DatabaseConnection,
    template: str,
    *,
    said: Said | None = None,
    refresh: int | None = None,
    **data: object,
) -> Response[str]:
    """The page of a signed-in person. `refresh` asks the browser to load it again after so many seconds."""
    identity = identity_of(request)
    today = firm_day(connection, identity.firm_id)
    body = (
        environment()
        .get_template(template)
        .render(
            frame=frame_of(identity, request.url.path, today),
            now=today.now,
            path=request.url.path,
            query=request.url.query,
            said=said or Said(),
            done=_DONE.get(request.query_params.get("done", ""), ""),
            notice=notice.current(parts_of(request).settings.state_dir),
            refresh=refresh,
            **data,
        )
    )
    return Response(body, status_code=said.status if said else 200, media_type=MediaType.HTML)


def bare_page(template: str, status: int = 200, done: str = "", **data: object) -> Response[str]:
    """A page for nobody in particular: sign-in, errors."""
    body = (
        environment()
        .get_template(template)
        .render(frame=None, refresh=None, done=done, notice="", said=Said(), status=status, **data)
    )
    return Response(body, status_code=status, media_type=MediaType.HTML)


_DONE: Mapping[str, str] = {
    "open_contract": "Contract entered. Enter its schedule of values, then a controller activates it.",
    "set_terms": "Terms saved.",
    "activate_contract": "Contract activated.",
    "return_contract": "Sent back; the coordinator reads why.",
    "reassign_project_manager": "Project manager named; drafts in review wait for the new one.",
    "add_person": "Added. A link to set a password has been mailed.",
    "link_not_sent": "But the mail with the link could not be delivered: send it again.",
    "change_roles": "Roles changed; they count from the next request on.",
    "deactivate_person": "Deactivated; every session has ended.",
    "reactivate_person": "Reactivated.",
    "send_password_link": "A new link has been mailed; earlier ones no longer work.",
    "add_client": "Client added.",
    "add_legal_entity": "Legal entity added; new contracts may be billed by it.",
    "set_payment_instructions": "Saved; invoices issued from now on say so.",
    "set_tax_number": "Saved; invoices issued from now on show it.",
    "add_tax_rate": "Rate entered. Drafts in hand that bear it have been worked out again.",
    "withdraw_tax_rate": "Rate taken back; invoices issued by it stay as they are.",
    "add_exchange_rate": "Rate entered. Drafts in hand that it is for have been worked out again.",
    "withdraw_exchange_rate": "Rate taken back; invoices issued at it stay as they are.",
    "save_mapping": "Mapping saved; the file is read by it, and so is the next one with the same headers.",
    "rename_mapping": "Renamed.",
    "propose_approval_policy": "Proposed; it waits for another controller to agree.",
    "agree_to_approval_policy": "Agreed to; drafts that are submitted from its day on go by it.",
    "withdraw_approval_policy": "Withdrawn.",
    "delegate_approvals": "Saved; both are named on what is approved so.",
    "end_delegation": "Ended.",
    "waits_for_second": "Proposed; it counts once another controller has agreed.",
    "agree_to_master_change": "Agreed to and done.",
    "withdraw_master_change": "Withdrawn; nothing has changed.",
    "begin_training": "Saved; another coordinator hands their drafts in.",
    "end_training": "Ended; drafts are handed in without a second look again.",
    "set_holidays": "Saved; what is counted in business days is counted with them from now on.",
    "place_hold": "Held: nothing of it goes, and nobody is erased, until two controllers release it.",
    "soft_close_period": "Being closed: from now on only a controller dates anything into this month.",
    "close_period": "Closed; nothing is dated into this month any more.",
    "reopen_period": "Open again.",
    "review_accrual": "Reviewed. Should a figure change, it asks for your word again.",
    "withdraw_mapping": "Withdrawn; no file is recognised by it any longer.",
    "edit_client": "Client saved. What was issued before keeps the old address.",
    "change_password": "Password changed; your other sessions have ended.",
    "end_session": "Session ended.",
    "plan_milestone": "Milestone planned.",
    "change_milestone": "Milestone changed.",
    "remove_milestone": "Milestone removed.",
    "achieve_milestone": "Milestone reported; the project manager has been asked to approve it.",
    "approve_milestone": "Milestone approved.",
    "reject_milestone": "Sent back; the milestone is open as before.",
    "set_schedule": "Schedule of values saved.",
    "set_rate_card": "Rate card saved.",
    "names_alike": "Rate card saved. Look at the names that differ in capitals or spaces only.",
    "set_projects": "Names saved.",
    "raise_rates": "Rates raised.",
    "propose_change_order": "Proposed; a controller executes it once both sides have signed.",
    "execute_change_order": "Executed; it counts in the contract sum.",
    "reject_change_order": "Rejected.",
    "note_change_order": "Noted; it counts in the exposure until it is decided.",
    "price_change_order": "Priced; submit it to the client when it is complete.",
    "submit_change_order": "Submitted; a controller executes it once both sides have signed.",
    "void_change_order": "Given up.",
    "record_security": "Security noted; a release can be asked for what it covers.",
    "require_paper": "Required; below stands what waits for it now.",
    "end_requirement": "Not required any more.",
    "file_paper": "Filed; what waited for it only can go on.",
    "withdraw_paper": "Withdrawn; the file is kept, and counts no more.",
    "ask_exception": "Asked; a controller who is somebody else decides.",
    "decide_exception": "Decided.",
    "payment_held": "Recorded; part of it is not applied: papers that a contract requires are missing.",
    "enter_ticket": "Ticket noted; have it signed on site.",
    "correct_ticket": "Ticket corrected.",
    "sign_ticket": "Signature noted; the ticket can be priced into a change order.",
    "void_ticket": "Ticket given up.",
    "propose_revision": "Proposed; a project manager or controller who is somebody else approves it.",
    "approve_revision": "Approved; the next application counts it.",
    "reject_revision": "Rejected; the schedule stays as it is.",
    "receive_deposit": "Deposit recorded; the next invoices draw it down.",
    "record_client_order": "Purchase order recorded; the next invoices are billed on it.",
    "amend_client_order": "Purchase order amended; what waited for it comes with the next invoice.",
    "close_client_order": "Purchase order closed; nothing more is billed on it.",
    "return_deposit": "Recorded: that part of the deposit went back to the client.",
    "estimate_cost": "Estimate entered; the work-in-progress schedule goes by it from its day on.",
    "complete_work": "The work is complete.",
    "accept_cut": "Accepted; it is not claimed again.",
    "enter_commitment": "Order entered; the project manager approves it.",
    "change_commitment": "Change order entered; it counts once the project manager has approved it.",
    "record_delivery": "Delivery recorded.",
    "enter_bill": "Bill entered; it matches, and waits for the project manager.",
    "bill_on_hold": "Bill entered, and on hold: below stands what does not match and how that is settled.",
    "settle_hold": "Settled.",
    "enter_vendor_credit": "Credit memo entered; it counts once the project manager has approved it.",
    "approve_purchase": "Approved.",
    "reject_purchase": "Rejected.",
    "release_of_sub": "Released to the subcontractor.",
    "set_expense_policy": "Saved; expenses that are open are held against it.",
    "enter_expenses": "Entered; it waits for the project manager.",
    "enter_per_diem": "Entered as the table of law has it; it waits for the project manager.",
    "enter_mileage": "Entered as the table of law has it; it waits for the project manager.",
    "correct_expense": "Corrected; it waits for the project manager as it stands now.",
    "expense_taken_back": "Taken back; the history keeps what it said.",
    "approve_expenses": "Approved; each is a cost of the contract.",
    "reject_expenses": "Rejected; not billed.",
    "attach_receipt": "Receipt attached.",
    "prepare_application": "Draft opened with the progress reported for the period.",
    "start_billing_run": "Billing run started; drafts appear as they are made.",
    "prepare_release": "Draft of the retainage release opened.",
    "prepare_advance": "Draft of the advance payment's invoice opened.",
    "enter_time": "Time entered; it waits for the project manager.",
    "approve_time": "Time approved; it can be billed.",
    "approved_over_limit": "Time approved; part of it is over a limit and stays unbilled, see below.",
    "reject_time": "Time rejected; it is not billed.",
    "hold_time": "Held; no invoice takes it until it is released.",
    "release_time": "Released. A draft that is open takes it with “Take onto this invoice”.",
    "write_time": "The time to charge is set; what was worked stays on record.",
    "correct_time": "Corrected; it waits for the project manager as it stands now.",
    "time_taken_back": "Taken back; the history keeps what it said.",
    "transfer_time": "Transferred. A draft that is open takes it with “Take onto this invoice”.",
    "record_costs": "Costs recorded; they wait for somebody else's approval.",
    "approve_costs": "Costs approved; the next invoice claims those that the client pays.",
    "send_back_costs": "Costs sent back. What is right is recorded again.",
    "correct_cost": "Correction recorded; it waits for approval like a cost.",
    "split_time": "Split; the parts come to the whole.",
    "hold_costs": "Held, with what corrects it; no invoice takes it until it is released.",
    "release_costs": "Released. A draft that is open takes it with “Take onto this invoice”.",
    "write_cost": "The amount to bill is set; what it cost stays on record.",
    "transfer_costs": "Transferred. A draft that is open takes it with “Take onto this invoice”.",
    "split_cost": "Split; the parts come to the whole.",
    "move_time": "Moved; it waits for the project manager of that contract.",
    "set_overtime": "The class of overtime is set; it waits for the project manager again.",
    "decide_overtime": "Decided; what is billed of overtime follows from it.",
    "claim_time": "Claimed again; approvals given before no longer count.",
    "edit_draft": "Saved. All figures below are recomputed.",
    "share_pencil": "Shown to the client as a pencil copy; the mail follows by itself.",
    "remark_on_pencil": "Your remarks are with the coordinator.",
    "submit_draft": "Submitted for approval.",
    "approve_draft": "Approved.",
    "reject_draft": "Sent back to its preparer.",
    "withdraw_draft": "Draft withdrawn; it took no number.",
    "issue_invoice": "Issued. Documents and mail follow by themselves.",
    "give_waiver": "Waiver given; its sheet can be printed.",
    "record_withhold": "Recorded; it is not demanded until it is payable again.",
    "return_withhold": "Payable again from today.",
    "concede_withhold": "Given up; the client keeps it.",
    "revise_application": "The revision is open as a draft; until it goes out, the client cannot certify.",
    "certify_application": "Your decision is recorded.",
    "receive_payment": "Payment recorded and applied.",
    "apply_cash": "Cash applied.",
    "settle_withheld": "Recorded: the certificate settles what was withheld.",
    "set_billing_group": "Billing group saved.",
    "prepare_group": "Drafts of the group are open.",
    "issue_group": "Issued together. Documents and mail follow by themselves.",
    "decide_import": "Decisions recorded.",
    "mend_import": "Mended; the file is read again.",
    "post_import": "Posted.",
    "read_again": "Not posted yet: what the file would bring changed since it was shown. It is read again; "
    "look at it and post it then.",
    "posting": "Being posted; this page shows how far it is.",
    "withdraw_import": "File withdrawn.",
    "distribute_import": "Given to their contracts; each part is being read.",
    "post_parts": "All parts that were ready are posted.",
    "undo_parts": "All posted parts are taken back; their projects are open again.",
    "withdraw_alias": "The name will be asked again.",
    "undo_import": "Taken back: everything is as it was before the file was posted.",
    "move_calendar": "Calendar moved.",
    "retry_parked": "Trying again.",
    "abandon_parked": "Given up; the process goes on without this step.",
}
