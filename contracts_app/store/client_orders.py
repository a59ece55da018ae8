"""Client purchase orders, and everything else that limits an invoice under them or under caps."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.schedule_of_values import ChangeOrder, SovLine
from contracts_app.domain.compliance.papers import Paper, PaperKind
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.funding.caps import Scope
from contracts_app.domain.funding.funding import OrderLine, PurchaseOrder
from contracts_app.domain.funding.limited import Limits, Used, caps_in_force, used_under
from contracts_app.store import charge_parts
from contracts_app.store.funding_tables import (
    client_order,
    client_order_contract,
    client_order_line,
    client_order_line_of,
)


def limits_of(
    connection: Connection,
    firm_id: UUID,
    asked: Mapping[UUID, tuple[int, ContractTerms, Sequence[SovLine], Sequence[ChangeOrder]]],
) -> Mapping[UUID, Limits]:
    """What limits the next invoices of these contracts; those that nothing limits are left out.

    Contract → application number, terms, schedule and change orders in force.
    """
    funding = open_orders(connection, firm_id, asked)
    limited = {
        contract_id: number
        for contract_id, (number, terms, _, _) in asked.items()
        if terms.limited or contract_id in funding
    }
    if not limited:
        return {}
    billed = charge_parts.billed_of(connection, firm_id, limited)
    over = charge_parts.left_over(connection, firm_id, limited)
    found: dict[UUID, Limits] = {}
    for contract_id, number in limited.items():
        _, terms, schedule, changes = asked[contract_id]
        orders = tuple(funding.get(contract_id, ()))
        lines = [line.id for order in orders for line in order.lines]
        used = charge_parts.used_on_orders(connection, firm_id, lines, (contract_id, number))
        caps = caps_in_force(contract_id, terms.caps, schedule, changes)
        found[contract_id] = Limits(
            used=(
                *(
                    used_under(cap, billed.get(contract_id, ()))
                    for cap in caps
                    if cap.scope is not Scope.line
                ),
                *(used.get(line_id, Used(limit_id=line_id)) for line_id in lines),
            ),
            orders=orders,
            over=tuple(over.get(contract_id, ())),
        )
    return found


def open_orders(
    connection: Connection, firm_id: UUID, contract_ids: Collection[UUID]
) -> Mapping[UUID, Sequence[PurchaseOrder]]:
    """The open orders that fund each contract, by date and number; a contract whose orders are all closed has
    none, one that never had an order is left out."""
    rows = connection.execute(
        select(client_order_contract.c.contract_id.label("funded_id"), client_order)
        .join_from(
            client_order_contract,
            client_order,
            (client_order.c.firm_id == client_order_contract.c.firm_id)
            & (client_order.c.id == client_order_contract.c.client_order_id),
        )
        .where(
            client_order_contract.c.firm_id == firm_id,
            client_order_contract.c.contract_id.in_(contract_ids),
        )
        .order_by(client_order.c.dated_on, client_order.c.number)
    ).mappings()
    known = rows.all()
    lines = lines_of(connection, firm_id, {row["id"] for row in known if row["state"] == "open"})
    found: dict[UUID, list[PurchaseOrder]] = {row["funded_id"]: [] for row in known}
    for row in known:
        if row["state"] != "open":
            continue
        found[row["funded_id"]].append(
            PurchaseOrder(
                number=row["number"], lines=tuple(lines.get(row["id"], ())), on_exceed=row["on_exceed"]
            )
        )
    return found


def as_papers(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[Paper]:
    """The open orders that fund a contract as papers on file: line by line, the days that it pays."""
    orders = open_orders(connection, firm_id, [contract_id]).get(contract_id, ())
    return [
        Paper(
            kind=PaperKind.purchase_order,
            valid_from=line.starts_on or date.min,
            valid_to=line.expires_on,
        )
        for order in orders
        for line in order.lines
    ]


def lines_of(
    connection: Connection, firm_id: UUID, order_ids: Collection[UUID]
) -> Mapping[UUID, Sequence[OrderLine]]:
    """The lines of orders, in their order."""
    if not order_ids:
        return {}
    named: dict[UUID, list[UUID]] = {}
    for of in connection.execute(
        select(client_order_line_of.c.client_order_line_id, client_order_line_of.c.sov_line_id)
        .join(
            client_order_line,
            (client_order_line.c.firm_id == client_order_line_of.c.firm_id)
            & (client_order_line.c.id == client_order_line_of.c.client_order_line_id),
        )
        .where(client_order_line_of.c.firm_id == firm_id, client_order_line.c.client_order_id.in_(order_ids))
        .order_by(client_order_line_of.c.sov_line_id)
    ):
        named.setdefault(of.client_order_line_id, []).append(of.sov_line_id)
    rows = connection.execute(
        select(client_order_line)
        .where(client_order_line.c.firm_id == firm_id, client_order_line.c.client_order_id.in_(order_ids))
        .order_by(client_order_line.c.position)
    )
    found: dict[UUID, list[OrderLine]] = {}
    for row in rows:
        found.setdefault(row.client_order_id, []).append(
            OrderLine(
                id=row.id,
                number=row.number,
                amount=row.amount,
                starts_on=row.starts_on,
                expires_on=row.expires_on,
                lines=tuple(named.get(row.id, ())),
                kinds=tuple(row.kinds),
            )
        )
    return found


def lock_orders(connection: Connection, firm_id: UUID, contract_id: UUID) -> None:
    """Lock the orders that fund a contract, always in one order, so that two approvals follow each other."""
    connection.execute(
        select(client_order.c.id)
        .where(
            client_order.c.firm_id == firm_id,
            client_order.c.id.in_(
                select(client_order_contract.c.client_order_id).where(
                    client_order_contract.c.firm_id == firm_id,
                    client_order_contract.c.contract_id == contract_id,
                )
            ),
        )
        .order_by(client_order.c.id)
        .with_for_update(key_share=True)
    ).all()


def find(connection: Connection, firm_id: UUID, client_id: UUID, number: str) -> RowMapping | None:
    """The client's order of that number."""
    return (
        connection.execute(
            select(client_order).where(
                client_order.c.firm_id == firm_id,
                client_order.c.client_id == client_id,
                client_order.c.number == number,
            )
        )
        .mappings()
        .first()
    )


def numbers(connection: Connection, firm_id: UUID, client_id: UUID) -> frozenset[str]:
    """The numbers of a client's purchase orders, closed ones among them."""
    rows = connection.execute(
        select(client_order.c.number).where(
            client_order.c.firm_id == firm_id, client_order.c.client_id == client_id
        )
    )
    return frozenset(rows.scalars())


def funds(connection: Connection, firm_id: UUID, order_id: UUID) -> frozenset[UUID]:
    """The contracts that an order funds."""
    return frozenset(
        connection.execute(
            select(client_order_contract.c.contract_id).where(
                client_order_contract.c.firm_id == firm_id,
                client_order_contract.c.client_order_id == order_id,
            )
        ).scalars()
    )


def fund(connection: Connection, firm_id: UUID, order_id: UUID, contract_ids: Collection[UUID]) -> None:
    """Let an order fund these contracts too."""
    if contract_ids:
        connection.execute(
            insert(client_order_contract),
            [
                {"firm_id": firm_id, "client_order_id": order_id, "contract_id": contract_id}
                for contract_id in sorted(contract_ids)
            ],
        )


def write_lines(
    connection: Connection, firm_id: UUID, order_id: UUID, lines: Sequence[OrderLine], known: Collection[UUID]
) -> None:
    """Make these the lines of an order: those that are `known` are changed, others added or taken out."""
    kept = {line.id for line in lines}
    of_firm = client_order_line.c.firm_id == firm_id
    connection.execute(
        delete(client_order_line_of).where(
            client_order_line_of.c.firm_id == firm_id,
            client_order_line_of.c.client_order_line_id.in_([*known]),
        )
    )
    connection.execute(
        delete(client_order_line).where(of_firm, client_order_line.c.id.in_([*(set(known) - kept)]))
    )
    for position, line in enumerate(lines, start=1):
        said: dict[str, Any] = {
            "number": line.number,
            "position": position,
            "amount": line.amount,
            "starts_on": line.starts_on,
            "expires_on": line.expires_on,
            "kinds": [kind.value for kind in line.kinds],
        }
        if line.id in known:
            connection.execute(
                update(client_order_line).where(of_firm, client_order_line.c.id == line.id).values(**said)
            )
        else:
            connection.execute(
                insert(client_order_line).values(
                    firm_id=firm_id, id=line.id, client_order_id=order_id, **said
                )
            )
        if line.lines:
            connection.execute(
                insert(client_order_line_of),
                [
                    {"firm_id": firm_id, "client_order_line_id": line.id, "sov_line_id": of}
                    for of in line.lines
                ],
            )
