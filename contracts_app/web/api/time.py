"""The time of a contract, its rate card, and what the client paid ahead, for the people of the firm."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter

from contracts_app.domain.refusals import not_found
from contracts_app.store.views import agreed_page, time_register
from contracts_app.store.views.contract_sums import contract_sums
from contracts_app.store.views.time_register import Standing, Wanted
from contracts_app.web.api.shown import looking, shown
from contracts_app.web.guard import STAFF
from contracts_app.web.parts import HttpRequest

LONGEST_PAGE = 1000


@get("/api/contracts/{contract_id:uuid}/time", opt=STAFF, sync_to_thread=True)
def entries(
    request: HttpRequest,
    contract_id: FromPath[UUID],
    standing: FromQuery[Standing | None] = None,
    from_day: Annotated[date | None, QueryParameter(name="from")] = None,
    to_day: Annotated[date | None, QueryParameter(name="to")] = None,
    person: FromQuery[str | None] = None,
    item: FromQuery[str | None] = None,
    invoice: FromQuery[UUID | None] = None,
    start: Annotated[int, QueryParameter(ge=0, le=10_000_000)] = 0,
    page: Annotated[int, QueryParameter(ge=1, le=LONGEST_PAGE)] = 100,
) -> dict[str, Any]:
    """Time by work date, a page of it, with totals of all that is wanted; `next` is the following `start`."""
    wanted = Wanted(
        standing=standing,
        from_day=from_day,
        to_day=to_day,
        person=person,
        item_no=item,
        invoice_id=invoice,
        start=start,
        page=page,
    )
    with looking(request) as (connection, identity):
        of = (connection, identity.firm_id, contract_id)
        found = contract_sums(*of)
        if not found:
            raise not_found("contract")
        rows, more = time_register.register(*of, wanted)
        return {
            "entries": [{**shown(row), "amount": shown(row.amount, found[0].currency)} for row in rows],
            "totals": shown(time_register.totals(*of, wanted)),
            "currency": found[0].currency,
            "next": start + page if more else None,
        }


@get("/api/contracts/{contract_id:uuid}/agreed", opt=STAFF, sync_to_thread=True)
def agreed(request: HttpRequest, contract_id: FromPath[UUID]) -> dict[str, Any]:
    """The rate card, the names of projects in time sheets, and the deposits with their balance."""
    with looking(request) as (connection, identity):
        of = (connection, identity.firm_id, contract_id)
        found = contract_sums(*of)
        if not found:
            raise not_found("contract")
        deposits = agreed_page.deposits(*of)
        return {
            "currency": found[0].currency,
            "rate_card": shown(agreed_page.rate_card(*of)),
            "projects": shown(agreed_page.projects(*of)),
            "deposits": shown(deposits, found[0].currency),
            "deposit_balance": shown(deposits[-1].balance, found[0].currency) if deposits else None,
        }


ROUTES = (entries, agreed)
