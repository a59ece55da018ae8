"""Time as invoices claim it: what can be claimed, what is, and the detail annex as issued."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, case, delete, func, insert, select, text

from contracts_app.domain.time.time_and_materials import TimeBilled, TimeEntry, in_billing_order
from contracts_app.store.billing_tables import claim, issued_time, rate_card_row, time_entry
from contracts_app.store.tables import invoice, issued_line
from contracts_app.store.time import overtime_of, whole_of

_ENTRY: tuple[ColumnElement[Any], ...] = (
    time_entry.c.id,
    time_entry.c.sov_line_id,
    time_entry.c.work_date,
    time_entry.c.person,
    time_entry.c.role,
    time_entry.c.description,
    time_entry.c.seconds,
    time_entry.c.bill_seconds,
    time_entry.c.source,
    time_entry.c.position,
    case(
        (
            time_entry.c.contract_id.in_(
                select(rate_card_row.c.contract_id).where(rate_card_row.c.project.is_not(None))
            ),
            time_entry.c.project,
        ),
        else_=None,
    ),
    time_entry.c.overtime,
    time_entry.c.premium_only,
    time_entry.c.overtime_approved_by,
    time_entry.c.whole_seconds,
    time_entry.c.whole_before,
)
"""In the order of `_as_entry`; the project only where the rate card knows projects, so that what does not
price an entry is no part of what is approved."""


def _as_entry(
    entry_id: UUID,
    line_id: UUID,
    work_date: date,
    person: str,
    role: str | None,
    description: str,
    seconds: int,
    bill_seconds: int | None,
    source: str,
    position: int,
    project: str | None,
    overtime: str | None,
    premium_only: bool,
    overtime_approved_by: UUID | None,
    whole_seconds: int | None,
    whole_before: int | None,
) -> TimeEntry:
    return TimeEntry(
        id=entry_id,
        line_id=line_id,
        work_date=work_date,
        person=person,
        role=role,
        description=description,
        seconds=seconds,
        bill_seconds=bill_seconds,
        source=source,
        position=position,
        project=project,
        overtime=overtime_of(overtime, premium_only, overtime_approved_by),
        whole=whole_of(whole_seconds, whole_before),
    )


def _unclaimed(firm_id: UUID) -> Select[Any]:
    """What can be billed: approved, billable, not held, on a line, and claimed by no live invoice."""
    return select(time_entry.c.contract_id, *_ENTRY).where(
        time_entry.c.firm_id == firm_id,
        time_entry.c.state == "approved",
        time_entry.c.billable,
        ~time_entry.c.billed_elsewhere,
        time_entry.c.held_reason.is_(None),
        time_entry.c.sov_line_id.is_not(None),
        ~select(claim.c.invoice_id)
        .where(claim.c.firm_id == time_entry.c.firm_id, claim.c.time_entry_id == time_entry.c.id)
        .exists(),
    )


def offered(
    connection: Connection, firm_id: UUID, contract_id: UUID, period_to: date
) -> tuple[TimeEntry, ...]:
    """The time that an invoice for the period can claim."""
    return tuple(offered_of(connection, firm_id, [contract_id], period_to).get(contract_id, ()))


def offered_of(
    connection: Connection, firm_id: UUID, contract_ids: Collection[UUID], period_to: date
) -> Mapping[UUID, Sequence[TimeEntry]]:
    """`offered` of many contracts in one query, for billing runs."""
    found: dict[UUID, list[TimeEntry]] = {}
    rows = connection.execute(
        _unclaimed(firm_id).where(
            time_entry.c.contract_id.in_(contract_ids), time_entry.c.work_date <= period_to
        )
    )
    for contract_id, *entry in rows:
        found.setdefault(contract_id, []).append(_as_entry(*entry))
    return found


def claimed(connection: Connection, firm_id: UUID, invoice_id: UUID) -> tuple[TimeEntry, ...]:
    """The entries that an invoice claims, in billing order."""
    rows = connection.execute(
        select(*_ENTRY)
        .join_from(
            claim,
            time_entry,
            (time_entry.c.firm_id == claim.c.firm_id) & (time_entry.c.id == claim.c.time_entry_id),
        )
        .where(claim.c.firm_id == firm_id, claim.c.invoice_id == invoice_id)
    )
    return tuple(in_billing_order(_as_entry(*row) for row in rows))


def insert_claims(connection: Connection, firm_id: UUID, claims: Mapping[UUID, Collection[UUID]]) -> None:
    """Claim entries, invoice → entries; the database refuses an entry that is claimed already.

    Whoever wrote up one of them is an editor of the draft that charges it.
    """
    listed = {str(one): [str(entry_id) for entry_id in entries] for one, entries in claims.items() if entries}
    if listed:
        connection.execute(
            # One statement with one value: row by row, sending them takes longer than storing them.
            text(
                "INSERT INTO claim (firm_id, invoice_id, time_entry_id)"
                " SELECT :firm, CAST(of.key AS uuid), CAST(entry_id AS uuid)"
                " FROM json_each(CAST(:claims AS json)) AS of, json_array_elements_text(of.value) AS entry_id"
            ),
            {"firm": firm_id, "claims": json.dumps(listed)},
        )
        connection.execute(
            text(
                "INSERT INTO invoice_editor (firm_id, invoice_id, person_id)"
                " SELECT DISTINCT c.firm_id, c.invoice_id, e.written_up_by FROM claim c"
                " JOIN time_entry e ON e.firm_id = c.firm_id AND e.id = c.time_entry_id"
                " WHERE c.firm_id = :firm AND c.invoice_id = ANY(CAST(:invoices AS uuid[]))"
                " AND e.written_up_by IS NOT NULL ON CONFLICT DO NOTHING"
            ),
            {"firm": firm_id, "invoices": list(listed)},
        )


def give_up_claims(
    connection: Connection, firm_id: UUID, invoice_id: UUID, entries: Collection[UUID] | None = None
) -> None:
    """Give up the claims of a draft: all, or those on these entries."""
    statement = delete(claim).where(claim.c.firm_id == firm_id, claim.c.invoice_id == invoice_id)
    if entries is not None:
        statement = statement.where(claim.c.time_entry_id.in_(entries))
    connection.execute(statement)


def insert_issued_time(
    connection: Connection, firm_id: UUID, invoice_id: UUID, billed: Sequence[TimeBilled]
) -> None:
    """Write the detail annex of an invoice as issued."""
    priced = [(line.line_id, entry) for line in billed for entry in line.entries]
    if priced:
        connection.execute(
            insert(issued_time),
            [
                {
                    "firm_id": firm_id,
                    "invoice_id": invoice_id,
                    "time_entry_id": each.entry.id,
                    "sov_line_id": line_id,
                    "position": position,
                    "work_date": each.entry.work_date,
                    "person": each.entry.person,
                    "role": each.entry.role,
                    "description": each.entry.description,
                    "source": each.entry.source,
                    "seconds": each.seconds,
                    "rate": each.rate,
                    "amount": each.amount,
                    "overtime": each.entry.overtime.kind if each.entry.overtime else None,
                    "base_rate": each.base_rate,
                    "factor": each.factor,
                }
                for position, (line_id, each) in enumerate(priced, start=1)
            ],
        )


def left_over_caps(connection: Connection, firm_id: UUID, contract_id: UUID) -> bool:
    """Whether time of issued invoices came to more than was billed for it, on any line."""
    worked = (
        select(issued_time.c.sov_line_id, func.sum(issued_time.c.amount).label("amount"))
        .join(
            invoice,
            (invoice.c.firm_id == issued_time.c.firm_id) & (invoice.c.id == issued_time.c.invoice_id),
        )
        .where(invoice.c.firm_id == firm_id, invoice.c.contract_id == contract_id)
        .group_by(issued_time.c.sov_line_id)
        .subquery()
    )
    billed = (
        select(issued_line.c.sov_line_id, func.sum(issued_line.c.this_period).label("amount"))
        .join(
            invoice,
            (invoice.c.firm_id == issued_line.c.firm_id) & (invoice.c.id == issued_line.c.invoice_id),
        )
        .where(invoice.c.firm_id == firm_id, invoice.c.contract_id == contract_id)
        .group_by(issued_line.c.sov_line_id)
        .subquery()
    )
    return (
        connection.execute(
            select(worked.c.sov_line_id)
            .join(billed, billed.c.sov_line_id == worked.c.sov_line_id)
            .where(worked.c.amount > billed.c.amount)
            .limit(1)
        ).first()
        is not None
    )
