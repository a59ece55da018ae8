"""How the amount of a line billed at cost came about, in the words of a paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from contracts_app.domain.cost_plus.guaranteed_maximum import Limit
from contracts_app.domain.cost_plus.ledger import LineCosts
from contracts_app.domain.cost_plus.maximum_billed import MaximumBilled
from contracts_app.domain.money import ZERO, in_percent, in_words_of_a_page

LIMITS: Mapping[Limit, str] = {
    Limit.cost_and_fee: "cost and fee to date, which are less than the completed work",
    Limit.completed_work: "the completed work, which is less than cost and fee to date",
    Limit.maximum_price: "the guaranteed maximum price",
}
"""What decides the amount earned, in words."""


@dataclass(frozen=True)
class CostRow:
    """A row of what a line bills at cost: a cost with its day, or the fee, or what is neither."""

    what: str
    amount: Decimal
    on: date | None = None
    note: str = ""


def rows(line: LineCosts) -> Sequence[CostRow]:
    """Every cost, the fee, and what is claimed again or held back: they add up to what the line bills."""
    found = [
        CostRow(
            what=f"{one.description}, {one.vendor}" if one.vendor else one.description,
            amount=one.amount,
            on=one.incurred_on,
            note=one.category.value,
        )
        for one in line.entries
    ]
    if line.fee or not found:
        found.append(CostRow("Fee", line.fee))
    if line.other:
        what = (
            "Not certified, or over the limit, before" if line.other > ZERO else "Over the limit, not billed"
        )
        found.append(CostRow(what, line.other))
    return found


def explained(costs: Iterable[LineCosts], maximum: MaximumBilled | None, currency: str) -> Mapping[UUID, str]:
    """Line → a few words about its cost and fee."""
    if maximum is None:
        return {line.line_id: _at_cost(line, currency) for line in costs}
    portions = {one.id: one for one in maximum.portions}
    found = {}
    for line in costs:
        portion = portions.get(line.line_id)
        if portion is None:
            found[line.line_id] = _fee(maximum, currency)
        elif portion.cost or portion.completed:
            cost = in_words_of_a_page(portion.cost, currency)
            found[line.line_id] = f"Cost to date {cost}, work complete {in_percent(portion.completed)}"
    return found


def _at_cost(line: LineCosts, currency: str) -> str:
    said = [
        f"Cost {in_words_of_a_page(line.cost, currency)}",
        f"fee {in_words_of_a_page(line.fee, currency)}",
    ]
    if line.other > ZERO:
        said.append(f"not certified or over the limit before {in_words_of_a_page(line.other, currency)}")
    elif line.other < ZERO:
        said.append(f"over the limit {in_words_of_a_page(line.other, currency)}")
    return ", ".join(said)


def _fee(maximum: MaximumBilled, currency: str) -> str:
    said = f"Fee to date {in_words_of_a_page(maximum.fee.billable, currency)}"
    accounting = maximum.accounting
    if accounting is None or not accounting.to_contractor:
        return said
    share = in_words_of_a_page(accounting.to_contractor, currency)
    return f"{said}, share of savings {share}"
