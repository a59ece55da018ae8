"""The firm's calendar; a practice firm's may be moved forward."""

from __future__ import annotations

from litestar import Response, get, post

from contracts_app.domain.commands.process_commands import MoveCalendar
from contracts_app.domain.roles import Role
from contracts_app.store.views.calendar import deadlines_ahead
from contracts_app.web.api.shown import looking
from contracts_app.web.guard import STAFF, roles
from contracts_app.web.pages.forms import answer, command_of
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.parts import HttpRequest


@get("/calendar", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def calendar(request: HttpRequest) -> Response[str]:
    """Today, the deadlines ahead, and the form that moves the calendar."""
    return _calendar(request)


def _calendar(request: HttpRequest, said: Said | None = None) -> Response[str]:
    with looking(request) as (connection, identity):
        ahead = deadlines_ahead(connection, identity.firm_id)
        return page(
            request,
            connection,
            "calendar.html",
            said=said,
            ahead=ahead,
            next_deadline=ahead[0].deadline if ahead else None,
            may_move=Role.administrator in identity.roles,
        )


@post("/calendar", opt=roles(Role.administrator), include_in_schema=False)
async def move(request: HttpRequest) -> Response[str]:
    """Move the calendar forward."""
    return await answer(
        request,
        lambda form: command_of(MoveCalendar, form, "to"),
        lambda outcome: "/calendar",
        lambda said: _calendar(request, said),
    )


ROUTES = (calendar, move)
