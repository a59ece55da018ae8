"""Commands of a contract: open, terms, activation, milestones, next application, release, closing."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain import drafting
from contracts_app.domain.commands import (
    AchieveMilestone,
    ActivateContract,
    ApproveMilestone,
    OpenContract,
    Outcome,
    PlanMilestone,
    PrepareApplication,
    PrepareRelease,
    ReassignProjectManager,
    SetTerms,
    Subject,
    process_name,
)
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.milestones import outstanding_for_release
from contracts_app.domain.money import ZERO, in_words_of_a_page, is_at_scale, total
from contracts_app.domain.pay_application import Kind
from contracts_app.domain.refusals import Refused, not_allowed, not_found, wrong_content
from contracts_app.domain.retainage import release_by_line
from contracts_app.domain.roles import Role
from contracts_app.domain.transitions import CONTRACT, OPEN_INVOICE, in_words, require
from contracts_app.services import people
from contracts_app.services.invoices import business_date, content_may_have_changed
from contracts_app.store import contracts, invoices, legal_entities, processes
from contracts_app.store.tables import client, contract, invoice, milestone
from contracts_app.store.transaction import Transaction


def create(
    tx: Transaction,
    *,
    contract_id: UUID,
    client_id: UUID,
    legal_entity_id: UUID,
    number: str,
    title: str,
    terms: ContractTerms,
    project_manager_id: UUID | None = None,
    architect: str | None = None,
    external_id: str | None = None,
) -> tuple[str, ...]:
    """Create a contract that is being set up, with its process; returns the processes to start."""
    if contracts.numbered(tx.connection, tx.firm_id, number) is not None:
        raise wrong_content("contract_number_taken", f"There is a contract {number} already.")
    entity = legal_entities.find(tx.connection, tx.firm_id, legal_entity_id)
    if entity is None:
        raise not_found("legal entity")
    if entity["currency"] != terms.currency:
        raise wrong_content(
            "currency_of_legal_entity",
            f"{entity['name']} bills in {entity['currency']}, not in {terms.currency}.",
        )
    owner = tx.lock(client, client_id, "client")
    tx.create(
        contract,
        "contract",
        "open_contract",
        id=contract_id,
        client_id=client_id,
        legal_entity_id=legal_entity_id,
        project_manager_id=project_manager_id,
        number=number,
        title=title,
        architect=architect,
        prepared_by=tx.by,
        terms=contracts.as_text(terms),
        external_id=external_id,
        state="setting_up",
    )
    processes.open_process(tx, Subject.contract, contract_id)
    started = [process_name(Subject.contract, contract_id)]
    if processes.find(tx.connection, tx.firm_id, Subject.follow_up, client_id) is None:
        processes.open_process(tx, Subject.follow_up, client_id)
        started.append(process_name(Subject.follow_up, owner["id"]))
    return tuple(started)


def open_contract(tx: Transaction, body: OpenContract) -> Outcome:
    """Enter a contract by hand, under the id that follows from the command's key."""
    if body.contract_id != tx.new_id("contract"):
        raise wrong_content("contract_id_not_from_key", "A new contract has the id that its key gives.")
    people.require_role_holder(tx, body.project_manager_id, Role.project_manager)
    started = create(
        tx,
        contract_id=body.contract_id,
        client_id=body.client_id,
        legal_entity_id=body.legal_entity_id,
        number=body.number,
        title=body.title,
        terms=body.terms,
        project_manager_id=body.project_manager_id,
    )
    return Outcome(done=True, result={"contract_id": str(body.contract_id)}, start=started)


def set_terms(tx: Transaction, body: SetTerms) -> Outcome:
    """Complete the terms of a contract that is being set up."""
    row = tx.lock(contract, body.contract_id, "contract")
    people.require_role_holder(tx, body.project_manager_id, Role.project_manager)
    if body.terms.currency != row["terms"]["currency"]:
        raise wrong_content("currency_is_fixed", "The currency of a contract is that of its legal entity.")
    tx.change(
        contract,
        "contract",
        row,
        "set_terms",
        CONTRACT,
        terms=contracts.as_text(body.terms),
        project_manager_id=body.project_manager_id,
        prepared_by=tx.by,
    )
    return Outcome(done=True, result={"contract_id": str(body.contract_id)})


def activate_contract(tx: Transaction, body: ActivateContract) -> Outcome:
    """Put the contract in force; whoever prepared its terms may not."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "activate_contract", row["state"], "contract")
    if row["prepared_by"] == tx.by:
        raise not_allowed("You prepared this contract, so somebody else must activate it.")
    if row["project_manager_id"] is None:
        raise wrong_content("no_project_manager", "Name the contract's project manager in its terms first.")
    terms = contracts.terms_of(row)
    lines = contracts.schedule(tx.connection, tx.firm_id, body.contract_id)
    scheduled = total([line.scheduled_value for line in lines if line.change_order is None])
    if scheduled != terms.original_sum:
        raise wrong_content(
            "schedule_does_not_tie",
            f"The schedule of values adds up to {in_words_of_a_page(scheduled, terms.currency)}, the "
            f"original contract sum is {in_words_of_a_page(terms.original_sum, terms.currency)}.",
        )
    tx.change(
        contract,
        "contract",
        row,
        "activate_contract",
        CONTRACT,
        "active",
        activated_at=tx.now,
        activated_by=tx.by,
    )
    return Outcome(done=True, result={"contract_id": str(body.contract_id)})


def reassign_project_manager(tx: Transaction, body: ReassignProjectManager) -> Outcome:
    """Name another project manager. Approvals that were given stay; what waits, waits for the new one."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "reassign_project_manager", row["state"], "contract")
    people.require_role_holder(tx, body.project_manager_id, Role.project_manager)
    if body.project_manager_id == row["project_manager_id"]:
        raise Refused("project_manager_already", "This is the contract's project manager already.")
    tx.change(
        contract,
        "contract",
        row,
        "reassign_project_manager",
        CONTRACT,
        reason=body.reason,
        project_manager_id=body.project_manager_id,
    )
    waiting = [
        process_name(Subject.invoice, known["id"])
        for known in invoices.of_contract(tx.connection, tx.firm_id, body.contract_id)
        if known["state"] in OPEN_INVOICE
    ]
    return Outcome(done=True, result={"contract_id": str(body.contract_id)}, wake=tuple(waiting))


def _touch(tx: Transaction, row: RowMapping, action: str, reason: str) -> None:
    """Raise the contract's version for something that happened to a part of it."""
    tx.change(contract, "contract", row, action, CONTRACT, reason=reason)


def plan_milestone(tx: Transaction, body: PlanMilestone) -> Outcome:
    """Make part of a line, or the release of retainage, depend on approved evidence."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "plan_milestone", row["state"], "contract")
    line_id = None
    if body.item_no is not None:
        line = contracts.line_numbered(tx.connection, tx.firm_id, body.contract_id, body.item_no)
        if line is None:
            raise wrong_content("unknown_line", f"The schedule of values has no line {body.item_no}.")
        currency = contracts.terms_of(row).currency
        if not ZERO < body.amount <= line["scheduled_value"] or not is_at_scale(body.amount, currency):
            raise wrong_content(
                "milestone_amount", f"The amount is above zero and at most {line['scheduled_value']:,f}."
            )
        line_id = line["id"]
    elif not body.close_out or body.amount != ZERO:
        raise wrong_content(
            "milestone_without_line", "A milestone without a line only serves the close-out, at no amount."
        )
    known = contracts.milestones(tx.connection, tx.firm_id, body.contract_id)
    if any(other.title == body.title for other in known):
        raise wrong_content("milestone_exists", f"There is a milestone “{body.title}” already.")
    milestone_id = tx.new_id("milestone")
    tx.create(
        milestone,
        "milestone",
        "plan_milestone",
        id=milestone_id,
        contract_id=body.contract_id,
        sov_line_id=line_id,
        title=body.title,
        amount=body.amount,
        planned_on=body.planned_on,
        close_out=body.close_out,
        state="planned",
    )
    _touch(tx, row, "plan_milestone", body.title)
    wake = content_may_have_changed(tx, body.contract_id, f"milestone {body.title}")
    return Outcome(done=True, result={"milestone_id": str(milestone_id)}, wake=wake)


def achieve_milestone(tx: Transaction, body: AchieveMilestone) -> Outcome:
    """The coordinator gives the evidence."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "achieve_milestone", row["state"], "contract")
    known = _milestone(tx, body.contract_id, body.milestone_id)
    if known["state"] == "approved":
        raise Refused("milestone_approved", "This milestone is approved already.")
    tx.change(
        milestone,
        "milestone",
        known,
        "achieve_milestone",
        to="achieved",
        evidence=body.evidence,
        achieved_by=tx.by,
        achieved_on=business_date(tx, row),
    )
    _touch(tx, row, "achieve_milestone", known["title"])
    wake = content_may_have_changed(tx, body.contract_id, f"milestone {known['title']}")
    return Outcome(done=True, result={"milestone_id": str(body.milestone_id)}, wake=wake)


def approve_milestone(tx: Transaction, body: ApproveMilestone) -> Outcome:
    """The contract's project manager accepts the evidence; not his own."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "approve_milestone", row["state"], "contract")
    known = _milestone(tx, body.contract_id, body.milestone_id)
    if tx.by != row["project_manager_id"]:
        raise not_allowed("Milestones are approved by the contract's project manager.")
    if known["state"] != "achieved":
        raise Refused(
            "milestone_not_achieved",
            "There is no evidence to approve: the milestone is " + known["state"] + ".",
        )
    if known["achieved_by"] == tx.by:
        raise not_allowed("You gave the evidence, so somebody else must approve it.")
    tx.change(
        milestone,
        "milestone",
        known,
        "approve_milestone",
        to="approved",
        approved_by=tx.by,
        approved_on=business_date(tx, row),
    )
    _touch(tx, row, "approve_milestone", known["title"])
    wake = content_may_have_changed(tx, body.contract_id, f"milestone {known['title']}")
    return Outcome(done=True, result={"milestone_id": str(body.milestone_id)}, wake=wake)


def _milestone(tx: Transaction, contract_id: UUID, milestone_id: UUID) -> RowMapping:
    known = tx.lock(milestone, milestone_id, "milestone")
    if known["contract_id"] != contract_id:
        raise not_found("milestone")
    return known


def prepare_application(tx: Transaction, body: PrepareApplication) -> Outcome:
    """Open the next application, prefilled with the progress reported for it."""
    row = tx.lock(contract, body.contract_id, "contract")
    application_no = _next_application(tx, row)
    base = invoices.new_snapshot(
        tx.connection, tx.firm_id, body.contract_id, Kind.application, application_no, body.period_to
    )
    if base.previous and body.period_to <= base.previous.period_to:
        raise wrong_content(
            "period_already_billed",
            f"Application {base.previous.application_no} covers the time to {base.previous.period_to}.",
        )
    if body.period_to > business_date(tx, row):
        raise wrong_content("period_not_ended", f"The period to {body.period_to} has not ended yet.")
    reported = contracts.reported_progress(tx.connection, tx.firm_id, body.contract_id, application_no)
    entries = drafting.suggested_entries(
        base.schedule,
        base.previous,
        {line["sov_line_id"]: Decimal(line["this_period"]) for line in reported},
        invoices.not_certified(tx.connection, tx.firm_id, body.contract_id, application_no - 1),
        complete=body.complete,
    )
    return _open_draft(tx, row, base.model_copy(update={"entries": entries}))


def prepare_release(tx: Transaction, body: PrepareRelease) -> Outcome:
    """Open a retainage release invoice once its condition is met: every close-out milestone approved."""
    row = tx.lock(contract, body.contract_id, "contract")
    application_no = _next_application(tx, row)
    base = invoices.new_snapshot(
        tx.connection, tx.firm_id, body.contract_id, Kind.retainage_release, application_no, body.period_to
    )
    if waiting := outstanding_for_release(base.milestones):
        names = ", ".join(known.title for known in waiting)
        raise Refused("release_condition_not_met", f"Retainage is released when these are approved: {names}.")
    if body.period_to > business_date(tx, row):
        raise wrong_content("period_not_ended", f"{body.period_to} is in the future.")
    held = invoices.held(tx.connection, tx.firm_id, body.contract_id)
    if not held:
        raise Refused("nothing_held", "No retainage is held on this contract.")
    released = release_by_line(held, body.amount, base.terms.currency)
    stored = {line.line_id: line.stored for line in base.previous.lines} if base.previous else {}
    entries = tuple(
        entry.model_copy(update={"stored": stored.get(entry.line_id, ZERO)}) for entry in base.entries
    )
    releases = tuple(drafting.Release(line_id=line, amount=part) for line, part in released.items() if part)
    return _open_draft(tx, row, base.model_copy(update={"entries": entries, "releases": releases}))


def _next_application(tx: Transaction, row: RowMapping) -> int:
    """The number of the next application; one is in hand at a time."""
    require(CONTRACT, "prepare_application", row["state"], "contract")
    earlier = invoices.of_contract(tx.connection, tx.firm_id, row["id"])
    for known in earlier:
        if known["state"] in OPEN_INVOICE:
            raise Refused(
                "application_in_hand",
                f"Application {known['application_no']} is {in_words(known['state'])}; the next one starts "
                "from its certificate.",
            )
    numbers = [known["application_no"] for known in earlier]
    return max(numbers) + 1 if numbers else contracts.terms_of(row).first_application


def _open_draft(tx: Transaction, row: RowMapping, captured: drafting.Snapshot) -> Outcome:
    invoice_id = tx.new_id("invoice")
    tx.create(
        invoice,
        "invoice",
        "prepare_application" if captured.kind is Kind.application else "prepare_release",
        id=invoice_id,
        contract_id=row["id"],
        kind=captured.kind.value,
        application_no=captured.application_no,
        period_to=captured.period_to,
        entries=[entry.model_dump(mode="json") for entry in captured.entries],
        releases=[release.model_dump(mode="json") for release in captured.releases],
        content_hash=drafting.content_hash(captured),
        prepared_by=tx.by,
        state="draft",
    )
    assert tx.by is not None  # the role was checked
    invoices.add_editor(tx.connection, tx.firm_id, invoice_id, tx.by)
    processes.open_process(tx, Subject.invoice, invoice_id)
    _touch(tx, row, "prepare_application", f"application {captured.application_no}")
    return Outcome(
        done=True,
        result={
            "invoice_id": str(invoice_id),
            "application_no": captured.application_no,
            "content_hash": drafting.content_hash(captured),
        },
        start=(process_name(Subject.invoice, invoice_id),),
    )


def close_contract(tx: Transaction, contract_id: UUID) -> None:
    """Close a contract on which nothing is left: billed in full, released, paid. Done by the system."""
    row = tx.lock(contract, contract_id, "contract")
    if row["state"] == "closed":
        return
    tx.change(
        contract, "contract", row, "close_contract", CONTRACT, "closed", closed_on=business_date(tx, row)
    )
