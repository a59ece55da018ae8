"""Who may use a route: every route says so in its `opt`, and a route that does not serves nobody.

`opt=roles(Role.coordinator)`: these roles. `opt=SIGNED_IN`: anybody with a session. `opt=PUBLIC`: everybody.
Unsafe methods need the session's own CSRF token besides, and must not come from another site (CONTROLS S05).
"""

from __future__ import annotations

from collections.abc import Iterator
from secrets import compare_digest
from typing import Any
from urllib.parse import urlsplit

from litestar import Litestar
from litestar.handlers import BaseRouteHandler
from litestar.routes import HTTPRoute
from pydantic import BaseModel

from contracts_app.domain.commands.routes import ROUTES
from contracts_app.domain.refusals import Refused, not_allowed, not_found
from contracts_app.domain.roles import STAFF as STAFF_ROLES
from contracts_app.domain.roles import Role
from contracts_app.web.parts import Connection, HttpRequest, parts_of
from contracts_app.web.sessions import WITHOUT_SESSION

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf_token"

SECRET_PATH = "secret_path"
"""Mark of a route whose path holds a secret of its own: its page names no referrer, so that the secret stays
here, and a browser then calls the origin of its forms `null`."""
Opt = dict[str, Any]
PUBLIC: Opt = {"public": True}
OPEN: Opt = {"public": True, WITHOUT_SESSION: True}
"""For what is the same for everybody and touches no database: static files, health, the schema."""


def roles(*allowed: Role) -> Opt:
    """The declaration of a route for these roles."""
    return {"roles": frozenset(allowed)}


def who_gives(*commands: type[BaseModel]) -> Opt:
    """The declaration of a route that gives these commands: for whoever may give one of them."""
    named = [str(command.model_fields["command"].default) for command in commands]
    return roles(*(role for name in named for role in ROUTES[name].roles))


STAFF = roles(*STAFF_ROLES)
SIGNED_IN = roles(*Role)


class NotSignedIn(Exception):
    """The route needs a session and the request has none."""


async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """The one guard of the application. Raises NotSignedIn, or Refused: 403, 404 for no possible path."""
    if "\0" in connection.scope["path"]:
        raise not_found("page")  # the file system refuses such a name with an exception
    method = connection.scope.get("method", "")
    if method == "OPTIONS":
        return
    unsafe = method not in SAFE_METHODS
    if unsafe:
        _same_site(connection, bool(handler.opt.get(SECRET_PATH)))
    if handler.opt.get("public"):
        return
    allowed = handler.opt.get("roles")
    if allowed is None:
        raise not_allowed("This route does not say who may use it, so nobody may.")
    identity = connection.user
    if identity is None:
        raise NotSignedIn
    if not identity.roles & allowed:
        raise not_allowed("Your role does not allow this.")
    if unsafe and not await _has_token(connection, identity.csrf_token):
        raise Refused(
            "wrong_csrf_token",
            f"This request must carry the token of your session (header {CSRF_HEADER}): reload the page.",
            403,
        )


def undeclared(app: Litestar) -> Iterator[str]:
    """Routes that do not say who may use them; there must be none."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            yield f"{route.path} ({type(route).__name__})"
            continue
        for handler in route.route_handlers:
            if handler.http_methods != {"OPTIONS"} and not {"public", "roles"} & set(handler.opt):
                yield f"{', '.join(sorted(handler.http_methods))} {route.path}"


def _same_site(connection: Connection, secret_path: bool) -> None:
    """A browser says where a request comes from; another site's is refused, even with a stolen token."""
    fetched = connection.headers.get("Sec-Fetch-Site")
    if fetched is not None and fetched not in ("same-origin", "none"):
        raise Refused("from_another_site", "This request came from another site.", 403)
    origin = connection.headers.get("Origin")
    if origin is None or (secret_path and origin == "null"):
        return
    ours = urlsplit(parts_of(connection).settings.public_url)
    if origin == f"{ours.scheme}://{ours.netloc}":
        return
    given = urlsplit(origin)
    if given.scheme != ours.scheme or given.netloc != connection.headers.get("Host"):
        raise Refused("from_another_site", "This request came from another site.", 403)


async def _has_token(connection: Connection, token: str) -> bool:
    given = connection.headers.get(CSRF_HEADER)
    if given is None and isinstance(connection, HttpRequest):
        given = (await connection.form()).get(CSRF_FIELD)
    return isinstance(given, str) and compare_digest(given.encode(), token.encode())
