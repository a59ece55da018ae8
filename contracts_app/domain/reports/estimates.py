"""Estimates at completion: what a contract will have cost, as somebody estimated it on a day.

They make a contract's position in the work-in-progress schedule (docs/SPEC-work-in-progress.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, model_validator

from contracts_app.domain.billing.schedule_of_values import ChangeOrder
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.money import ZERO, Amount, in_words_of_a_page, less, total
from contracts_app.domain.names import BusinessDate
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.domain.reports.wip_schedule import Job, Reported, Split
from contracts_app.domain.reports.work_in_progress import (
    Cost,
    Costs,
    CostToCost,
    Measure,
    Position,
    measured,
    work_in_progress,
)


class CostEstimate(BaseModel):
    """What a contract will have cost in all when it is done, estimated as of the end of a day.

    `to_date` is the cost until then, as somebody typed it; None takes the costs recorded of the contract,
    to the day of each report. `uninstalled` and `wasted` are parts of the cost to date.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    as_of: BusinessDate
    at_completion: Cost
    to_date: Cost | None = None
    uninstalled: Cost = ZERO
    wasted: Cost = ZERO
    measure: Measure = CostToCost()

    @model_validator(mode="after")
    def _covers_what_is_spent(self) -> CostEstimate:
        if self.to_date is not None and self.at_completion < self.to_date:
            raise ValueError("the cost at completion is at least the cost to date")
        return self

    def costs(self, recorded: Decimal, currency: str) -> Costs:
        """The costs of a report, where so much cost is recorded to its day.

        Cost beyond the estimate leaves nothing to complete. Raises Refused where uninstalled material and
        waste are more than the cost that they are parts of.
        """
        spent = recorded if self.to_date is None else self.to_date
        parts = total((self.uninstalled, self.wasted))
        if spent < ZERO or parts > spent:
            raise wrong_content(
                "parts_above_cost",
                f"Uninstalled material and waste come to {in_words_of_a_page(parts, currency)}, above the "
                f"cost to date, {in_words_of_a_page(spent, currency)}: enter the estimate again.",
            )
        return Costs(
            to_date=spent,
            to_complete=max(less(self.at_completion, spent), ZERO),
            uninstalled=self.uninstalled,
            wasted=self.wasted,
        )


class Billed(BaseModel):
    """What was billed to date, gross, by an invoice that stands from a day on, and the retainage in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    since: BusinessDate
    application_no: int
    gross: Amount
    retainage: Amount


class Spent(BaseModel):
    """Cost incurred on a day."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    on: BusinessDate
    amount: Amount


class Recorded(BaseModel):
    """Everything recorded of a contract that a report of any day is made from."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    number: str
    terms: ContractTerms
    change_orders: tuple[ChangeOrder, ...] = ()
    estimates: tuple[CostEstimate, ...] = ()
    """In the order in which they were entered."""
    billed: tuple[Billed, ...] = ()
    spent: tuple[Spent, ...] = ()


def in_force_on(estimates: Iterable[CostEstimate], day: date) -> CostEstimate | None:
    """The estimate that a report of that day goes by: the latest as of it; of one day the last entered."""
    known = [one for one in estimates if one.as_of <= day]
    return max(enumerate(known), key=lambda each: (each[1].as_of, each[0]))[1] if known else None


def position_on(recorded: Recorded, day: date) -> Position | None:
    """The contract as a report of that day shows it; None without an estimate. Raises Refused as `costs`."""
    estimate = in_force_on(recorded.estimates, day)
    if estimate is None:
        return None
    billed = _billed_on(recorded.billed, day)
    spent = total(one.amount for one in recorded.spent if one.on <= day)
    return Position(
        number=recorded.number,
        original_sum=recorded.terms.original_sum,
        change_orders=recorded.change_orders,
        measure=estimate.measure,
        costs=estimate.costs(spent, recorded.terms.currency),
        billed=billed.gross if billed else ZERO,
        retainage_held=billed.retainage if billed else ZERO,
    )


def job_on(recorded: Recorded, day: date) -> Job | None:
    """The contract with what reports of the last day of the month before and of the year before say of it;
    None without an estimate. Raises Refused as `costs` and `work_in_progress` do."""
    position = position_on(recorded, day)
    if position is None:
        return None
    return Job(
        position=position,
        last_report=_reported(recorded, month_before(day), position.measure),
        year_end=_reported(recorded, date(day.year - 1, 12, 31), position.measure),
    )


def month_before(day: date) -> date:
    """The last day of the month before that day's."""
    return date.fromordinal(day.replace(day=1).toordinal() - 1)


def _reported(recorded: Recorded, day: date, measure: Measure) -> Reported | None:
    """What a report of that day said. What was measured is known as long as it is measured alike."""
    try:
        position = position_on(recorded, day)
    except Refused:  # what stood then never added up, so no report could have said it
        return None
    if position is None:
        return None
    then = work_in_progress(position, day, recorded.terms.currency)
    alike = type(position.measure) is type(measure) and position.measure.by == measure.by
    return Reported(
        estimated_gross_profit=then.estimated_gross_profit,
        to_date=Split(earned=then.earned, cost=then.cost_to_date, gross_profit=then.gross_profit),
        done=measured(position.measure, position.costs)[0] if alike else None,
        uninstalled=position.costs.uninstalled,
    )


def _billed_on(known: Sequence[Billed], day: date) -> Billed | None:
    standing = [one for one in known if one.since <= day]
    return max(standing, key=lambda one: (one.application_no, one.since), default=None)
