"""Capturing: everything that decides the figures of invoices, read for many contracts in a few queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.engine import RowMapping

from contracts_app.domain.approving.chain import Band
from contracts_app.domain.billing.addressed import addressed
from contracts_app.domain.billing.pay_application import Entry, Kind
from contracts_app.domain.billing.schedule_of_values import (
    Basis,
    ChangeOrder,
    SovLine,
    in_force,
    schedule_in_force,
)
from contracts_app.domain.billing.snapshot import Release, Snapshot
from contracts_app.domain.billing.stored_material import Backup
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.cost_plus.ledger import JobCost
from contracts_app.domain.funding.limited import Limits
from contracts_app.domain.money import ZERO, total
from contracts_app.domain.retainage.retainage_release import ReleaseCause
from contracts_app.domain.retainage.retainage_terms import RetainageTerms
from contracts_app.domain.tax.contract_tax import DraftTax
from contracts_app.domain.time.time_and_materials import TimeEntry
from contracts_app.store import client_orders, exchange, job_costs, taxes
from contracts_app.store.agreements import change_orders, milestones, rate_cards, schedules
from contracts_app.store.billed_before import previous_certificates, times_before
from contracts_app.store.days_billed import days_before
from contracts_app.store.deposits import deposits_left
from contracts_app.store.moved_budget import moves_in_force
from contracts_app.store.tables import contract


@dataclass(frozen=True)
class Wanted:
    """An invoice, as far as people decide it; the rest is captured."""

    contract_id: UUID
    kind: Kind
    application_no: int
    period_to: date
    entries: tuple[Entry, ...] = ()
    releases: tuple[Release, ...] = ()
    time: tuple[TimeEntry, ...] = ()
    submission: int = 0
    costs: tuple[JobCost, ...] = ()
    limits: Limits | None = None
    """As they stood when the draft was approved; None: as they stand now."""
    backup: tuple[Backup, ...] = ()
    release_cause: ReleaseCause | None = None
    guarantee: str | None = None
    """Of an advance payment: what the client holds for it."""
    bill_to: str | None = None
    """The address whose lines it bills; None: it bills the whole contract."""
    approval: tuple[Band, ...] | None = None
    """What the approval policy said of it when it was submitted."""


def capture(connection: Connection, firm_id: UUID, wanted: Sequence[Wanted]) -> Mapping[UUID, Snapshot]:
    """The snapshot of one invoice for each contract. Raises LookupError for a contract that is not there."""
    ids = [each.contract_id for each in wanted]
    agreed = _contracts(connection, firm_id, ids)
    lines = schedules(connection, firm_id, ids)
    orders = change_orders(connection, firm_id, ids)
    planned = milestones(connection, firm_id, ids)
    numbers = {each.contract_id: each.application_no for each in wanted}
    before = previous_certificates(connection, firm_id, numbers, _remembering(agreed))
    by_time = _with(Basis.time_and_materials, lines)
    rates = rate_cards(connection, firm_id, by_time)
    worked = times_before(connection, firm_id, {c: n for c, n in numbers.items() if c in by_time})
    days = days_before(
        connection, firm_id, {one: (numbers[one], agreed[one]) for one in by_time & agreed.keys()}
    )
    at_cost = {one: numbers[one] for one in _with(Basis.cost_plus, lines)}
    costs = job_costs.costs_before(connection, firm_id, at_cost)
    deposits = deposits_left(connection, firm_id, numbers)
    moved = moves_in_force(connection, firm_id, {each.contract_id: each.period_to for each in wanted})
    found: dict[UUID, Snapshot] = {}
    for each in wanted:
        if each.contract_id not in agreed:
            raise LookupError(str(each.contract_id))
    terms = {each: ContractTerms.model_validate(row["terms"]) for each, row in agreed.items()}
    in_period = {each.contract_id: _in_force(each, lines, orders, moved) for each in wanted}
    limits = client_orders.limits_of(
        connection,
        firm_id,
        {
            each.contract_id: (each.application_no, terms[each.contract_id], *in_period[each.contract_id])
            for each in wanted
            if each.limits is None and each.kind.bills_work
        },
    )
    taxed = _taxed(connection, firm_id, wanted, terms, {one: lines for one, (lines, _) in in_period.items()})
    exchanged = exchange.captured(
        connection,
        firm_id,
        {
            one.contract_id: (
                terms[one.contract_id],
                None if one.kind is Kind.advance else one.period_to,
            )
            for one in wanted
        },
    )
    for each in wanted:
        row = agreed[each.contract_id]
        schedule, counted = in_period[each.contract_id]
        given = {entry.line_id: entry for entry in each.entries}
        at_rates = exchanged.get(each.contract_id, exchange.Rates())
        found[each.contract_id] = Snapshot(
            contract_id=each.contract_id,
            contract_number=row["number"],
            kind=each.kind,
            application_no=each.application_no,
            period_to=each.period_to,
            terms=terms[each.contract_id],
            schedule=schedule,
            change_orders=counted,
            milestones=tuple(planned.get(each.contract_id, ())),
            previous=before.get(each.contract_id),
            entries=tuple(given.get(line.id, Entry(line_id=line.id)) for line in schedule),
            releases=each.releases,
            release_cause=each.release_cause,
            advance_guarantee=each.guarantee,
            later_orders=_later(each, orders.get(each.contract_id, ())),
            rate_card=tuple(rates.get(each.contract_id, ())),
            time=each.time,
            time_before=tuple(worked.get(each.contract_id, ())),
            days_before=tuple(days.get(each.contract_id, ())),
            deposit_balance=deposits.get(each.contract_id, Decimal(0)),
            costs=each.costs,
            costs_before=tuple(costs.get(each.contract_id, ())),
            limits=each.limits or limits.get(each.contract_id),
            tax=taxed.get(each.contract_id),
            exchange=at_rates.exchange,
            invoicing=at_rates.invoicing,
            work_completed=_ended_by(row, each.period_to),
            submission=each.submission,
            approval=each.approval,
            backup=each.backup,
            addressed=addressed(terms[each.contract_id].bill_to, each.bill_to, schedule),
        )
    return found


def _with(basis: Basis, lines: Mapping[UUID, Sequence[SovLine]]) -> set[UUID]:
    """The contracts that have a line of this basis."""
    return {one for one, schedule in lines.items() if any(line.basis is basis for line in schedule)}


def _in_force(
    each: Wanted,
    lines: Mapping[UUID, Sequence[SovLine]],
    orders: Mapping[UUID, Sequence[ChangeOrder]],
    moved: Mapping[UUID, Mapping[UUID, Decimal]],
) -> tuple[tuple[SovLine, ...], tuple[ChangeOrder, ...]]:
    """The schedule and the change orders that count in the invoice's period."""
    counted = in_force(orders.get(each.contract_id, ()), each.period_to)
    moves = moved.get(each.contract_id)
    return schedule_in_force(lines.get(each.contract_id, ()), counted, moves), counted


def _later(each: Wanted, orders: Sequence[ChangeOrder]) -> Decimal:
    if each.kind is not Kind.advance:
        return ZERO
    now = in_force(orders, each.period_to)
    return total(order.amount for order in in_force(orders, date.max) if order not in now)


def _taxed(
    connection: Connection,
    firm_id: UUID,
    wanted: Sequence[Wanted],
    terms: Mapping[UUID, ContractTerms],
    in_period: Mapping[UUID, Sequence[SovLine]],
) -> Mapping[UUID, DraftTax]:
    """What the tax of the contracts that bear any is worked out from."""
    later = {
        each.contract_id: each.application_no
        for each in wanted
        if (tax := terms[each.contract_id].tax) is not None and tax.retainage_regime
    }
    retained = previous_certificates(connection, firm_id, later, later.keys())
    return taxes.captured(
        connection,
        firm_id,
        [
            taxes.Taxed(
                each.contract_id,
                terms[each.contract_id],
                in_period[each.contract_id],
                each.period_to,
                retained.get(each.contract_id),
            )
            for each in wanted
        ],
    )


def _ended_by(row: RowMapping, period_to: date) -> bool:
    """Whether the work is complete by then, of a contract under a guaranteed maximum price or with an advance
    payment: of others the figures do not depend on it."""
    completed_on = row["work_completed_on"]
    if completed_on is None or not any(row["terms"].get(one) for one in ("guaranteed_maximum", "advance")):
        return False
    return bool(completed_on <= period_to)


def _remembering(agreed: Mapping[UUID, RowMapping]) -> Collection[UUID]:
    """The contracts whose retainage depends on what each line withheld before."""
    return {
        contract_id
        for contract_id, row in agreed.items()
        if RetainageTerms.model_validate(row["terms"].get("retainage", {})).remembers
    }


def _contracts(connection: Connection, firm_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, RowMapping]:
    rows = connection.execute(select(contract).where(contract.c.firm_id == firm_id, contract.c.id.in_(ids)))
    return {row["id"]: row for row in rows.mappings()}
