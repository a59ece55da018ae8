"""The client's purchase orders as the page of a contract shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from contracts_app.domain.funding.funding import OrderLine
from contracts_app.domain.funding.limited import Used
from contracts_app.store import charge_parts, client_orders
from contracts_app.store.funding_tables import client_order, client_order_contract
from contracts_app.store.tables import contract, person


@dataclass(frozen=True)
class OrderShown:
    """An order with its lines, and what is billed and approved on each by all contracts that it funds."""

    id: UUID
    number: str
    dated_on: date
    on_exceed: str
    state: str
    remark: str
    recorded_by: str
    recorded_at: datetime
    kept_here: bool
    funds: Sequence[str]
    """Numbers of all contracts that it funds."""
    lines: Sequence[tuple[OrderLine, Used]]


def orders(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[OrderShown]:
    """The orders that fund the contract, open ones first, by date and number."""
    rows = (
        connection.execute(
            select(client_order, person.c.name.label("recorder"))
            .join_from(
                client_order,
                client_order_contract,
                (client_order_contract.c.firm_id == client_order.c.firm_id)
                & (client_order_contract.c.client_order_id == client_order.c.id),
            )
            .join(
                person,
                (person.c.firm_id == client_order.c.firm_id) & (person.c.id == client_order.c.recorded_by),
            )
            .where(client_order.c.firm_id == firm_id, client_order_contract.c.contract_id == contract_id)
            .order_by(client_order.c.state.desc(), client_order.c.dated_on, client_order.c.number)
        )
        .mappings()
        .all()
    )
    ids = [row["id"] for row in rows]
    funded = {
        row.client_order_id: row.numbers
        for row in connection.execute(
            select(
                client_order_contract.c.client_order_id,
                func.array_agg(aggregate_order_by(contract.c.number, contract.c.number)).label("numbers"),
            )
            .join(
                contract,
                (contract.c.firm_id == client_order_contract.c.firm_id)
                & (contract.c.id == client_order_contract.c.contract_id),
            )
            .where(
                client_order_contract.c.firm_id == firm_id,
                client_order_contract.c.client_order_id.in_(ids),
            )
            .group_by(client_order_contract.c.client_order_id)
        )
    }
    lines = client_orders.lines_of(connection, firm_id, ids)
    used = charge_parts.used_on_orders(
        connection, firm_id, [line.id for of_order in lines.values() for line in of_order]
    )
    return [
        OrderShown(
            id=row["id"],
            number=row["number"],
            dated_on=row["dated_on"],
            on_exceed=row["on_exceed"],
            state=row["state"],
            remark=row["remark"],
            recorded_by=row["recorder"],
            recorded_at=row["recorded_at"],
            kept_here=row["contract_id"] == contract_id,
            funds=funded[row["id"]],
            lines=[(line, used[line.id]) for line in lines.get(row["id"], ())],
        )
        for row in rows
    ]
