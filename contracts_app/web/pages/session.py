"""Signing in and out, and the static files."""

from __future__ import annotations

from pathlib import Path

from litestar import Response, get, post
from litestar.static_files import create_static_files_router

from contracts_app.domain.refusals import Refused
from contracts_app.web import sessions
from contracts_app.web.guard import OPEN, PUBLIC, SIGNED_IN
from contracts_app.web.pages.addresses import inside
from contracts_app.web.pages.rendering import bare_page
from contracts_app.web.parts import HttpRequest

STATIC = Path(__file__).resolve().parents[1] / "static"


@get("/sign-in", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def sign_in_page(request: HttpRequest) -> Response[str]:
    """The form."""
    return bare_page(
        "sign_in.html",
        refusal="",
        email="",
        next=inside(request.query_params.get("next", "/"), "/"),
        done="Your password is set: sign in with it." if "password" in request.query_params else "",
    )


@post("/sign-in", opt=PUBLIC, include_in_schema=False)
async def sign_in(request: HttpRequest) -> Response[str]:
    """Open a session and go on to where the person wanted to be."""
    form = await request.form()
    email, password = str(form.get("email", "")), str(form.get("password", ""))
    wanted = inside(str(form.get("next", "/")), "/")
    try:
        identity, cookie = await sessions.sign_in(request, email, password)
    except Refused as refused:
        return bare_page("sign_in.html", refused.status, refusal=refused.sentence, email=email, next=wanted)
    target = "/client" if identity.is_client and not wanted.startswith("/client") else wanted
    return Response("", status_code=303, headers={"Location": target}, cookies=[cookie])


@post("/sign-out", opt=SIGNED_IN, include_in_schema=False)
async def sign_out(request: HttpRequest) -> Response[str]:
    """End the session."""
    cookie = await sessions.sign_out(request)
    return Response("", status_code=303, headers={"Location": "/sign-in"}, cookies=[cookie])


static_files = create_static_files_router("/static", directories=[STATIC], opt=OPEN, include_in_schema=False)

ROUTES = (sign_in_page, sign_in, sign_out, static_files)
