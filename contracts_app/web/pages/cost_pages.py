"""The costs of a contract: what was recorded, where each cost stands, what waits for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from contracts_app.domain.cost_plus.terms import CostCategory, PortionKind
from contracts_app.domain.money import total
from contracts_app.domain.roles import Role
from contracts_app.services.sign_in import Identity
from contracts_app.store.agreements import schedules
from contracts_app.store.views import job_cost_page
from contracts_app.store.views.calendar import firm_day
from contracts_app.store.views.contract_sums import ContractSums
from contracts_app.store.views.job_cost_page import CostShown, CostStands
from contracts_app.store.views.maximum_page import maximum_shown
from contracts_app.web.pages.contract_rights import allowed


@dataclass(frozen=True)
class LineTotals:
    """What stands on a line: recorded and not sent back; as it is billed or will be: billed, waiting for an
    invoice, held, and not approved yet."""

    item_no: str
    line: str
    cost: Decimal
    billed: Decimal
    unbilled: Decimal
    held: Decimal
    waits: Decimal


def costs_data(connection: Connection, who: Identity, agreed: ContractSums) -> dict[str, Any]:
    """What the tab of a contract's costs shows."""
    costs = job_cost_page.costs(connection, who.firm_id, agreed.id)
    may = allowed(agreed.state, who)
    decides = may["approve_costs"] and (
        agreed.project_manager_id == who.person_id or Role.controller in who.roles
    )
    moves = may["hold_costs"] and (
        agreed.project_manager_id == who.person_id or Role.coordinator in who.roles
    )
    backs = {one.id for one in costs if _sent_back_by(one, who, may, decides)}
    today = firm_day(connection, who.firm_id).today
    lines = schedules(connection, who.firm_id, [agreed.id]).get(agreed.id, ())
    return {
        "costs": costs,
        "by_line": _by_line(costs),
        "cost_lines": [
            line
            for line in lines
            if line.cost_plus is None
            or not (line.cost_plus.is_fee or line.cost_plus.portion is PortionKind.contingency)
        ],
        "categories": [category.value for category in CostCategory],
        "today": today,
        "maximum": maximum_shown(connection, who.firm_id, agreed.id, agreed.terms, today),
        "me": who.person_id,
        "may": {**may, "approve_costs": decides},
        "send_back": bool(backs),
        "moves": moves,
        "tickable": backs | {one.id for one in costs if moves and one.movable},
        "waiting_for_me": [one for one in costs if decides and _decidable(one, who)],
    }


_SENT_BACK_BY_DECIDERS = frozenset(
    {CostStands.unbilled, CostStands.claimed, CostStands.held, CostStands.recorded, CostStands.not_billable}
)


def _sent_back_by(one: CostShown, who: Identity, may: Mapping[str, bool], decides: bool) -> bool:
    """Whether whoever asks can approve the cost or send it back; his own he takes back while it waits."""
    if one.part_of is not None and one.state != "open":
        return False
    if one.state == "open":
        return decides or (may["send_back_costs"] and one.recorded_by_id == who.person_id)
    return decides and one.stands in _SENT_BACK_BY_DECIDERS


def _decidable(one: CostShown, who: Identity) -> bool:
    return one.stands is CostStands.waits and who.person_id not in (one.recorded_by_id, one.written_up_by_id)


def _by_line(costs: Sequence[CostShown]) -> Sequence[LineTotals]:
    found: dict[tuple[str, str], list[CostShown]] = {}
    for one in costs:
        if one.stands not in (CostStands.sent_back, CostStands.replaced):
            found.setdefault((one.item_no, one.line), []).append(one)
    return [
        LineTotals(
            item_no=item_no,
            line=line,
            cost=total(one.amount for one in of_line),
            billed=_sum(of_line, CostStands.billed),
            unbilled=_sum(of_line, CostStands.unbilled, CostStands.claimed),
            held=_sum(of_line, CostStands.held),
            waits=_sum(of_line, CostStands.waits),
        )
        for (item_no, line), of_line in sorted(found.items())
    ]


def _sum(costs: Sequence[CostShown], *stands: CostStands) -> Decimal:
    return total(one.to_bill for one in costs if one.stands in stands)
