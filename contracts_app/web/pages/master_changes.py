"""Changes of master data that wait for a second person: what they change, and to agree or withdraw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from contracts_app.domain.commands.administration import ROLES
from contracts_app.domain.commands.master_data_commands import AgreeToMasterChange, WithdrawMasterChange
from contracts_app.store import master_changes as store
from contracts_app.web.api.shown import looking
from contracts_app.web.giving import administer
from contracts_app.web.guard import STAFF, roles
from contracts_app.web.pages.forms import Form, answer, command_of
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.parts import HttpRequest

_AT = "/master-changes"
_MAY_AGREE = ROLES["agree_to_master_change"]
_MAY_WITHDRAW = ROLES["withdraw_master_change"]


@get(_AT, opt=STAFF, include_in_schema=False, sync_to_thread=True)
def master_changes(request: HttpRequest) -> Response[str]:
    """What waits, and what was decided."""
    return _shown(request)


def _shown(request: HttpRequest, said: Said | None = None) -> Response[str]:
    with looking(request) as (connection, identity):
        every = store.every(connection, identity.firm_id)
        return page(
            request,
            connection,
            "master_changes.html",
            said=said,
            waiting=[one for one in every if one.state == "proposed"],
            decided=[one for one in every if one.state != "proposed"],
            me=identity.person_id,
            may_agree=bool(identity.roles & set(_MAY_AGREE)),
            may_withdraw=bool(identity.roles & set(_MAY_WITHDRAW)),
        )


@post(f"{_AT}/{{change_id:uuid}}/agree", opt=roles(*_MAY_AGREE), include_in_schema=False)
async def agree(request: HttpRequest, change_id: FromPath[UUID]) -> Response[str]:
    """Agree to a change; it is done at once."""
    return await _answered(
        request, lambda form: command_of(AgreeToMasterChange, form, change_id=str(change_id))
    )


@post(f"{_AT}/{{change_id:uuid}}/withdraw", opt=roles(*_MAY_WITHDRAW), include_in_schema=False)
async def withdraw(request: HttpRequest, change_id: FromPath[UUID]) -> Response[str]:
    """Drop a change that waits."""
    return await _answered(
        request, lambda form: command_of(WithdrawMasterChange, form, "reason", change_id=str(change_id))
    )


async def _answered(request: HttpRequest, body: Callable[[Form], Any]) -> Response[str]:
    return await answer(request, body, lambda outcome: _AT, lambda said: _shown(request, said), administer)


ROUTES = (master_changes, agree, withdraw)
