"""The session cookie: found on each request, set at sign-in under a new id, removed at sign-out.

Sessions live in PostgreSQL; the cookie holds a random token and nothing else. A token that the server did
not make opens nothing, so a planted cookie is never adopted.
"""

from __future__ import annotations

from litestar.concurrency import sync_to_thread
from litestar.datastructures import Cookie
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from contracts_app.services import sign_in as service
from contracts_app.settings import Settings
from contracts_app.web.parts import HttpRequest, Parts, identity_of, parts_of

WITHOUT_SESSION = "without_session"
_LONGEST_TOKEN = 100


def cookie_name(settings: Settings) -> str:
    """`__Host-` binds the cookie to this host, over https only."""
    return "__Host-contracts" if settings.public_url.startswith("https://") else "contracts"


class SessionMiddleware(ASGIMiddleware):
    """Puts the identity of the request (or None) into the scope as `user`."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Find the session once per request; a handler with opt `without_session` needs none."""
        scope["user"] = None
        scope["auth"] = None
        if not scope["route_handler"].opt.get(WITHOUT_SESSION):
            request: HttpRequest = HttpRequest(scope)
            parts = parts_of(request)
            if token := token_of(request, parts.settings):
                scope["user"] = await sync_to_thread(service.identity_of, parts.engine, token)
        await next_app(scope, receive, send)


def token_of(request: HttpRequest, settings: Settings) -> str | None:
    """The session token that the browser sent, whatever it is worth."""
    token = request.cookies.get(cookie_name(settings))
    return token if token and len(token) <= _LONGEST_TOKEN else None


async def sign_in(request: HttpRequest, email: str, password: str) -> tuple[service.Identity, Cookie]:
    """Check the password and open a new session; the caller sets the cookie on its response.

    Raises Refused 401 or 429.
    """
    parts = parts_of(request)
    async with parts.passwords:
        signed_in = await sync_to_thread(
            service.sign_in, parts.engine, parts.settings, email, password, token_of(request, parts.settings)
        )
    return signed_in.identity, _cookie(parts, signed_in.token)


async def sign_out(request: HttpRequest) -> Cookie:
    """End the session; the cookie that the caller sets removes the browser's."""
    parts = parts_of(request)
    if token := token_of(request, parts.settings):
        await sync_to_thread(service.sign_out, parts.engine, token, identity_of(request))
    return _cookie(parts, "", max_age=0)


def _cookie(parts: Parts, token: str, max_age: int | None = None) -> Cookie:
    return Cookie(
        key=cookie_name(parts.settings),
        value=token,
        max_age=max_age,
        path="/",
        httponly=True,
        samesite="lax",
        secure=parts.settings.public_url.startswith("https://"),
    )
