"""By when the law of the place wants retainage released, counted from what has happened on the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Connection

from contracts_app.domain.billing.milestones import MilestoneState
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.retainage.retainage_law import Deadline, RetainageProvision, Trigger, deadlines
from contracts_app.domain.retainage.retainage_terms import LawPolicy
from contracts_app.law import table
from contracts_app.services.law_of_contracts import facts_of
from contracts_app.store import contracts
from contracts_app.store.views import agreed_page

_TRIGGERS = {trigger.value: trigger for trigger in Trigger}
SOON = timedelta(days=14)
"""So long before its day a deadline is on the worklist."""


def reached(connection: Connection, firm_id: UUID, contract_id: UUID) -> Mapping[Trigger, date]:
    """When what a deadline counts from happened: the day on which the close-out milestone of that name was
    approved (`Substantial completion`, `Final approval`), or the work was said to be complete."""
    days = contracts.approval_days(connection, firm_id, contract_id)
    found: dict[Trigger, date] = {}
    for known in contracts.milestones(connection, firm_id, contract_id):
        name = known.title.strip().casefold().replace(" ", "_")
        if known.close_out and known.state is MilestoneState.approved and name in _TRIGGERS:
            found[_TRIGGERS[name]] = days[known.id]
    completed = agreed_page.work_completed_on(connection, firm_id, contract_id)
    if completed is not None:
        found.setdefault(Trigger.completion, completed)
    return found


def of_contract(
    connection: Connection, firm_id: UUID, contract_id: UUID, terms: ContractTerms
) -> Sequence[Deadline]:
    """The deadlines that run, the earliest first; none where the terms name no place or the policy is off."""
    place = terms.retainage.law
    if place is None or place.policy is LawPolicy.off:
        return ()
    rows = table("retainage", RetainageProvision)
    return deadlines(rows, place, facts_of(terms), reached(connection, firm_id, contract_id))
