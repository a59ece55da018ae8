"""Commands of a contract: open, terms, activation, next invoice, release, closing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.billing_runs import NOTHING_TO_BILL, claims_nothing
from contracts_app.domain.billing.detail import DetailTerms
from contracts_app.domain.billing.maximum_price import require_portions
from contracts_app.domain.billing.milestones import require_milestones_cover
from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.billing.snapshot import Release, Snapshot
from contracts_app.domain.commands.contract_commands import (
    ActivateContract,
    OpenContract,
    ReassignProjectManager,
    ReturnContract,
    SetTerms,
)
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.invoice_commands import PrepareApplication, PrepareRelease
from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.money import ZERO, in_words_of_a_page, total
from contracts_app.domain.refusals import Refused, not_found, wrong_content
from contracts_app.domain.roles import Role
from contracts_app.domain.transitions import CONTRACT, OPEN_INVOICE, require
from contracts_app.services import caps, law_of_contracts, openings, people, preparers, preparing, releases
from contracts_app.services.periods import business_date, check_ended
from contracts_app.store import agreements, contracts, invoices, legal_entities, offering, processes
from contracts_app.store.tables import client, contract
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
    hands: Collection[UUID] = (),
    detail_of_client: bool = True,
) -> tuple[str, ...]:
    """Create a contract that is being set up, with its process; returns the processes to start.

    `hands` are those who, besides whoever gives the command, had a part in what it says.
    """
    if contracts.numbered(tx.connection, tx.firm_id, number) is not None:
        raise wrong_content("contract_number_taken", f"There is a contract {number} already.")
    if legal_entities.find(tx.connection, tx.firm_id, legal_entity_id) is None:
        raise not_found("legal entity")
    owner = tx.lock(client, client_id, "client")
    if detail_of_client:
        terms = terms.model_copy(update={"detail": _detail_with(terms.detail, owner["detail"])})
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
    preparers.note(tx, contract_id, hands)
    processes.open_process(tx, Subject.contract, contract_id)
    started = [process_name(Subject.contract, contract_id)]
    if processes.find(tx.connection, tx.firm_id, Subject.follow_up, client_id) is None:
        processes.open_process(tx, Subject.follow_up, client_id)
        started.append(process_name(Subject.follow_up, owner["id"]))
    return tuple(started)


def _detail_with(stated: DetailTerms, of_client: Mapping[str, Any] | None) -> DetailTerms:
    """What the contract says of the detail of time; where it says nothing else, what its client asks for."""
    return DetailTerms.model_validate(of_client) if stated == DetailTerms() and of_client else stated


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
        detail_of_client=body.detail_of_client,
    )
    return Outcome(done=True, result={"contract_id": str(body.contract_id)}, start=started)


def set_terms(tx: Transaction, body: SetTerms) -> Outcome:
    """Complete the terms of a contract that is being set up."""
    row = tx.lock(contract, body.contract_id, "contract")
    people.require_role_holder(tx, body.project_manager_id, Role.project_manager)
    if body.terms.currency != row["terms"]["currency"]:
        raise wrong_content("currency_is_fixed", "A contract keeps the currency that it was opened in.")
    preparers.change(
        tx,
        row,
        "set_terms",
        terms=contracts.as_text(body.terms),
        project_manager_id=body.project_manager_id,
        prepared_by=tx.by,
    )
    return Outcome(done=True, result={"contract_id": str(body.contract_id)})


def activate_contract(tx: Transaction, body: ActivateContract) -> Outcome:
    """Put the contract in force; whoever prepared any part of it may not."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "activate_contract", row["state"], "contract")
    preparers.require_other_hand(tx, row)
    if row["project_manager_id"] is None:
        raise wrong_content("no_project_manager", "Name the contract's project manager in its terms first.")
    terms = contracts.terms_of(row)
    lines = contracts.schedule(tx.connection, tx.firm_id, body.contract_id)
    planned = contracts.milestones(tx.connection, tx.firm_id, body.contract_id)
    require_milestones_cover(lines, planned, terms.currency)
    caps.require_lines(terms, lines)
    require_portions(lines, terms.guaranteed_maximum)
    by_time = [line.item_no for line in lines if line.basis is Basis.time_and_materials]
    if by_time and not agreements.rate_cards(tx.connection, tx.firm_id, [body.contract_id]):
        raise wrong_content(
            "no_rate_card",
            f"Line {by_time[0]} is billed by time, and the contract has no rate card: enter its rates first.",
        )
    scheduled = total([line.scheduled_value for line in lines if line.change_order is None])
    if scheduled != terms.original_sum:
        raise wrong_content(
            "schedule_does_not_tie",
            f"The schedule of values adds up to {in_words_of_a_page(scheduled, terms.currency)}, the "
            f"original contract sum is {in_words_of_a_page(terms.original_sum, terms.currency)}.",
        )
    rates = [line.retainage_rate for line in lines if line.retainage_rate is not None]
    against = law_of_contracts.of_terms(terms, rates, business_date(tx, row))
    if blocking := [finding for finding in against if finding.blocks]:
        raise wrong_content("against_the_law", blocking[0].sentence)
    openings.come_into_force(tx, row, lines)
    tx.change(
        contract,
        "contract",
        row,
        "activate_contract",
        CONTRACT,
        "active",
        activated_at=tx.now,
        activated_by=tx.by,
        returned_because=None,
        returned_by=None,
    )
    return Outcome(done=True, result={"contract_id": str(body.contract_id)})


def return_contract(tx: Transaction, body: ReturnContract) -> Outcome:
    """Send a contract that is being set up back to its coordinator, who reads why until he changes it."""
    row = tx.lock(contract, body.contract_id, "contract")
    tx.change(
        contract,
        "contract",
        row,
        "return_contract",
        CONTRACT,
        reason=body.reason,
        returned_because=body.reason,
        returned_by=tx.by,
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


def prepare_application(tx: Transaction, body: PrepareApplication) -> Outcome:
    """Open the next invoice, prefilled: progress reported, milestones approved, time that can be billed."""
    row = tx.lock(contract, body.contract_id, "contract")
    prepared = preparing.prepare(tx, [row], body.period_to, complete=body.complete, bill_to=body.bill_to)[
        row["id"]
    ]
    if isinstance(prepared, Refused):
        raise prepared
    if body.only_with_work and claims_nothing(prepared, drafting.draft(prepared)):
        raise Refused("nothing_to_bill", NOTHING_TO_BILL)
    return open_draft(tx, row, prepared)


def prepare_release(tx: Transaction, body: PrepareRelease) -> Outcome:
    """Open a retainage release invoice: once every close-out milestone is approved, for the events that are
    reached, or for what a security replaces."""
    row = tx.lock(contract, body.contract_id, "contract")
    standing = offering.standings(tx.connection, tx.firm_id, [row["id"]]).get(row["id"])
    application_no = preparing.next_number(row, standing, releases=True)
    base = invoices.new_snapshot(
        tx.connection, tx.firm_id, body.contract_id, Kind.retainage_release, application_no, body.period_to
    )
    check_ended(tx, row, body.period_to)
    released, cause = releases.released_by(tx, body, base)
    stored = {line.line_id: line.stored for line in base.previous.lines} if base.previous else {}
    entries = tuple(
        entry.model_copy(update={"stored": stored.get(entry.line_id, ZERO)}) for entry in base.entries
    )
    parts = tuple(Release(line_id=line, amount=part) for line, part in released.items() if part)
    said = {"entries": entries, "releases": parts, "release_cause": cause}
    return open_draft(tx, row, base.model_copy(update=said))


def open_draft(tx: Transaction, row: RowMapping, captured: Snapshot) -> Outcome:
    """Write the draft of this snapshot and start its process; the contract is locked."""
    assert tx.by is not None  # the role was checked
    draft = preparing.Draft(row, captured, drafting.draft(captured), tx.by)
    invoice_id = preparing.open_drafts(tx, [draft])[row["id"]]
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
