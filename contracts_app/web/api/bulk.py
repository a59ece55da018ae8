"""One command for many invoices."""

from __future__ import annotations

from typing import Any

from litestar import post

from contracts_app.web.api.shown import shown
from contracts_app.web.bodies import read_json, validated
from contracts_app.web.bulk import ROLES, Bulk, counted, give_bulk
from contracts_app.web.giving import key_of
from contracts_app.web.guard import roles
from contracts_app.web.parts import HttpRequest
from contracts_app.web.schema import BODY


@post("/api/bulk", opt={**roles(*ROLES), BODY: Bulk}, status_code=200)
async def bulk(request: HttpRequest) -> dict[str, Any]:
    """Submit, approve or issue many drafts; one row for each with what came of it, in their order."""
    key = await key_of(request)
    rows = await give_bulk(request, validated(Bulk, await read_json(request)), key)
    return {**counted(rows), "rows": shown(rows)}


ROUTES = (bulk,)
