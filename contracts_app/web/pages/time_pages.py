"""Time by person and week: of one contract, and of all contracts of whoever asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, get
from sqlalchemy import Connection

from contracts_app.domain.billing.schedule_of_values import Basis, SovLine
from contracts_app.domain.roles import Role
from contracts_app.services.sign_in import Identity
from contracts_app.store.agreements import schedules
from contracts_app.store.views import time_grid
from contracts_app.store.views.calendar import firm_day
from contracts_app.store.views.contract_sums import ContractSums, contract_sums
from contracts_app.store.views.time_grid import WorkRow
from contracts_app.store.views.time_register import Standing
from contracts_app.web.api.shown import looking
from contracts_app.web.guard import STAFF
from contracts_app.web.pages.contract_rights import allowed
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.pages.time_shown import Grid, Shown, grid_of, settled_on, shown_of, wanted
from contracts_app.web.parts import HttpRequest

FILTERS = (
    Standing.waits,
    Standing.unbilled,
    Standing.held,
    Standing.claimed,
    Standing.billed,
    Standing.rejected,
    Standing.replaced,
    Standing.not_billable,
    Standing.billed_elsewhere,
)


@dataclass(frozen=True)
class Block:
    """The time of one contract on a page, and what whoever asks may do with it."""

    contract_id: UUID
    number: str
    title: str
    currency: str
    project_manager: str | None
    grid: Grid
    lines: Sequence[SovLine]
    overtime: Sequence[str]
    may: Mapping[str, bool]


def time_data(
    connection: Connection, who: Identity, contracts: Sequence[ContractSums], shown: Shown
) -> dict[str, Any]:
    """What the time pages show of these contracts, in a fixed number of queries."""
    ids = [one.id for one in contracts]
    weeks = time_grid.weeks(connection, who.firm_id, ids)
    shown = settled_on(shown, weeks)
    found = time_grid.rows(connection, who.firm_id, ids, wanted(shown))
    by_contract: dict[UUID, list[WorkRow]] = {}
    for row in found[: time_grid.MOST]:
        by_contract.setdefault(row.contract_id, []).append(row)
    lines = schedules(connection, who.firm_id, ids)
    blocks = [
        Block(
            contract_id=one.id,
            number=one.number,
            title=one.title,
            currency=one.currency,
            project_manager=one.project_manager,
            grid=grid_of(by_contract.get(one.id, []), who.person_id if may["approve_time"] else None),
            lines=[line for line in lines.get(one.id, ()) if line.basis is Basis.time_and_materials],
            overtime=[each.name for each in one.terms.overtime.classes] if one.terms.overtime else [],
            may=may,
        )
        for one in contracts
        if one.id in by_contract or not shown.every
        for may in [_may(one, who)]
    ]
    return {
        "shown": shown,
        "blocks": blocks,
        "weeks": weeks,
        "people": time_grid.people(connection, who.firm_id, ids),
        "filters": FILTERS,
        "more": len(found) > time_grid.MOST,
        "most": time_grid.MOST,
        "opened": _opened(connection, who, ids, shown),
        "before": _beside(weeks, shown.week, -1),
        "after": _beside(weeks, shown.week, 1),
    }


def _may(agreed: ContractSums, who: Identity) -> Mapping[str, bool]:
    may = allowed(agreed.state, who)
    decides = may["approve_time"] and agreed.project_manager_id == who.person_id
    return {**may, **dict.fromkeys(("approve_time", "reject_time", "decide_overtime"), decides)}


def _opened(
    connection: Connection, who: Identity, contract_ids: Sequence[UUID], shown: Shown
) -> WorkRow | None:
    if shown.entry_id is None:
        return None
    one = time_grid.rows(connection, who.firm_id, contract_ids, time_grid.Wanted(entry_id=shown.entry_id))
    return one[0] if one else None


def _beside(weeks: Sequence[time_grid.Week], monday: date | None, step: int) -> date | None:
    """The nearest week with work before or after this one."""
    if monday is None:
        return None
    found = [week.monday for week in weeks if (week.monday > monday) == (step > 0) and week.monday != monday]
    return None if not found else min(found) if step > 0 else max(found)


@get("/time", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def time(request: HttpRequest) -> Response[str]:
    """The time of every contract of a project manager; of all contracts for everybody else."""
    return time_page(request)


def time_page(request: HttpRequest, said: Said | None = None) -> Response[str]:
    """That page, with what was refused."""
    with looking(request) as (connection, identity):
        with_time = time_grid.contracts_with_time(connection, identity.firm_id)
        contracts = [
            one
            for one in contract_sums(connection, identity.firm_id)
            if one.id in with_time
            and (one.project_manager_id == identity.person_id or not _only_own(identity))
        ]
        shown = shown_of({**request.query_params, "of": "all"})
        return page(
            request,
            connection,
            "time.html",
            said=said,
            today=firm_day(connection, identity.firm_id).today,
            only_own=_only_own(identity),
            **time_data(connection, identity, contracts, shown),
        )


def _only_own(identity: Identity) -> bool:
    return identity.roles == {Role.project_manager}


ROUTES = (time,)
