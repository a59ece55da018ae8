"""Capturing: everything that decides the figures of invoices, read for many contracts in a few queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Integer, Uuid, column, func, select, union_all, values
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.addressed import addressed
from contracts_app.domain.billing.drafting import Release, Snapshot, TimeBefore
from contracts_app.domain.billing.milestones import Milestone
from contracts_app.domain.billing.pay_application import Entry, Kind, PreviousCertificate, PreviousLine
from contracts_app.domain.billing.schedule_of_values import (
    Basis,
    ChangeOrder,
    SovLine,
    in_force,
    schedule_in_force,
)
from contracts_app.domain.billing.stored_material import Backup
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.cost_plus.ledger import JobCost
from contracts_app.domain.funding.agreed_caps import CapChange
from contracts_app.domain.funding.limited import Limits
from contracts_app.domain.retainage.retainage_release import ReleaseCause
from contracts_app.domain.retainage.retainage_terms import RetainageTerms
from contracts_app.domain.tax.contract_tax import DraftTax
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.domain.time.time_and_materials import TimeEntry
from contracts_app.store import client_orders, job_costs, taxes
from contracts_app.store.billing_tables import accepted_cut, deposit_entry, issued_time, rate_card_row
from contracts_app.store.days_billed import days_before
from contracts_app.store.moved_budget import moves_in_force
from contracts_app.store.schedules import cost_plus_of, recurring_of, tax_of, unit_price_of
from contracts_app.store.tables import (
    certificate,
    certificate_line,
    change_order,
    contract,
    invoice,
    milestone,
    sov_line,
)


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
    bill_to: str | None = None
    """The address whose lines it bills; None: it bills the whole contract."""


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
    deposits = deposit_balances(connection, firm_id, ids)
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
            if each.limits is None and each.kind is not Kind.retainage_release
        },
    )
    taxed = _taxed(connection, firm_id, wanted, terms, {one: lines for one, (lines, _) in in_period.items()})
    for each in wanted:
        row = agreed[each.contract_id]
        schedule, counted = in_period[each.contract_id]
        given = {entry.line_id: entry for entry in each.entries}
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
            rate_card=tuple(rates.get(each.contract_id, ())),
            time=each.time,
            time_before=tuple(worked.get(each.contract_id, ())),
            days_before=tuple(days.get(each.contract_id, ())),
            deposit_balance=deposits.get(each.contract_id, Decimal(0)),
            costs=each.costs,
            costs_before=tuple(costs.get(each.contract_id, ())),
            limits=each.limits or limits.get(each.contract_id),
            tax=taxed.get(each.contract_id),
            work_completed=_ended_by(row, each.period_to),
            submission=each.submission,
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
    """Whether the work of a contract under a guaranteed maximum price is complete by then: of others the
    figures do not depend on it."""
    completed_on = row["work_completed_on"]
    if completed_on is None or not row["terms"].get("guaranteed_maximum"):
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


def schedules(
    connection: Connection, firm_id: UUID, ids: Collection[UUID]
) -> Mapping[UUID, Sequence[SovLine]]:
    """Every line of the schedules of values, change order lines included, in their order."""
    rows = connection.execute(
        select(sov_line, change_order.c.number.label("order_number"))
        .join_from(
            sov_line,
            change_order,
            (change_order.c.firm_id == sov_line.c.firm_id)
            & (change_order.c.id == sov_line.c.change_order_id),
            isouter=True,
        )
        .where(sov_line.c.firm_id == firm_id, sov_line.c.contract_id.in_(ids))
        .order_by(sov_line.c.position, sov_line.c.item_no)
    ).mappings()
    return _grouped(
        (
            row["contract_id"],
            SovLine(
                id=row["id"],
                item_no=row["item_no"],
                position=row["position"],
                description=row["description"],
                scheduled_value=row["scheduled_value"],
                change_order=row["order_number"],
                retainage_rate=row["retainage_rate"],
                basis=row["basis"],
                not_to_exceed=row["not_to_exceed"],
                unit_price=unit_price_of(row),
                recurring=recurring_of(row),
                cost_plus=cost_plus_of(row),
                tax=tax_of(row),
            ),
        )
        for row in rows
    )


def change_orders(
    connection: Connection, firm_id: UUID, ids: Collection[UUID]
) -> Mapping[UUID, Sequence[ChangeOrder]]:
    """Every change order, by date and number."""
    rows = connection.execute(
        select(change_order)
        .where(change_order.c.firm_id == firm_id, change_order.c.contract_id.in_(ids))
        .order_by(change_order.c.submitted_on, change_order.c.number)
    ).mappings()
    return _grouped(
        (
            row["contract_id"],
            ChangeOrder(
                number=row["number"],
                title=row["title"],
                amount=row["amount"],
                state=row["order_state"],
                executed_on=row["executed_on"],
                raises=row["raises_line_id"],
                caps=tuple(CapChange.model_validate(one) for one in row["caps"]),
            ),
        )
        for row in rows
    )


def milestones(
    connection: Connection, firm_id: UUID, ids: Collection[UUID]
) -> Mapping[UUID, Sequence[Milestone]]:
    """Every milestone, by planned date and title."""
    rows = connection.execute(
        select(milestone)
        .where(milestone.c.firm_id == firm_id, milestone.c.contract_id.in_(ids))
        .order_by(milestone.c.planned_on, milestone.c.title)
    ).mappings()
    return _grouped(
        (
            row["contract_id"],
            Milestone(
                id=row["id"],
                line_id=row["sov_line_id"],
                title=row["title"],
                amount=row["amount"],
                approved_amount=row["approved_amount"],
                planned_on=row["planned_on"],
                close_out=row["close_out"],
                state=row["state"],
            ),
        )
        for row in rows
    )


def rate_cards(
    connection: Connection, firm_id: UUID, ids: Collection[UUID]
) -> Mapping[UUID, Sequence[RateRow]]:
    """Every rate card, in a fixed order."""
    rows = connection.execute(
        select(rate_card_row)
        .where(rate_card_row.c.firm_id == firm_id, rate_card_row.c.contract_id.in_(ids))
        .order_by(
            rate_card_row.c.effective_from,
            rate_card_row.c.person,
            rate_card_row.c.role,
            rate_card_row.c.project,
            rate_card_row.c.overtime,
        )
    )
    return _grouped(
        (
            row.contract_id,
            RateRow(
                person=row.person,
                role=row.role,
                rate=row.rate,
                effective_from=row.effective_from,
                effective_to=row.effective_to,
                project=row.project,
                multiplier=row.multiplier,
                overtime=row.overtime,
                pay=row.pay,
            ),
        )
        for row in rows
    )


def previous_certificates(
    connection: Connection, firm_id: UUID, before: Mapping[UUID, int], remembering: Collection[UUID] = ()
) -> Mapping[UUID, PreviousCertificate]:
    """The certificate of the last application before the one named, contract → application number.

    What each line withheld is part of it for the contracts `remembering` it.
    """
    if not before:
        return {}
    limits = _limits(before)
    latest = (
        connection.execute(
            select(
                invoice.c.contract_id,
                invoice.c.id,
                invoice.c.application_no,
                invoice.c.period_to,
                certificate.c.line6,
            )
            .ext(distinct_on(invoice.c.contract_id))
            .join_from(
                invoice,
                certificate,
                (certificate.c.firm_id == invoice.c.firm_id) & (certificate.c.invoice_id == invoice.c.id),
            )
            .join(limits, limits.c.contract_id == invoice.c.contract_id)
            .where(invoice.c.firm_id == firm_id, invoice.c.application_no < limits.c.before)
            .order_by(invoice.c.contract_id, invoice.c.application_no.desc())
        )
        .mappings()
        .all()
    )
    if not latest:
        return {}
    contract_of = {row["id"]: row["contract_id"] for row in latest}
    lines = connection.execute(
        select(
            certificate_line.c.invoice_id,
            certificate_line.c.sov_line_id,
            certificate_line.c.previous,
            certificate_line.c.this_period,
            certificate_line.c.stored,
            certificate_line.c.released,
            certificate_line.c.withheld,
        )
        .where(
            certificate_line.c.firm_id == firm_id,
            certificate_line.c.invoice_id.in_(list(contract_of)),
        )
        .order_by(certificate_line.c.position)
    )
    by_invoice = _grouped(
        (
            row.invoice_id,
            PreviousLine(
                line_id=row.sov_line_id,
                completed=row.previous + row.this_period,
                stored=row.stored,
                released=row.released,
                withheld=row.withheld if contract_of[row.invoice_id] in remembering else None,
            ),
        )
        for row in lines
    )
    return {
        row["contract_id"]: PreviousCertificate(
            application_no=row["application_no"],
            period_to=row["period_to"],
            line6=row["line6"],
            lines=tuple(by_invoice.get(row["id"], ())),
        )
        for row in latest
    }


def times_before(
    connection: Connection, firm_id: UUID, before: Mapping[UUID, int]
) -> Mapping[UUID, Sequence[TimeBefore]]:
    """Per line, what the entries of earlier invoices came to, less accepted cuts; contract → application
    number."""
    if not before:
        return {}
    limits = _limits(before)
    parts = union_all(
        *(
            select(invoice.c.contract_id, table.c.sov_line_id, amount.label("amount"))
            .join_from(
                invoice,
                table,
                (invoice.c.firm_id == table.c.firm_id) & (invoice.c.id == table.c.invoice_id),
            )
            .join(limits, limits.c.contract_id == invoice.c.contract_id)
            .where(invoice.c.firm_id == firm_id, invoice.c.application_no < limits.c.before)
            for table, amount in ((issued_time, issued_time.c.amount), (accepted_cut, -accepted_cut.c.amount))
        )
    ).subquery()
    rows = connection.execute(
        select(parts.c.contract_id, parts.c.sov_line_id, func.sum(parts.c.amount).label("amount"))
        .group_by(parts.c.contract_id, parts.c.sov_line_id)
        .order_by(parts.c.sov_line_id)
    )
    return _grouped((row.contract_id, TimeBefore(line_id=row.sov_line_id, amount=row.amount)) for row in rows)


def deposit_balances(connection: Connection, firm_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, Decimal]:
    """What clients have paid ahead and no invoice has used; contracts without a deposit are left out."""
    rows = connection.execute(
        select(deposit_entry.c.contract_id, func.sum(deposit_entry.c.amount).label("balance"))
        .where(deposit_entry.c.firm_id == firm_id, deposit_entry.c.contract_id.in_(ids))
        .group_by(deposit_entry.c.contract_id)
    )
    return {row.contract_id: row.balance for row in rows}


def _limits(before: Mapping[UUID, int]) -> Any:
    return (
        values(column("contract_id", Uuid), column("before", Integer), name="limits")
        .data(list(before.items()))
        .alias()
    )


Thing = TypeVar("Thing")


def _grouped(pairs: Iterable[tuple[UUID, Thing]]) -> dict[UUID, list[Thing]]:
    found: dict[UUID, list[Thing]] = {}
    for key, thing in pairs:
        found.setdefault(key, []).append(thing)
    return found
