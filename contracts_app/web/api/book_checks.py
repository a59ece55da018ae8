"""Checks of the books: what the last ones found, and one more now."""

from __future__ import annotations

from typing import Any

from litestar import get, post

from contracts_app.domain.roles import Role
from contracts_app.store import book_checks
from contracts_app.web.api.shown import looking, shown
from contracts_app.web.giving import check_books
from contracts_app.web.guard import roles
from contracts_app.web.parts import HttpRequest

ASKERS = roles(Role.controller, Role.administrator)
READERS = roles(*ASKERS["roles"], Role.auditor)
MOST = 100


@get("/api/checks", opt=READERS, sync_to_thread=True)
def checks(request: HttpRequest) -> dict[str, Any]:
    """The latest checks, the newest first: each invariant, where the log stood, the note that was signed."""
    with looking(request) as (connection, identity):
        found = book_checks.newest(connection, identity.firm_id, MOST)
        return {"checks": [{**shown(one), "hash": bytes(one["hash"]).hex()} for one in found]}


@post("/api/checks", opt=ASKERS, status_code=202)
async def check_now(request: HttpRequest) -> dict[str, Any]:
    """Check the books now; the answer names the check, which is listed once it has ended."""
    return {"check_id": str(await check_books(request))}


ROUTES = (checks, check_now)
