"""What people do on a page with what is billed of a cost: write it up or down, split it over lines."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from litestar import Response, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from contracts_app.domain.commands.cost_commands import SplitCost, WriteCost
from contracts_app.domain.commands.routes import ROUTES as COMMANDS
from contracts_app.domain.money import less
from contracts_app.domain.refusals import not_found
from contracts_app.store.views import job_cost_page
from contracts_app.web.api.shown import looking
from contracts_app.web.bodies import validated
from contracts_app.web.guard import roles
from contracts_app.web.pages.cost_forms import costs_again, currency_of
from contracts_app.web.pages.forms import Form, answer, typed_amount
from contracts_app.web.parts import HttpRequest

_COST = "/contracts/{contract_id:uuid}/costs/{cost_id:uuid}"


@post(f"{_COST}/write", opt=roles(*COMMANDS["write_cost"].roles), include_in_schema=False)
async def write(request: HttpRequest, contract_id: FromPath[UUID], cost_id: FromPath[UUID]) -> Response[str]:
    """Bill another amount than it cost; nothing typed bills what it cost."""
    currency = await sync_to_thread(currency_of, request, contract_id)

    def body(form: Form) -> WriteCost:
        amount = typed_amount(form, "amount", currency) if form.get("amount") else None
        ids = {"contract_id": str(contract_id), "cost_id": str(cost_id)}
        return validated(WriteCost, {**ids, "amount": amount, "reason": form.get("reason", "")})

    return await answer(
        request,
        body,
        lambda outcome: f"/contracts/{contract_id}?tab=costs",
        lambda said: costs_again(request, contract_id, said),
    )


@post(f"{_COST}/split", opt=roles(*COMMANDS["split_cost"].roles), include_in_schema=False)
async def split(request: HttpRequest, contract_id: FromPath[UUID], cost_id: FromPath[UUID]) -> Response[str]:
    """Split a cost in two: so much of it on another line, the rest stays."""
    currency = await sync_to_thread(currency_of, request, contract_id)
    gross = await sync_to_thread(_gross, request, contract_id, cost_id)

    def body(form: Form) -> SplitCost:
        part = typed_amount(form, "split_amount", currency)
        parts = [
            {"gross": f"{less(gross, Decimal(part)):f}"},
            {"gross": part, "item_no": form.get("item_no") or None},
        ]
        ids = {"contract_id": str(contract_id), "cost_id": str(cost_id)}
        return validated(SplitCost, {**ids, "parts": parts, "reason": form.get("reason", "")})

    return await answer(
        request,
        body,
        lambda outcome: f"/contracts/{contract_id}?tab=costs",
        lambda said: costs_again(request, contract_id, said),
    )


def _gross(request: HttpRequest, contract_id: UUID, cost_id: UUID) -> Decimal:
    with looking(request) as (connection, identity):
        for one in job_cost_page.costs(connection, identity.firm_id, contract_id):
            if one.id == cost_id:
                return one.gross
    raise not_found("cost")


ROUTES = (write, split)
