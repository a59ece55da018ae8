"""The web application: `create_app()` is what the server runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

from litestar import Litestar, Request, Response, Router
from litestar.openapi import OpenAPIConfig
from litestar.types import ControllerRouterHandler

from contracts_app import __version__
from contracts_app.documents import press
from contracts_app.operation.health import ReadinessCheck
from contracts_app.settings import Settings
from contracts_app.store.transaction import open_engine
from contracts_app.web import api, pages
from contracts_app.web.guard import OPEN, NotSignedIn, guard, undeclared
from contracts_app.web.headers import add_headers
from contracts_app.web.pages.errors import error_page, page_of_form
from contracts_app.web.parsing_places import BUSY
from contracts_app.web.parts import HttpRequest, Parts, TemporalDoor
from contracts_app.web.problems import audit_denial, problem_of, problem_response
from contracts_app.web.schema import Schema
from contracts_app.web.sessions import SessionMiddleware

_log = logging.getLogger(__name__)

_MACHINE = ("/api/", "/schema", "/health/")
LARGEST_BODY = 1_000_000
"""Bytes of any request body; the route for uploads has its own limit."""


class UndeclaredRoute(Exception):
    """A route does not say who may use it, so the application does not start."""


def create_app(settings: Settings | None = None) -> Litestar:
    """The application over the configured database and Temporal. Raises `UndeclaredRoute`."""
    app = assemble(settings or Settings(), (*api.ROUTES, *pages.ROUTES))
    if missing := sorted(undeclared(app)):
        raise UndeclaredRoute(", ".join(missing))
    return app


def assemble(settings: Settings, routes: tuple[ControllerRouterHandler, ...]) -> Litestar:
    """An application of these routes, with the guard, sessions, errors and headers that all of them have."""
    press.set_up(settings.pdf_converter)
    parts = Parts(settings, open_engine(settings.database_url), TemporalDoor(settings))

    @asynccontextmanager
    async def connections(app: Litestar) -> AsyncIterator[None]:
        parts.temporal.loop = asyncio.get_running_loop()
        try:
            yield
        finally:
            parts.engine.dispose()

    app = Litestar(
        # One router for all: a handler that is added to a path of the application later makes Litestar (2.25)
        # wrap the threads of those before it once more, and then they answer with a coroutine.
        route_handlers=[Router("/", route_handlers=routes)],
        middleware=[SessionMiddleware()],
        guards=[guard],
        request_class=HttpRequest,
        exception_handlers={Exception: _handle},
        after_exception=[audit_denial],
        before_send=[add_headers],
        lifespan=[connections],
        request_max_body_size=LARGEST_BODY,
        openapi_config=OpenAPIConfig(
            title="Contract billing",
            version=__version__,
            use_handler_docstrings=True,
            openapi_router=Router("/schema", route_handlers=[], include_in_schema=False, opt=OPEN),
            render_plugins=[Schema()],
        ),
        logging_config=None,
        debug=False,
    )
    app.state["parts"] = parts
    app.state["readiness"] = ReadinessCheck(settings.database_url, lambda: parts.temporal.client_if_connected)
    return app


def _handle(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Every exception ends here: problem+json for programs, a page for people."""
    problem = problem_of(error)
    path = request.url.path
    if problem.status >= 500 and problem.code != BUSY:
        _log.error("%s %s", request.method, path, exc_info=error)
    # A file is downloaded from under /api by a link on a page: who is told to wait there is a person.
    by_link = problem.code == BUSY and "text/html" in request.headers.get("accept", "")
    if path.startswith(_MACHINE) and not by_link:
        return problem_response(problem)
    if isinstance(error, NotSignedIn):
        asked = path + (f"?{request.url.query}" if request.url.query else "")
        target = f"/sign-in?next={quote(asked, safe='')}" if request.method == "GET" else "/sign-in"
        return Response(None, status_code=303, headers={"Location": target})
    if problem.status == 405 and request.method == "GET":
        # The address of a form, loaded again or typed: the page that the form stands on.
        return Response(None, status_code=303, headers={"Location": page_of_form(path)})
    return error_page(problem)
