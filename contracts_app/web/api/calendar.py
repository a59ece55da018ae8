"""The firm's day, its next deadline, and whether anything is still being worked on."""

from __future__ import annotations

from typing import Any

from litestar import get

from contracts_app.services.quiet import open_work_of
from contracts_app.store.views import calendar as view
from contracts_app.web.api.shown import looking, shown
from contracts_app.web.guard import STAFF
from contracts_app.web.parts import HttpRequest, parts_of


@get("/api/calendar", opt=STAFF, sync_to_thread=True)
def calendar(request: HttpRequest) -> dict[str, Any]:
    """Business date and instant, the deadlines ahead, and `quiet`: nothing is being worked on."""
    with looking(request) as (connection, identity):
        ahead = view.deadlines_ahead(connection, identity.firm_id)
        at_work = open_work_of(parts_of(request).engine, identity.firm_id)
        return {
            **shown(view.firm_day(connection, identity.firm_id)),
            "next_deadline": shown(ahead[0].deadline) if ahead else None,
            "deadlines": shown(ahead),
            "quiet": not at_work,
            "open": at_work,
        }


ROUTES = (calendar,)
