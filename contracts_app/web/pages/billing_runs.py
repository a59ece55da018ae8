"""Billing runs: start one, watch it, see what became of each contract, take its drafts on."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from contracts_app.domain.billing.billing_runs import RunOutcome, StartBillingRun, period_of
from contracts_app.domain.refusals import not_found
from contracts_app.store.views import billing_runs as view
from contracts_app.store.views.calendar import firm_day
from contracts_app.web.api.billing_runs import STARTS, new_run_id
from contracts_app.web.api.shown import looking
from contracts_app.web.giving import key_of
from contracts_app.web.guard import STAFF
from contracts_app.web.pages.bulk import stage_of
from contracts_app.web.pages.forms import answer, command_of, whole_number
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.parts import HttpRequest, identity_of
from contracts_app.web.problems import WrongBody

PAGE = 200
_MONTH_END = 31
"""The cut-off day of a period that ends with its month."""
_SECONDS = 2
"""Between two looks at a run at work."""


@get("/billing-runs", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def runs(request: HttpRequest) -> Response[str]:
    """Every run, and the form that starts one."""
    return _runs(request)


def _runs(request: HttpRequest, said: Said | None = None) -> Response[str]:
    with looking(request) as (connection, identity):
        today = firm_day(connection, identity.firm_id).today
        runs = view.runs(connection, identity.firm_id)
        return page(
            request,
            connection,
            "billing_runs.html",
            said=said,
            runs=runs,
            going_on=next((one for one in runs if one.running), None),
            may_start=bool(identity.roles & STARTS["roles"]),
            suggested=period_of(_MONTH_END, today),
        )


@post("/billing-runs", opt=STARTS, include_in_schema=False)
async def start(request: HttpRequest) -> Response[str]:
    """Start a run."""
    run_id = new_run_id(identity_of(request), await key_of(request))
    return await answer(
        request,
        lambda form: command_of(StartBillingRun, form, "period_to", run_id=str(run_id)),
        lambda outcome: f"/billing-runs/{outcome.result['run_id']}",
        lambda said: _runs(request, said),
    )


@get("/billing-runs/{run_id:uuid}", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def run(request: HttpRequest, run_id: FromPath[UUID]) -> Response[str]:
    """One run: how far it is, then its drafts by stage and the outcomes by contract."""
    asked = request.query_params
    outcome = next((one for one in RunOutcome if one.value == asked.get("outcome")), None)
    sentence = asked.get("reason") or None
    try:
        first = whole_number(asked, "from") if asked.get("from") else 0
    except WrongBody:
        first = 0
    with looking(request) as (connection, identity):
        of = (connection, identity.firm_id, run_id)
        found = view.find(*of)
        if found is None:
            raise not_found("billing run")
        items, more = view.items(*of, outcome=outcome, sentence=sentence, start=first, page=PAGE)
        address = f"/billing-runs/{run_id}"
        return page(
            request,
            connection,
            "billing_run.html",
            # While it is at work nobody chooses drafts on this page: it loads itself again.
            refresh=_SECONDS if found.running else None,
            refresh_to=f"{address}?{urlencode({name: asked[name] for name in asked if name != 'done'})}",
            run=found,
            reasons=view.reasons(*of),
            items=items,
            outcome=outcome,
            outcomes=list(RunOutcome),
            reason=sentence or "",
            following=first + PAGE if more else None,
            stage=None if found.running else stage_of(connection, identity, asked, address, run_id),
        )


ROUTES = (runs, start, run)
