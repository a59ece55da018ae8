"""Rates of exchange: what invoices in other currencies are booked at, and entering them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from contracts_app.domain.commands.administration import ROLES
from contracts_app.domain.commands.exchange_commands import AddExchangeRate, WithdrawExchangeRate
from contracts_app.domain.tax.books import AT_PERIOD_END
from contracts_app.store import exchange
from contracts_app.store.views.calendar import firm_day
from contracts_app.store.views.open_in_currencies import open_in_currencies
from contracts_app.store.views.people import legal_entities
from contracts_app.web.api.shown import looking
from contracts_app.web.giving import administer
from contracts_app.web.guard import STAFF, roles
from contracts_app.web.pages.forms import Form, answer, command_of
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.parts import HttpRequest

_MAY = ROLES["add_exchange_rate"]


@get("/exchange-rates", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def exchange_rates(request: HttpRequest) -> Response[str]:
    """Every rate that is entered, and those that contracts wait for."""
    return _exchange_rates(request)


def _exchange_rates(request: HttpRequest, said: Said | None = None) -> Response[str]:
    with looking(request) as (connection, identity):
        today = firm_day(connection, identity.firm_id).today
        known = exchange.entered(connection, identity.firm_id)
        needed = exchange.needed(connection, identity.firm_id)
        newest = {(one.row.of, one.row.to): one.row.on for one in reversed(known)}
        lately = today - timedelta(days=AT_PERIOD_END.stale_after_days)
        return page(
            request,
            connection,
            "exchange_rates.html",
            said=said,
            rates=known,
            missing=[pair for pair in needed if pair not in newest],
            stale=[(*pair, newest[pair]) for pair in needed if newest.get(pair, today) < lately],
            open=open_in_currencies(connection, identity.firm_id, today),
            books=sorted({one.currency for one in legal_entities(connection, identity.firm_id)}),
            may_add=bool(identity.roles & set(_MAY)),
        )


@post("/exchange-rates", opt=roles(*_MAY), include_in_schema=False)
async def add(request: HttpRequest) -> Response[str]:
    """Enter a rate."""

    def body(form: Form) -> AddExchangeRate:
        named = {name: form.get(name, "").strip().upper() for name in ("of", "to")}
        return command_of(AddExchangeRate, form, "rate", "on", "source", **named)

    return await answer(
        request,
        body,
        lambda outcome: "/exchange-rates",
        lambda said: _exchange_rates(request, said),
        administer,
    )


@post("/exchange-rates/{exchange_rate_id:uuid}/withdraw", opt=roles(*_MAY), include_in_schema=False)
async def withdraw(request: HttpRequest, exchange_rate_id: FromPath[UUID]) -> Response[str]:
    """Take a rate back that was entered by mistake."""
    return await answer(
        request,
        lambda form: command_of(WithdrawExchangeRate, form, "reason", exchange_rate_id=str(exchange_rate_id)),
        lambda outcome: "/exchange-rates",
        lambda said: _exchange_rates(request, said),
        administer,
    )


ROUTES = (exchange_rates, add, withdraw)
