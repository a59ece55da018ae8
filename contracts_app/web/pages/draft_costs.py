"""The costs of a draft: what it bills at cost, and what it leaves out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.cost_plus.explained import LIMITS
from contracts_app.domain.cost_plus.fees import FeeBilledBy, PercentFee
from contracts_app.domain.cost_plus.terms import PortionKind
from contracts_app.store.views import job_cost_page
from contracts_app.store.views.job_cost_page import CostStands

_WAITING = (CostStands.waits, CostStands.unbilled, CostStands.held)


def draft_costs(connection: Connection, firm_id: UUID, snapshot: Snapshot) -> dict[str, Any]:
    """What the pages of a draft need beside its figures."""
    at_cost = [line for line in snapshot.schedule if line.cost_plus is not None]
    left_out = []
    if at_cost:
        claimed = {cost.id for cost in snapshot.costs}
        items = {line.item_no for line in at_cost}
        left_out = [
            one
            for one in job_cost_page.costs(connection, firm_id, snapshot.contract_id)
            if one.stands in _WAITING
            and one.id not in claimed
            and one.item_no in items
            and one.incurred_on <= snapshot.period_to
        ]
    return {
        "LIMITS": LIMITS,
        "item_of": {line.id: f"{line.item_no} {line.description}" for line in snapshot.schedule},
        "at_cost": {line.id for line in at_cost},
        "completed": {
            entry.line_id: entry.fraction_to_date for entry in snapshot.entries if entry.fraction_to_date
        },
        "asks_completion": _asks_completion(snapshot),
        "costs_left_out": left_out,
    }


def _asks_completion(snapshot: Snapshot) -> set[UUID]:
    """The lines of which somebody says how far their work is complete."""
    if snapshot.terms.guaranteed_maximum is not None:
        return {
            line.id
            for line in snapshot.schedule
            if line.cost_plus is not None
            and not line.cost_plus.is_fee
            and line.cost_plus.portion is not PortionKind.contingency
        }
    return {
        line.id
        for line in snapshot.schedule
        if line.cost_plus is not None
        and not isinstance(line.cost_plus.fee, PercentFee)
        and line.cost_plus.fee.billed_by is FeeBilledBy.completion
    }
