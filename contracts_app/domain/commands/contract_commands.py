"""Commands: what people decide, and the envelope that the server adds.

A body holds only what the user decides; unknown fields are refused. Envelope and body together are the
argument of the workflow update, of the activity and of the audit entry. `Route` says which process a command
belongs to and who may give it; transactions check the same roles again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from contracts_app.domain import canonical
from contracts_app.domain.billing.billing_runs import StartBillingRun
from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.billing.stored_material import Backup
from contracts_app.domain.canonical import ADDED_LATER
from contracts_app.domain.commands.agreement_commands import (
    ChangeMilestone,
    CompleteWork,
    ExecuteChangeOrder,
    ProposeChangeOrder,
    ReceiveDeposit,
    RejectChangeOrder,
    RemoveMilestone,
    ReturnContract,
    ReturnDeposit,
    SetProjects,
    SetRateCard,
    SetSchedule,
)
from contracts_app.domain.commands.change_commands import (
    NoteChangeOrder,
    PriceChangeOrder,
    SubmitChangeOrder,
    VoidChangeOrder,
)
from contracts_app.domain.commands.command_body import CommandBody, Reason, Remark, Version
from contracts_app.domain.commands.cost_commands import (
    ApproveCosts,
    CorrectCost,
    RecordCosts,
    SendBackCosts,
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
from contracts_app.domain.contract import ContractTerms, RetainageRate
from contracts_app.domain.money import ZERO, Amount
from contracts_app.domain.names import BusinessDate, Currency, Name
from contracts_app.domain.receivables.receivables import CashPart
from contracts_app.domain.roles import Role

Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Key = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class Subject(StrEnum):
    """What a process carries; with an id it names the process: `invoice/6f…`."""

    contract = "contract"
    invoice = "invoice"
    importing = "import"
    follow_up = "follow-up"
    calendar = "calendar"
    billing_run = "billing-run"


class OpenContract(CommandBody):
    """Enter a contract by hand; the coordinator prepares it, a controller activates it."""

    command: Literal["open_contract"] = "open_contract"
    contract_id: UUID
    client_id: UUID
    legal_entity_id: UUID
    project_manager_id: UUID
    number: Name
    title: Name
    terms: ContractTerms


class SetTerms(CommandBody):
    """Complete or correct the terms of a contract that is being set up."""

    command: Literal["set_terms"] = "set_terms"
    contract_id: UUID
    project_manager_id: UUID
    terms: ContractTerms


class ActivateContract(CommandBody):
    """The controller puts the contract in force with the terms and schedule he has seen."""

    command: Literal["activate_contract"] = "activate_contract"
    contract_id: UUID


class ReassignProjectManager(CommandBody):
    """Name another project manager for a contract in force; what the former approved stays approved."""

    command: Literal["reassign_project_manager"] = "reassign_project_manager"
    contract_id: UUID
    project_manager_id: UUID
    reason: Reason


class PlanMilestone(CommandBody):
    """Make part of a line (or the release of retainage) depend on approved evidence."""

    command: Literal["plan_milestone"] = "plan_milestone"
    contract_id: UUID
    title: Name
    item_no: Name | None = None
    amount: Amount = ZERO
    planned_on: BusinessDate | None = None
    close_out: bool = False


class AchieveMilestone(CommandBody):
    """The coordinator says that a milestone is reached and what proves it."""

    command: Literal["achieve_milestone"] = "achieve_milestone"
    contract_id: UUID
    milestone_id: UUID
    evidence: Reason
    amount: Amount | None = None
    """How much of it is reached by now, where the contract lets a milestone be billed in parts."""


class ApproveMilestone(CommandBody):
    """The project manager accepts the evidence, and what is reached by it, as he saw them."""

    command: Literal["approve_milestone"] = "approve_milestone"
    contract_id: UUID
    milestone_id: UUID
    version: Version
    """Of the milestone, as it was seen."""


class RejectMilestone(CommandBody):
    """The project manager does not accept the evidence; the milestone is open as before."""

    command: Literal["reject_milestone"] = "reject_milestone"
    contract_id: UUID
    milestone_id: UUID
    reason: Reason


class PrepareApplication(CommandBody):
    """Open the next application for payment (or consulting invoice), prefilled with what can be billed."""

    command: Literal["prepare_application"] = "prepare_application"
    contract_id: UUID
    period_to: BusinessDate
    complete: bool = False
    """Claim the whole balance of every line (the final application)."""
    only_with_work: Annotated[bool, ADDED_LATER] = False
    """Refuse an empty draft, as a billing run does; else it is opened for what is typed into it."""
    bill_to: Annotated[Name | None, ADDED_LATER] = None
    """Of a contract with several addresses: which one. Left out: the first with something to bill."""


class PrepareRelease(CommandBody):
    """Open a retainage release invoice: of an amount, of a part of what is held (a fraction of one), of all
    that named lines hold, or without any of them of all that is held."""

    command: Literal["prepare_release"] = "prepare_release"
    contract_id: UUID
    period_to: BusinessDate
    amount: Amount | None = None
    part: Annotated[RetainageRate | None, ADDED_LATER] = None
    item_nos: Annotated[tuple[Name, ...], Field(max_length=2000), ADDED_LATER] = ()
    by_events: Annotated[bool, ADDED_LATER] = False
    """What the events of the terms that are reached release."""
    security: Annotated[Name | None, ADDED_LATER] = None
    """What the security of this reference replaces."""

    @model_validator(mode="after")
    def _one_way(self) -> PrepareRelease:
        ways = (self.amount, self.part, self.item_nos or None, self.by_events or None, self.security)
        if sum(way is not None for way in ways) > 1:
            raise ValueError("a release is an amount, a part, named lines, by events or by a security")
        return self


class CloseContract(CommandBody):
    """Close a contract on which nothing is left to bill, release or collect."""

    command: Literal["close_contract"] = "close_contract"
    contract_id: UUID


class EditDraft(CommandBody):
    """Replace what the draft claims, line by line; lines not named keep what they have."""

    command: Literal["edit_draft"] = "edit_draft"
    invoice_id: UUID
    entries: Annotated[tuple[Entry, ...], Field(min_length=1, max_length=2000)]
    period_to: BusinessDate | None = None
    backup: Annotated[tuple[Backup, ...] | None, Field(max_length=500), ADDED_LATER] = None
    """The papers for stored material, all of them; left out they stay as they are."""


class SubmitDraft(CommandBody):
    """Hand the draft over for approval."""

    command: Literal["submit_draft"] = "submit_draft"
    invoice_id: UUID


class ApproveDraft(CommandBody):
    """Approve the content with this hash, as seen."""

    command: Literal["approve_draft"] = "approve_draft"
    invoice_id: UUID
    content_hash: Hash
    remark: Remark = ""


class RejectDraft(CommandBody):
    """Send the draft back to its preparer, with a reason."""

    command: Literal["reject_draft"] = "reject_draft"
    invoice_id: UUID
    reason: Reason


class WithdrawDraft(CommandBody):
    """Give up a draft that has no number yet."""

    command: Literal["withdraw_draft"] = "withdraw_draft"
    invoice_id: UUID
    reason: Reason


class IssueInvoice(CommandBody):
    """Take the number, post retainage and receivable, and submit the application to the client."""

    command: Literal["issue_invoice"] = "issue_invoice"
    invoice_id: UUID


class Certification(StrEnum):
    """The certifier's decision (A201 9.4)."""

    in_full = "in_full"
    less = "less"
    withheld = "withheld"


class CertifyApplication(CommandBody):
    """The client certifies in full, less by line with a reason, or withholds all."""

    command: Literal["certify_application"] = "certify_application"
    invoice_id: UUID
    decision: Certification
    lines: Annotated[tuple[Entry, ...], Field(max_length=2000)] = ()
    """Only for `less`: the amounts accepted on the lines that are cut."""
    reason: Remark = ""


class ReceivePayment(CommandBody):
    """Cash came in from a client; without invoices named it settles the oldest due first."""

    command: Literal["receive_payment"] = "receive_payment"
    client_id: UUID
    legal_entity_id: UUID | None = None
    """Who was paid; left out where the firm has one legal entity."""
    amount: Amount
    currency: Currency
    received_on: BusinessDate
    reference: Name
    invoices: Annotated[tuple[UUID, ...], Field(max_length=200)] = ()


class ApplyCash(CommandBody):
    """Apply cash that a payment left unapplied: to these invoices, with these amounts."""

    command: Literal["apply_cash"] = "apply_cash"
    client_id: UUID
    payment_id: UUID
    applications: Annotated[tuple[CashPart, ...], Field(min_length=1, max_length=200)]


class DecideImport(CommandBody):
    """Answer the questions that an import asks; each answer covers all rows of its kind."""

    command: Literal["decide_import"] = "decide_import"
    import_id: UUID
    decisions: Annotated[Mapping[Name, Name], Field(min_length=1, max_length=100)]


class PostImport(CommandBody):
    """Take the usable rows of the file into the contract."""

    command: Literal["post_import"] = "post_import"
    import_id: UUID


class WithdrawImport(CommandBody):
    """Give up a file that was not posted."""

    command: Literal["withdraw_import"] = "withdraw_import"
    import_id: UUID
    reason: Reason


class MoveCalendar(CommandBody):
    """Move the practice firm's calendar forward to a date."""

    command: Literal["move_calendar"] = "move_calendar"
    to: BusinessDate


class RetryParked(CommandBody):
    """Try again what the system could not do."""

    command: Literal["retry_parked"] = "retry_parked"
    subject: Subject
    subject_id: UUID


class AbandonParked(CommandBody):
    """Give up the automatic step that the system could not do, with a reason; the process goes on."""

    command: Literal["abandon_parked"] = "abandon_parked"
    subject: Subject
    subject_id: UUID
    reason: Reason


Body = Annotated[
    OpenContract
    | SetTerms
    | ActivateContract
    | ReturnContract
    | ReassignProjectManager
    | PlanMilestone
    | AchieveMilestone
    | ApproveMilestone
    | PrepareApplication
    | PrepareRelease
    | CloseContract
    | SetSchedule
    | SetRateCard
    | SetProjects
    | ProposeChangeOrder
    | ExecuteChangeOrder
    | RejectChangeOrder
    | NoteChangeOrder
    | PriceChangeOrder
    | SubmitChangeOrder
    | VoidChangeOrder
    | RecordSecurity
    | EnterTicket
    | CorrectTicket
    | SignTicket
    | VoidTicket
    | ProposeRevision
    | ApproveRevision
    | RejectRevision
    | CompleteWork
    | ReceiveDeposit
    | ReturnDeposit
    | RecordClientOrder
    | AmendClientOrder
    | CloseClientOrder
    | EstimateCost
    | RejectMilestone
    | ChangeMilestone
    | RemoveMilestone
    | EnterTime
    | ApproveTime
    | RejectTime
    | HoldTime
    | ReleaseTime
    | WriteTime
    | TransferTime
    | CorrectTime
    | SetOvertime
    | SplitTime
    | MoveTime
    | DecideOvertime
    | ClaimTime
    | AcceptCut
    | RecordCosts
    | ApproveCosts
    | SendBackCosts
    | CorrectCost
    | EnterCommitment
    | ChangeCommitment
    | RecordDelivery
    | EnterBill
    | SettleHold
    | EnterVendorCredit
    | ApprovePurchase
    | RejectPurchase
    | ReleaseOfSub
    | SetExpensePolicy
    | EnterExpenses
    | EnterPerDiem
    | EnterMileage
    | CorrectExpense
    | ApproveExpenses
    | RejectExpenses
    | EditDraft
    | SharePencil
    | RemarkOnPencil
    | SubmitDraft
    | ApproveDraft
    | RejectDraft
    | WithdrawDraft
    | IssueInvoice
    | ReviseApplication
    | GiveWaiver
    | RecordWithhold
    | ReturnWithhold
    | ConcedeWithhold
    | CertifyApplication
    | ReceivePayment
    | ApplyCash
    | SettleWithheld
    | RaiseRates
    | DecideImport
    | PostImport
    | WithdrawImport
    | MoveCalendar
    | StartBillingRun
    | RetryParked
    | AbandonParked,
    Field(discriminator="command"),
]


class Envelope(BaseModel):
    """What the server adds to a command. `by` is None only for the system's own automatic steps."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    firm_id: UUID
    by: UUID | None
    key: Key
    signed_in: Annotated[str, StringConstraints(max_length=40)]
    body: CommandBody

    @property
    def effect_key(self) -> str:
        """Unique per firm: whoever gives the command, and the key he gave it under."""
        return f"{self.by or 'system'}:{self.key}"

    @property
    def body_hash(self) -> str:
        """The same key with another body is refused."""
        return canonical.digest(self.body)

    @property
    def update_id(self) -> str:
        """Temporal's update id: the key and the body, so that another body is not answered from history."""
        return canonical.digest([self.effect_key, self.body_hash])


class Command(Envelope):
    """A command with its envelope, as it goes to its process."""

    body: Body


class Outcome(BaseModel):
    """What came of a command: done with a result, or refused with a sentence. Stored under its key."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    done: bool
    code: str = "done"
    sentence: str = ""
    status: int = 200
    result: dict[str, str | int | bool | list[str] | None] = Field(default_factory=dict)
    start: tuple[str, ...] = ()
    """Processes that came into being: `invoice/6f…`; the workflow that did the command starts them."""
    wake: tuple[str, ...] = ()
    """Processes whose waiting this command may have ended."""


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
    "decide_import": Route(Subject.importing, "import_id", _COORDINATOR),
    "post_import": Route(Subject.importing, "import_id", _COORDINATOR),
    "withdraw_import": Route(Subject.importing, "import_id", _COORDINATOR),
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


def process_name(subject: Subject, subject_id: UUID) -> str:
    """The id of the workflow that carries a subject, e.g. `invoice/6f…`."""
    return f"{subject.value}/{subject_id}"


def process_named(name: str) -> tuple[Subject, UUID]:
    """The inverse of `process_name`."""
    subject, _, subject_id = name.partition("/")
    return Subject(subject), UUID(subject_id)


def deterministic_id(firm_id: UUID, kind: str, key: str) -> UUID:
    """The id of what a command creates, so that a retry makes the same row."""
    return uuid5(firm_id, f"{kind}:{key}")
