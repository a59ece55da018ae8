"""Preparing the next invoices of contracts: what they claim, decided for many contracts at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing import claiming, drafting, entering, suggesting
from contracts_app.domain.billing.addressed import own_entries
from contracts_app.domain.billing.cost_lines import claimable_costs
from contracts_app.domain.billing.pay_application import Kind, PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.stored_material import Backup
from contracts_app.domain.billing.uncertified import require_room, require_tied_again
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.contract import ContractTerms, InvoiceForm
from contracts_app.domain.refusals import Refused
from contracts_app.domain.time.time_and_materials import in_billing_order
from contracts_app.domain.transitions import CONTRACT, require
from contracts_app.services import addressing
from contracts_app.services.periods import not_ended
from contracts_app.store import (
    capturing,
    claimed_time,
    contracts,
    invoices,
    job_costs,
    legal_entities,
    moved_budget,
    offering,
    processes,
)
from contracts_app.store.capturing import Wanted
from contracts_app.store.offering import Standing
from contracts_app.store.transaction import Transaction

KIND_OF = {InvoiceForm.application: Kind.application, InvoiceForm.consulting: Kind.consulting}


def prepare(
    tx: Transaction,
    rows: Sequence[RowMapping],
    period_to: date,
    *,
    complete: bool = False,
    bill_to: str | None = None,
) -> Mapping[UUID, Snapshot | Refused]:
    """What the next invoice of each contract claims for the period, or why there can be none.

    The contracts are locked. One that cannot be billed never keeps the others from it. Of a contract with
    several addresses it is the invoice to `bill_to`, or to the first that has something to bill.
    """
    found: dict[UUID, Snapshot | Refused] = {}
    ids = [row["id"] for row in rows]
    days = {
        entity["id"]: tx.today(entity["time_zone"])
        for entity in legal_entities.every(tx.connection, tx.firm_id)
    }
    standings = offering.standings(tx.connection, tx.firm_id, ids)
    wanted: list[Wanted] = []
    for row in rows:
        try:
            number = next_number(row, standings.get(row["id"]))
            if period_to > days[row["legal_entity_id"]]:
                raise not_ended(tx, period_to)
        except Refused as refused:
            found[row["id"]] = refused
        else:
            kind = KIND_OF[ContractTerms.model_validate(row["terms"]).invoice_form]
            wanted.append(Wanted(row["id"], kind, number, period_to))
    numbers = {each.contract_id: each.application_no for each in wanted}
    captured = _that_may_wait(capturing.capture(tx.connection, tx.firm_id, wanted), standings, found)
    reported = offering.reported(tx.connection, tx.firm_id, numbers)
    typed = {} if complete else offering.withdrawn(tx.connection, tx.firm_id, numbers)
    cut = offering.not_certified(tx.connection, tx.firm_id, numbers)
    claimed_before = offering.claimed_before(tx.connection, tx.firm_id, _by_measure(captured, numbers))
    below_billed = moved_budget.taken_back(tx.connection, tx.firm_id, dict.fromkeys(numbers, period_to))
    backup = offering.backup_before(tx.connection, tx.firm_id, numbers)
    offered = claimed_time.offered_of(tx.connection, tx.firm_id, list(numbers), period_to)
    costs = job_costs.offered_of(tx.connection, tx.firm_id, list(numbers), period_to)
    billed = invoices.billed_to(tx.connection, tx.firm_id, _with_addresses(captured))

    def claims(base: Snapshot) -> Snapshot:
        contract_id = base.contract_id
        entries = suggesting.suggested_entries(
            base.schedule,
            base.previous,
            reported.get(contract_id, {}),
            cut.get(contract_id, {}),
            base.milestones,
            complete=complete,
            by_rule=suggesting.entries_by_rule(
                base, claimed_before.get(contract_id, {}), below_billed.get(contract_id, ())
            ),
        )
        if contract_id not in reported:
            entries = entering.as_typed_before(base.schedule, entries, typed.get(contract_id, {}))
        unchanged = suggesting.unchanged_entries(base.schedule, base.previous)
        claimed = claiming.claimable(base, offered.get(contract_id, ()))
        return base.model_copy(
            update={
                "entries": own_entries(entries, unchanged, base.addressed),
                "time": tuple(in_billing_order(claimed)),
                "costs": claimable_costs(base.own_lines, costs.get(contract_id, ()), period_to),
                "backup": _still_needed(base, backup.get(contract_id, ())),
            }
        )

    for contract_id, base in captured.items():
        try:
            found[contract_id] = addressing.first_with_work(
                base, billed.get(contract_id, {}), bill_to, claims
            )
        except Refused as refused:
            found[contract_id] = refused
    return found


def _that_may_wait(
    captured: Mapping[UUID, Snapshot],
    standings: Mapping[UUID, Standing],
    found: dict[UUID, Snapshot | Refused],
) -> Mapping[UUID, Snapshot]:
    """Without those that wait for a certificate, which come to `found` with why they do."""
    kept: dict[UUID, Snapshot] = {}
    for contract_id, base in captured.items():
        try:
            if contract_id in standings:
                require_tied_again(base.schedule, standings[contract_id].out)
            kept[contract_id] = base
        except Refused as refused:
            found[contract_id] = refused
    return kept


def _with_addresses(captured: Mapping[UUID, Snapshot]) -> Sequence[UUID]:
    return [contract_id for contract_id, base in captured.items() if base.terms.bill_to is not None]


def _still_needed(base: Snapshot, papers: Sequence[Backup]) -> tuple[Backup, ...]:
    """Of the papers that lay with the last application those for lines that still have stored material."""
    stored = {line.line_id for line in base.previous.lines if line.stored} if base.previous else set()
    return tuple(part for part in papers if part.line_id in stored)


def _by_measure(captured: Mapping[UUID, Snapshot], numbers: Mapping[UUID, int]) -> Mapping[UUID, int]:
    """The numbers of contracts that have a line of unit prices, or one that is complete to a percentage."""
    return {
        contract_id: numbers[contract_id]
        for contract_id, base in captured.items()
        if any(line.unit_price is not None or line.cost_plus is not None for line in base.schedule)
    }


def next_number(row: RowMapping, standing: Standing | None, *, releases: bool = False) -> int:
    """The number of the contract's next invoice. Raises Refused where it has to wait for one in hand."""
    require(CONTRACT, "prepare_application", row["state"], "contract")
    terms = contracts.terms_of(row)
    if standing is None:
        return terms.first_application
    require_room(terms, standing.drafts, standing.out, releases=releases)
    return standing.last_number + 1


@dataclass(frozen=True)
class Draft:
    """A draft that is to be written: for which contract, from what, with which figures, prepared by whom."""

    contract: RowMapping
    captured: Snapshot
    figures: PayApplication
    by: UUID


def open_drafts(tx: Transaction, drafts: Sequence[Draft]) -> Mapping[UUID, UUID]:
    """Write drafts with their claims and processes, contract → invoice; the contracts are locked."""
    if not drafts:
        return {}
    rows = [_row(tx, draft) for draft in drafts]
    ids = {draft.contract["id"]: row["id"] for draft, row in zip(drafts, rows, strict=True)}
    invoices.insert_drafts(tx.connection, tx.firm_id, rows)
    claimed_time.insert_claims(
        tx.connection,
        tx.firm_id,
        {ids[draft.contract["id"]]: [entry.id for entry in draft.captured.time] for draft in drafts},
    )
    job_costs.insert_claims(
        tx.connection,
        tx.firm_id,
        {ids[draft.contract["id"]]: [cost.id for cost in draft.captured.costs] for draft in drafts},
    )
    processes.open_processes(tx, Subject.invoice, list(ids.values()))
    versions = contracts.raise_versions(tx.connection, tx.firm_id, list(ids))
    for draft, row in zip(drafts, rows, strict=True):
        action = _action(draft.captured.kind)
        tx.record("invoice", row["id"], 1, action, None, "draft", {}, row)
        agreed = draft.contract
        require(CONTRACT, action, agreed["state"], "contract")
        about = f"application {draft.captured.application_no}"
        version = versions[agreed["id"]]
        tx.record("contract", agreed["id"], version, action, agreed["state"], agreed["state"], {}, {}, about)
    return ids


def _action(kind: Kind) -> str:
    return _ACTIONS.get(kind, "prepare_application")


_ACTIONS = {Kind.retainage_release: "prepare_release", Kind.advance: "prepare_advance"}


def _row(tx: Transaction, draft: Draft) -> dict[str, Any]:
    captured = draft.captured
    return {
        "id": tx.new_id("invoice", draft.contract["id"]),
        "contract_id": draft.contract["id"],
        "kind": captured.kind.value,
        "application_no": captured.application_no,
        "period_to": captured.period_to,
        "entries": [entry.model_dump(mode="json") for entry in captured.entries],
        "releases": [release.model_dump(mode="json") for release in captured.releases],
        "release_cause": captured.release_cause.model_dump(mode="json") if captured.release_cause else None,
        "backup": [part.model_dump(mode="json") for part in captured.backup],
        "content_hash": drafting.content_hash(captured, draft.figures),
        "prepared_by": draft.by,
        "bill_to": captured.addressed.name if captured.addressed else None,
        "guarantee": captured.advance_guarantee,
        "state": "draft",
    }
