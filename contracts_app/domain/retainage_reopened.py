"""Change orders that open a tier of retainage again: they lower the completion of work that is done
(docs/SPEC-retainage.md, "A change order opens a tier again")."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from contracts_app.domain import retainage_tiers
from contracts_app.domain.drafting import Snapshot
from contracts_app.domain.money import ZERO, in_words_of_a_page, multiply, total
from contracts_app.domain.pay_application import PreviousLine
from contracts_app.domain.retainage_measures import before_orders, line_value, sums
from contracts_app.domain.retainage_terms import CompletionOf, RetainageTerms
from contracts_app.domain.schedule_of_values import ChangeOrder, in_force


@dataclass(frozen=True, slots=True)
class Reopened:
    """Work of the prior certificate that was in a higher tier before change orders raised the sum.

    `work` was measured on `then` and is measured on `now`; it is below the threshold `above` again.
    `item_no` names the line, None the contract.
    """

    item_no: str | None
    above: Decimal
    work: Decimal
    then: Decimal
    now: Decimal

    def sentence(self, currency: str) -> str:
        """What happened, for whoever approves the draft."""
        work, then, now = (
            in_words_of_a_page(amount, currency) for amount in (self.work, self.then, self.now)
        )
        percent = f"{multiply(self.above, Decimal(100)):f}"
        short = percent.rstrip("0").rstrip(".") if "." in percent else percent
        return (
            f"Change orders raise the sum that completion is measured on from {then} to {now}: the {work} of "
            f"work done before is below {short} % of it again, and bears what that tier withholds."
        )


def reopened(snapshot: Snapshot) -> tuple[Reopened, ...]:
    """The tiers that change orders executed since the prior certificate have opened again."""
    agreed, previous = snapshot.terms.retainage, snapshot.previous
    if agreed.tiers is None or previous is None:
        return ()
    orders = in_force(snapshot.change_orders, snapshot.period_to)
    new = [order for order in orders if order.executed_on and order.executed_on > previous.period_to]
    if not new:
        return ()
    return tuple(_reopened(snapshot, orders, new, {line.line_id: line for line in previous.lines}))


def _reopened(
    snapshot: Snapshot,
    orders: Sequence[ChangeOrder],
    new: Sequence[ChangeOrder],
    done: dict[object, PreviousLine],
) -> Iterator[Reopened]:
    agreed = snapshot.terms.retainage
    earlier = [order for order in orders if order not in new]
    schedule = before_orders(snapshot.schedule, new)
    under = [
        line
        for line in schedule
        if agreed.rate_of(line.retainage_rate, line.change_order) is None and line.id in done
    ]
    assert agreed.tiers is not None
    if agreed.tiers.completion_of is CompletionOf.contract:
        work = [done[line.id] for line in under]
        then = sums(snapshot.terms, schedule, earlier).under_rates
        now = sums(snapshot.terms, snapshot.schedule, orders).under_rates
        yield from _fell(agreed, None, work, then, now)
        return
    values = {line.id: line_value(line, orders, agreed) for line in snapshot.schedule}
    for line in under:
        then = line_value(line, earlier, agreed)
        yield from _fell(agreed, line.item_no, [done[line.id]], then, values[line.id])


def _fell(
    agreed: RetainageTerms, item_no: str | None, work: Sequence[PreviousLine], then: Decimal, now: Decimal
) -> Iterator[Reopened]:
    completed, stored = total(line.completed for line in work), total(line.stored for line in work)
    reached_now = retainage_tiers.reached(agreed, completed, stored, now)
    if min(then, now) > ZERO and retainage_tiers.reached(agreed, completed, stored, then) > reached_now:
        assert agreed.tiers is not None
        counted = total((completed, stored)) if agreed.tiers.with_stored else completed
        yield Reopened(item_no, agreed.tiers.tiers[reached_now].above, counted, then, now)
