"""The costs and fees of an issued invoice, as stored and as its snapshot gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.services.proving.proof import Compared


def compared(
    costs: Sequence[RowMapping], lines: Sequence[RowMapping], figures: PayApplication
) -> Iterator[Compared]:
    """Cost by cost, then cost and fee of each line."""
    stored = {row["job_cost_id"]: row for row in costs}
    billed = [(line.line_id, one) for line in figures.costs for one in line.entries]
    for position, (line_id, one) in enumerate(billed, start=1):
        named = f"cost “{one.description}” of {one.incurred_on}"
        row = stored.pop(one.id, None)
        if row is None:
            yield Compared(named, None, one.amount)
            continue
        again: Mapping[str, object] = {
            "sov_line_id": line_id,
            "position": position,
            "category": one.category.value,
            "incurred_on": one.incurred_on,
            "description": one.description,
            "vendor": one.vendor,
            "source": one.source,
            "cost": one.amount,
            "fee_bearing": one.as_entry().fee_bearing,
        }
        for column, value in again.items():
            yield Compared(f"{column.replace('_', ' ')} of the {named}", row[column], value)
    for row in stored.values():
        yield Compared(f"cost “{row['description']}” of {row['incurred_on']}", row["cost"], None)
    of_line = {row["sov_line_id"]: row for row in lines}
    names = {line.line_id: line.item_no for line in figures.lines}
    for line in figures.costs:
        row = of_line.pop(line.line_id, None)
        said = {
            "cost": line.cost,
            "fee": line.fee,
            "fee_to_date": line.fee_to_date.billable,
            "amount": line.amount,
        }
        for column, value in said.items():
            what = f"{column.replace('_', ' ')} of line {names[line.line_id]}, billed at cost"
            yield Compared(what, row[column] if row else None, value)
    for row in of_line.values():
        yield Compared("cost of a line that is not billed at cost", row["cost"], None)
