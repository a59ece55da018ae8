"""What a process does next: facts in one transaction, the decision pure, the waiting written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.engine import RowMapping

from contracts_app.domain import business_time
from contracts_app.domain.approving import reminding
from contracts_app.domain.approving.chain import Step
from contracts_app.domain.approving.deciding import check_somebody_can
from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.fully_billed import is_fully_billed
from contracts_app.domain.billing.milestones import MilestoneState, outstanding_for_release
from contracts_app.domain.billing.pay_application import PreviousCertificate
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.contract import ContractTerms, InvoiceForm
from contracts_app.domain.money import ZERO, in_words_of_a_page, total
from contracts_app.domain.receivables import progress
from contracts_app.domain.receivables.progress import FINISHED, Next, Waiting
from contracts_app.domain.refusals import Refused
from contracts_app.domain.transitions import OPEN_INVOICE, in_words
from contracts_app.services import contracts as contract_commands
from contracts_app.services import (
    gates,
    group_membership,
    overdue_certificates,
    people,
    reminding_approvers,
    setting_up,
)
from contracts_app.services.approval_chains import standing
from contracts_app.services.invoices import name_of
from contracts_app.services.periods import business_date
from contracts_app.store import (
    billing_runs,
    clients,
    contracts,
    cuts,
    deposits,
    documents,
    firms,
    invoice_approvals,
    invoices,
    job_costs,
    legal_entities,
    messages,
    next_application,
    pencils,
    processes,
    receivables,
    retainage_ledger,
    revisions,
    time,
    trainings,
    withholds,
)
from contracts_app.store.billing_tables import billing_run
from contracts_app.store.tables import client, contract, import_file, invoice
from contracts_app.store.transaction import Origin, Transaction, own_step

PAUSE = timedelta(seconds=1)
"""A deadline that has just passed is looked at again after this long, never in a busy loop."""


@dataclass(frozen=True)
class Decided:
    """The next step and, when it waits for a deadline, how many seconds that is from now."""

    next: Next
    seconds: float | None


def decide_next(engine: Engine, firm_id: UUID, subject: Subject, subject_id: UUID, origin: Origin) -> Decided:
    """Look at the facts of a subject and say what its process does next; note why it waits.

    A subject that does not exist (its opening was refused) is finished.
    """
    with own_step(engine, firm_id, f"next:{subject.value}:{subject_id}", origin) as tx:
        known = processes.find(tx.connection, firm_id, subject, subject_id)
        if known is None:
            return Decided(FINISHED, None)
        following, version = _FACTS[subject](tx, subject_id)
        known = processes.lock(tx.connection, firm_id, subject, subject_id)
        # Only now: until it was locked, a command may have opened the process anew.
        if known["started_at"] is None:
            processes.note_started(tx.connection, firm_id, subject, subject_id)
        if known["parked_step"] is not None and following.kind != "finished":
            following = _parked(known)
        if following.kind == "finished":
            processes.note_finished(tx.connection, firm_id, subject, subject_id, version)
            return Decided(following, None)
        if following.waiting is None:
            return Decided(following, None)
        processes.note_waiting(tx, known, following.waiting, version)
        deadline = following.waiting.deadline
        if deadline is None:
            return Decided(following, None)
        return Decided(following, max(deadline - tx.now, PAUSE).total_seconds())


def _parked(known: RowMapping) -> Next:
    return Next(
        kind="wait",
        waiting=Waiting(
            for_role="administrator",
            sentence=f"{in_words(known['parked_step']).capitalize()} failed: {known['parked_reason']}",
            otherwise="a controller or administrator retries or abandons it",
        ),
    )


def _nobody_can_approve(tx: Transaction, agreed: RowMapping, invoice_id: UUID, steps: Sequence[Step]) -> str:
    """Why the project manager cannot approve a draft in review: he has moved its time since."""
    manager = agreed["project_manager_id"]
    try:
        check_somebody_can(
            steps,
            manager,
            people.name_of(tx.connection, tx.firm_id, manager),
            invoice_approvals.editors(tx.connection, tx.firm_id, invoice_id),
        )
    except Refused as refused:
        return refused.sentence
    return ""


def _invoice(tx: Transaction, invoice_id: UUID) -> tuple[Next, int]:
    row = tx.lock(invoice, invoice_id, "invoice")
    agreed = contracts.find(tx.connection, tx.firm_id, row["contract_id"])
    assert agreed is not None  # foreign key
    # Of what is a draft yet nothing is issued, owed or on paper: that is not asked for. Nor is it said who
    # prepared or who approves what is out.
    is_draft = row["state"] in ("draft", "in_review", "approved")
    issued = None if is_draft else invoices.issued(tx.connection, tx.firm_id, invoice_id)
    owed = None if is_draft else receivables.of_invoice(tx.connection, tx.firm_id, invoice_id)
    together = group_membership.goes_out_with(tx.connection, tx.firm_id, row)
    steps: tuple[Step, ...] = ()
    stuck, held = "", gates.OPEN
    waits = reminding_approvers.NOT_WATCHED
    unanswered = (
        overdue_certificates.clock_of(tx, agreed, issued) if issued and row["state"] == "submitted" else None
    )
    if row["state"] == "approved":
        held = _held_up(tx, agreed, invoice_id)
    if row["state"] == "in_review":
        snapshot = invoices.current_snapshot(tx.connection, tx.firm_id, invoice_id)
        line8, content_hash = drafting.draft(snapshot).line8, drafting.content_hash(snapshot)
        steps = standing(tx.connection, tx.firm_id, invoice_id, snapshot, line8, content_hash).open
        stuck = _nobody_can_approve(tx, agreed, invoice_id, steps)
        waits = reminding_approvers.standing(tx, agreed, invoice_id)
    facts = progress.InvoiceFacts(
        state=row["state"],
        name=f"{name_of(row)} of contract {agreed['number']}",
        preparer=people.name_of(tx.connection, tx.firm_id, row["prepared_by"]) if is_draft else "",
        open_steps=steps,
        nobody_can_approve=stuck,
        approvers_untold=waits.letter is not None,
        approvers_told_at=waits.next_at,
        controllers_told=waits.next_letter == reminding.ESCALATED,
        mentor=_mentor(tx, row),
        sent_back=_sent_back(tx, row),
        project_manager=people.name_of(tx.connection, tx.firm_id, agreed["project_manager_id"])
        if is_draft
        else "",
        client="" if is_draft else clients.get(tx.connection, tx.firm_id, agreed["client_id"])["name"],
        now=tx.now,
        certification_due=_certification_due(tx, issued, agreed) if issued else None,
        certify_by=issued["certification_due_on"] if issued else None,
        overdue_untold=unanswered is not None and unanswered.letter is not None,
        overdue_told_at=unanswered.next_at if unanswered else None,
        due_on=owed["due_on"] if owed else None,
        goes_out_with=together["name"] if together else "",
        papers_missing=held.said,
        exception_asked=held.asked,
        papers_change_at=_opening(tx, agreed, held.changes_on) if held.changes_on else None,
        documents_made=not is_draft
        and (
            documents.made(tx.connection, tx.firm_id, invoice_id)
            or group_membership.is_carried_by_another(tx.connection, tx.firm_id, invoice_id)
        ),
        kept_back=_kept_back(tx, row, owed["currency"]) if owed else "",
        pencil_missing=is_draft and pencils.without_paper(tx.connection, tx.firm_id, invoice_id) is not None,
        remarked=_remarked(tx, row),
        messages_unsent=bool(messages.queued(tx.connection, tx.firm_id, invoice_id=invoice_id)),
        notice_missing=not is_draft and invoices.notice_missing(tx.connection, tx.firm_id, invoice_id),
    )
    return progress.next_invoice_step(facts), row["version"]


def _mentor(tx: Transaction, row: RowMapping) -> str:
    """Who hands a draft in for its preparer, who is being trained."""
    if row["state"] != "draft":
        return ""
    known = trainings.of(tx.connection, tx.firm_id, row["prepared_by"], tx.today())
    return known.mentor if known else ""


def _held_up(tx: Transaction, agreed: RowMapping, invoice_id: UUID) -> gates.HeldUp:
    """The papers that an approved draft waits for."""
    snapshot = invoices.current_snapshot(tx.connection, tx.firm_id, invoice_id)
    today = business_date(tx, agreed)
    return gates.of_issue(tx.connection, tx.firm_id, snapshot, drafting.draft(snapshot), today)


def _certification_due(tx: Transaction, issued: RowMapping, agreed: RowMapping) -> datetime:
    """From when on its certification is overdue: the end of the day, where the entity that bills is."""
    return _opening(tx, agreed, issued["certification_due_on"] + timedelta(days=1))


def _opening(tx: Transaction, agreed: RowMapping, day: date) -> datetime:
    """The morning of a day, where the entity that bills is."""
    entity = legal_entities.get(tx.connection, tx.firm_id, agreed["legal_entity_id"])
    return business_time.opening_of(day, entity["time_zone"])


def _kept_back(tx: Transaction, row: RowMapping, currency: str) -> str:
    """What the client keeps back of an invoice, reason by reason."""
    held = withholds.held(tx.connection, tx.firm_id, row["id"])
    return ", ".join(
        f"{in_words_of_a_page(one.amount, currency)} for {one.reason.said} {one.reference}".strip()
        for one in held
    )


def _remarked(tx: Transaction, row: RowMapping) -> str:
    """Who of the client said something of the pencil copy of what the draft still says, as a sentence."""
    shown = pencils.last(tx.connection, tx.firm_id, row["id"]) if row["state"] == "draft" else None
    if shown is None or not shown.remarks or shown.content_hash != row["content_hash"]:
        return ""
    return f"{shown.remarks[-1].by} remarked on the pencil copy."


def _sent_back(tx: Transaction, row: RowMapping) -> str:
    """Who sent a draft back and why, as a sentence; nothing when the last decision was another."""
    last = (
        invoice_approvals.last_decision(tx.connection, tx.firm_id, row["id"])
        if row["state"] == "draft"
        else None
    )
    if last is None or last["decision"] != "rejected":
        return ""
    about = invoice_approvals.remarks(tx.connection, tx.firm_id, [last["id"]]).get(last["id"], ())
    lines = "".join(f" Line {one['item_no']}: “{one['reason']}”." for one in about)
    return f"Sent back by {last['name']}: “{last['remark']}”.{lines}"


def _contract(tx: Transaction, contract_id: UUID) -> tuple[Next, int]:
    row = tx.lock(contract, contract_id, "contract")
    terms = contracts.terms_of(row)
    entity = legal_entities.get(tx.connection, tx.firm_id, row["legal_entity_id"])
    known = invoices.of_contract(tx.connection, tx.firm_id, contract_id)
    in_hand = next((i for i in reversed(known) if i["state"] in OPEN_INVOICE), None)
    with_client = in_hand is not None and in_hand["state"] == "submitted"
    if (
        row["state"] == "active"
        and in_hand
        and not next_application.may_be_prepared(tx.connection, tx.firm_id, contract_id, terms)
    ):
        return progress.in_hand(row["number"], name_of(in_hand), with_client=with_client), row["version"]
    number = next_application.number(tx.connection, tx.firm_id, contract_id, terms)
    before = invoices.previous_certificate(tx.connection, tx.firm_id, contract_id, number)
    today = tx.today(entity["time_zone"])
    period_end = next_application.period_end_after(
        tx.connection, tx.firm_id, contract_id, terms, number, before
    )
    schedule = revisions.schedule_on(tx.connection, tx.firm_id, contract_id, today)
    lost = cuts.left(tx.connection, tx.firm_id, contract_id)
    fully_billed = is_fully_billed(
        schedule,
        before,
        work_completed=_work_is_billed(row, terms, before)
        and time.unbilled_count(tx.connection, tx.firm_id, contract_id) == 0
        and job_costs.unbilled_count(tx.connection, tx.firm_id, contract_id) == 0,
    )
    outstanding = (
        outstanding_for_release(contracts.milestones(tx.connection, tx.firm_id, contract_id))
        if fully_billed
        else ()
    )
    facts = progress.ContractFacts(
        state=row["state"],
        number=row["number"],
        has_schedule=bool(schedule),
        has_project_manager=row["project_manager_id"] is not None,
        missing=setting_up.missing(tx.connection, tx.firm_id, contract_id, terms, today)
        if row["state"] == "setting_up"
        else "",
        sent_back=_contract_sent_back(tx, row),
        # Another may be prepared beside it; what is billed in full waits for its certificate.
        open_invoice=name_of(in_hand) if in_hand and fully_billed else None,
        with_client=with_client,
        unpaid_invoices=sum(1 for i in known if i["state"] in ("certified", "issued")),
        fully_billed=fully_billed,
        retainage_held=fully_billed and bool(retainage_ledger.held(tx.connection, tx.firm_id, contract_id)),
        outstanding_for_release=[known.title for known in outstanding],
        without_evidence=[known.title for known in outstanding if known.state is MilestoneState.planned],
        advance_left=_advance_left(before, terms.currency),
        deposit_left=_deposit_left(tx, contract_id, terms.currency) if fully_billed else "",
        withheld=_withheld(tx, known[-1]) if known else None,
        cut=_cut(tx, lost, terms.currency),
        time_cut=any(one.by_time for one in lost),
        next_application=number,
        invoice_word="invoice" if terms.invoice_form is InvoiceForm.consulting else "application",
        billed_by_run=terms.billed_by_run,
        next_period_end=period_end,
        next_period_end_at=business_time.opening_of(period_end, entity["time_zone"]),
        now=tx.now,
    )
    return progress.next_contract_step(facts), row["version"]


def _work_is_billed(row: RowMapping, terms: ContractTerms, before: PreviousCertificate | None) -> bool:
    """Whether the work is complete and, under a guaranteed maximum price, finally accounted for."""
    completed_on = row["work_completed_on"]
    if completed_on is None or terms.guaranteed_maximum is None:
        return completed_on is not None
    return before is not None and bool(before.period_to >= completed_on)


def _advance_left(before: PreviousCertificate | None, currency: str) -> str:
    outstanding = before.advance.outstanding if before and before.advance else ZERO
    return in_words_of_a_page(outstanding, currency) if outstanding else ""


def _deposit_left(tx: Transaction, contract_id: UUID, currency: str) -> str:
    balance = deposits.deposit_balances(tx.connection, tx.firm_id, [contract_id]).get(contract_id, ZERO)
    return in_words_of_a_page(balance, currency) if balance else ""


def _contract_sent_back(tx: Transaction, row: RowMapping) -> str:
    """Who sent a contract back that is being set up, and why; nothing once something was changed since."""
    if row["returned_because"] is None:
        return ""
    by = people.name_of(tx.connection, tx.firm_id, row["returned_by"])
    return f"Sent back by {by}: “{row['returned_because']}”."


def _withheld(tx: Transaction, last: RowMapping) -> str | None:
    """What the coordinator must know of a last application that was not certified at all."""
    if last["state"] != "withheld":
        return None
    return (
        f"{name_of(last)} was withheld: “{invoices.withheld_because(tx.connection, tx.firm_id, last['id'])}”."
    )


def _cut(tx: Transaction, lost: Sequence[cuts.Cut], currency: str) -> str:
    """What the coordinator must know of a last application that was certified for less."""
    if not lost:
        return ""
    reason = invoices.withheld_because(tx.connection, tx.firm_id, lost[0].invoice_id)
    amount = in_words_of_a_page(total(one.left for one in lost), currency)
    return f"The certificate of {lost[0].name} cut {amount}: “{reason}”."


def _follow_up(tx: Transaction, client_id: UUID) -> tuple[Next, int]:
    row = tx.lock(client, client_id, "client")
    known = receivables.accounts(tx.connection, tx.firm_id, client_id)
    facts = progress.FollowUpFacts(
        client=row["name"],
        accounts=[
            progress.Account(
                legal_entity=entity["name"],
                currency=currency,
                zone=entity["time_zone"],
                today=tx.today(entity["time_zone"]),
                open_items=items,
            )
            for entity in legal_entities.every(tx.connection, tx.firm_id)
            for creditor, currency in known
            if creditor == entity["id"]
            and (
                items := receivables.open_items(
                    tx.connection, tx.firm_id, client_id, creditor, currency, demanded=True
                )
            )
        ],
        reminded=dict(receivables.reminded(tx.connection, tx.firm_id, client_id)),
        receipts_missing=bool(receivables.payments_without_receipt(tx.connection, tx.firm_id, client_id)),
        messages_unsent=bool(messages.queued(tx.connection, tx.firm_id, client_id=client_id)),
    )
    return progress.next_follow_up_step(facts), row["version"]


def _import(tx: Transaction, import_id: UUID) -> tuple[Next, int]:
    row = tx.lock(import_file, import_id, "import")
    return progress.next_import_step(row["state"], row["file_name"]), row["version"]


def _billing_run(tx: Transaction, run_id: UUID) -> tuple[Next, int]:
    row = tx.lock(billing_run, run_id, "billing run")
    left = billing_runs.left_count(tx.connection, tx.firm_id, run_id)
    return progress.next_billing_run_step(row["state"], left), row["version"]


def _calendar(tx: Transaction, firm_id: UUID) -> tuple[Next, int]:
    row = firms.get(tx.connection, firm_id)
    return progress.next_calendar_step(row["name"], tx.today()), row["version"]


_FACTS = {
    Subject.invoice: _invoice,
    Subject.contract: _contract,
    Subject.follow_up: _follow_up,
    Subject.importing: _import,
    Subject.calendar: _calendar,
    Subject.billing_run: _billing_run,
}


def close_contract(engine: Engine, firm_id: UUID, contract_id: UUID, origin: Origin) -> None:
    """Close a contract on which nothing is left, unless something came in since that was decided."""
    with own_step(engine, firm_id, f"close:{contract_id}", origin) as tx:
        following, _ = _contract(tx, contract_id)
        if following.step == "close_contract":
            contract_commands.close_contract(tx, contract_id)
