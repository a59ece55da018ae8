"""The session cookie: found on each request, set at sign-in under a new id, removed at sign-out.

Sessions live in PostgreSQL; the cookie holds a random token and nothing else. A token that the server did
not make opens nothing, so a planted cookie is never adopted.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

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
            service.sign_in,
            parts.engine,
            parts.settings,
            email,
            password,
            token_of(request, parts.settings),
            source_of(request),
        )
    return signed_in.identity, _cookie(parts, signed_in.token)


async def sign_out(request: HttpRequest) -> Cookie:
    """End the session; the cookie that the caller sets removes the browser's."""
    parts = parts_of(request)
    if token := token_of(request, parts.settings):
        await sync_to_thread(service.sign_out, parts.engine, token, identity_of(request))
    return _cookie(parts, "", max_age=0)


def own_token(request: HttpRequest) -> str:
    """The token of the session that makes the request. Only behind the guard."""
    token = token_of(request, parts_of(request).settings)
    if token is None:
        raise LookupError("a route that needs a session is declared public")
    return token


def source_of(request: HttpRequest) -> service.Source:
    """Where the request comes from, as far as that is known."""
    settings = parts_of(request).settings
    peer = request.scope.get("client")
    forwarded_for = ", ".join(request.headers.getall("X-Forwarded-For", []))  # a proxy may add a line
    return service.Source(
        network_of(peer[0] if peer else None, forwarded_for, settings.trusted_proxies),
        request.headers.get("User-Agent", ""),
    )


def network_of(peer: str | None, forwarded_for: str, trusted: str) -> str | None:
    """The network address that a request is counted under: an IPv4 address, or an IPv6 network of 64 bits.

    `X-Forwarded-For` is believed from the right, as far as each hop was added by a trusted proxy; what stands
    further left, anybody may have written. None when the peer has no such address.
    """
    proxies = [ip_network(one.strip()) for one in trusted.split(",") if one.strip()]
    hops = [part.strip() for part in forwarded_for.split(",")] if forwarded_for else []
    found = _address(peer or "")
    while found is not None and hops and any(found in proxy for proxy in proxies):
        before = _address(hops.pop())
        if before is None:
            break
        found = before
    if isinstance(found, IPv6Address):
        return str(ip_network((found, 64), strict=False))
    return None if found is None else str(found)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


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
