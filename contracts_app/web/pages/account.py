"""One's own account: password and sessions; and the page that a link to set a password opens."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.services import own_account, password_links
from contracts_app.store.views import people as view
from contracts_app.web.api.shown import looking
from contracts_app.web.guard import PUBLIC, SIGNED_IN
from contracts_app.web.pages.forms import see_other, with_notice
from contracts_app.web.pages.rendering import Said, bare_page, page
from contracts_app.web.parts import HttpRequest, identity_of, parts_of
from contracts_app.web.sessions import own_token, source_of


@get("/account", opt=SIGNED_IN, include_in_schema=False, sync_to_thread=True)
def account(request: HttpRequest) -> Response[str]:
    """Who one is here, the form for a new password, one's sessions."""
    return _account(request)


def _account(request: HttpRequest, said: Said | None = None) -> Response[str]:
    found = own_account.sessions(parts_of(request).engine, identity_of(request), own_token(request))
    with looking(request) as (connection, identity):
        known = next(one for one in view.people(connection, identity.firm_id) if one.id == identity.person_id)
        return page(request, connection, "account.html", said=said, known=known, sessions=found)


@post("/account/password", opt=SIGNED_IN, include_in_schema=False)
async def change_password(request: HttpRequest) -> Response[str]:
    """Change the own password."""
    form = await request.form()
    present, new, again = (str(form.get(name, "")) for name in ("present", "new", "again"))
    parts = parts_of(request)
    try:
        _twice_the_same(new, again)
        async with parts.passwords:
            await sync_to_thread(
                own_account.change_password,
                parts.engine,
                parts.settings,
                identity_of(request),
                own_token(request),
                present,
                new,
                source_of(request),
            )
    except Refused as refused:
        return await sync_to_thread(_account, request, _said(request, refused))
    return see_other(with_notice("/account", "change_password"))


@post("/account/sessions/end-others", opt=SIGNED_IN, include_in_schema=False, sync_to_thread=True)
def end_others(request: HttpRequest) -> Response[str]:
    """End every session but this one."""
    own_account.end_other_sessions(parts_of(request).engine, identity_of(request), own_token(request))
    return see_other(with_notice("/account", "end_session"))


@post("/account/sessions/{session_id:str}/end", opt=SIGNED_IN, include_in_schema=False, sync_to_thread=True)
def end_session(request: HttpRequest, session_id: FromPath[str]) -> Response[str]:
    """End one session; one that has ended meanwhile is no error."""
    try:
        own_account.end_session(parts_of(request).engine, identity_of(request), session_id)
    except Refused as refused:
        return _account(request, _said(request, refused))
    return see_other(with_notice("/account", "end_session"))


@get("/password/{token:str}", opt=PUBLIC, include_in_schema=False, sync_to_thread=True)
def password_page(request: HttpRequest, token: FromPath[str]) -> Response[str]:
    """The form that a mailed link opens. Changes nothing: mail programs open links too."""
    return _password_page(request, token)


def _password_page(request: HttpRequest, token: str, refusal: str = "", status: int = 200) -> Response[str]:
    found = password_links.holder(parts_of(request).engine, token)
    if found is None:
        gone = password_links.no_longer_valid()
        return bare_page("password.html", gone.status, refusal=gone.sentence, holder=None, token="")
    return bare_page("password.html", status, refusal=refusal, holder=found, token=token)


@post("/password/{token:str}", opt=PUBLIC, include_in_schema=False)
async def set_password(request: HttpRequest, token: FromPath[str]) -> Response[str]:
    """Set the password; the person signs in with it next."""
    form = await request.form()
    new, again = str(form.get("new", "")), str(form.get("again", ""))
    parts = parts_of(request)
    try:
        _twice_the_same(new, again)
        async with parts.passwords:
            await sync_to_thread(password_links.use, parts.engine, parts.settings, token, new)
    except Refused as refused:
        return await sync_to_thread(_password_page, request, token, refused.sentence, refused.status)
    return see_other("/sign-in?password=set")


def _twice_the_same(new: str, again: str) -> None:
    if new != again:
        raise wrong_content("not_the_same", "The new password was typed in two different ways.")


def _said(request: HttpRequest, refused: Refused) -> Said:
    return Said(refused.sentence, refused.status, about=request.url.path)


ROUTES = (account, change_password, end_others, end_session, password_page, set_password)
