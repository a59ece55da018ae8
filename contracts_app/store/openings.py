"""Openings as stored: where contracts stood when their billing moved here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, delete, select

from contracts_app.domain.billing.opening import OpenedLine, Opening
from contracts_app.store.grouping import grouped
from contracts_app.store.opening_tables import opening, opening_line


def openings(connection: Connection, firm_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, Opening]:
    """The openings of those of the contracts that have one."""
    rows = (
        connection.execute(
            select(opening).where(opening.c.firm_id == firm_id, opening.c.contract_id.in_(ids))
        )
        .mappings()
        .all()
    )
    if not rows:
        return {}
    lines = grouped(
        (
            row.contract_id,
            OpenedLine(
                line_id=row.sov_line_id, completed=row.completed, stored=row.stored, withheld=row.withheld
            ),
        )
        for row in connection.execute(
            select(opening_line)
            .where(
                opening_line.c.firm_id == firm_id,
                opening_line.c.contract_id.in_([row["contract_id"] for row in rows]),
            )
            .order_by(opening_line.c.sov_line_id)
        )
    )
    return {
        row["contract_id"]: Opening(
            application_no=row["application_no"],
            period_to=row["period_to"],
            lines=tuple(lines.get(row["contract_id"], ())),
        )
        for row in rows
    }


def numbers(connection: Connection, firm_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, int]:
    """The number of the last application before, of those of the contracts that have an opening."""
    rows = connection.execute(
        select(opening.c.contract_id, opening.c.application_no).where(
            opening.c.firm_id == firm_id, opening.c.contract_id.in_(ids)
        )
    )
    return {row.contract_id: row.application_no for row in rows}


def of_contract(connection: Connection, firm_id: UUID, contract_id: UUID) -> Opening | None:
    """The contract's opening; None where it was begun here."""
    return openings(connection, firm_id, [contract_id]).get(contract_id)


def billed(connection: Connection, firm_id: UUID, contract_id: UUID) -> Mapping[UUID, Decimal]:
    """What was billed of each line before, stored material included; empty without an opening."""
    known = of_contract(connection, firm_id, contract_id)
    return {line.line_id: line.total for line in known.lines} if known else {}


def remove(connection: Connection, firm_id: UUID, import_id: UUID) -> None:
    """Take back the opening that a file brought, while its contract is being set up."""
    for table in (opening_line, opening):
        connection.execute(delete(table).where(table.c.firm_id == firm_id, table.c.import_id == import_id))
