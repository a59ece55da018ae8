"""Orders, receipts, bills, milestones, rates and clients that files brought, and what stands on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Connection, Table, and_, delete, func, or_, select, update
from sqlalchemy.engine import RowMapping

from contracts_app.store.brought_tables import BROUGHT, PARTS, ids_of_parts
from contracts_app.store.funding_tables import charge_part, client_order, client_order_line, limit_notice
from contracts_app.store.import_tables import imported_client
from contracts_app.store.purchasing_tables import delivery, vendor_bill
from contracts_app.store.tables import client, import_file
from contracts_app.store.taking_back import referring

_HEADS: Mapping[str, Table] = {**{kind: tables[-1] for kind, tables in BROUGHT.items()}, "clients": client}
"""By kind of file, the table of its records; of a file that belongs to no contract, too."""


def record_of(kind: str) -> str:
    """What the audit calls the records that files of this kind bring."""
    return _HEADS[kind].name


def records_brought(
    connection: Connection, firm_id: UUID, kind: str, import_id: UUID
) -> Sequence[RowMapping]:
    """The records that this import brought."""
    head = _HEADS[kind]
    return (
        connection.execute(select(head).where(head.c.firm_id == firm_id, head.c.import_id == import_id))
        .mappings()
        .all()
    )


def referring_to_records(
    connection: Connection, firm_id: UUID, kind: str, import_id: UUID
) -> Mapping[str, int]:
    """By table, how many rows refer to the records that this import brought, or to parts of them."""
    head = _HEADS[kind]
    parts = PARTS.get(head, ())
    own = {head, *(part for part, _, _ in parts)}
    found: dict[str, int] = {}
    for target in (head, *(part for part, _, _ in parts if "id" in part.c)):
        ids = connection.execute(ids_of_parts(firm_id, head, target, import_id)).scalars().all()
        for name, count in referring(connection, firm_id, target, ids, import_id, own).items():
            found[name] = found.get(name, 0) + count
    return found


def bills_of_what_arrived(connection: Connection, firm_id: UUID, import_id: UUID) -> Sequence[str]:
    """Numbers of the bills, rejected ones left out, of orders of which this import says what arrived."""
    orders = select(delivery.c.commitment_id).where(
        delivery.c.firm_id == firm_id, delivery.c.import_id == import_id
    )
    return (
        connection.execute(
            select(vendor_bill.c.number)
            .where(
                vendor_bill.c.firm_id == firm_id,
                vendor_bill.c.commitment_id.in_(orders),
                vendor_bill.c.state != "rejected",
            )
            .order_by(vendor_bill.c.number)
        )
        .scalars()
        .all()
    )


def corrected_since(connection: Connection, firm_id: UUID, import_id: UUID) -> Sequence[str]:
    """Delivery notes of this import under which something else was recorded for the same line as well."""
    other = delivery.alias()
    return (
        connection.execute(
            select(delivery.c.reference)
            .join(
                other,
                and_(
                    other.c.firm_id == delivery.c.firm_id,
                    other.c.commitment_line_id == delivery.c.commitment_line_id,
                    func.lower(other.c.reference) == func.lower(delivery.c.reference),
                    other.c.import_id.is_distinct_from(import_id),
                ),
            )
            .where(delivery.c.firm_id == firm_id, delivery.c.import_id == import_id)
            .distinct()
            .order_by(delivery.c.reference)
        )
        .scalars()
        .all()
    )


def counted_on_orders(connection: Connection, firm_id: UUID, import_id: UUID) -> bool:
    """Whether invoices keep or bill anything under client orders of this import or beyond them, or somebody
    was told how much of one is used."""
    lines = ids_of_parts(firm_id, client_order, client_order_line, import_id)
    contracts = select(client_order.c.contract_id).where(
        client_order.c.firm_id == firm_id, client_order.c.import_id == import_id
    )
    for table, which in (
        (
            charge_part,
            or_(
                charge_part.c.client_order_line_id.in_(lines),
                and_(charge_part.c.beyond != 0, charge_part.c.contract_id.in_(contracts)),
            ),
        ),
        (limit_notice, limit_notice.c.limit_id.in_(lines)),
    ):
        if connection.execute(select(table.c.id).where(table.c.firm_id == firm_id, which).limit(1)).first():
            return True
    return False


def take_clients_back(connection: Connection, firm_id: UUID, import_id: UUID) -> int:
    """Delete the clients that a file brought; returns of how many rows. The database lets that be done only
    in the transaction that ends with the import taken back."""
    connection.execute(
        update(import_file)
        .where(import_file.c.firm_id == firm_id, import_file.c.id == import_id)
        .values(state="undoing")
    )
    counts = [
        connection.execute(
            delete(table).where(table.c.firm_id == firm_id, table.c.import_id == import_id)
        ).rowcount
        for table in (imported_client, client)
    ]
    return counts[0]
