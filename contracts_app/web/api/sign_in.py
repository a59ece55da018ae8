"""Signing in and out, and who one is."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import MediaType, Response, get, post
from pydantic import BaseModel, ConfigDict, StringConstraints

from contracts_app.services.sign_in import Identity
from contracts_app.web import sessions
from contracts_app.web.bodies import read_body
from contracts_app.web.guard import PUBLIC, SIGNED_IN
from contracts_app.web.parts import HttpRequest, identity_of
from contracts_app.web.schema import BODY


class SignIn(BaseModel):
    """What a person types."""

    model_config = ConfigDict(extra="forbid")
    email: Annotated[str, StringConstraints(max_length=254)]
    password: Annotated[str, StringConstraints(max_length=1000)]


@post("/api/sign-in", opt={**PUBLIC, BODY: SignIn}, status_code=200)
async def sign_in(request: HttpRequest) -> Response[dict[str, Any]]:
    """Open a session: the cookie is set, the body holds the CSRF token that unsafe requests must carry."""
    body = await read_body(request, SignIn)
    identity, cookie = await sessions.sign_in(request, body.email, body.password)
    return Response(_shown(identity), media_type=MediaType.JSON, cookies=[cookie])


@post("/api/sign-out", opt=SIGNED_IN, status_code=200)
async def sign_out(request: HttpRequest) -> Response[dict[str, Any]]:
    """End the session."""
    cookie = await sessions.sign_out(request)
    return Response({"signed_in": False}, media_type=MediaType.JSON, cookies=[cookie])


@get("/api/me", opt=SIGNED_IN, sync_to_thread=False)
def me(request: HttpRequest) -> dict[str, Any]:
    """Who is signed in, with his roles as they are now."""
    return _shown(identity_of(request))


def _shown(identity: Identity) -> dict[str, Any]:
    return {
        "person_id": str(identity.person_id),
        "firm_id": str(identity.firm_id),
        "name": identity.name,
        "roles": sorted(identity.roles),
        "client_id": str(identity.client_id) if identity.client_id else None,
        "signed_in": identity.signed_in,
        "csrf_token": identity.csrf_token,
    }


ROUTES = (sign_in, sign_out, me)
