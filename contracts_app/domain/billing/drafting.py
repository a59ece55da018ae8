"""A draft is a pure function of a captured snapshot."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from contracts_app.domain import canonical
from contracts_app.domain.billing.claiming import billed
from contracts_app.domain.billing.pay_application import Entry, PayApplication, compose
from contracts_app.domain.billing.schedule_of_values import in_force
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.cost_plus.ledger import LineCosts
from contracts_app.domain.cost_plus.maximum_billed import MaximumBilled
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.time.time_and_materials import TimeBilled


def draft(snapshot: Snapshot) -> PayApplication:
    """The application that the snapshot gives: always the same figures for the same snapshot.

    Of the change orders only those in force at the end of the period count. Raises Refused when a line is
    entered twice or is not in the schedule of values, an entry has no rate, or a sum has more digits than an
    amount can have.
    """
    claimed = billed(snapshot)
    return figures_of(snapshot, claimed.entries, claimed.time, claimed.costs, claimed.maximum)


def figures_of(
    snapshot: Snapshot,
    entries: Sequence[Entry],
    time: Sequence[TimeBilled],
    costs: Sequence[LineCosts],
    maximum: MaximumBilled | None = None,
) -> PayApplication:
    """The application with these claims instead of those of the snapshot. Raises Refused as `draft` does."""
    by_line = {entry.line_id: entry for entry in entries}
    if len(by_line) < len(entries):
        raise wrong_content("entered_twice", "A line of the schedule of values is entered twice.")
    try:
        return compose(
            kind=snapshot.kind,
            application_no=snapshot.application_no,
            period_to=snapshot.period_to,
            terms=snapshot.terms,
            schedule=snapshot.schedule,
            orders_in_force=in_force(snapshot.change_orders, snapshot.period_to),
            previous=snapshot.previous,
            entries=by_line,
            released=snapshot.released_to_date(),
            time=time,
            deposit_balance=snapshot.deposit_balance,
            costs=costs,
            maximum=maximum,
            ended=snapshot.work_completed,
        )
    except ValidationError:
        raise wrong_content("amount_too_large", "The amounts add up to more than can be billed.") from None


def content_hash(snapshot: Snapshot, figures: PayApplication | None = None) -> str:
    """What an approval is bound to: the snapshot and every figure that follows from it.

    `figures` are those of the snapshot, where the caller has them already.
    """
    return canonical.digest({"snapshot": snapshot, "figures": figures or draft(snapshot)})
