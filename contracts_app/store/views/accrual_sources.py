"""What an accrual at the end of a day is made from: approved work and what was issued by then, for all
contracts of a firm in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, and_, func, or_, select
from sqlalchemy.sql.selectable import Subquery

from contracts_app.domain.billing.milestones import approved_amounts
from contracts_app.domain.billing.pay_application import Entry, Kind
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.money import ZERO, less, total
from contracts_app.domain.time.rate_card import RateCard
from contracts_app.domain.transitions import InvoiceState
from contracts_app.store import capturing
from contracts_app.store.billing_tables import claim, time_entry
from contracts_app.store.capturing import Wanted
from contracts_app.store.cost_tables import cost_claim, job_cost
from contracts_app.store.tables import (
    client,
    contract,
    invoice,
    issued_invoice,
    retainage_entry,
    sov_line,
)
from contracts_app.store.views import time_value
from contracts_app.store.views.late_entries import posted_to
from contracts_app.store.views.time_register import Standing
from contracts_app.store.views.unbilled import under_limit

_NEXT_NUMBER = 10_000
"""Above every application number: what is captured for it has every certificate before it."""
_BY_WORK = (Basis.lump_sum, Basis.percent_complete, Basis.unit_price, Basis.recurring)
_GIVEN_UP = (InvoiceState.withdrawn.value, InvoiceState.superseded.value)


@dataclass(frozen=True)
class Worked:
    """Of a contract: approved time within its limits and over them, entries without a rate, and milestones
    approved; none of it invoiced by the day."""

    time: Decimal
    kept_back: Decimal
    unpriced: int
    milestones: Decimal


def contracts(connection: Connection, firm_id: UUID, day: date) -> Mapping[UUID, Any]:
    """Contracts that were in force at the end of a day, as far as accruals name them, by number."""
    rows = connection.execute(
        select(
            contract.c.id,
            contract.c.number,
            contract.c.title,
            contract.c.terms["currency"].astext.label("currency"),
            contract.c.project_manager_id,
            client.c.name.label("client"),
        )
        .join(client, (client.c.firm_id == contract.c.firm_id) & (client.c.id == contract.c.client_id))
        .where(
            contract.c.firm_id == firm_id,
            contract.c.state != "setting_up",
            or_(contract.c.closed_on.is_(None), contract.c.closed_on > day),
        )
        .order_by(contract.c.number)
    )
    return {row.id: row for row in rows}


def _first_out() -> Subquery:
    """The day on which each application first went out, whatever was revised of it since."""
    return (
        select(
            invoice.c.firm_id,
            invoice.c.contract_id,
            invoice.c.application_no,
            func.min(issued_invoice.c.issued_on).label("on"),
        )
        .join(
            issued_invoice,
            (issued_invoice.c.firm_id == invoice.c.firm_id) & (issued_invoice.c.invoice_id == invoice.c.id),
        )
        .group_by(invoice.c.firm_id, invoice.c.contract_id, invoice.c.application_no)
        .subquery("first_out")
    )


def _not_out_by(day: date, out: Subquery) -> Any:
    return or_(out.c.on.is_(None), out.c.on > day)


def _posted_by(day: date, kind: str, table: Table) -> Any:
    """Entries that came in when their month was closed count in the month that they are posted to."""
    return func.coalesce(posted_to(kind, table), day) <= day


def _of_application(out: Subquery) -> Any:
    return and_(
        out.c.firm_id == invoice.c.firm_id,
        out.c.contract_id == invoice.c.contract_id,
        out.c.application_no == invoice.c.application_no,
    )


def worked(connection: Connection, firm_id: UUID, day: date) -> Mapping[UUID, Worked]:
    """Time and milestones approved and on no invoice that was out by the day, of contracts billed by them."""
    of_lines = select(sov_line.c.contract_id, sov_line.c.basis).where(
        sov_line.c.firm_id == firm_id,
        sov_line.c.basis.in_([Basis.time_and_materials.value, Basis.milestone.value]),
    )
    known = contracts(connection, firm_id, day)
    ids = {row.contract_id for row in connection.execute(of_lines)} & known.keys()
    if not ids:
        return {}
    numbers = _numbers(connection, firm_id, day)
    snapshots = capturing.capture(
        connection,
        firm_id,
        [Wanted(one, Kind.consulting, numbers.get(one, _NEXT_NUMBER), day) for one in sorted(ids)],
    )
    cards = {one: RateCard(snapshot.rate_card) for one, snapshot in snapshots.items()}
    on_line: dict[tuple[UUID | None, Standing], list[Decimal]] = {}
    unpriced = dict.fromkeys(ids, 0)
    for row in _time(connection, firm_id, day, ids):
        _, amount = time_value.charge(row, snapshots[row.contract_id].terms, cards[row.contract_id])
        if amount is None:
            unpriced[row.contract_id] += 1
        else:
            on_line.setdefault((row.sov_line_id, Standing.unbilled), []).append(amount)
    found = {}
    for one in ids:
        by_time = [line for line in snapshots[one].schedule if line.basis is Basis.time_and_materials]
        room = [under_limit(snapshots[one], line, on_line) for line in by_time]
        found[one] = Worked(
            time=total(total((each.owed, each.approved)) for each in room),
            kept_back=total(each.over for each in room),
            unpriced=unpriced[one],
            milestones=_reached(snapshots[one]),
        )
    return found


def _numbers(connection: Connection, firm_id: UUID, day: date) -> Mapping[UUID, int]:
    """The first application of each contract that was not out by the day, where there is one."""
    out = _first_out()
    rows = connection.execute(
        select(invoice.c.contract_id, func.min(invoice.c.application_no).label("number"))
        .outerjoin(out, _of_application(out))
        .where(invoice.c.firm_id == firm_id, invoice.c.state.not_in(_GIVEN_UP), _not_out_by(day, out))
        .group_by(invoice.c.contract_id)
    )
    return {row.contract_id: row.number for row in rows}


def _time(connection: Connection, firm_id: UUID, day: date, ids: set[UUID]) -> Sequence[Any]:
    out = _first_out()
    return connection.execute(
        select(*time_value.COLUMNS)
        .outerjoin(
            claim, (claim.c.firm_id == time_entry.c.firm_id) & (claim.c.time_entry_id == time_entry.c.id)
        )
        .outerjoin(invoice, (invoice.c.firm_id == claim.c.firm_id) & (invoice.c.id == claim.c.invoice_id))
        .outerjoin(out, _of_application(out))
        .where(
            time_entry.c.firm_id == firm_id,
            time_entry.c.contract_id.in_(ids),
            time_entry.c.work_date <= day,
            time_entry.c.state == "approved",
            time_entry.c.billable,
            ~time_entry.c.billed_elsewhere,
            or_(time_entry.c.held_reason.is_(None), claim.c.invoice_id.is_not(None)),
            _not_out_by(day, out),
            _posted_by(day, "time", time_entry),
        )
    ).all()


def _reached(snapshot: Snapshot) -> Decimal:
    approved = approved_amounts(snapshot.milestones)
    before = {line.line_id: line.completed for line in snapshot.previous.lines} if snapshot.previous else {}
    return total(
        max(less(approved.get(line.id, ZERO), before.get(line.id, ZERO)), ZERO)
        for line in snapshot.schedule
        if line.basis is Basis.milestone
    )


def costs(connection: Connection, firm_id: UUID, day: date) -> Mapping[UUID, Decimal]:
    """Costs approved that the client pays, as they are billed, on no invoice that was out by the day."""
    out = _first_out()
    billed = func.coalesce(job_cost.c.billed, job_cost.c.gross - job_cost.c.recoverable_tax)
    rows = connection.execute(
        select(job_cost.c.contract_id, func.sum(billed).label("amount"))
        .join(
            sov_line, (sov_line.c.firm_id == job_cost.c.firm_id) & (sov_line.c.id == job_cost.c.sov_line_id)
        )
        .outerjoin(
            cost_claim,
            (cost_claim.c.firm_id == job_cost.c.firm_id) & (cost_claim.c.job_cost_id == job_cost.c.id),
        )
        .outerjoin(
            invoice, (invoice.c.firm_id == cost_claim.c.firm_id) & (invoice.c.id == cost_claim.c.invoice_id)
        )
        .outerjoin(out, _of_application(out))
        .where(
            job_cost.c.firm_id == firm_id,
            job_cost.c.incurred_on <= day,
            job_cost.c.state == "approved",
            job_cost.c.billable,
            job_cost.c.held_reason.is_(None),
            sov_line.c.basis == Basis.cost_plus.value,
            _not_out_by(day, out),
            _posted_by(day, "cost", job_cost),
        )
        .group_by(job_cost.c.contract_id)
    )
    return {row.contract_id: total((row.amount,)) for row in rows}


def progress(connection: Connection, firm_id: UUID, day: date) -> Mapping[UUID, Decimal]:
    """Work of periods that ended by the day, on applications approved or issued later."""
    out = _first_out()
    by_work = {
        row.id
        for row in connection.execute(
            select(sov_line.c.id).where(
                sov_line.c.firm_id == firm_id, sov_line.c.basis.in_([one.value for one in _BY_WORK])
            )
        )
    }
    rows = connection.execute(
        select(invoice.c.contract_id, invoice.c.entries)
        .outerjoin(out, _of_application(out))
        .where(
            invoice.c.firm_id == firm_id,
            invoice.c.period_to <= day,
            invoice.c.state.not_in(
                (*_GIVEN_UP, *(one.value for one in (InvoiceState.draft, InvoiceState.in_review)))
            ),
            _not_out_by(day, out),
        )
    )
    found: dict[UUID, list[Decimal]] = {}
    for row in rows:
        entries = [Entry.model_validate(one) for one in row.entries]
        found.setdefault(row.contract_id, []).extend(
            entry.this_period for entry in entries if entry.line_id in by_work
        )
    return {contract_id: total(amounts) for contract_id, amounts in found.items()}


def retained(connection: Connection, firm_id: UUID, day: date) -> Mapping[UUID, Decimal]:
    """Retainage held at the end of the day."""
    held = func.sum(retainage_entry.c.withheld - retainage_entry.c.released).label("held")
    rows = connection.execute(
        select(retainage_entry.c.contract_id, held)
        .where(retainage_entry.c.firm_id == firm_id, retainage_entry.c.posted_on <= day)
        .group_by(retainage_entry.c.contract_id)
    )
    return {row.contract_id: total((row.held,)) for row in rows}
