"""`/health/live` asks nobody, `/health/ready` asks PostgreSQL and Temporal (CONTROLS 2.3)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from litestar import Response, get

from contracts_app import __version__
from contracts_app.operation.health import LIMIT, ReadinessCheck
from contracts_app.web.guard import OPEN
from contracts_app.web.parts import HttpRequest, TemporalNotReached, parts_of


@get("/health/live", opt=OPEN, sync_to_thread=False, include_in_schema=False)
def live(request: HttpRequest) -> dict[str, Any]:
    """The process answers, and says of which installation it is."""
    return {"live": True, "version": __version__, "installation": parts_of(request).settings.installation}


@get("/health/ready", opt=OPEN, include_in_schema=False)
async def ready(request: HttpRequest) -> Response[dict[str, object]]:
    """Whether everything that the process needs answers; 503 names what does not."""
    parts = parts_of(request)
    check: ReadinessCheck = request.app.state["readiness"]
    with suppress(TemporalNotReached, TimeoutError):  # the check below says so
        async with asyncio.timeout(LIMIT):
            await parts.temporal.client()
    readiness = await check()
    return Response(readiness.as_json(), status_code=200 if readiness.ready else 503)


ROUTES = (live, ready)
