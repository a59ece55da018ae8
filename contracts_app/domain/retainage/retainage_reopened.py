"""Change orders that open a tier of retainage again: they lower the completion of work that is done
(docs/SPEC-retainage.md, "A change order opens a tier again")."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from contracts_app.domain.billing.pay_application import PreviousLine
from contracts_app.domain.billing.schedule_of_values import ChangeOrder, in_force
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.money import in_words_of_a_page, less, round_to, total
from contracts_app.domain.retainage import retainage_tiers
from contracts_app.domain.retainage.retainage_measures import before_orders, line_value, sums
from contracts_app.domain.retainage.retainage_terms import CompletionOf


@dataclass(frozen=True, slots=True)
class Reopened:
    """Work of the prior certificate on which more is withheld since change orders raised the sum.

    Completion was measured on `then` and is measured on `now`; that withholds `more` on the work done before,
    in the contract's currency. `item_no` names the line, None the contract.
    """

    item_no: str | None
    then: Decimal
    now: Decimal
    more: Decimal

    def sentence(self, currency: str) -> str:
        """What happened, for whoever approves the draft."""
        then, now, more = (
            in_words_of_a_page(amount, currency) for amount in (self.then, self.now, self.more)
        )
        return (
            f"Change orders raise the sum that completion is measured on from {then} to {now}, which opens a "
            f"tier of retainage again: {more} more is withheld on work done before, with the next work."
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
        yield from _more(snapshot, None, work, then, now)
        return
    values = {line.id: line_value(line, orders, agreed) for line in snapshot.schedule}
    for line in under:
        then = line_value(line, earlier, agreed)
        yield from _more(snapshot, line.item_no, [done[line.id]], then, values[line.id])


def _more(
    snapshot: Snapshot, item_no: str | None, work: Sequence[PreviousLine], then: Decimal, now: Decimal
) -> Iterator[Reopened]:
    agreed, currency = snapshot.terms.retainage, snapshot.terms.currency
    completed, stored = total(line.completed for line in work), total(line.stored for line in work)
    bore, bears = (
        round_to(retainage_tiers.borne(agreed, completed, stored, of).whole, currency) for of in (then, now)
    )
    if bears > bore:
        yield Reopened(item_no, then, now, less(bears, bore))
