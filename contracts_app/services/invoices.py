"""Commands of an invoice: edit, submit, approve, reject, withdraw, issue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain import approvals
from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.cost_lines import takes_percent
from contracts_app.domain.billing.drafting import Snapshot
from contracts_app.domain.billing.pay_application import Entry, Kind, PayApplication
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.billing.stored_material import Backup
from contracts_app.domain.billing.taxed import DocumentTax, tax_of
from contracts_app.domain.checking import checks
from contracts_app.domain.commands.contract_commands import (
    ApproveDraft,
    EditDraft,
    IssueInvoice,
    Outcome,
    RejectDraft,
    Subject,
    SubmitDraft,
    WithdrawDraft,
    process_name,
)
from contracts_app.domain.contract import ReceivableArises
from contracts_app.domain.money import ZERO, is_at_scale, less, opposite, total
from contracts_app.domain.receivables.receivables import due_date
from contracts_app.domain.refusals import Refused, not_allowed, not_found, wrong_content
from contracts_app.domain.transitions import INVOICE, NOT_OUT, InvoiceState, require, state_after_issue
from contracts_app.services import (
    addressing,
    carried_credits,
    limit_notices,
    people,
    reservations,
    superseding,
)
from contracts_app.store import contracts, firms, invoices, job_costs, legal_entities, submission, taxes, time
from contracts_app.store.billing_tables import deposit_entry
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.tables import (
    approval,
    certificate,
    client,
    contract,
    invoice,
    issued_invoice,
    receivable,
    receivable_entry,
    retainage_entry,
)
from contracts_app.store.transaction import Transaction


def locked(tx: Transaction, invoice_id: UUID) -> tuple[RowMapping, RowMapping]:
    """The contract and the invoice, locked in that order (so that two commands never wait for each other)."""
    known = invoices.find(tx.connection, tx.firm_id, invoice_id)
    if known is None:
        raise not_found("invoice")
    agreed = tx.lock(contract, known["contract_id"], "contract")
    return agreed, tx.lock(invoice, invoice_id, "invoice")


def name_of(row: RowMapping) -> str:
    """The invoice as sentences begin with it."""
    numbered = Kind(row["kind"]).numbered(row["application_no"], row["revision"])
    return numbered[0].upper() + numbered[1:]


def edit_draft(tx: Transaction, body: EditDraft) -> Outcome:
    """Replace what a draft claims; a draft in review or approved goes back, its approvals no longer count."""
    agreed, row = locked(tx, body.invoice_id)
    require(INVOICE, "edit_draft", row["state"], "invoice")
    who = people.actor(tx)
    reservations.give_up(tx, row)
    period_to = body.period_to or row["period_to"]
    snapshot = current_snapshot(tx.connection, tx.firm_id, body.invoice_id, period_to)
    known = {line.id for line in snapshot.schedule}
    given = {entry.line_id: entry for entry in body.entries}
    if len(given) != len(body.entries) or not given.keys() <= known:
        raise wrong_content(
            "unknown_line", "A line is named twice, or is not in this application's schedule of values."
        )
    if snapshot.kind is Kind.retainage_release:
        raise wrong_content("release_with_new_work", "A retainage release invoice carries no new work.")
    _check_period(tx, agreed, snapshot, body.invoice_id)
    _require_own_lines(snapshot, given)
    _require_typed_lines(snapshot, given)
    stated = {entry.line_id: entry for entry in drafting.as_stated(snapshot, body.entries)}
    entries = tuple(stated.get(entry.line_id, entry) for entry in snapshot.entries)
    in_period = tuple(worked for worked in snapshot.time if worked.work_date <= period_to)
    late = {worked.id for worked in snapshot.time} - {worked.id for worked in in_period}
    if late:  # a period that ends earlier leaves later time to the next invoice
        time.give_up_claims(tx.connection, tx.firm_id, body.invoice_id, late)
    costs_in_period = tuple(cost for cost in snapshot.costs if cost.incurred_on <= period_to)
    later = {cost.id for cost in snapshot.costs} - {cost.id for cost in costs_in_period}
    if later:
        job_costs.give_up_claims(tx.connection, tx.firm_id, body.invoice_id, later)
    backup = _papers(snapshot, body)
    changed = snapshot.model_copy(
        update={"entries": entries, "time": in_period, "costs": costs_in_period, "backup": backup}
    )
    content_hash = drafting.content_hash(changed)
    invoices.add_editor(tx.connection, tx.firm_id, body.invoice_id, who.id)
    tx.change(
        invoice,
        "invoice",
        row,
        "edit_draft",
        INVOICE,
        "draft",
        entries=[entry.model_dump(mode="json") for entry in entries],
        backup=[part.model_dump(mode="json") for part in backup],
        period_to=period_to,
        content_hash=content_hash,
    )
    return Outcome(
        done=True,
        result={
            "invoice_id": str(body.invoice_id),
            "content_hash": content_hash,
            "line8": f"{drafting.draft(changed).line8:f}",
        },
    )


def _require_own_lines(snapshot: Snapshot, given: Mapping[UUID, Entry]) -> None:
    """Refuse (Refused) work on a line that another address is billed for."""
    own = {line.id for line in snapshot.own_lines}
    for line in snapshot.schedule:
        entry = given.get(line.id)
        if line.id not in own and entry is not None and (entry.this_period or entry.is_stated):
            raise wrong_content(
                "line_of_another_address",
                f"Line {line.item_no} is billed to another address: type it into the invoice there.",
            )


def _require_typed_lines(snapshot: Snapshot, given: Mapping[UUID, Entry]) -> None:
    """Refuse (Refused) amounts typed on lines that bill their time or their costs."""
    for line in snapshot.schedule:
        entry = given.get(line.id)
        if entry is None:
            continue
        amounts = entry.this_period or entry.stored
        if line.basis is Basis.time_and_materials and (amounts or entry.is_stated):
            raise wrong_content(
                "billed_by_time",
                f"Line {line.item_no} bills its time: hold, write or transfer entries instead.",
            )
        if line.basis is Basis.cost_plus and (amounts or not takes_percent(entry)):
            raise wrong_content(
                "billed_at_cost",
                f"Line {line.item_no} bills its costs and the fee on them: record, correct or send back "
                "costs instead.",
            )


def _papers(snapshot: Snapshot, body: EditDraft) -> tuple[Backup, ...]:
    """The papers for stored material as the edit says them; without a word those that were there."""
    if body.backup is None:
        return snapshot.backup
    known = {line.id for line in snapshot.schedule}
    for part in body.backup:
        if part.line_id not in known:
            raise wrong_content("unknown_line", "Papers name a line that this application does not have.")
        if part.amount <= ZERO or not is_at_scale(part.amount, snapshot.terms.currency):
            raise wrong_content(
                "backup_amount", f"Papers are for an amount above zero in {snapshot.terms.currency}."
            )
    return body.backup


def _check_period(tx: Transaction, agreed: RowMapping, snapshot: Snapshot, invoice_id: UUID) -> None:
    billed = invoices.billed_to(tx.connection, tx.firm_id, [agreed["id"]], but=invoice_id)
    addressing.require_not_billed(snapshot, billed.get(agreed["id"], {}))
    check_ended(tx, agreed, snapshot.period_to)


def check_ended(tx: Transaction, agreed: RowMapping, period_to: date) -> None:
    """Refuse (Refused) to bill a period before its last day."""
    if period_to > business_date(tx, agreed):
        raise not_ended(tx, period_to)


def not_ended(tx: Transaction, period_to: date) -> Refused:
    """The refusal to bill a period before its last day: when it becomes possible."""
    way_out = (
        " In this practice firm an administrator can move the calendar there."
        if firms.get(tx.connection, tx.firm_id)["kind"] == "practice"
        else ""
    )
    return wrong_content(
        "period_not_ended",
        f"The period to {period_to} has not ended yet: it can be billed from {period_to} on.{way_out}",
    )


def business_date(tx: Transaction, agreed: RowMapping) -> date:
    """The business date of the legal entity that bills."""
    return legal_entities.today(tx, agreed["legal_entity_id"])


def submit_draft(tx: Transaction, body: SubmitDraft) -> Outcome:
    """Hand a draft over for approval; what blocks it must be mended first."""
    agreed, row = locked(tx, body.invoice_id)
    require(INVOICE, "submit_draft", row["state"], "invoice")
    who = people.actor(tx)
    approvals.check_somebody_can(
        agreed["project_manager_id"],
        people.name_of(tx.connection, tx.firm_id, agreed["project_manager_id"]),
        {who.id, *invoices.editors(tx.connection, tx.firm_id, body.invoice_id)},
    )
    submitted = row["submissions"] + 1
    snapshot = current_snapshot(tx.connection, tx.firm_id, body.invoice_id).model_copy(
        update={"submission": submitted}
    )
    superseding.require_revised(tx, row, snapshot)
    _refuse_blocked(tx, body.invoice_id, snapshot)
    content_hash = drafting.content_hash(snapshot)
    invoices.add_editor(tx.connection, tx.firm_id, body.invoice_id, who.id)
    tx.change(
        invoice,
        "invoice",
        row,
        "submit_draft",
        INVOICE,
        "in_review",
        submissions=submitted,
        content_hash=content_hash,
    )
    return Outcome(done=True, result={"invoice_id": str(body.invoice_id), "content_hash": content_hash})


def content_may_have_changed(tx: Transaction, contract_id: UUID, cause: str) -> tuple[str, ...]:
    """Look at the draft in hand after something it is computed from has changed; the contract is locked.

    Approvals of the former content no longer count, so an approved draft goes back into review; and out of
    it when it says again exactly what the whole chain approved. Returns the processes to wake.
    """
    for known in invoices.of_contract(tx.connection, tx.firm_id, contract_id):
        if known["state"] not in NOT_OUT:
            continue
        row = tx.lock(invoice, known["id"], "invoice")
        reservations.lock(tx, contract_id)
        snapshot = current_snapshot(tx.connection, tx.firm_id, row["id"])
        content_hash = drafting.content_hash(snapshot)
        if content_hash == row["content_hash"]:
            continue
        if row["limits"] is not None:
            reservations.give_up(tx, row)
            snapshot = current_snapshot(tx.connection, tx.firm_id, row["id"])
            content_hash = drafting.content_hash(snapshot)
        target, kept = row["state"], {}
        if target != InvoiceState.draft:
            missing = _missing_approval(tx, row["id"], snapshot, drafting.draft(snapshot), content_hash)
            target = InvoiceState.approved if missing is None else InvoiceState.in_review
            if target == InvoiceState.approved:
                kept = reservations.keep(tx, row["id"], snapshot)
        tx.change(
            invoice,
            "invoice",
            row,
            "content_changed",
            INVOICE,
            target,
            cause,
            content_hash=content_hash,
            **kept,
        )
        return (process_name(Subject.invoice, row["id"]),)
    return ()


def _missing_approval(
    tx: Transaction, invoice_id: UUID, snapshot: Snapshot, figures: PayApplication, content_hash: str
) -> approvals.Step | None:
    """The first step of the chain that has not approved exactly this content."""
    return approvals.next_step(
        approvals.chain(figures.line8, snapshot.terms.controller_limit),
        invoices.approvals(tx.connection, tx.firm_id, invoice_id),
        content_hash,
    )


def _refuse_blocked(tx: Transaction, invoice_id: UUID, snapshot: Snapshot) -> None:
    found = checks.blocking(submission.findings_of(tx.connection, tx.firm_id, invoice_id, snapshot))
    if found:
        said = " ".join(f"{f'Line {f.item_no}: ' if f.item_no else ''}{f.sentence}" for f in found[:5])
        raise wrong_content("draft_has_findings", said)


def approve_draft(tx: Transaction, body: ApproveDraft) -> Outcome:
    """Approve the content that was seen; the last approval of the chain makes the draft issuable."""
    agreed, row = locked(tx, body.invoice_id)
    require(INVOICE, "approve_draft", row["state"], "invoice")
    who = people.actor(tx)
    reservations.lock(tx, agreed["id"])
    snapshot = current_snapshot(tx.connection, tx.firm_id, body.invoice_id)
    figures = drafting.draft(snapshot)
    content_hash = drafting.content_hash(snapshot)
    given = invoices.approvals(tx.connection, tx.firm_id, body.invoice_id)
    steps = approvals.chain(figures.line8, snapshot.terms.controller_limit)
    step = approvals.check_approver(
        step=approvals.next_step(steps, given, content_hash),
        by=who.id,
        roles=who.roles,
        project_manager=agreed["project_manager_id"],
        preparers=invoices.editors(tx.connection, tx.firm_id, body.invoice_id),
        earlier_approvers={known.by for known in given if known.content_hash == content_hash},
        seen_hash=body.content_hash,
        content_hash=content_hash,
    )
    _refuse_blocked(tx, body.invoice_id, snapshot)
    approval_id = tx.new_id("approval")
    tx.insert(
        approval,
        id=approval_id,
        invoice_id=body.invoice_id,
        step=step.value,
        decision="approved",
        person_id=who.id,
        decided_on=business_date(tx, agreed),
        content_hash=content_hash,
        remark=body.remark,
    )
    left = [known for known in steps if known is not step and not _has(given, known, content_hash)]
    tx.change(
        invoice,
        "invoice",
        row,
        "approve_draft",
        INVOICE,
        "in_review" if left else "approved",
        body.remark,
        content_hash=content_hash,
        **({} if left else reservations.keep(tx, body.invoice_id, snapshot)),
    )
    return Outcome(
        done=True,
        result={
            "invoice_id": str(body.invoice_id),
            "step": step.value,
            "still_needed": [known.value for known in left],
        },
        wake=() if left else limit_notices.tell(tx, agreed),
    )


def _has(given: Sequence[approvals.Approval], step: approvals.Step, content_hash: str) -> bool:
    return any(known.step is step and known.content_hash == content_hash for known in given)


def reject_draft(tx: Transaction, body: RejectDraft) -> Outcome:
    """Send a draft back to its preparer."""
    agreed, row = locked(tx, body.invoice_id)
    require(INVOICE, "reject_draft", row["state"], "invoice")
    who = people.actor(tx)
    if who.id != agreed["project_manager_id"] and "controller" not in {role.value for role in who.roles}:
        raise not_allowed("A draft is sent back by the contract's project manager or a controller.")
    tx.insert(
        approval,
        id=tx.new_id("approval"),
        invoice_id=body.invoice_id,
        step="controller" if who.id != agreed["project_manager_id"] else "project_manager",
        decision="rejected",
        person_id=who.id,
        decided_on=business_date(tx, agreed),
        content_hash=row["content_hash"],
        remark=body.reason,
    )
    reservations.give_up(tx, row)
    tx.change(invoice, "invoice", row, "reject_draft", INVOICE, "draft", body.reason)
    return Outcome(done=True, result={"invoice_id": str(body.invoice_id)})


def withdraw_draft(tx: Transaction, body: WithdrawDraft) -> Outcome:
    """Give up a draft; it has no number, so no number is lost."""
    agreed, row = locked(tx, body.invoice_id)
    time.give_up_claims(tx.connection, tx.firm_id, row["id"])
    job_costs.give_up_claims(tx.connection, tx.firm_id, row["id"])
    reservations.give_up(tx, row)
    tx.change(invoice, "invoice", row, "withdraw_draft", INVOICE, "withdrawn", body.reason)
    former = superseding.take_back(tx, row)
    contract_changed(tx, agreed, f"{name_of(row)} withdrawn")
    return Outcome(
        done=True,
        result={"invoice_id": str(body.invoice_id)},
        wake=(process_name(Subject.contract, agreed["id"]), *former),
    )


def issue_invoice(tx: Transaction, body: IssueInvoice) -> Outcome:
    """Number, issued facts, retainage and receivable in one transaction; then the client has it.

    Raises Refused when the content is not exactly what the whole chain approved.
    """
    agreed, row = locked(tx, body.invoice_id)
    require(INVOICE, "issue_invoice", row["state"], "invoice")
    who = people.actor(tx)
    snapshot = current_snapshot(tx.connection, tx.firm_id, body.invoice_id)
    figures = drafting.draft(snapshot)
    content_hash = drafting.content_hash(snapshot)
    today = business_date(tx, agreed)
    missing = _missing_approval(tx, body.invoice_id, snapshot, figures, content_hash)
    if missing is not None:
        raise Refused(
            "not_approved",
            f"{name_of(row)} lacks the {missing.value.replace('_', ' ')}'s approval of what it says now: "
            "save its entries once more and submit it again.",
        )
    taxed = tax_of(snapshot, figures, today)
    if snapshot.terms.receivable_arises is ReceivableArises.submission:
        tx.lock(client, agreed["client_id"], "client")  # before the number series, as everywhere
    taken = invoices.take_number(tx.connection, tx.firm_id, agreed["legal_entity_id"], today)
    if taken is None:
        raise Refused(
            "date_before_last_number",
            "The series has a number of a later date; the calendar cannot be before it.",
        )
    number, number_text = taken
    tx.insert(
        issued_invoice,
        invoice_id=row["id"],
        legal_entity_id=agreed["legal_entity_id"],
        series=invoices.SERIES,
        number=number,
        number_text=number_text,
        issued_on=today,
        issued_by=who.id,
        certification_due_on=today + timedelta(days=snapshot.terms.certification_days),
        snapshot_sha256=invoices.store_snapshot(tx.connection, tx.firm_id, snapshot),
        content_hash=content_hash,
        currency=figures.currency,
        rules=snapshot.rules,
        deposit_applied=figures.deposit_applied,
        payment_instructions=legal_entities.get(tx.connection, tx.firm_id, agreed["legal_entity_id"])[
            "payment_instructions"
        ],
        **{
            f"line{n}": getattr(figures, f"line{n}")
            for n in ("1", "2", "3", "4", "5", "5a", "5b", "6", "7", "8", "9")
        },
    )
    invoices.insert_lines(tx.connection, tx.firm_id, row["id"], figures, certified=False)
    time.insert_issued_time(tx.connection, tx.firm_id, row["id"], figures.time)
    job_costs.insert_issued(tx.connection, tx.firm_id, row["id"], figures.costs)
    post_retainage(tx, row, figures, "issue", today)
    former = superseding.supersede(tx, agreed, row, today)
    keep_tax(tx, row["id"], taxes.ISSUED, snapshot, taxed)
    tax = less(taxed.due, figures.line8) if taxed else ZERO
    following = state_after_issue(
        total((figures.amount_due, tax)), certified_by_client=snapshot.terms.certified_by_client
    )
    tx.change(invoice, "invoice", row, "issue_invoice", INVOICE, following)
    if not snapshot.terms.certified_by_client:
        stand_as_issued(tx, row, snapshot, figures, who.id, today)
        keep_tax(tx, row["id"], taxes.CERTIFIED, snapshot, taxed)
        carried_credits.carry(tx, agreed, row, figures, today)
    if snapshot.terms.receivable_arises is ReceivableArises.submission:
        open_receivable(tx, agreed, row, figures, today, tax=tax)
    contract_changed(tx, agreed, f"{name_of(row)} issued as {number_text}")
    return Outcome(
        done=True,
        result={"invoice_id": str(row["id"]), "number": number_text, "issued_on": today.isoformat()},
        wake=(*neighbours(agreed), *former),
    )


def stand_as_issued(
    tx: Transaction, row: RowMapping, snapshot: Snapshot, figures: PayApplication, by: UUID, on: date
) -> None:
    """Where no certificate is asked for, what was issued stands; the next invoice starts from it."""
    tx.insert(
        certificate,
        invoice_id=row["id"],
        decision="not_required",
        person_id=by,
        certified_on=on,
        reason="",
        entries=[entry.model_dump(mode="json") for entry in drafting.claimed_entries(snapshot)],
        **{f"line{n}": getattr(figures, f"line{n}") for n in (4, 5, 6, 7, 8, 9)},
    )
    invoices.insert_lines(tx.connection, tx.firm_id, row["id"], figures, certified=True)


def keep_tax(
    tx: Transaction, invoice_id: UUID, stage: str, snapshot: Snapshot, taxed: DocumentTax | None
) -> None:
    """Write what the invoice says of tax and discounts as issued or as certified; nothing where its contract
    says nothing of either."""
    if taxed is not None:
        taxes.keep(tx.connection, tx.firm_id, invoice_id, stage, taxed, snapshot.tax)


def neighbours(agreed: RowMapping) -> tuple[str, ...]:
    """The processes that what happens to an invoice may concern: its contract's and its client's."""
    return (
        process_name(Subject.contract, agreed["id"]),
        process_name(Subject.follow_up, agreed["client_id"]),
    )


def contract_changed(tx: Transaction, agreed: RowMapping, what: str) -> None:
    """Raise the contract's version for something that happened to an invoice."""
    tx.change(contract, "contract", agreed, "invoice_changed", reason=what)


def post_retainage(tx: Transaction, row: RowMapping, figures: PayApplication, cause: str, on: date) -> None:
    """Post to the retainage ledger what brings it to the figures, line by line."""
    ledger = invoices.retainage_by_line(tx.connection, tx.firm_id, row["contract_id"])
    for line in figures.lines:
        withheld, released = ledger.get(line.line_id, (ZERO, ZERO))
        if line.withheld != withheld or line.released != released:
            tx.insert(
                retainage_entry,
                id=tx.new_id("retainage", cause, line.line_id),
                contract_id=row["contract_id"],
                sov_line_id=line.line_id,
                invoice_id=row["id"],
                cause=cause,
                withheld=line.withheld - withheld,
                released=line.released - released,
                posted_on=on,
            )


def open_receivable(
    tx: Transaction,
    agreed: RowMapping,
    row: RowMapping,
    figures: PayApplication,
    on: date,
    cites: UUID | None = None,
    tax: Decimal = ZERO,
) -> None:
    """The client owes line 8 with its tax (less discounts) from this day; nothing arises where nothing is
    due."""
    owed = total((figures.line8, tax))
    if owed <= ZERO:
        return
    terms = contracts.terms_of(agreed)
    receivable_id = tx.new_id("receivable", row["id"])
    tx.insert(
        receivable,
        id=receivable_id,
        invoice_id=row["id"],
        client_id=agreed["client_id"],
        contract_id=agreed["id"],
        currency=figures.currency,
        arose_on=on,
        due_on=due_date(on, terms.payment_days),
    )
    tx.insert(
        receivable_entry,
        id=tx.new_id("receivable_entry", row["id"], "arises"),
        receivable_id=receivable_id,
        cause="arises",
        amount=owed,
        posted_on=on,
        certificate_invoice_id=cites,
    )
    if figures.deposit_applied:
        _draw_deposit(tx, agreed, row, receivable_id, figures.deposit_applied, on)
    owner = tx.lock(client, agreed["client_id"], "client")
    tx.change(client, "client", owner, "receivable_arises", reason=f"{name_of(row)}: {owed:,f}")


def _draw_deposit(
    tx: Transaction, agreed: RowMapping, row: RowMapping, receivable_id: UUID, amount: Decimal, on: date
) -> None:
    """What the client paid ahead pays this invoice as far as it goes."""
    tx.insert(
        deposit_entry,
        id=tx.new_id("deposit_entry", row["id"]),
        contract_id=agreed["id"],
        cause="drawn",
        amount=opposite(amount),
        posted_on=on,
        invoice_id=row["id"],
    )
    tx.insert(
        receivable_entry,
        id=tx.new_id("receivable_entry", row["id"], "deposit"),
        receivable_id=receivable_id,
        cause="deposit",
        amount=opposite(amount),
        posted_on=on,
    )
