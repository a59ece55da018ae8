"""The one way in for the costs of a contract, whatever brings them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.schedule_of_values import SovLine
from contracts_app.domain.cost_plus.cost_plus import require_adjusting
from contracts_app.domain.cost_plus.ledger import JobCost
from contracts_app.domain.cost_plus.terms import CostCategory
from contracts_app.domain.money import ZERO, is_at_scale
from contracts_app.domain.refusals import Refused, not_allowed, wrong_content
from contracts_app.services import cost_parts
from contracts_app.services.costs_at_hand import called, not_paid_on, require_line_of_costs
from contracts_app.store import contracts, job_costs, legal_entities
from contracts_app.store.transaction import Transaction

_NOTHING_YET = ("billed", "written_reason", "held_reason", "part_of_id", "replaced_reason")
"""What people say of a cost once it is there."""
SourceKind = Literal["typed", "file", "vendor_bill", "expense", "ticket", "time"]


@dataclass(frozen=True)
class NewCost:
    """A cost to be posted, in the contract's currency, on one line of its schedule.

    `source_ref` names what it comes from, once in the firm for its kind: `4711 line 2` of a vendor's bill, a
    file with its sheet and row. `approved_by` is who accepted it where it comes from (never who recorded
    it); without one it waits for approval on the contract. `corrects` names the cost that it adjusts.
    """

    line_id: UUID
    category: CostCategory
    incurred_on: date
    gross: Decimal
    description: str
    source_kind: SourceKind
    source_ref: str
    vendor: str | None = None
    recoverable_tax: Decimal = ZERO
    fee_within: Decimal = ZERO
    not_billable_reason: str | None = None
    corrects: UUID | None = None
    recorded_by: UUID | None = None
    """Left out: who gives the command."""
    approved_by: UUID | None = None


def post_costs(tx: Transaction, row: RowMapping, costs: Sequence[NewCost]) -> tuple[UUID, ...]:
    """Write costs into the ledger of a contract, which is locked; returns their ids.

    The one way in for vendor bills, expenses, files and whatever else brings a cost. A category that the
    line does not allow is recorded as not billable, with that reason. Raises Refused for a line that is not
    in the schedule, a day to come, an amount that the currency cannot have, a source recorded before, a
    correction of what was sent back or by more than was entered, and an approval by whoever recorded it.
    """
    lines = {line.id: line for line in contracts.schedule(tx.connection, tx.firm_id, row["id"])}
    currency = contracts.terms_of(row).currency
    today = legal_entities.today(tx, row["legal_entity_id"])
    for cost in costs:
        _require_possible(cost, lines, currency, today)
    _require_new_sources(tx, costs)
    corrected = _correctable(tx, row, costs, currency)
    ids = [
        tx.new_id("job_cost", cost.source_kind, cost.source_ref, number) for number, cost in enumerate(costs)
    ]
    rows = []
    for cost_id, cost in zip(ids, costs, strict=True):
        by = cost.recorded_by or tx.by
        if cost.approved_by is not None and cost.approved_by == by:
            raise not_allowed("Whoever recorded a cost does not approve it.")
        reason = cost.not_billable_reason or not_paid_on(lines[cost.line_id], cost.category)
        rows.append(
            {
                "firm_id": tx.firm_id,
                "id": cost_id,
                "contract_id": row["id"],
                "sov_line_id": cost.line_id,
                "category": cost.category.value,
                "incurred_on": cost.incurred_on,
                "description": cost.description,
                "vendor": cost.vendor,
                "currency": currency,
                "gross": cost.gross,
                "recoverable_tax": cost.recoverable_tax,
                "fee_within": cost.fee_within,
                "source_kind": cost.source_kind,
                "source_ref": cost.source_ref,
                "billable": reason is None,
                "not_billable_reason": reason,
                "corrects_id": cost.corrects,
                "recorded_by": by,
                "decided_by": cost.approved_by,
                "decided_on": today if cost.approved_by is not None else None,
                "state": "open" if cost.approved_by is None else "approved",
                "version": 1,
                **dict.fromkeys(_NOTHING_YET),
            }
        )
    standing = (
        cost_parts.following(tx, one, corrected[one["corrects_id"]]) if one["corrects_id"] else [one]
        for one in rows
    )
    job_costs.insert_costs(tx.connection, [one for each in standing for one in each])
    return tuple(ids)


def _require_possible(cost: NewCost, lines: dict[UUID, SovLine], currency: str, today: date) -> None:
    line = lines.get(cost.line_id)
    if line is None:
        raise wrong_content("not_in_schedule", "A cost stands on a line that the schedule does not have.")
    require_line_of_costs(line)
    if cost.incurred_on > today:
        raise wrong_content("cost_in_future", f"{cost.incurred_on} is in the future.")
    for amount in (cost.gross, cost.recoverable_tax, cost.fee_within):
        if not is_at_scale(amount, currency):
            raise wrong_content("too_many_decimals", f"{amount:f} has more decimals than {currency} has.")
    try:
        as_job_cost(cost).as_entry()
    except ValidationError as error:
        said = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise wrong_content("cost_does_not_agree", f"Line {line.item_no}: {said}.") from None


def as_job_cost(cost: NewCost) -> JobCost:
    """The cost as the rules see it; it has no id of its own yet."""
    return JobCost(
        id=UUID(int=0),
        line_id=cost.line_id,
        incurred_on=cost.incurred_on,
        category=cost.category,
        description=cost.description,
        vendor=cost.vendor,
        gross=cost.gross,
        recoverable_tax=cost.recoverable_tax,
        fee_within=cost.fee_within,
        corrects=cost.corrects,
    )


def _require_new_sources(tx: Transaction, costs: Sequence[NewCost]) -> None:
    named = [(cost.source_kind, cost.source_ref) for cost in costs if cost.source_kind != "typed"]
    twice = {one for one in named if named.count(one) > 1} | job_costs.known_sources(
        tx.connection, tx.firm_id, named
    )
    if twice:
        source = job_costs.source_in_words(*min(twice))
        raise Refused(
            "cost_twice", f"The cost of {source} is recorded already: it is passed on once; correct it there."
        )


def _correctable(
    tx: Transaction, row: RowMapping, costs: Sequence[NewCost], currency: str
) -> Mapping[UUID, RowMapping]:
    """The costs that these correct, locked. Refuses (Refused) to correct what was sent back (nobody billed
    it, so nothing of it is given back), and to take back more than was entered."""
    ids = {cost.corrects for cost in costs if cost.corrects is not None}
    corrected = job_costs.locked_costs(tx.connection, tx.firm_id, row["id"], ids) if ids else ()
    for known in corrected:
        if known["state"] == "sent_back":
            raise Refused(
                "cost_sent_back",
                f"{called(known)} was sent back and is billed to nobody: there is no need to correct it.",
            )
        earlier = job_costs.adjustments(tx.connection, tx.firm_id, known["id"])
        entries = [job_costs.as_cost(one).as_recorded().as_entry() for one in earlier]
        entries += [as_job_cost(cost).as_entry() for cost in costs if cost.corrects == known["id"]]
        recorded = job_costs.as_cost(known).as_recorded()
        require_adjusting(recorded.as_entry(), entries, currency, called(known))
    return {known["id"]: known for known in corrected}
