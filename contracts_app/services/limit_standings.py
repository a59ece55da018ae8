"""How the caps and client purchase orders of a contract stand at this moment, with all that is earned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing import claiming
from contracts_app.domain.billing.pay_application import Entry, Kind
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.finding import Finding
from contracts_app.domain.funding import funding, limit_standings, limited
from contracts_app.domain.funding.caps import Cap
from contracts_app.domain.funding.charges import ChargeKind
from contracts_app.domain.funding.funding import PurchaseOrder
from contracts_app.domain.funding.limits import Standing
from contracts_app.domain.refusals import Refused
from contracts_app.domain.time.overtime import looked_up
from contracts_app.domain.time.rate_card import RateCard
from contracts_app.domain.transitions import NOT_OUT
from contracts_app.store import capturing, charge_parts, claimed_time, invoices, job_costs
from contracts_app.store.capturing import Wanted

LATER = 10**6
"""A number after every application: all that is billed and approved counts."""


@dataclass(frozen=True)
class ContractLimits:
    """Caps and order lines with their figures, and what waits for which of them."""

    snapshot: Snapshot
    caps: Sequence[tuple[Cap, Standing]]
    orders: Sequence[PurchaseOrder]
    of_lines: Mapping[UUID, Standing]
    waiting: Sequence[Finding]

    def named(self) -> Mapping[UUID, tuple[str, Standing]]:
        """Every limit by its id, as sentences call it."""
        asked = claiming.asked_of_limits(self.snapshot)
        names = limited.names(asked)
        standing = {cap.id: known for cap, known in self.caps} | dict(self.of_lines)
        return {limit_id: (names[limit_id], known) for limit_id, known in standing.items()}


def stand(connection: Connection, firm_id: UUID, contract_id: UUID, today: date) -> ContractLimits | None:
    """The limits of a contract; None where nothing but the caps of its lines limits it.

    Earned is what is billed, approved, claimed by a draft, and can be claimed today. Time without a rate has
    no amount yet and is left out.
    """
    in_hand = _in_hand(connection, firm_id, contract_id)
    wanted = _wanted(connection, firm_id, contract_id, today, [one for one in in_hand if not one["limits"]])
    snapshot = capturing.capture(connection, firm_id, [wanted])[contract_id]
    if snapshot.limits is None:
        return None
    limits = snapshot.limits
    for row in in_hand:
        if row[
            "limits"
        ]:  # what an approved draft claims and cannot bill waits, although it is not issued yet
            made = claiming.claim_under_limits(invoices.current_snapshot(connection, firm_id, row["id"]))
            kept = [held for held in (*made.over, *made.waiting) if held.charge.kind is ChargeKind.time]
            limits = limits.model_copy(update={"over": (*limits.over, *kept)})
    card = RateCard(snapshot.rate_card)
    by_time = {line.id for line in snapshot.schedule if line.basis is Basis.time_and_materials}
    offered = [
        entry
        for entry in claimed_time.offered(connection, firm_id, contract_id, today)
        if entry.line_id in by_time
        and not isinstance(looked_up(card, snapshot.terms.overtime, entry.work), Refused)
    ]
    snapshot = snapshot.model_copy(
        update={"time": (*snapshot.time, *offered), "limits": limits, "addressed": None}
    )
    asked, charges = claiming.asked_of_limits(snapshot), claiming.charges_of(snapshot)
    billed = charge_parts.billed_of(connection, firm_id, {contract_id: LATER}).get(contract_id, ())
    made = limited.made_of(asked, charges)
    return ContractLimits(
        snapshot=snapshot,
        caps=limit_standings.of_caps(asked, charges, billed),
        orders=limits.orders,
        of_lines=limit_standings.of_orders(asked, charges),
        waiting=funding.findings(made, limited.names(asked), snapshot.terms.currency),
    )


def _in_hand(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[RowMapping]:
    """The drafts of the contract, approved or not."""
    return [
        row
        for row in invoices.of_contract(connection, firm_id, contract_id)
        if row["state"] in NOT_OUT and Kind(row["kind"]).bills_work
    ]


def _wanted(
    connection: Connection, firm_id: UUID, contract_id: UUID, today: date, drafts: Sequence[RowMapping]
) -> Wanted:
    """All that could be invoiced: what drafts claim that are not approved, to begin with."""
    entries = {
        one.line_id: one
        for row in drafts
        for one in map(Entry.model_validate, row["entries"])
        if one.this_period
    }
    return Wanted(
        contract_id,
        Kind.consulting,
        LATER,
        max((today, *(row["period_to"] for row in drafts))),
        entries=tuple(entries.values()),
        time=tuple(one for row in drafts for one in claimed_time.claimed(connection, firm_id, row["id"])),
        costs=tuple(one for row in drafts for one in job_costs.claimed(connection, firm_id, row["id"])),
    )
