"""The work-in-progress schedule: every contract in a row, and totals that net nothing.

Rules and worked numbers stand in docs/SPEC-work-in-progress.md. All contracts of a schedule are in one
currency.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, ValidationError

from contracts_app.domain.money import ZERO, Amount, Rate, less, require_at_scale, share, total
from contracts_app.domain.names import BusinessDate, Currency
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.reports.work_in_progress import (
    Cost,
    Position,
    Quantity,
    WorkInProgress,
    earned,
    measured,
    work_in_progress,
)


class Split(BaseModel):
    """Revenue, cost and gross profit of a stretch of time."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    earned: Amount = ZERO
    cost: Amount = ZERO
    gross_profit: Amount = ZERO


class Reported(BaseModel):
    """What an earlier report said of the contract, cumulative to its day.

    `done` and `uninstalled` are what progress was measured by then; without `done` nobody can say which part
    of a change comes from a new estimate.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    estimated_gross_profit: Amount
    to_date: Split
    done: Quantity | Cost | None = None
    uninstalled: Cost = ZERO


class Job(BaseModel):
    """A contract with what was reported of it before: in the last report, and at the last year end."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    position: Position
    last_report: Reported | None = None
    year_end: Reported | None = None


class WipRow(BaseModel):
    """A contract in the schedule.

    `gain` is the estimated gross profit less that of the last report: a fade is below zero. `caught_up` is
    the part of this period's revenue that corrects what was reported before, because price or estimate
    changed. Both are None without a last report (or without what it was measured by).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    now: WorkInProgress
    prior_years: Split
    this_year: Split
    gain: Amount | None
    caught_up: Amount | None


class WipTotals(BaseModel):
    """Sums over the contracts. Underbillings and overbillings are two sums: one is an asset, the other a
    liability, and their difference means nothing. Percentages are not summed; the margin is that of the
    sums, None where they have no price."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    original_sum: Amount
    change_orders: Amount
    unpriced: Amount
    price: Amount
    pending: Amount
    estimated_cost: Amount
    estimated_gross_profit: Amount
    margin: Rate | None
    cost_to_date: Amount
    earned: Amount
    gross_profit: Amount
    provision: Amount
    billed: Amount
    retainage_held: Amount
    underbilled: Amount
    overbilled: Amount
    backlog: Amount
    prior_years: Split
    this_year: Split
    gain: Amount


class WipSchedule(BaseModel):
    """The schedule as of the end of a day."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    as_of: BusinessDate
    currency: Currency
    rows: tuple[WipRow, ...]
    totals: WipTotals


_SUMMED = (
    "original_sum",
    "change_orders",
    "unpriced",
    "price",
    "pending",
    "estimated_cost",
    "estimated_gross_profit",
    "cost_to_date",
    "earned",
    "gross_profit",
    "provision",
    "billed",
    "retainage_held",
    "underbilled",
    "overbilled",
    "backlog",
)


def schedule(jobs: Sequence[Job], as_of: date, currency: str) -> WipSchedule:
    """The schedule of these contracts, in their order.

    Raises Refused when a contract stands there twice, when amounts add up to more digits than an amount can
    have, and as `work_in_progress` does.
    """
    numbers = [job.position.number for job in jobs]
    if len(set(numbers)) < len(numbers):
        raise wrong_content("contract_twice", "A contract stands in the schedule twice.")
    try:
        rows = tuple(_row(job, as_of, currency) for job in jobs)
        return WipSchedule(as_of=as_of, currency=currency, rows=rows, totals=_totals(rows))
    except ValidationError:
        raise wrong_content("amount_too_large", "The amounts add up to more than can be shown.") from None


def caught_up(position: Position, price: Decimal, before: Reported, currency: str) -> Decimal | None:
    """What the progress of an earlier report would earn by the price and the estimates of today, less what
    was reported as earned. None where it is not known what was measured."""
    if before.done is None:
        return None
    _, whole = measured(position.measure, position.costs)
    return less(earned(price, before.done, whole, before.uninstalled, currency), before.to_date.earned)


def _row(job: Job, as_of: date, currency: str) -> WipRow:
    now = work_in_progress(job.position, as_of, currency)
    last = job.last_report
    for known in (job.last_report, job.year_end):
        if known is not None:
            said = known.to_date
            given = (said.earned, said.cost, said.gross_profit, known.estimated_gross_profit)
            require_at_scale((*given, known.uninstalled), currency)
    prior = job.year_end.to_date if job.year_end else Split()
    return WipRow(
        now=now,
        prior_years=prior,
        this_year=Split(
            earned=less(now.earned, prior.earned),
            cost=less(now.cost_to_date, prior.cost),
            gross_profit=less(now.gross_profit, prior.gross_profit),
        ),
        gain=None if last is None else less(now.estimated_gross_profit, last.estimated_gross_profit),
        caught_up=None if last is None else caught_up(job.position, now.price, last, currency),
    )


def _totals(rows: Sequence[WipRow]) -> WipTotals:
    sums = {name: total(getattr(row.now, name) for row in rows) for name in _SUMMED}
    price = sums["price"]
    return WipTotals(
        **sums,
        margin=share(sums["estimated_gross_profit"], price) if price else None,
        prior_years=_sum(rows, lambda row: row.prior_years),
        this_year=_sum(rows, lambda row: row.this_year),
        gain=total(row.gain for row in rows if row.gain is not None),
    )


def _sum(rows: Sequence[WipRow], part: Callable[[WipRow], Split]) -> Split:
    parts = [part(row) for row in rows]
    return Split(
        earned=total(each.earned for each in parts),
        cost=total(each.cost for each in parts),
        gross_profit=total(each.gross_profit for each in parts),
    )
