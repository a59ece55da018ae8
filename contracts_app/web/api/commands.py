"""Every command of the domain as a route: the path names its subject, the body holds what the person decides.

The roles of a route are those that the domain gives the command, so the two cannot differ. Answers: 200 with
the result, or the problem that a refusal is; the same key and body always hear the same (CONTROLS 2.8).
"""

from __future__ import annotations

import re
from typing import Any

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from pydantic import BaseModel

from contracts_app.domain.commands.advance_commands import PrepareAdvance
from contracts_app.domain.commands.agreement_commands import (
    CompleteWork,
    ExecuteChangeOrder,
    ProposeChangeOrder,
    ReceiveDeposit,
    RejectChangeOrder,
    ReturnDeposit,
    SetProjects,
    SetRateCard,
    SetSchedule,
)
from contracts_app.domain.commands.cash_commands import ApplyCash, ReceivePayment
from contracts_app.domain.commands.change_commands import (
    NoteChangeOrder,
    PriceChangeOrder,
    SubmitChangeOrder,
    VoidChangeOrder,
)
from contracts_app.domain.commands.compliance_commands import (
    AskException,
    DecideException,
    EndRequirement,
    FilePaper,
    RequirePaper,
    WithdrawPaper,
)
from contracts_app.domain.commands.contract_commands import (
    ActivateContract,
    OpenContract,
    ReassignProjectManager,
    ReturnContract,
    SetTerms,
)
from contracts_app.domain.commands.cost_commands import (
    ApproveCosts,
    CorrectCost,
    HoldCosts,
    RecordCosts,
    ReleaseCosts,
    SendBackCosts,
    SplitCost,
    TransferCosts,
    WriteCost,
)
from contracts_app.domain.commands.estimate_commands import EstimateCost
from contracts_app.domain.commands.expense_commands import (
    ApproveExpenses,
    CorrectExpense,
    EnterExpenses,
    EnterMileage,
    EnterPerDiem,
    RejectExpenses,
    SetExpensePolicy,
)
from contracts_app.domain.commands.funding_commands import (
    AmendClientOrder,
    CloseClientOrder,
    RecordClientOrder,
)
from contracts_app.domain.commands.group_commands import IssueGroup, PrepareGroup, SetBillingGroup
from contracts_app.domain.commands.import_commands import (
    DecideImport,
    DistributeImport,
    PostImport,
    PostParts,
    UndoImport,
    UndoParts,
    WithdrawImport,
)
from contracts_app.domain.commands.invoice_commands import (
    ApproveDraft,
    CertifyApplication,
    EditDraft,
    IssueInvoice,
    PrepareApplication,
    PrepareRelease,
    RejectDraft,
    SubmitDraft,
    WithdrawDraft,
)
from contracts_app.domain.commands.mending_commands import MendImport
from contracts_app.domain.commands.milestone_commands import (
    AchieveMilestone,
    ApproveMilestone,
    ChangeMilestone,
    PlanMilestone,
    RejectMilestone,
    RemoveMilestone,
)
from contracts_app.domain.commands.process_commands import AbandonParked, MoveCalendar, RetryParked
from contracts_app.domain.commands.purchasing_commands import (
    ApprovePurchase,
    ChangeCommitment,
    EnterBill,
    EnterCommitment,
    EnterVendorCredit,
    RecordDelivery,
    RejectPurchase,
    ReleaseOfSub,
    SettleHold,
)
from contracts_app.domain.commands.rate_commands import RaiseRates
from contracts_app.domain.commands.retainage_commands import RecordSecurity
from contracts_app.domain.commands.revision_commands import (
    ApproveRevision,
    ProposeRevision,
    RejectRevision,
)
from contracts_app.domain.commands.routes import ROUTES as OF_COMMAND
from contracts_app.domain.commands.settlement_commands import SettleWithheld
from contracts_app.domain.commands.submission_commands import (
    GiveWaiver,
    RemarkOnPencil,
    ReviseApplication,
    SharePencil,
)
from contracts_app.domain.commands.ticket_commands import (
    CorrectTicket,
    EnterTicket,
    SignTicket,
    VoidTicket,
)
from contracts_app.domain.commands.time_commands import (
    AcceptCut,
    ApproveTime,
    ClaimTime,
    CorrectTime,
    DecideOvertime,
    EnterTime,
    HoldTime,
    MoveTime,
    RejectTime,
    ReleaseTime,
    SetOvertime,
    SplitTime,
    TransferTime,
    WriteTime,
)
from contracts_app.domain.commands.withhold_commands import ConcedeWithhold, RecordWithhold, ReturnWithhold
from contracts_app.web.bodies import read_body
from contracts_app.web.giving import give, key_of, new_contract_id
from contracts_app.web.guard import roles
from contracts_app.web.parts import HttpRequest, identity_of
from contracts_app.web.problems import outcome_response
from contracts_app.web.schema import BODY, NOT_IN_BODY

_IN_BRACES = re.compile(r"{(\w+):")
_PATHS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("/api/contracts", OpenContract),
    ("/api/contracts/{contract_id:uuid}/terms", SetTerms),
    ("/api/contracts/{contract_id:uuid}/activate", ActivateContract),
    ("/api/contracts/{contract_id:uuid}/return", ReturnContract),
    ("/api/contracts/{contract_id:uuid}/project-manager", ReassignProjectManager),
    ("/api/contracts/{contract_id:uuid}/milestones", PlanMilestone),
    ("/api/contracts/{contract_id:uuid}/milestones/{milestone_id:uuid}/achieve", AchieveMilestone),
    ("/api/contracts/{contract_id:uuid}/milestones/{milestone_id:uuid}/approve", ApproveMilestone),
    ("/api/contracts/{contract_id:uuid}/milestones/{milestone_id:uuid}/reject", RejectMilestone),
    ("/api/contracts/{contract_id:uuid}/milestones/{milestone_id:uuid}/change", ChangeMilestone),
    ("/api/contracts/{contract_id:uuid}/milestones/{milestone_id:uuid}/remove", RemoveMilestone),
    ("/api/contracts/{contract_id:uuid}/schedule", SetSchedule),
    ("/api/contracts/{contract_id:uuid}/rate-card", SetRateCard),
    ("/api/contracts/{contract_id:uuid}/rates/raise", RaiseRates),
    ("/api/contracts/{contract_id:uuid}/projects", SetProjects),
    ("/api/contracts/{contract_id:uuid}/change-orders", ProposeChangeOrder),
    ("/api/contracts/{contract_id:uuid}/change-orders/execute", ExecuteChangeOrder),
    ("/api/contracts/{contract_id:uuid}/change-orders/reject", RejectChangeOrder),
    ("/api/contracts/{contract_id:uuid}/change-orders/note", NoteChangeOrder),
    ("/api/contracts/{contract_id:uuid}/change-orders/price", PriceChangeOrder),
    ("/api/contracts/{contract_id:uuid}/change-orders/submit", SubmitChangeOrder),
    ("/api/contracts/{contract_id:uuid}/change-orders/void", VoidChangeOrder),
    ("/api/contracts/{contract_id:uuid}/securities", RecordSecurity),
    ("/api/contracts/{contract_id:uuid}/tickets", EnterTicket),
    ("/api/contracts/{contract_id:uuid}/tickets/correct", CorrectTicket),
    ("/api/contracts/{contract_id:uuid}/tickets/sign", SignTicket),
    ("/api/contracts/{contract_id:uuid}/tickets/void", VoidTicket),
    ("/api/contracts/{contract_id:uuid}/revisions", ProposeRevision),
    ("/api/contracts/{contract_id:uuid}/revisions/approve", ApproveRevision),
    ("/api/contracts/{contract_id:uuid}/revisions/reject", RejectRevision),
    ("/api/contracts/{contract_id:uuid}/complete-work", CompleteWork),
    ("/api/contracts/{contract_id:uuid}/deposits", ReceiveDeposit),
    ("/api/contracts/{contract_id:uuid}/deposits/return", ReturnDeposit),
    ("/api/contracts/{contract_id:uuid}/purchase-orders", RecordClientOrder),
    ("/api/contracts/{contract_id:uuid}/purchase-orders/amend", AmendClientOrder),
    ("/api/contracts/{contract_id:uuid}/purchase-orders/close", CloseClientOrder),
    ("/api/contracts/{contract_id:uuid}/estimates", EstimateCost),
    ("/api/contracts/{contract_id:uuid}/time", EnterTime),
    ("/api/contracts/{contract_id:uuid}/time/approve", ApproveTime),
    ("/api/contracts/{contract_id:uuid}/time/reject", RejectTime),
    ("/api/contracts/{contract_id:uuid}/time/hold", HoldTime),
    ("/api/contracts/{contract_id:uuid}/time/release", ReleaseTime),
    ("/api/contracts/{contract_id:uuid}/time/transfer", TransferTime),
    ("/api/contracts/{contract_id:uuid}/time/move", MoveTime),
    ("/api/contracts/{contract_id:uuid}/time/{entry_id:uuid}/split", SplitTime),
    ("/api/contracts/{contract_id:uuid}/time/overtime", SetOvertime),
    ("/api/contracts/{contract_id:uuid}/time/overtime/decide", DecideOvertime),
    ("/api/contracts/{contract_id:uuid}/time/{entry_id:uuid}/write", WriteTime),
    ("/api/contracts/{contract_id:uuid}/time/{entry_id:uuid}/correct", CorrectTime),
    ("/api/contracts/{contract_id:uuid}/invoices/{invoice_id:uuid}/accept-cut", AcceptCut),
    ("/api/contracts/{contract_id:uuid}/costs", RecordCosts),
    ("/api/contracts/{contract_id:uuid}/costs/approve", ApproveCosts),
    ("/api/contracts/{contract_id:uuid}/costs/send-back", SendBackCosts),
    ("/api/contracts/{contract_id:uuid}/costs/{cost_id:uuid}/correct", CorrectCost),
    ("/api/contracts/{contract_id:uuid}/costs/hold", HoldCosts),
    ("/api/contracts/{contract_id:uuid}/costs/release", ReleaseCosts),
    ("/api/contracts/{contract_id:uuid}/costs/transfer", TransferCosts),
    ("/api/contracts/{contract_id:uuid}/costs/{cost_id:uuid}/write", WriteCost),
    ("/api/contracts/{contract_id:uuid}/costs/{cost_id:uuid}/split", SplitCost),
    ("/api/contracts/{contract_id:uuid}/commitments", EnterCommitment),
    ("/api/contracts/{contract_id:uuid}/commitments/{commitment_id:uuid}/changes", ChangeCommitment),
    ("/api/contracts/{contract_id:uuid}/commitments/{commitment_id:uuid}/deliveries", RecordDelivery),
    ("/api/contracts/{contract_id:uuid}/commitments/{commitment_id:uuid}/bills", EnterBill),
    ("/api/contracts/{contract_id:uuid}/commitments/{commitment_id:uuid}/releases", ReleaseOfSub),
    ("/api/contracts/{contract_id:uuid}/bills/{bill_id:uuid}/settle", SettleHold),
    ("/api/contracts/{contract_id:uuid}/bills/{bill_id:uuid}/credits", EnterVendorCredit),
    ("/api/contracts/{contract_id:uuid}/purchases/{paper_id:uuid}/approve", ApprovePurchase),
    ("/api/contracts/{contract_id:uuid}/purchases/{paper_id:uuid}/reject", RejectPurchase),
    ("/api/contracts/{contract_id:uuid}/expense-policy", SetExpensePolicy),
    ("/api/contracts/{contract_id:uuid}/expenses", EnterExpenses),
    ("/api/contracts/{contract_id:uuid}/expenses/per-diem", EnterPerDiem),
    ("/api/contracts/{contract_id:uuid}/expenses/mileage", EnterMileage),
    ("/api/contracts/{contract_id:uuid}/expenses/approve", ApproveExpenses),
    ("/api/contracts/{contract_id:uuid}/expenses/reject", RejectExpenses),
    ("/api/contracts/{contract_id:uuid}/expenses/{expense_id:uuid}/correct", CorrectExpense),
    ("/api/contracts/{contract_id:uuid}/required-papers", RequirePaper),
    ("/api/contracts/{contract_id:uuid}/required-papers/{requirement_id:uuid}/end", EndRequirement),
    ("/api/contracts/{contract_id:uuid}/required-papers/{requirement_id:uuid}/exceptions", AskException),
    ("/api/contracts/{contract_id:uuid}/exceptions/{exception_id:uuid}/decide", DecideException),
    ("/api/contracts/{contract_id:uuid}/papers", FilePaper),
    ("/api/contracts/{contract_id:uuid}/papers/{paper_id:uuid}/withdraw", WithdrawPaper),
    ("/api/contracts/{contract_id:uuid}/applications", PrepareApplication),
    ("/api/contracts/{contract_id:uuid}/releases", PrepareRelease),
    ("/api/contracts/{contract_id:uuid}/advances", PrepareAdvance),
    ("/api/invoices/{invoice_id:uuid}/edit", EditDraft),
    ("/api/invoices/{invoice_id:uuid}/claim-time", ClaimTime),
    ("/api/invoices/{invoice_id:uuid}/pencil", SharePencil),
    ("/api/invoices/{invoice_id:uuid}/pencil/remarks", RemarkOnPencil),
    ("/api/invoices/{invoice_id:uuid}/submit", SubmitDraft),
    ("/api/invoices/{invoice_id:uuid}/approve", ApproveDraft),
    ("/api/invoices/{invoice_id:uuid}/reject", RejectDraft),
    ("/api/invoices/{invoice_id:uuid}/withdraw", WithdrawDraft),
    ("/api/invoices/{invoice_id:uuid}/issue", IssueInvoice),
    ("/api/invoices/{invoice_id:uuid}/revise", ReviseApplication),
    ("/api/contracts/{contract_id:uuid}/invoices/{invoice_id:uuid}/waiver", GiveWaiver),
    ("/api/invoices/{invoice_id:uuid}/withhold", RecordWithhold),
    ("/api/invoices/{invoice_id:uuid}/withhold/return", ReturnWithhold),
    ("/api/invoices/{invoice_id:uuid}/withhold/concede", ConcedeWithhold),
    ("/api/invoices/{invoice_id:uuid}/certify", CertifyApplication),
    ("/api/clients/{client_id:uuid}/payments", ReceivePayment),
    ("/api/clients/{client_id:uuid}/payments/{payment_id:uuid}/apply", ApplyCash),
    ("/api/clients/{client_id:uuid}/invoices/{invoice_id:uuid}/withheld", SettleWithheld),
    ("/api/clients/{client_id:uuid}/billing-groups", SetBillingGroup),
    ("/api/clients/{client_id:uuid}/billing-groups/{group_id:uuid}/prepare", PrepareGroup),
    ("/api/clients/{client_id:uuid}/billing-groups/{group_id:uuid}/issue", IssueGroup),
    ("/api/imports/{import_id:uuid}/decide", DecideImport),
    ("/api/imports/{import_id:uuid}/mend", MendImport),
    ("/api/imports/{import_id:uuid}/post", PostImport),
    ("/api/imports/{import_id:uuid}/withdraw", WithdrawImport),
    ("/api/imports/{import_id:uuid}/undo", UndoImport),
    ("/api/imports/{import_id:uuid}/distribute", DistributeImport),
    ("/api/imports/{import_id:uuid}/post-parts", PostParts),
    ("/api/imports/{import_id:uuid}/undo-parts", UndoParts),
    ("/api/calendar/move", MoveCalendar),
    ("/api/processes/{subject:str}/{subject_id:uuid}/retry", RetryParked),
    ("/api/processes/{subject:str}/{subject_id:uuid}/abandon", AbandonParked),
)


def _route(path: str, model: type[BaseModel]) -> HTTPRouteHandler:
    command = str(model.model_fields["command"].default)
    opens = model is OpenContract

    async def handler(request: HttpRequest) -> Response[dict[str, Any]]:
        from_path = dict(request.path_params)
        if opens:
            from_path["contract_id"] = new_contract_id(identity_of(request), await key_of(request))
        body = await read_body(request, model, **from_path)
        return outcome_response(await give(request, body))  # type: ignore[arg-type]

    handler.__name__ = command
    handler.__doc__ = model.__doc__
    given = {"command", "contract_id"} if opens else {"command", *_IN_BRACES.findall(path)}
    opt = {**roles(*OF_COMMAND[command].roles), BODY: model, NOT_IN_BODY: frozenset(given)}
    return post(path, opt=opt, status_code=200, summary=command.replace("_", " ").capitalize())(handler)


ROUTES = tuple(_route(path, model) for path, model in _PATHS)
