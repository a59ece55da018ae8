"""What is agreed, read for many contracts in a query each: schedules, change orders, milestones, rates."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Connection, select

from contracts_app.domain.billing.milestones import Milestone
from contracts_app.domain.billing.schedule_of_values import ChangeOrder, SovLine
from contracts_app.domain.funding.agreed_caps import CapChange
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.store.billing_tables import rate_card_row
from contracts_app.store.grouping import grouped
from contracts_app.store.schedules import cost_plus_of, recurring_of, tax_of, unit_price_of
from contracts_app.store.tables import change_order, milestone, sov_line


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
    return grouped(
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
    return grouped(
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
    return grouped(
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
    return grouped(
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
