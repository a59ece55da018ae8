"""Where a contract under a guaranteed maximum price stands on a day, with every approved cost not held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, select

from contracts_app.domain.billing.maximum_price import portions_of, standing_of
from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.billing.schedule_of_values import in_force
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.cost_plus.fees import FeeToDate, fee_to_date
from contracts_app.domain.cost_plus.forecast import Forecast, at_completion, forecast
from contracts_app.domain.cost_plus.guaranteed_maximum import PortionKind, maximum_price
from contracts_app.domain.money import ZERO, less, total
from contracts_app.store import contracts, invoices, job_costs, revisions
from contracts_app.store.cost_tables import job_cost
from contracts_app.store.moved_budget import moves_in_force


@dataclass(frozen=True)
class PortionShown:
    """A portion with what moved into or out of it, its cost, and what it is expected to cost."""

    item_no: str
    description: str
    kind: PortionKind
    agreed: Decimal
    moved: Decimal
    share: Decimal
    completed: Decimal
    cost: Decimal
    left: Decimal
    at_completion: Decimal


@dataclass(frozen=True)
class MaximumShown:
    """The portions, the fee and the forecast."""

    portions: Sequence[PortionShown]
    fee: FeeToDate
    forecast: Forecast


def maximum_shown(
    connection: Connection, firm_id: UUID, contract_id: UUID, terms: ContractTerms, day: date
) -> MaximumShown | None:
    """What stands on that day; None for a contract without a maximum price.

    How far work is complete is what the last application, drafted or issued, says of it.
    """
    agreed = terms.guaranteed_maximum
    if agreed is None:
        return None
    of = (connection, firm_id, contract_id)
    schedule = revisions.schedule_on(*of, day)
    moved = moves_in_force(connection, firm_id, {contract_id: day}).get(contract_id, {})
    known = [one for one in invoices.of_contract(*of) if one["kind"] != "retainage_release"]
    entries = {one.line_id: one for one in map(Entry.model_validate, known[-1]["entries"])} if known else {}
    rows = connection.execute(
        select(job_cost).where(
            job_cost.c.firm_id == firm_id,
            job_cost.c.contract_id == contract_id,
            job_cost.c.state == "approved",
            job_cost.c.billable,
            job_cost.c.held_reason.is_(None),
        )
    ).mappings()
    by_line: dict[UUID, Decimal] = {}
    bearing: dict[str, Decimal] = {}
    for cost in map(job_costs.as_cost, rows):
        by_line[cost.line_id] = total((by_line.get(cost.line_id, ZERO), cost.amount))
        category = cost.category.value
        bearing[category] = total((bearing.get(category, ZERO), cost.as_entry().fee_bearing))
    portions = portions_of(schedule, by_line, entries)
    fee = fee_to_date(agreed.fee_terms, standing_of(portions, bearing, agreed), terms.currency)
    price = maximum_price(terms.original_sum, in_force(contracts.change_orders(*of), day))
    names = {line.id: line.description for line in schedule}
    return MaximumShown(
        portions=[
            PortionShown(
                item_no=one.item_no,
                description=names[one.id],
                kind=one.kind,
                agreed=less(one.share, moved.get(one.id, ZERO)),
                moved=moved.get(one.id, ZERO),
                share=one.share,
                completed=one.completed,
                cost=one.cost,
                left=less(one.share, one.cost),
                at_completion=at_completion(one, terms.currency),
            )
            for one in portions
        ],
        fee=fee,
        forecast=forecast(portions, bearing, agreed, fee.billable, price, terms.currency),
    )
