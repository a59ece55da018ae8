"""The costs of a contract, and where its guaranteed maximum price stands, for the people of the firm."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get
from litestar.params import FromPath

from contracts_app.domain.refusals import not_found
from contracts_app.store.views import job_cost_page
from contracts_app.store.views.calendar import firm_day
from contracts_app.store.views.contract_sums import contract_sums
from contracts_app.store.views.maximum_page import MaximumShown, maximum_shown
from contracts_app.web.api.shown import looking, shown
from contracts_app.web.guard import STAFF
from contracts_app.web.parts import HttpRequest


@get("/api/contracts/{contract_id:uuid}/costs", opt=STAFF, sync_to_thread=True)
def costs(request: HttpRequest, contract_id: FromPath[UUID]) -> dict[str, Any]:
    """Every cost with where it stands and the version to approve; the portions of a maximum price."""
    with looking(request) as (connection, identity):
        of = (connection, identity.firm_id, contract_id)
        found = contract_sums(*of)
        if not found:
            raise not_found("contract")
        currency = found[0].currency
        today = firm_day(connection, identity.firm_id).today
        maximum = maximum_shown(*of, found[0].terms, today)
        return {
            "currency": currency,
            "costs": shown(job_cost_page.costs(*of), currency),
            "guaranteed_maximum": None if maximum is None else _standing(maximum, currency),
        }


def _standing(maximum: MaximumShown, currency: str) -> dict[str, Any]:
    return {
        "portions": shown(maximum.portions, currency),
        "fee": shown(dict(maximum.fee), currency),
        "forecast": shown(dict(maximum.forecast), currency),
    }


ROUTES = (costs,)
