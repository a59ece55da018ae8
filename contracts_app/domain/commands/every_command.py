"""Every command that a process carries, told apart by its name.

A body holds only what the user decides; unknown fields are refused. Envelope and body together are the
argument of the workflow update, of the activity and of the audit entry.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from contracts_app.domain.billing.billing_runs import StartBillingRun
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
    CloseContract,
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
from contracts_app.domain.commands.envelope import Envelope
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
from contracts_app.domain.commands.revision_commands import ApproveRevision, ProposeRevision, RejectRevision
from contracts_app.domain.commands.settlement_commands import SettleWithheld
from contracts_app.domain.commands.submission_commands import (
    GiveWaiver,
    RemarkOnPencil,
    ReviseApplication,
    SharePencil,
)
from contracts_app.domain.commands.ticket_commands import CorrectTicket, EnterTicket, SignTicket, VoidTicket
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
    | PrepareAdvance
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
    | HoldCosts
    | ReleaseCosts
    | WriteCost
    | TransferCosts
    | SplitCost
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
    | RequirePaper
    | EndRequirement
    | FilePaper
    | WithdrawPaper
    | AskException
    | DecideException
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
    | SetBillingGroup
    | PrepareGroup
    | IssueGroup
    | RaiseRates
    | DecideImport
    | DistributeImport
    | MendImport
    | PostImport
    | UndoImport
    | PostParts
    | UndoParts
    | WithdrawImport
    | MoveCalendar
    | StartBillingRun
    | RetryParked
    | AbandonParked,
    Field(discriminator="command"),
]


class Command(Envelope):
    """A command with its envelope, as it goes to its process."""

    body: Body
