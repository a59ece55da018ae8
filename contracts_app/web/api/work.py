"""What waits for whom: worklist, my approvals, and the history of a record."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get
from litestar.params import FromPath

from contracts_app.domain.refusals import not_found
from contracts_app.services import approval_chains
from contracts_app.store.views import invoice_page, my_approvals
from contracts_app.store.views import worklist as view
from contracts_app.store.views.calendar import firm_day
from contracts_app.store.views.history import history as entries_about
from contracts_app.web.api.shown import looking, shown
from contracts_app.web.guard import STAFF
from contracts_app.web.parts import HttpRequest


@get("/api/worklist", opt=STAFF, sync_to_thread=True)
def worklist(request: HttpRequest) -> dict[str, Any]:
    """Every open process with why it waits, longest first; `mine` when it waits for the caller."""
    with looking(request) as (connection, identity):
        today = firm_day(connection, identity.firm_id).today
        takers = approval_chains.takers(connection, identity.firm_id, identity.person_id, today)
        return {
            "items": [
                {**shown(one), "mine": one.waits_for(takers)}
                for one in view.items(connection, identity.firm_id)
            ]
        }


@get("/api/approvals", opt=STAFF, sync_to_thread=True)
def approvals(request: HttpRequest) -> dict[str, Any]:
    """Drafts and milestones that wait for the caller's approval."""
    with looking(request) as (connection, identity):
        mine = (connection, identity.firm_id, identity.person_id)
        takers = approval_chains.takers(*mine, firm_day(connection, identity.firm_id).today)
        return {
            "drafts": shown(my_approvals.drafts(connection, identity.firm_id, takers)),
            "milestones": shown(my_approvals.milestones(*mine)),
        }


@get("/api/history/{kind:str}/{record_id:uuid}", opt=STAFF, sync_to_thread=True)
def history(request: HttpRequest, kind: FromPath[str], record_id: FromPath[UUID]) -> dict[str, Any]:
    """The audit entries about a record, newest first, refused attempts included."""
    with looking(request) as (connection, identity):
        ids = [record_id]
        if kind == "invoice":
            ids = list(invoice_page.related_ids(connection, identity.firm_id, record_id))
        found = entries_about(connection, identity.firm_id, ids)
        if not any(entry.kind == kind for entry in found):
            raise not_found(f"{kind[:40]} with a history")
        return {"entries": shown(found)}


ROUTES = (worklist, approvals, history)
