"""Preparing the next invoices of contracts: what they claim, decided for many contracts at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain import canonical, drafting
from contracts_app.domain.commands import Subject
from contracts_app.domain.contract import ContractTerms, InvoiceForm
from contracts_app.domain.drafting import Snapshot
from contracts_app.domain.pay_application import Kind, PayApplication
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.domain.time_and_materials import in_billing_order
from contracts_app.domain.transitions import CONTRACT, in_words, require
from contracts_app.store import capturing, contracts, invoices, legal_entities, offering, processes, time
from contracts_app.store.capturing import Wanted
from contracts_app.store.offering import Standing
from contracts_app.store.tables import invoice
from contracts_app.store.transaction import Transaction

KIND_OF = {InvoiceForm.application: Kind.application, InvoiceForm.consulting: Kind.consulting}


def prepare(
    tx: Transaction, rows: Sequence[RowMapping], period_to: date, *, complete: bool = False
) -> Mapping[UUID, Snapshot | Refused]:
    """What the next invoice of each contract claims for the period, or why there can be none.

    The contracts are locked. One that cannot be billed never keeps the others from it.
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
                raise wrong_content("period_not_ended", f"The period to {period_to} has not ended yet.")
        except Refused as refused:
            found[row["id"]] = refused
        else:
            kind = KIND_OF[ContractTerms.model_validate(row["terms"]).invoice_form]
            wanted.append(Wanted(row["id"], kind, number, period_to))
    numbers = {each.contract_id: each.application_no for each in wanted}
    captured = capturing.capture(tx.connection, tx.firm_id, wanted)
    reported = offering.reported(tx.connection, tx.firm_id, numbers)
    cut = offering.not_certified(tx.connection, tx.firm_id, numbers)
    offered = time.offered_of(tx.connection, tx.firm_id, list(numbers), period_to)
    for contract_id, base in captured.items():
        try:
            if base.previous and period_to <= base.previous.period_to:
                raise wrong_content(
                    "period_already_billed",
                    f"Application {base.previous.application_no} covers the time to "
                    f"{base.previous.period_to}.",
                )
            entries = drafting.suggested_entries(
                base.schedule,
                base.previous,
                reported.get(contract_id, {}),
                cut.get(contract_id, {}),
                base.milestones,
                complete=complete,
            )
            claimed = drafting.claimable(base, offered.get(contract_id, ()))
            found[contract_id] = base.model_copy(
                update={"entries": entries, "time": tuple(in_billing_order(claimed))}
            )
        except Refused as refused:
            found[contract_id] = refused
    return found


def next_number(row: RowMapping, standing: Standing | None) -> int:
    """The number of the contract's next invoice; one is in hand at a time. Raises Refused."""
    require(CONTRACT, "prepare_application", row["state"], "contract")
    if standing is None:
        return contracts.terms_of(row).first_application
    if standing.in_hand_number is not None:
        raise Refused(
            "application_in_hand",
            f"Application {standing.in_hand_number} is {in_words(standing.in_hand_state or '')}; the next "
            "one starts from its certificate.",
        )
    return standing.last_number + 1


def open_draft(
    tx: Transaction, row: RowMapping, captured: Snapshot, by: UUID, *parts: object
) -> tuple[UUID, PayApplication]:
    """Write the draft that a snapshot gives, with its claims and its process; the contract is locked."""
    invoice_id = tx.new_id("invoice", *parts)
    figures = drafting.draft(captured)
    release = captured.kind is Kind.retainage_release
    values: dict[str, Any] = {
        "id": invoice_id,
        "contract_id": row["id"],
        "kind": captured.kind.value,
        "application_no": captured.application_no,
        "period_to": captured.period_to,
        "entries": [entry.model_dump(mode="json") for entry in captured.entries],
        "releases": [release.model_dump(mode="json") for release in captured.releases],
        "content_hash": canonical.digest({"snapshot": captured, "figures": figures}),
        "prepared_by": by,
        "state": "draft",
    }
    tx.create(invoice, "invoice", "prepare_release" if release else "prepare_application", **values)
    invoices.add_editor(tx.connection, tx.firm_id, invoice_id, by)
    time.insert_claims(tx.connection, tx.firm_id, {invoice_id: [entry.id for entry in captured.time]})
    processes.open_process(tx, Subject.invoice, invoice_id)
    return invoice_id, figures
