"""The next applications of a contract, if work goes on as assumed: what a change of its terms does.

Nothing here is billed or stored. The figures are those of `drafting.draft`, so the rules that make them are
the ones that will bill.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from contracts_app.domain import business_time
from contracts_app.domain.approving.chain import CONTROLLER, chain_of, steps_of
from contracts_app.domain.billing import drafting, recurring
from contracts_app.domain.billing.advance_billed import invoiced
from contracts_app.domain.billing.milestones import approved_amounts
from contracts_app.domain.billing.pay_application import (
    Entry,
    PayApplication,
    PreviousCertificate,
    PreviousLine,
    as_previous,
)
from contracts_app.domain.billing.schedule_of_values import MAY_BE_AN_ESTIMATE, Basis, SovLine
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.contract import ContractTerms, ReceivableArises
from contracts_app.domain.money import ZERO, Rate, less, multiply, round_to, total
from contracts_app.domain.receivables.receivables import due_date

ONE_DAY = timedelta(days=1)


def _share_of_work(value: Decimal) -> Decimal:
    if not ZERO < value <= 1:
        raise ValueError("the work of a period is a fraction above 0 and at most 1, e.g. 0.10 for 10 %")
    return value


ShareOfWork = Annotated[Rate, AfterValidator(_share_of_work)]


class Projected(BaseModel):
    """An application as it would be. `arises_on` is the day on which the client would owe it: the period's
    end, or the last day for certification; `controller`: it would need a controller's approval too."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    figures: PayApplication
    arises_on: date
    due_on: date
    controller: bool


def project(base: Snapshot, share: Decimal, count: int) -> tuple[Projected, ...]:
    """The next `count` applications from `base`, whose terms may be any.

    Assumed: in each period `share` of every line's scheduled value is done until it is full, time and cost
    included; a recurring fee bills what is due, a line billed by milestones what is approved and what is
    planned by then; stored material stays where it is; every application is certified in full; nothing else
    is released or ordered.
    """
    found: list[Projected] = []
    schedule = tuple(
        line.model_copy(update={"basis": _shown_as(line), "cost_plus": None}) for line in base.schedule
    )
    base = _with_advance(base)
    nothing_yet: dict[str, object] = {"time": (), "time_before": (), "costs": (), "costs_before": ()}
    terms = base.terms.model_copy(update={"guaranteed_maximum": None})
    following = base.model_copy(update={"terms": terms, "schedule": schedule, "releases": (), **nothing_yet})
    for _ in range(count):
        entries = tuple(_entry(following, line, share) for line in schedule)
        following = following.model_copy(update={"entries": entries})
        figures = drafting.draft(following)
        found.append(_dated(following.terms, figures))
        following = following.model_copy(
            update={
                "previous": as_previous(figures, following.terms.retainage),
                "application_no": following.application_no + 1,
                "period_to": business_time.period_end(
                    following.terms.cut_off_day, following.period_to + ONE_DAY
                ),
                "deposit_balance": less(following.deposit_balance, figures.deposit_applied),
            }
        )
    return tuple(found)


def _with_advance(base: Snapshot) -> Snapshot:
    """An advance payment that is agreed and not invoiced yet comes before the applications."""
    agreed, before = base.terms.advance, base.previous
    if agreed is None or (before is not None and before.advance is not None):
        return base
    ahead = invoiced(agreed, base.terms.original_sum, None, base.terms.currency)
    if before is None:
        before = PreviousCertificate(
            application_no=base.application_no - 1,
            period_to=base.terms.contract_date,
            line6=ZERO,
            lines=(),
        )
    line6 = total((before.line6, ahead.outstanding))
    return base.model_copy(update={"previous": before.model_copy(update={"advance": ahead, "line6": line6})})


def _shown_as(line: SovLine) -> Basis:
    return Basis.lump_sum if line.basis in MAY_BE_AN_ESTIMATE else line.basis


def _entry(base: Snapshot, line: SovLine, share: Decimal) -> Entry:
    known = next(
        (one for one in (base.previous.lines if base.previous else ()) if one.line_id == line.id),
        PreviousLine(line_id=line.id),
    )
    if line.basis is Basis.milestone:
        reached = total(
            (
                approved_amounts(base.milestones).get(line.id, ZERO),
                *(
                    less(one.amount, one.approved_amount)
                    for one in base.milestones
                    if one.line_id == line.id
                    and one.state != "approved"
                    and one.planned_on is not None
                    and one.planned_on <= base.period_to
                ),
            )
        )
        return Entry(line_id=line.id, this_period=max(less(reached, known.completed), ZERO))
    if line.recurring is not None:
        owed = recurring.unbilled(line.recurring, base.period_to, known.completed, base.terms.currency)
        return Entry(line_id=line.id, this_period=owed, stored=known.stored)
    left = less(line.scheduled_value, known.completed, known.stored)
    work = round_to(multiply(line.scheduled_value, share), base.terms.currency)
    # A deduction is worked off downwards, as its scheduled value is.
    this_period = max(left, work) if line.scheduled_value < ZERO else max(min(left, work), ZERO)
    return Entry(line_id=line.id, this_period=this_period, stored=known.stored)


def _dated(terms: ContractTerms, figures: PayApplication) -> Projected:
    certified = terms.receivable_arises is ReceivableArises.certification
    arises_on = figures.period_to + timedelta(days=terms.certification_days if certified else 0)
    return Projected(
        figures=figures,
        arises_on=arises_on,
        due_on=due_date(arises_on, terms.payment_days),
        controller=CONTROLLER in steps_of(chain_of(figures.line8, terms.controller_limit)),
    )
