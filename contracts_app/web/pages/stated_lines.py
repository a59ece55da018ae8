"""What a line of a draft says of the percentage or the quantity that its amount came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from contracts_app.domain.billing.pay_application import ContinuationLine, Entry, PayApplication
from contracts_app.domain.billing.schedule_of_values import Basis, SovLine
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.unit_price import multiplied_out
from contracts_app.domain.cost_plus.explained import explained as cost_explained
from contracts_app.domain.money import multiply, round_to
from contracts_app.web.pages.formatting import quantity
from contracts_app.web.pages.formatting import rate as in_percent


@dataclass(frozen=True)
class StatedLine:
    """How a line is entered, and what was entered as its cells show it again.

    `unit` is that of a line paid by measure, else empty; `explained` says how the amount came about.
    """

    unit: str
    by_percent: bool
    percent: str
    quantity: str
    final: bool
    explained: str


def stated_lines(snapshot: Snapshot, figures: PayApplication) -> Mapping[UUID, StatedLine]:
    """Every line of the schedule."""
    entries = {entry.line_id: entry for entry in snapshot.entries}
    at_cost = cost_explained(figures.costs, figures.maximum, figures.currency)
    agreed = {line.id: line for line in snapshot.schedule}
    return {
        line.line_id: _stated(
            agreed[line.line_id],
            entries.get(line.line_id, Entry(line_id=line.line_id)),
            line,
            figures.currency,
            at_cost.get(line.line_id, ""),
        )
        for line in figures.lines
    }


def percent_shown(entry: Entry, line: ContinuationLine, currency: str) -> str:
    """The percentage to date that was typed, as its cell shows it again: `33.3333`.

    Nothing once the scheduled value has changed since: the amount stayed, so it is no longer that percentage.
    """
    fraction = entry.fraction_to_date
    if fraction is None or round_to(multiply(line.scheduled_value, fraction), currency) != line.total:
        return ""
    return in_percent(fraction).removesuffix(" %")


def _stated(
    agreed: SovLine, entry: Entry, line: ContinuationLine, currency: str, explained: str
) -> StatedLine:
    terms = agreed.unit_price
    if terms is not None and entry.quantity_to_date is not None:
        explained = multiplied_out(terms, entry.quantity_to_date, finally_measured=entry.finally_measured)
    elif entry.fraction_this_period is not None:
        explained = f"{in_percent(entry.fraction_this_period)} of C"
    return StatedLine(
        unit=terms.unit if terms else "",
        by_percent=agreed.basis is Basis.percent_complete,
        percent=percent_shown(entry, line, currency),
        quantity=quantity(entry.quantity_to_date),
        final=entry.finally_measured,
        explained=explained,
    )
