"""Retention: what is kept until when, what is held, and to erase people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from contracts_app.domain.commands.administration import ROLES
from contracts_app.domain.commands.keeping_commands import ErasePerson, PlaceHold, ReleaseHold
from contracts_app.services.holding import of_what
from contracts_app.services.retention import overview
from contracts_app.store import erasures, holds
from contracts_app.store.views import retention as view
from contracts_app.store.views.calendar import firm_day
from contracts_app.web.api.keeping import READERS
from contracts_app.web.api.shown import looking
from contracts_app.web.giving import administer
from contracts_app.web.guard import roles
from contracts_app.web.pages.forms import Form, answer, command_of
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.parts import HttpRequest

_AT = "/retention"
_MAY_HOLD = ROLES["place_hold"]


@get(_AT, opt=READERS, include_in_schema=False, sync_to_thread=True)
def retention(request: HttpRequest) -> Response[str]:
    """Kinds of records, holds, people who left."""
    return _shown(request)


def _shown(request: HttpRequest, said: Said | None = None) -> Response[str]:
    with looking(request) as (connection, identity):
        firm_id = identity.firm_id
        today = firm_day(connection, firm_id).today
        return page(
            request,
            connection,
            "retention.html",
            said=said,
            kinds=overview(connection, firm_id, today),
            holds=holds.every(connection, firm_id),
            of_what=of_what,
            erasures=erasures.every(connection, firm_id),
            left=view.people_who_left(connection, firm_id, today),
            scopes=view.scopes(connection, firm_id),
            may_hold=bool(identity.roles & set(_MAY_HOLD)),
        )


@post(f"{_AT}/holds", opt=roles(*_MAY_HOLD), include_in_schema=False)
async def place(request: HttpRequest) -> Response[str]:
    """Hold records of a client, a contract or the whole firm."""

    def body(form: Form) -> PlaceHold:
        kind, _, record = form.get("of", "").partition(":")
        named = {f"{kind}_id": record} if kind in ("client", "contract") else {}
        return command_of(PlaceHold, form, "reason", **named)

    return await _answered(request, body)


@post(f"{_AT}/holds/{{hold_id:uuid}}/release", opt=roles(*_MAY_HOLD), include_in_schema=False)
async def release(request: HttpRequest, hold_id: FromPath[UUID]) -> Response[str]:
    """Ask a second controller to release a hold."""
    return await _answered(
        request, lambda form: command_of(ReleaseHold, form, "reason", hold_id=str(hold_id))
    )


@post(f"{_AT}/people/{{person_id:uuid}}/erase", opt=roles(*ROLES["erase_person"]), include_in_schema=False)
async def erase(request: HttpRequest, person_id: FromPath[UUID]) -> Response[str]:
    """Ask a second controller to erase a person."""
    return await _answered(
        request, lambda form: command_of(ErasePerson, form, "reason", person_id=str(person_id))
    )


async def _answered(request: HttpRequest, body: Callable[[Form], Any]) -> Response[str]:
    return await answer(request, body, lambda outcome: _AT, lambda said: _shown(request, said), administer)


ROUTES = (retention, place, release, erase)
