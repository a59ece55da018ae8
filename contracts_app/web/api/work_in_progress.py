"""The work-in-progress schedule for programs."""

from __future__ import annotations

from datetime import date
from typing import Any

from litestar import get
from litestar.params import FromQuery

from contracts_app.domain.commands.routes import ROUTES as COMMANDS
from contracts_app.domain.roles import Role
from contracts_app.services.wip_report import report
from contracts_app.store.views.calendar import firm_day
from contracts_app.web.api.shown import looking, shown
from contracts_app.web.guard import roles
from contracts_app.web.parts import HttpRequest


@get("/api/work-in-progress", opt=roles(*COMMANDS["estimate_cost"].roles, Role.auditor), sync_to_thread=True)
def work_in_progress(request: HttpRequest, as_of: FromQuery[date | None] = None) -> dict[str, Any]:
    """The schedule of each currency as of the end of a day (without one: today), and the contracts that it
    leaves out with the reason."""
    with looking(request) as (connection, identity):
        today = firm_day(connection, identity.firm_id).today
        found = report(connection, identity.firm_id, min(as_of or today, today))
        return {
            "as_of": found.as_of.isoformat(),
            "schedules": shown(found.schedules),
            "missing": [{"contract": one.contract.number, "sentence": one.sentence} for one in found.missing],
        }


ROUTES = (work_in_progress,)
