"""What a process does next, and why it waits: pure decisions over facts read in one transaction.

A workflow asks again whenever it wakes (a command, a signal, a deadline, a moved calendar), so it can be
started from its row in any state.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain import business_time
from contracts_app.domain.approving.chain import CONTROLLER, Approver, Step, Who
from contracts_app.domain.compliance.gates import HOW_TO_MEND
from contracts_app.domain.receivables.follow_up import next_reminder, to_remind
from contracts_app.domain.receivables.receivables import OpenItem
from contracts_app.domain.transitions import FINAL


class Waiting(BaseModel):
    """Why a process waits: for whom, and what happens at which time otherwise (business instants)."""

    model_config = ConfigDict(frozen=True)
    for_role: str
    sentence: str
    deadline: datetime | None = None
    otherwise: str = ""
    approvers: tuple[Approver, ...] = ()
    """Who may take the steps of an approval that it waits for."""


class Next(BaseModel):
    """The next step: do something, wait, or be finished."""

    model_config = ConfigDict(frozen=True)
    kind: Literal["do", "wait", "finished"]
    step: str = ""
    waiting: Waiting | None = None


def _do(step: str) -> Next:
    return Next(kind="do", step=step)


def _wait(
    for_role: str,
    sentence: str,
    deadline: datetime | None = None,
    otherwise: str = "",
    approvers: tuple[Approver, ...] = (),
) -> Next:
    waiting = Waiting(
        for_role=for_role, sentence=sentence, deadline=deadline, otherwise=otherwise, approvers=approvers
    )
    return Next(kind="wait", waiting=waiting)


FINISHED = Next(kind="finished")


def _approval(facts: InvoiceFacts) -> Next:
    """What the open steps of a draft wait for; the project manager is called by name."""
    approvers = tuple(one for step in facts.open_steps for one in step.approvers)
    by_role = {Who.contract_manager: "project_manager", Who.project_manager: "project_manager"}
    role = next((by_role[one.who] for one in approvers if one.who in by_role), "controller")
    if facts.open_steps == (CONTROLLER,):
        sentence = f"{facts.name} is above the contract's limit and waits for a controller's approval."
    else:
        manager = facts.project_manager or "the project manager"
        waits = " and ".join(
            " or ".join(manager if one.who is Who.contract_manager else one.called for one in step.approvers)
            for step in facts.open_steps
        )
        sentence = f"{facts.name} waits for the approval of {waits}."
    otherwise = ""
    if facts.approvers_told_at is not None:
        told = "the controllers are told" if facts.controllers_told else "who may approve is reminded"
        otherwise = f"{told} by mail"
    return _wait(role, sentence, facts.approvers_told_at, otherwise, approvers)


def _to_certify(facts: InvoiceFacts) -> Next:
    until = f", who may reply until {facts.certify_by}" if facts.certify_by else ""
    return _wait(
        "client",
        f"{facts.name} waits for certification by {facts.client}{until}.",
        facts.certification_due,
        "it is shown as overdue for certification on the worklist, and coordinator and project manager are "
        "told",
    )


def _overdue(facts: InvoiceFacts) -> Next:
    since = f", who could reply until {facts.certify_by}" if facts.certify_by else ""
    return _wait(
        "client",
        f"{facts.name} is overdue for certification by {facts.client}{since}.",
        facts.overdue_told_at,
        "coordinator and project manager are told again, and the controllers"
        if facts.overdue_told_at
        else "",
    )


class InvoiceFacts(BaseModel):
    """What the next step of an invoice depends on."""

    model_config = ConfigDict(frozen=True)
    state: str
    name: str
    preparer: str
    open_steps: tuple[Step, ...]
    """Of its chain of approvals, those that can be taken now."""
    project_manager: str
    client: str
    now: datetime
    certification_due: datetime | None
    due_on: date | None
    documents_made: bool
    messages_unsent: bool
    notice_missing: bool = False
    """Its certificate is lower than the invoice, and the coordinator was not written to."""
    mentor: str = ""
    """Who looks at the draft because its preparer is being trained."""
    sent_back: str = ""
    """Who sent the draft back and why, as a sentence."""
    kept_back: str = ""
    """What the client keeps back of it besides retainage, as a sentence shows amounts."""
    pencil_missing: bool = False
    """A copy of the draft is to be shown to the client, and its paper is not made."""
    remarked: str = ""
    """Who of the client remarked on what the draft says, as a sentence."""
    goes_out_with: str = ""
    """The billing group with whose other contracts it is issued, by name."""
    papers_missing: str = ""
    """Which papers that the contract requires hold its issue up, as sentences."""
    exception_asked: bool = False
    """For one of them an exception waits for a controller."""
    papers_change_at: datetime | None = None
    """From when on, as far as is known, other papers are missing than now."""
    certify_by: date | None = None
    """The last day on which the client may reply."""
    overdue_untold: bool = False
    """It is overdue for certification, and the firm was not written to about it."""
    overdue_told_at: datetime | None = None
    """When the firm is written to, once more, if the client does not reply."""
    approvers_untold: bool = False
    """It waits for an approval for so long that the policy wants somebody written to."""
    approvers_told_at: datetime | None = None
    """When somebody is written to, again if nobody approves; `controllers_told`: the controllers too."""
    controllers_told: bool = False
    nobody_can_approve: str = ""
    """Why its project manager cannot approve what waits for him, and the way out, as a sentence."""


def next_invoice_step(facts: InvoiceFacts) -> Next:
    """The life of one application or release invoice."""
    match facts.state:
        case "draft" | "in_review" | "approved" if facts.pencil_missing:
            return _do("make_pencil")
        case "draft" | "in_review" | "approved" if facts.messages_unsent:
            return _do("deliver")
        case "draft":
            waits = f"{facts.name} waits for {facts.preparer} to complete and submit the draft."
            if facts.mentor:
                waits = (
                    f"{facts.name} waits for {facts.preparer} to complete the draft, and for {facts.mentor} "
                    "or another coordinator to look at it and submit it."
                )
            return _wait("coordinator", " ".join(filter(None, [facts.sent_back, facts.remarked, waits])))
        case "in_review" if facts.approvers_untold:
            return _do("remind_approvers")
        case "in_review" if facts.nobody_can_approve:
            return _wait("coordinator", f"{facts.name}: {facts.nobody_can_approve}")
        case "in_review":
            return _approval(facts)
        case "approved" if facts.papers_missing:
            asked = facts.exception_asked
            way_out = "An exception is asked for, and a controller decides." if asked else HOW_TO_MEND
            return _wait(
                "controller" if asked else "coordinator",
                f"{facts.name} is approved and waits for papers. {facts.papers_missing} {way_out}",
                facts.papers_change_at,
                "a paper or an exception begins or ends, and it is looked at again"
                if facts.papers_change_at
                else "",
            )
        case "approved":
            together = f" with the other contracts of {facts.goes_out_with}" if facts.goes_out_with else ""
            return _wait(
                "coordinator",
                f"{facts.name} is approved and waits for {facts.preparer} to issue it{together}.",
                facts.papers_change_at,
                "a paper that the contract requires is missing" if facts.papers_change_at else "",
            )
        case "being_revised" | "superseded" if not facts.documents_made:
            return _do("make_documents")
        case "being_revised" | "superseded" if facts.messages_unsent:
            return _do("deliver")
        case "being_revised":
            return _wait(
                "coordinator", f"{facts.name} is being revised; the client gets its revision instead."
            )
        case "submitted" | "issued" | "certified" | "paid" | "withheld" if not facts.documents_made:
            return _do("make_documents")
        case "certified" | "paid" | "withheld" if facts.notice_missing:
            return _do("make_notice")
        case "submitted" | "issued" | "certified" | "paid" | "withheld" if facts.messages_unsent:
            return _do("deliver")
        case "submitted" if facts.overdue_untold:
            return _do("tell_overdue")
        case "submitted":
            overdue = facts.certification_due is not None and facts.now >= facts.certification_due
            return _overdue(facts) if overdue else _to_certify(facts)
        case "certified" | "issued" if facts.kept_back:
            return _wait(
                "client",
                f"{facts.name} is {facts.state}; {facts.client} keeps back {facts.kept_back}, which is not "
                "demanded.",
                None,
                "what is open beside it is reminded of 1, 15 and 30 days after its due date",
            )
        case "certified" | "issued":
            return _wait(
                "client",
                f"{facts.name} is {facts.state} and waits for payment by {facts.client}, due {facts.due_on}.",
                None,
                "reminders follow 1, 15 and 30 days after the due date",
            )
        case "withdrawn" if facts.messages_unsent:
            return _do("deliver")
        case state if state in FINAL["invoice"]:
            return FINISHED
        case _:
            raise AssertionError(f"no step for an invoice in state {facts.state}")


class ContractFacts(BaseModel):
    """What the next step of a contract depends on."""

    model_config = ConfigDict(frozen=True)
    state: str
    number: str
    has_schedule: bool
    has_project_manager: bool = True
    missing: str = ""
    """What else set-up needs before the contract can be put in force, as sentences."""
    sent_back: str = ""
    """Which controller did not put the contract in force and why, as a sentence."""
    open_invoice: str | None
    with_client: bool = False
    unpaid_invoices: int
    fully_billed: bool
    retainage_held: bool
    outstanding_for_release: Sequence[str]
    without_evidence: Sequence[str] = ()
    advance_left: str = ""
    """What of the advance payment no invoice has recovered, as a sentence shows an amount."""
    deposit_left: str = ""
    """What the client paid ahead and nothing will use, as a sentence shows an amount."""
    withheld: str | None = None
    """What the certifier withheld last and why, as a sentence; its work can be billed again."""
    cut: str = ""
    """What the last certificate cut and why, as a sentence; it is claimed again."""
    time_cut: bool = False
    """Whether part of it is time: nobody claims that by hand, so it is accepted or claimed again."""
    next_application: int
    invoice_word: str = "application"
    billed_by_run: bool = False
    next_period_end: date
    next_period_end_at: datetime
    now: datetime


def next_contract_step(facts: ContractFacts) -> Next:
    """The life of a contract, from setting up to the last cent."""
    if facts.state in FINAL["contract"]:
        return FINISHED
    if facts.state == "setting_up":
        if facts.sent_back:
            return _wait(
                "coordinator",
                f"{facts.sent_back} Contract {facts.number} waits for the coordinator's changes.",
            )
        if not facts.has_schedule:
            return _wait("coordinator", f"Contract {facts.number} waits for its schedule of values.")
        if not facts.has_project_manager:
            return _wait(
                "coordinator",
                f"Contract {facts.number} waits for its terms to be completed: "
                "nobody is named as its project manager.",
            )
        if facts.missing:
            return _wait(
                "coordinator", f"Contract {facts.number} waits for what it still needs. {facts.missing}"
            )
        return _wait("controller", f"Contract {facts.number} waits for a controller to activate it.")
    if facts.open_invoice:
        return in_hand(facts.number, facts.open_invoice, with_client=facts.with_client)
    if facts.fully_billed and facts.time_cut:
        said = facts.withheld or facts.cut
        return _wait(
            "coordinator",
            f"{said} Contract {facts.number} waits for {facts.invoice_word} {facts.next_application}, which "
            "claims this time again, unless the project manager accepts the cut.",
        )
    if facts.fully_billed and facts.advance_left and not facts.retainage_held:
        return _wait(
            "coordinator",
            f"Contract {facts.number} is billed, and {facts.advance_left} of its advance payment is not "
            f"recovered: prepare {facts.invoice_word} {facts.next_application}, which takes it off.",
        )
    if facts.fully_billed and facts.retainage_held:
        if facts.without_evidence:
            names = ", ".join(facts.without_evidence)
            return _wait(
                "coordinator",
                f"Contract {facts.number} holds retainage until there is evidence of these: {names}.",
            )
        if facts.outstanding_for_release:
            names = ", ".join(facts.outstanding_for_release)
            return _wait(
                "project_manager",
                f"Contract {facts.number} holds retainage until these are approved: {names}.",
            )
        return _wait(
            "coordinator", f"Contract {facts.number}: retainage may be released; prepare the release invoice."
        )
    if facts.fully_billed and facts.unpaid_invoices:
        return _wait(
            "client",
            f"Contract {facts.number} is fully billed and waits for {facts.unpaid_invoices} payment(s).",
        )
    if facts.fully_billed and facts.deposit_left:
        return _wait(
            "controller",
            f"Contract {facts.number} is billed and paid, and {facts.deposit_left} that the client paid "
            "ahead is left: it waits for a controller to give it back.",
        )
    if facts.fully_billed:
        return _do("close_contract")
    due = facts.now >= facts.next_period_end_at
    return _wait(
        "coordinator",
        _news(facts)
        + f"Contract {facts.number} waits for "
        + ("the billing run and " if facts.billed_by_run else "")
        + f"{facts.invoice_word} {facts.next_application}"
        + (
            f": the period to {facts.next_period_end} has ended."
            if due
            else f" for the period to {facts.next_period_end}."
        ),
        None if due else facts.next_period_end_at,
        "" if due else f"the {facts.invoice_word} is shown as due on the worklist",
    )


def in_hand(number: str, invoice: str, *, with_client: bool) -> Next:
    """What a contract in force waits for as long as an invoice of it keeps the next one back."""
    if with_client:
        return _wait("client", f"Contract {number}: {invoice} is with the client for certification.")
    return _wait("coordinator", f"Contract {number}: {invoice} is in hand.")


def _news(facts: ContractFacts) -> str:
    """What the last certificate says that the next application starts with."""
    if facts.withheld:
        return f"{facts.withheld} Its work can be billed again. "
    if facts.cut and facts.time_cut:
        return f"{facts.cut} It is claimed again; time is not once the project manager accepts the cut. "
    return f"{facts.cut} It is claimed again. " if facts.cut else ""


class Account(BaseModel):
    """What a client owes one legal entity of the firm in one currency, by the day in that one's zone."""

    model_config = ConfigDict(frozen=True)
    legal_entity: str
    currency: str
    zone: str
    today: date
    open_items: Sequence[OpenItem]


class FollowUpFacts(BaseModel):
    """What the next step towards a client depends on: an account for each legal entity it owes something.

    `reminded` is the highest level sent per receivable.
    """

    model_config = ConfigDict(frozen=True)
    client: str
    accounts: Sequence[Account]
    reminded: dict[UUID, int]
    receipts_missing: bool
    messages_unsent: bool


def next_follow_up_step(facts: FollowUpFacts) -> Next:
    """Receipts and reminders of one client, for as long as the firm knows it."""
    if facts.receipts_missing:
        return _do("make_receipts")
    if any(to_remind(account.open_items, facts.reminded, account.today) for account in facts.accounts):
        return _do("make_reminder")
    if facts.messages_unsent:
        return _do("deliver")
    owing = [account for account in facts.accounts if account.open_items]
    if not owing:
        return _wait("nobody", f"{facts.client} owes nothing.")
    oldest = min(item.due_on for account in owing for item in account.open_items)
    sentence = f"{facts.client} owes {_owed(owing)}, the oldest due {oldest}."
    upcoming = [
        business_time.opening_of(day, account.zone)
        for account in owing
        if (day := next_reminder(account.open_items, facts.reminded)) is not None
    ]
    if not upcoming:
        return _wait("client", sentence, None, "every reminder has been sent; call the client")
    return _wait("client", sentence, min(upcoming), "a reminder is sent")


def _invoices(count: int) -> str:
    return "1 invoice" if count == 1 else f"{count} invoices"


def _owed(owing: Sequence[Account]) -> str:
    """How many invoices, and to whom where the client has more than one creditor here."""
    if len(owing) == 1:
        return _invoices(len(owing[0].open_items))
    return " and ".join(
        f"{_invoices(len(account.open_items))} to {account.legal_entity} in {account.currency}"
        for account in owing
    )


def next_billing_run_step(state: str, left: int) -> Next:
    """The life of a billing run: chunk after chunk, then done."""
    if state in FINAL["billing-run"]:
        return FINISHED
    return _do("draft_chunk") if left else _do("end_billing_run")


def next_calendar_step(firm: str, today: date) -> Next:
    """The calendar of a practice firm: it stands until somebody moves it."""
    return _wait(
        "administrator",
        f"The practice calendar of {firm} stands at {today}.",
        None,
        "no day passes until an administrator moves it",
    )


def next_import_step(state: str, file_name: str) -> Next:
    """The life of an imported file."""
    match state:
        case "received":
            return _do("analyse_import")
        case "needs_decision":
            return _wait("coordinator", f"{file_name} waits for decisions about what was found in it.")
        case "ready":
            return _wait("coordinator", f"{file_name} is understood and waits to be posted.")
        case "to_distribute":
            return _wait("coordinator", f"{file_name} has projects that wait for their contracts.")
        case "posting":
            return _do("post_chunk")
        case final if final in FINAL["import"]:
            return FINISHED
        case _:
            raise AssertionError(f"no step for an import in state {state}")
