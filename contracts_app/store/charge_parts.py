"""What invoices bill of each charge: kept when a draft is approved, billed once it is issued."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from contracts_app.domain.funding.charges import Charge, ChargeKind, FundedPart, Held, Part, Why
from contracts_app.domain.funding.limited import Billed, Used
from contracts_app.store.billing_tables import issued_time, time_entry
from contracts_app.store.funding_tables import charge_part
from contracts_app.store.tables import invoice, issued_invoice


@dataclass(frozen=True)
class Row:
    """What is billed of a charge, as far as one line of an order pays it, or none does."""

    id: UUID
    part: Part
    funded: FundedPart


def insert_parts(
    connection: Connection, firm_id: UUID, contract_id: UUID, invoice_id: UUID, rows: Sequence[Row]
) -> None:
    """Keep what a draft bills.

    Raises IntegrityError where an order that blocks would be exceeded: the database has the last word.
    """
    if not rows:
        return
    connection.execute(
        insert(charge_part),
        [
            {
                "firm_id": firm_id,
                "id": row.id,
                "contract_id": contract_id,
                "invoice_id": invoice_id,
                "sov_line_id": row.part.charge.line_id,
                "time_entry_id": row.part.charge.id if row.part.charge.kind is ChargeKind.time else None,
                "kind": row.part.charge.kind.value,
                "person": row.part.charge.person,
                "role": row.part.charge.role,
                "amount": row.funded.amount,
                "client_order_line_id": row.funded.order_line_id,
                "beyond": row.funded.beyond,
            }
            for row in rows
        ],
    )


def free_parts(connection: Connection, firm_id: UUID, invoice_id: UUID) -> None:
    """Free what a draft kept, and the limits that it froze; the database refuses it once it is issued."""
    connection.execute(
        delete(charge_part).where(charge_part.c.firm_id == firm_id, charge_part.c.invoice_id == invoice_id)
    )
    connection.execute(
        update(invoice).where(invoice.c.firm_id == firm_id, invoice.c.id == invoice_id).values(limits=None)
    )


def billed_of(
    connection: Connection, firm_id: UUID, numbers: Mapping[UUID, int]
) -> Mapping[UUID, Sequence[Billed]]:
    """Per contract, what its other invoices bill or keep, by line, kind, person and role; contract →
    application number of the invoice that asks."""
    issued = issued_invoice.c.invoice_id.is_not(None)
    rows = connection.execute(
        select(
            charge_part.c.contract_id,
            charge_part.c.sov_line_id,
            charge_part.c.kind,
            charge_part.c.person,
            charge_part.c.role,
            issued.label("issued"),
            func.sum(charge_part.c.amount).label("amount"),
        )
        .select_from(_with_invoice())
        .where(charge_part.c.firm_id == firm_id, _of_others(numbers))
        .group_by(
            charge_part.c.contract_id,
            charge_part.c.sov_line_id,
            charge_part.c.kind,
            charge_part.c.person,
            charge_part.c.role,
            issued,
        )
        .order_by(
            charge_part.c.contract_id,
            charge_part.c.sov_line_id,
            charge_part.c.kind,
            charge_part.c.person,
            charge_part.c.role,
            issued,
        )
    )
    found: dict[UUID, list[Billed]] = {}
    for row in rows:
        found.setdefault(row.contract_id, []).append(
            Billed(
                line_id=row.sov_line_id,
                kind=row.kind,
                person=row.person,
                role=row.role,
                amount=row.amount,
                reserved=not row.issued,
            )
        )
    return found


def used_on_orders(
    connection: Connection, firm_id: UUID, line_ids: Collection[UUID], but: tuple[UUID, int] | None = None
) -> Mapping[UUID, Used]:
    """Per line of an order, what is billed on it and what approved drafts keep; `but` leaves out the invoice
    with that number of that contract. A draft that bills less than zero keeps nothing."""
    if not line_ids:
        return {}
    query = (
        select(
            charge_part.c.client_order_line_id.label("line_id"),
            issued_invoice.c.invoice_id.is_not(None).label("issued"),
            func.sum(charge_part.c.amount).label("amount"),
        )
        .select_from(_with_invoice())
        .where(charge_part.c.firm_id == firm_id, charge_part.c.client_order_line_id.in_(line_ids))
        .group_by(charge_part.c.client_order_line_id, charge_part.c.invoice_id, issued_invoice.c.invoice_id)
    )
    if but is not None:
        query = query.where(or_(charge_part.c.contract_id != but[0], invoice.c.application_no != but[1]))
    sums = query.subquery()
    rows = connection.execute(
        select(
            sums.c.line_id,
            func.coalesce(func.sum(sums.c.amount).filter(sums.c.issued), 0).label("billed"),
            func.coalesce(func.sum(func.greatest(sums.c.amount, 0)).filter(~sums.c.issued), 0).label(
                "reserved"
            ),
        ).group_by(sums.c.line_id)
    )
    found = {
        row.line_id: Used(limit_id=row.line_id, billed=row.billed, reserved=row.reserved) for row in rows
    }
    return {line_id: found.get(line_id, Used(limit_id=line_id)) for line_id in line_ids}


def left_over(
    connection: Connection, firm_id: UUID, numbers: Mapping[UUID, int]
) -> Mapping[UUID, Sequence[Held]]:
    """Per contract, what other issued invoices claimed of time and did not bill in full, in billing order."""
    if not numbers:
        return {}
    billed = (
        select(charge_part.c.time_entry_id, func.sum(charge_part.c.amount).label("amount"))
        .select_from(_with_invoice())
        .where(
            charge_part.c.firm_id == firm_id,
            charge_part.c.time_entry_id.is_not(None),
            _of_others(numbers),
        )
        .group_by(charge_part.c.time_entry_id)
        .subquery()
    )
    unbilled = issued_time.c.amount - func.coalesce(billed.c.amount, 0)
    rows = connection.execute(
        select(
            invoice.c.contract_id,
            issued_time.c.time_entry_id,
            issued_time.c.sov_line_id,
            issued_time.c.work_date,
            issued_time.c.person,
            issued_time.c.role,
            issued_time.c.amount,
            time_entry.c.position,
            unbilled.label("unbilled"),
        )
        .join_from(
            issued_time,
            invoice,
            (invoice.c.firm_id == issued_time.c.firm_id) & (invoice.c.id == issued_time.c.invoice_id),
        )
        .join(
            time_entry,
            (time_entry.c.firm_id == issued_time.c.firm_id)
            & (time_entry.c.id == issued_time.c.time_entry_id),
        )
        .join(billed, billed.c.time_entry_id == issued_time.c.time_entry_id, isouter=True)
        .where(
            issued_time.c.firm_id == firm_id,
            invoice.c.limits.is_not(None),  # what was billed before there were limits is settled
            or_(
                *(
                    and_(invoice.c.contract_id == contract_id, invoice.c.application_no != number)
                    for contract_id, number in numbers.items()
                )
            ),
            unbilled > 0,
        )
        .order_by(issued_time.c.work_date, time_entry.c.position, issued_time.c.time_entry_id)
    )
    found: dict[UUID, list[Held]] = {}
    for row in rows:
        charge = Charge(
            id=row.time_entry_id,
            line_id=row.sov_line_id,
            work_date=row.work_date,
            position=row.position,
            person=row.person,
            role=row.role,
            amount=row.amount,
        )
        found.setdefault(row.contract_id, []).append(Held(charge=charge, amount=row.unbilled, why=Why.cap))
    return found


def _with_invoice() -> Any:
    return charge_part.join(
        invoice, (invoice.c.firm_id == charge_part.c.firm_id) & (invoice.c.id == charge_part.c.invoice_id)
    ).outerjoin(
        issued_invoice,
        (issued_invoice.c.firm_id == charge_part.c.firm_id)
        & (issued_invoice.c.invoice_id == charge_part.c.invoice_id),
    )


def _of_others(numbers: Mapping[UUID, int]) -> Any:
    return or_(
        *(
            and_(charge_part.c.contract_id == contract_id, invoice.c.application_no != number)
            for contract_id, number in numbers.items()
        )
    )
