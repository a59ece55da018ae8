"""Costs of a contract as they are recorded, and what the lines billed at cost plus a fee make of them.

A cost stands on a line of the schedule, in one category, and is billed once. What was certified of a line is
taken off what cost and fee come to by now, so that a certifier's cut is claimed again
(docs/SPEC-cost-plus.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts_app.domain.canonical import ADDED_LATER
from contracts_app.domain.cost_plus.cost_plus import CategoryToDate, CostBefore, CostEntry, CostSource, bill
from contracts_app.domain.cost_plus.fees import FeeToDate
from contracts_app.domain.cost_plus.terms import CostCategory, CostPlusTerms
from contracts_app.domain.money import ZERO, Amount, fraction_of, less, round_to, total
from contracts_app.domain.names import BusinessDate, Name


class JobCost(BaseModel):
    """A cost that was recorded on a line of the contract, in the contract's currency.

    `gross` is what was paid, `recoverable_tax` the part that the firm gets back from the state, `fee_within`
    what of the rest is a fee already. `source` says where it comes from, in words. Below zero it gives back;
    `corrects` names the cost that it adjusts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    line_id: UUID
    incurred_on: BusinessDate
    category: CostCategory
    description: str
    vendor: Name | None = None
    source: str = ""
    gross: Amount
    recoverable_tax: Amount = ZERO
    fee_within: Amount = ZERO
    corrects: UUID | None = None
    billed: Annotated[Amount | None, ADDED_LATER] = None
    """What is billed instead of what it cost, where somebody wrote it up or down."""

    @property
    def cost(self) -> Decimal:
        """What it cost: net of recoverable tax."""
        return less(self.gross, self.recoverable_tax)

    @property
    def amount(self) -> Decimal:
        """What is billed of it: what it cost, unless it was written up or down."""
        return self.cost if self.billed is None else self.billed

    def as_entry(self) -> CostEntry:
        """The cost as the rules of cost plus see it, as it is billed.

        What is billed above the cost bears no fee, and what of the cost is a fee already bears none, however
        little of the cost is billed.
        """
        return CostEntry(
            id=self.id,
            incurred_on=self.incurred_on,
            category=self.category.value,
            source=CostSource.labour if self.category is CostCategory.labour else CostSource.vendor,
            reference=str(self.id),
            gross=self.gross if self.billed is None else self.billed,
            recoverable_tax=self.recoverable_tax if self.billed is None else ZERO,
            fee_within=self.fee_within if self.billed is None else less(self.billed, self._fee_bearing()),
            corrects=self.corrects,
        )

    def _fee_bearing(self) -> Decimal:
        """What of a written amount may bear a fee: as much of it as is cost, less the fee within."""
        if self.cost < ZERO:
            return min(less(max(self.amount, self.cost), self.fee_within), ZERO)
        return max(less(min(self.amount, self.cost), self.fee_within), ZERO)

    def as_recorded(self) -> JobCost:
        """The cost as it was recorded, whatever is billed of it."""
        return self.model_copy(update={"billed": None})


def given_back(family: Sequence[JobCost], amount: Decimal, currency: str) -> Decimal | None:
    """What is billed of an entry of `amount` that corrects a cost: `family`, it and what corrects it so far.

    None: the amount itself. Of a cost that was written down only what is billed of it is given back: a cost
    of 1,000.00 written down to 800.00 that turns out to be 900.00 is still billed at 800.00. What was written
    up is given back with its mark-up: of 1,000.00 written up to 1,200.00 and then 900.00, 1,080.00 stay
    billed, rounded once, and nothing where nothing is left of the cost (docs/SPEC-cost-plus.md, rule 20).
    """
    cost, billed = total(one.cost for one in family), total(one.amount for one in family)
    sign = -1 if cost < ZERO else 1
    if sign * amount > ZERO:
        return None
    left = total((cost, amount))
    if sign * billed < sign * cost:
        still = min(billed, left) if sign > 0 else max(billed, left)
    elif sign * left <= ZERO:
        still = left
    else:
        still = round_to(fraction_of(billed, left, cost), currency)
    back = less(still, billed)
    return None if back == amount else back


class CostsBefore(BaseModel):
    """What a line was billed of cost and fee on earlier invoices, whether or not it was certified."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    billed: CostBefore


class LineCosts(BaseModel):
    """What a line bills for cost on one invoice.

    `cost` and `fee` are new on this invoice. `over` is what cost and fee to date pass the not-to-exceed
    amount by; it waits. `amount` is cost and fee to date, at most that limit, less what was certified before:
    so it may hold again what a certifier cut.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    entries: tuple[JobCost, ...]
    categories: tuple[CategoryToDate, ...]
    fee_to_date: FeeToDate
    cost: Amount
    fee: Amount
    over: Amount
    amount: Amount

    @property
    def other(self) -> Decimal:
        """What of the amount is neither new cost nor new fee: claimed again, or held back by the limit."""
        return less(self.amount, self.cost, self.fee)

    @property
    def cost_to_date(self) -> Decimal:
        """Cost billed by now."""
        return total(each.cost for each in self.categories)


Costs = Annotated[tuple[JobCost, ...], Field(max_length=20_000)]


def in_order(costs: Iterable[JobCost]) -> tuple[JobCost, ...]:
    """Costs as they stand on papers: by category, day, what it was."""
    place = {category: number for number, category in enumerate(CostCategory)}
    return tuple(
        sorted(costs, key=lambda one: (place[one.category], one.incurred_on, one.description, str(one.id)))
    )


def claimable(offered: Iterable[JobCost], terms: CostPlusTerms, period_to: date) -> tuple[JobCost, ...]:
    """Of the costs offered on a line those that an invoice for the period claims."""
    return in_order(one for one in offered if one.incurred_on <= period_to and terms.allows(one.category))


def bill_line(
    line_id: UUID,
    terms: CostPlusTerms,
    costs: Sequence[JobCost],
    before: CostBefore,
    currency: str,
    *,
    period_to: date,
    certified: Decimal = ZERO,
    cap: Decimal | None = None,
    completed: Decimal | None = None,
) -> LineCosts:
    """What the costs claimed on a line come to with their fee.

    `certified` is what was certified of the line before, `completed` the fraction of the work that is
    complete, where the fee goes by it. Raises Refused as `cost_plus.bill` does.
    """
    known = {one.id: one for one in costs}
    billed = bill(
        line_id,
        terms.fee_terms,
        [one.as_entry() for one in costs],
        before,
        currency,
        period_to=period_to,
        expected_cost=terms.expected_cost,
        completed=completed,
    )
    over = ZERO if cap is None else max(less(billed.to_date, cap), ZERO)
    return LineCosts(
        line_id=line_id,
        entries=in_order(known[entry.id] for entry in billed.entries),
        categories=billed.categories,
        fee_to_date=billed.fee_to_date,
        cost=billed.cost,
        fee=billed.fee,
        over=over,
        amount=less(billed.to_date, over, certified),
    )
