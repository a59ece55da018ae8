"""Saved aliases: what people have chosen that names in files mean, and using one no more."""

from __future__ import annotations

from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from contracts_app.domain.commands.administration import ROLES
from contracts_app.domain.commands.import_commands import WithdrawAlias
from contracts_app.store import aliases
from contracts_app.web.api.shown import looking
from contracts_app.web.giving import administer
from contracts_app.web.guard import STAFF, roles
from contracts_app.web.pages.forms import answer, command_of
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.parts import HttpRequest

_MAY = ROLES["withdraw_alias"]


@get("/aliases", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def saved_names(request: HttpRequest) -> Response[str]:
    """Every alias in use."""
    return _saved_names(request)


def _saved_names(request: HttpRequest, said: Said | None = None) -> Response[str]:
    with looking(request) as (connection, identity):
        return page(
            request,
            connection,
            "aliases.html",
            said=said,
            aliases=aliases.every(connection, identity.firm_id),
            may_withdraw=bool(identity.roles & set(_MAY)),
        )


@post("/aliases/{alias_id:uuid}/withdraw", opt=roles(*_MAY), include_in_schema=False)
async def withdraw_saved_name(request: HttpRequest, alias_id: FromPath[UUID]) -> Response[str]:
    """Use an alias no more."""
    return await answer(
        request,
        lambda form: command_of(WithdrawAlias, form, "reason", alias_id=str(alias_id)),
        lambda outcome: "/aliases",
        lambda said: _saved_names(request, said),
        administer,
    )


ROUTES = (saved_names, withdraw_saved_name)
