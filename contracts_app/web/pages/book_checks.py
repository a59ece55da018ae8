"""The checks of the books: what the last one found, what it was held against, and who heard of it."""

from __future__ import annotations

from uuid import UUID

from litestar import Response, get, post
from litestar.response import Redirect

from contracts_app.store import audit, book_checks
from contracts_app.web.api.book_checks import ASKERS, READERS
from contracts_app.web.api.shown import looking
from contracts_app.web.giving import check_books
from contracts_app.web.pages.rendering import page
from contracts_app.web.parts import HttpRequest

_SECONDS = 2
"""Between two looks at a check under way."""
_LOOKS = 150
"""After these nobody looks any more: the worker is down, and the list will show the check later."""


@get("/checks", opt=READERS, include_in_schema=False, sync_to_thread=True)
def checks(request: HttpRequest) -> Response[str]:
    """The last check in full, earlier ones below; while one is under way the page looks again."""
    asked, looks = _asked(request)
    with looking(request) as (connection, identity):
        found = book_checks.newest(connection, identity.firm_id)
        told = book_checks.letters(connection, identity.firm_id, [found[0]["id"]]) if found else ()
        waits = asked is not None and book_checks.find(connection, identity.firm_id, asked) is None
        head = audit.head(connection, identity.firm_id)
        return page(
            request,
            connection,
            "book_checks.html",
            checks=found,
            told=told,
            head=head,
            short=head.hash.hex()[:16],
            waits=waits,
            may_ask=bool(identity.roles & ASKERS["roles"]),
            gave_up=waits and looks >= _LOOKS,
            refresh=_SECONDS if waits and looks < _LOOKS else None,
            refresh_to=f"/checks?asked={asked}&looks={looks + 1}",
        )


def _asked(request: HttpRequest) -> tuple[UUID | None, int]:
    """The check that the page waits for, and how often it looked; nothing for what nobody asked."""
    try:
        return UUID(request.query_params["asked"]), min(int(request.query_params.get("looks", "0")), _LOOKS)
    except (KeyError, ValueError):
        return None, 0


@post("/checks", opt=ASKERS, include_in_schema=False)
async def check_now(request: HttpRequest) -> Redirect:
    """Check the books now."""
    return Redirect(f"/checks?asked={await check_books(request)}", status_code=303)


ROUTES = (checks, check_now)
