"""Billing runs: start one, see how far it is and what became of each contract."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, QueryParameter

from contracts_app.domain.billing.billing_runs import RunOutcome, StartBillingRun
from contracts_app.domain.commands.routes import ROUTES as OF_COMMAND
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.refusals import not_found
from contracts_app.services.sign_in import Identity
from contracts_app.store.views import billing_runs as view
from contracts_app.web.api.shown import looking, shown
from contracts_app.web.bodies import read_body
from contracts_app.web.giving import give, key_of
from contracts_app.web.guard import STAFF, roles
from contracts_app.web.parts import HttpRequest, identity_of
from contracts_app.web.problems import outcome_response
from contracts_app.web.schema import BODY, NOT_IN_BODY

LONGEST_PAGE = 1000
STARTS = roles(*OF_COMMAND["start_billing_run"].roles)


def new_run_id(identity: Identity, key: str) -> UUID:
    """The id of the run that this person starts under this key."""
    return deterministic_id(identity.firm_id, "billing_run", f"{identity.person_id}:{key}")


@post(
    "/api/billing-runs",
    opt={**STARTS, BODY: StartBillingRun, NOT_IN_BODY: frozenset({"command", "run_id"})},
    status_code=200,
)
async def start(request: HttpRequest) -> Response[dict[str, Any]]:
    """Draft the invoices of all contracts billed by runs, for their periods that ended by this day."""
    run_id = new_run_id(identity_of(request), await key_of(request))
    return outcome_response(await give(request, await read_body(request, StartBillingRun, run_id=run_id)))


@get("/api/billing-runs", opt=STAFF, sync_to_thread=True)
def runs(request: HttpRequest) -> dict[str, Any]:
    """Every run, newest first."""
    with looking(request) as (connection, identity):
        return {"runs": shown(view.runs(connection, identity.firm_id))}


@get("/api/billing-runs/{run_id:uuid}", opt=STAFF, sync_to_thread=True)
def run(
    request: HttpRequest,
    run_id: FromPath[UUID],
    outcome: FromQuery[RunOutcome | None] = None,
    start: Annotated[int, QueryParameter(ge=0, le=10_000_000)] = 0,
    page: Annotated[int, QueryParameter(ge=1, le=LONGEST_PAGE)] = 100,
) -> dict[str, Any]:
    """How far the run is, why contracts were not drafted, and a page of outcomes by contract number."""
    with looking(request) as (connection, identity):
        of = (connection, identity.firm_id, run_id)
        found = view.find(*of)
        if found is None:
            raise not_found("billing run")
        items, more = view.items(*of, outcome=outcome, start=start, page=page)
        return {
            **shown(found),
            "reasons": shown(view.reasons(*of)),
            "items": shown(items),
            "next": start + page if more else None,
        }


ROUTES = (start, runs, run)
