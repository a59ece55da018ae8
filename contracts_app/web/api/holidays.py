"""The firm's holidays."""

from __future__ import annotations

from typing import Any

from litestar import get

from contracts_app.store import holidays as store
from contracts_app.web.api.shown import looking, shown
from contracts_app.web.guard import STAFF
from contracts_app.web.parts import HttpRequest


@get("/api/holidays", opt=STAFF, sync_to_thread=True)
def holidays(request: HttpRequest) -> dict[str, Any]:
    """Every day on which the firm does not work, besides Saturdays and Sundays."""
    with looking(request) as (connection, identity):
        every = store.every(connection, identity.firm_id)
        return {"holidays": shown([{"day": one["day"], "name": one["name"]} for one in every])}


ROUTES = (holidays,)
