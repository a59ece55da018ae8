"""What is kept until when, what is held, and who was erased."""

from __future__ import annotations

from typing import Any

from litestar import get

from contracts_app.domain.roles import Role
from contracts_app.services.retention import overview
from contracts_app.store import erasures, holds
from contracts_app.store.views.calendar import firm_day
from contracts_app.web.api.shown import looking, shown
from contracts_app.web.guard import roles
from contracts_app.web.parts import HttpRequest

READERS = roles(Role.controller, Role.auditor)


@get("/api/retention", opt=READERS, sync_to_thread=True)
def retention(request: HttpRequest) -> dict[str, Any]:
    """Kinds of records with their law, holds, and erasures with the names that are restricted."""
    with looking(request) as (connection, identity):
        today = firm_day(connection, identity.firm_id).today
        return {
            "kinds": shown(overview(connection, identity.firm_id, today)),
            "holds": shown([dict(one) for one in holds.every(connection, identity.firm_id)]),
            "erasures": shown([dict(one) for one in erasures.every(connection, identity.firm_id)]),
        }


ROUTES = (retention,)
