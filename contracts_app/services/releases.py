"""Retainage released on invoices of its own, and the securities that may take its place
(docs/SPEC-retainage.md, "Releases")."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from contracts_app.domain.billing.milestones import MilestoneState, outstanding_for_release
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.invoice_commands import PrepareRelease
from contracts_app.domain.commands.retainage_commands import RecordSecurity
from contracts_app.domain.money import ZERO, is_at_scale
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.domain.retainage.retainage_release import (
    ReleaseCause,
    release_by_line,
    release_of_lines,
    release_on_events,
    release_part,
    substituted,
)
from contracts_app.domain.transitions import CONTRACT, require
from contracts_app.store import contracts, legal_entities, retainage_ledger, securities
from contracts_app.store.security_tables import retainage_security
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Transaction


def released_by(
    tx: Transaction, body: PrepareRelease, base: Snapshot
) -> tuple[Mapping[UUID, Decimal], ReleaseCause | None]:
    """What each line releases, and why it may be before everything is closed out. Raises Refused."""
    contract_id, currency = base.contract_id, base.terms.currency
    held = retainage_ledger.held(tx.connection, tx.firm_id, contract_id)
    if not held:
        raise Refused("nothing_held", "No retainage is held on this contract.")
    if body.by_events:
        return _on_events(tx, base)
    if body.security is not None:
        return _replaced(tx, body.security, base, held)
    if waiting := outstanding_for_release(base.milestones):
        names = ", ".join(known.title for known in waiting)
        raise Refused("release_condition_not_met", f"Retainage is released when these are approved: {names}.")
    if body.part is not None:
        return release_part(held, body.part, currency), None
    if not body.item_nos:
        return release_by_line(held, body.amount, currency), None
    by_item = {line.item_no: line.id for line in base.schedule}
    if unknown := [item for item in body.item_nos if item not in by_item]:
        raise wrong_content("not_in_schedule", f"The schedule of values has no line {unknown[0]}.")
    return release_of_lines(held, {by_item[item]: None for item in body.item_nos}, currency), None


def _on_events(tx: Transaction, base: Snapshot) -> tuple[Mapping[UUID, Decimal], ReleaseCause]:
    agreed = base.terms.retainage.release_events
    if not agreed:
        raise wrong_content("no_release_events", "The terms name no events that release retainage.")
    approved = {
        known.title for known in base.milestones if known.close_out and known.state is MilestoneState.approved
    }
    reached = tuple(one.event for one in agreed if one.event in approved)
    ledger = retainage_ledger.retainage_by_line(tx.connection, tx.firm_id, base.contract_id)
    now = release_on_events(
        {line: withheld for line, (withheld, _) in ledger.items()},
        {line: released for line, (_, released) in ledger.items()},
        agreed,
        reached,
        base.terms.currency,
    )
    if not now:
        names = ", ".join(one.event for one in agreed if one.event not in approved)
        raise Refused(
            "no_event_reached",
            "The events that are reached have released their part already. "
            + (f"These are not approved yet: {names}." if names else "Nothing more is withheld."),
        )
    return now, ReleaseCause(events=reached)


def _replaced(
    tx: Transaction, reference: str, base: Snapshot, held: Mapping[UUID, Decimal]
) -> tuple[Mapping[UUID, Decimal], ReleaseCause]:
    known = securities.of_contract(tx.connection, tx.firm_id, base.contract_id)
    one = next((each for each in known if each.reference == reference), None)
    if one is None:
        raise wrong_content("unknown_security", f"This contract has no security {reference}.")
    if one.from_day > base.period_to:
        raise wrong_content(
            "security_not_in_force", f"The security {reference} is in force from {one.from_day} on."
        )
    postings = substituted(held, one.amount, one.used, base.terms.currency)
    return {each.line_id: each.amount for each in postings}, ReleaseCause(security=reference)


def record_security(tx: Transaction, body: RecordSecurity) -> Outcome:
    """Note a bond or securities that the client holds; nothing is released by that alone."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "record_security", row["state"], "contract")
    currency = contracts.terms_of(row).currency
    if body.amount <= ZERO or not is_at_scale(body.amount, currency):
        raise wrong_content("security_amount", f"A security is an amount above zero in {currency}.")
    if body.from_day > legal_entities.today(tx, row["legal_entity_id"]):
        raise wrong_content("security_in_future", f"{body.from_day} is in the future.")
    known = securities.of_contract(tx.connection, tx.firm_id, body.contract_id)
    if any(one.reference == body.reference for one in known):
        raise wrong_content("security_exists", f"There is a security {body.reference} already.")
    tx.insert(
        retainage_security,
        id=tx.new_id("retainage_security"),
        contract_id=body.contract_id,
        reference=body.reference,
        kind=body.kind.value,
        issuer=body.issuer,
        amount=body.amount,
        from_day=body.from_day,
        recorded_by=tx.by,
    )
    said = f"{body.reference} of {body.issuer}: {body.amount:,f} {currency}"
    tx.change(contract, "contract", row, "record_security", CONTRACT, reason=said)
    return Outcome(done=True, result={"contract_id": str(body.contract_id), "reference": body.reference})
