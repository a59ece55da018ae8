"""Billing groups for programs: the contracts of each, their drafts in hand, what went out together."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get
from litestar.params import FromPath

from contracts_app.domain.refusals import not_found
from contracts_app.store.views import group_page, people
from contracts_app.web.api.shown import looking, shown
from contracts_app.web.guard import STAFF
from contracts_app.web.parts import HttpRequest


@get("/api/clients/{client_id:uuid}/billing-groups", opt=STAFF, sync_to_thread=True)
def billing_groups(request: HttpRequest, client_id: FromPath[UUID]) -> dict[str, Any]:
    """The groups of a client by name. Raises Refused 404 where the firm has no such client."""
    with looking(request) as (connection, identity):
        if all(one.id != client_id for one in people.billed(connection, identity.firm_id)):
            raise not_found("client")
        return {"billing_groups": shown(group_page.groups(connection, identity.firm_id, client_id))}


ROUTES = (billing_groups,)
