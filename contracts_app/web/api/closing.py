"""Accounting months: which are closed, by whom, and what is left to do of the next one."""

from __future__ import annotations

from typing import Any

from litestar import get

from contracts_app.domain.closing.checklist import Item
from contracts_app.domain.closing.periods import last_day
from contracts_app.domain.roles import Role
from contracts_app.store.views import closing_page
from contracts_app.store.views.calendar import firm_day
from contracts_app.web.api.shown import looking, shown
from contracts_app.web.guard import roles
from contracts_app.web.parts import HttpRequest

READERS = roles(Role.coordinator, Role.project_manager, Role.controller, Role.auditor)


@get("/api/periods", opt=READERS, sync_to_thread=True)
def periods(request: HttpRequest) -> dict[str, Any]:
    """Every month that was closed at least softly, the last first, and what is left of the one in hand."""
    with looking(request) as (connection, identity):
        every = closing_page.every(connection, identity.firm_id)
        month = closing_page.in_hand(every, firm_day(connection, identity.firm_id).today)
        left = closing_page.left(connection, identity.firm_id, last_day(month))
        return {
            "periods": shown(every),
            "in_hand": {
                "month": f"{month:%Y-%m}",
                "left": {item.value: left[item] for item in Item if left[item]},
            },
        }


ROUTES = (periods,)
