"""An application under a guaranteed maximum price: what its portions and the fee bill.

Every line of the schedule is a portion of the maximum (work, an allowance, contingency); one is the fee. A
portion stands at its cost, at its completed work or at its part of the maximum, whatever decides the whole;
the fee has the rest, and at the end the contractor's share of savings (docs/SPEC-cost-plus.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from contracts_app.domain.billing.cost_lines import claimed_by_line, completed_of
from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.billing.schedule_of_values import SovLine
from contracts_app.domain.cost_plus.cost_plus import CostBefore
from contracts_app.domain.cost_plus.fees import (
    CostStanding,
    FeeBilledBy,
    FeeToDate,
    PercentFee,
    fee_to_date,
)
from contracts_app.domain.cost_plus.guaranteed_maximum import (
    GmpBilled,
    Limit,
    Portion,
    PortionKind,
    absorbed_in_words,
    progress,
    spread,
)
from contracts_app.domain.cost_plus.ledger import CostsBefore, JobCost, LineCosts, bill_line
from contracts_app.domain.cost_plus.maximum_billed import MaximumBilled
from contracts_app.domain.cost_plus.savings import final_accounting, unused_allowances
from contracts_app.domain.cost_plus.terms import MaximumPriceTerms
from contracts_app.domain.money import ZERO, less, multiply, share, total
from contracts_app.domain.refusals import wrong_content

_ONE = Decimal(1)


def billed(
    schedule: Sequence[SovLine],
    terms: MaximumPriceTerms,
    maximum: Decimal,
    costs: Iterable[JobCost],
    before: Iterable[CostsBefore],
    certified: Mapping[UUID, Decimal],
    entries: Mapping[UUID, Entry],
    currency: str,
    period_to: date,
    *,
    work_completed: bool,
) -> tuple[tuple[LineCosts, ...], MaximumBilled]:
    """What each line claims, and what that stands on.

    `maximum` is the price as change orders in force make it; `certified` is what was certified of a line
    before. Once the work is complete it is the final accounting: completed work no longer limits it, and the
    contractor's share of savings comes with the fee. Raises Refused for a cost on a line that is no portion,
    a schedule without one line for the fee, and as the rules of cost plus do.
    """
    fee_line = fee_line_of(schedule)
    lines = [line for line in schedule if line.cost_plus is not None and line.id != fee_line.id]
    claimed = claimed_by_line(lines, costs)
    earlier = {each.line_id: each.billed for each in before}
    own = {
        line.id: bill_line(
            line.id,
            line.cost_plus,
            claimed[line.id],
            earlier.get(line.id, CostBefore()),
            currency,
            period_to=period_to,
        )
        for line in lines
        if line.cost_plus is not None
    }
    portions = portions_of(schedule, {key: each.cost_to_date for key, each in own.items()}, entries)
    cost = total(each.cost_to_date for each in own.values())
    standing = standing_of(portions, _fee_bearing(own.values()), terms)
    fee = fee_to_date(terms.fee_terms, standing, currency)
    if work_completed:
        reached = _at_the_end(cost, fee, maximum, currency)
        accounting = final_accounting(
            cost,
            fee.billable,
            maximum,
            terms.savings,
            currency,
            work_completed=True,
            allowances_left=unused_allowances(portions),
        )
        shared = accounting.to_contractor
    else:
        follows = isinstance(terms.fee, PercentFee) or terms.fee.billed_by is FeeBilledBy.cost
        reached = progress(
            portions, fee.billable, maximum, currency, lesser=terms.lesser, fee_follows_cost=follows
        )
        accounting, shared = None, ZERO
    stands = spread(portions, fee.billable, reached, currency, lesser=terms.lesser)
    earned = {each.portion_id: each.earned for each in stands.portions}
    fee_before = earlier.get(fee_line.id, CostBefore()).fee
    of_fee = LineCosts(
        line_id=fee_line.id,
        entries=(),
        categories=(),
        fee_to_date=fee,
        cost=ZERO,
        fee=less(fee.billable, fee_before),
        over=ZERO,
        amount=less(total((stands.fee, shared)), certified.get(fee_line.id, ZERO)),
    )
    on_lines = {
        line_id: each.model_copy(update={"amount": less(earned[line_id], certified.get(line_id, ZERO))})
        for line_id, each in own.items()
    } | {fee_line.id: of_fee}
    return (
        tuple(on_lines[line.id] for line in schedule if line.id in on_lines),
        MaximumBilled(portions=portions, cost=cost, fee=fee, progress=reached, accounting=accounting),
    )


def fee_line_of(schedule: Sequence[SovLine]) -> SovLine:
    """The line that carries the fee. Raises Refused where there is none, or more than one."""
    found = [line for line in schedule if line.cost_plus is not None and line.cost_plus.is_fee]
    if len(found) != 1:
        raise wrong_content(
            "no_fee_line",
            "Under a guaranteed maximum price one line of the schedule, and no other, is the fee: say which.",
        )
    return found[0]


def require_portions(schedule: Sequence[SovLine], terms: MaximumPriceTerms | None) -> None:
    """Refuse (Refused) a schedule that does not go with the terms: under a maximum price every line is part
    of it, and no line has a limit or a fee of its own; without one no line is a part."""
    if terms is None:
        for line in schedule:
            if line.cost_plus is not None and (
                line.cost_plus.is_fee or line.cost_plus.portion is not PortionKind.work
            ):
                raise wrong_content(
                    "no_maximum_price",
                    f"Line {line.item_no} is part of a guaranteed maximum price, and the contract has none: "
                    "agree it in the terms, or bill the line otherwise.",
                )
        return
    fee_line_of(schedule)
    for line in schedule:
        if line.cost_plus is None or line.not_to_exceed:
            raise wrong_content(
                "not_a_portion",
                f"Line {line.item_no}: under a guaranteed maximum price every line is billed at cost plus a "
                "fee, as an estimate; only the whole is a maximum.",
            )
        if line.cost_plus.fee != PercentFee(rate=ZERO):
            raise wrong_content(
                "fee_of_a_portion",
                f"Line {line.item_no}: the fee is agreed for the whole contract, not on this line.",
            )


def portions_of(
    schedule: Sequence[SovLine], costs: Mapping[UUID, Decimal], entries: Mapping[UUID, Entry]
) -> tuple[Portion, ...]:
    """The portions of the maximum price: cost to date by `costs`, line → cost, complete as `entries` say."""
    return tuple(
        _portion(line, costs.get(line.id, ZERO), entries)
        for line in schedule
        if line.cost_plus is not None and not line.cost_plus.is_fee
    )


def _portion(line: SovLine, cost: Decimal, entries: Mapping[UUID, Entry]) -> Portion:
    assert line.cost_plus is not None
    kind = line.cost_plus.portion
    if kind is PortionKind.contingency:
        return Portion(id=line.id, item_no=line.item_no, kind=kind, share=line.scheduled_value)
    # A deduction is complete once it is agreed.
    unsaid = _ONE if line.scheduled_value < ZERO else ZERO
    completed = completed_of(line, entries.get(line.id))
    return Portion(
        id=line.id,
        item_no=line.item_no,
        kind=kind,
        share=line.scheduled_value,
        completed=unsaid if completed is None else completed,
        cost=cost,
    )


def standing_of(
    portions: Sequence[Portion], fee_bearing: Mapping[str, Decimal], terms: MaximumPriceTerms
) -> CostStanding:
    """Where cost stands for the fee: by category, in all, and how far the whole work is complete."""
    shares = total(one.share for one in portions if one.kind is not PortionKind.contingency)
    value = total(multiply(one.share, one.completed) for one in portions)
    done = share(value, shares) if shares > ZERO else ZERO
    return CostStanding(
        fee_bearing=fee_bearing,
        cost=total(one.cost for one in portions),
        expected_cost=terms.expected_cost,
        completed=min(max(done, ZERO), _ONE),
    )


def _fee_bearing(own: Iterable[LineCosts]) -> Mapping[str, Decimal]:
    bearing: dict[str, Decimal] = {}
    for line in own:
        for each in line.categories:
            bearing[each.category] = total((bearing.get(each.category, ZERO), each.fee_bearing))
    return bearing


def _at_the_end(cost: Decimal, fee: FeeToDate, maximum: Decimal, currency: str) -> GmpBilled:
    """Cost and fee, at most the maximum: the work is done, so that it limits nothing."""
    spent = total((cost, fee.billable))
    earned, absorbed = min(spent, maximum), max(less(spent, maximum), ZERO)
    return GmpBilled(
        completed_work=maximum,
        cost_and_fee=spent,
        maximum=maximum,
        earned=earned,
        limit=Limit.cost_and_fee if earned == spent else Limit.maximum_price,
        waiting=ZERO,
        absorbed=absorbed,
        retained=ZERO,
        shortfall=ZERO,
        to_date=earned,
        due=earned,
        says=absorbed_in_words(spent, maximum, absorbed, currency),
    )
