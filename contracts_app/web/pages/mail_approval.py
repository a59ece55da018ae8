"""The page that a mailed link opens: exactly what is asked, and a confirmation. A GET never approves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from contracts_app.domain.billing.taxed import tax_if_clear
from contracts_app.domain.commands.envelope import Key
from contracts_app.domain.refusals import Refused
from contracts_app.services import mail_links, put_before
from contracts_app.services.draft_findings import of_draft
from contracts_app.store.approval_links import Asked
from contracts_app.store.transaction import reading
from contracts_app.web.giving import carry, key_of
from contracts_app.web.guard import PUBLIC, SECRET_PATH
from contracts_app.web.pages.draft_time import draft_time
from contracts_app.web.pages.rendering import bare_page
from contracts_app.web.pages.totals import totals_of
from contracts_app.web.parts import HttpRequest, parts_of
from contracts_app.web.problems import OutcomeUnknown
from contracts_app.web.sessions import source_of

_AT = "/approve/{token:str}"
_OPT = {**PUBLIC, SECRET_PATH: True}
_CHANGED = (
    "This draft was changed or taken back after you were asked: what you were asked about no longer counts, "
    "and this link approves nothing any more."
)
_UNKNOWN = (
    "A part of the system did not answer, so it is not known whether this was done. Send it again: it will "
    "not be done twice."
)
_LONGEST_REMARK = 2000


@get(_AT, opt=_OPT, include_in_schema=False, sync_to_thread=True)
def asked_page(request: HttpRequest, token: FromPath[str]) -> Response[str]:
    """What is asked. Changes nothing: mail programs open links too."""
    try:
        return _shown(request, token, _opened(request, token))
    except Refused as refused:
        return _answer(refused.status, refusal=refused.sentence)


@post(_AT, opt=_OPT, include_in_schema=False)
async def confirm(request: HttpRequest, token: FromPath[str]) -> Response[str]:
    """Approve what the link asks, as its person; the same command decides as when he is signed in."""
    form = await request.form()
    remark = str(form.get("remark", "")).replace("\0", "").strip()[:_LONGEST_REMARK]
    try:
        key = await key_of(request)
        asked = await sync_to_thread(_opened, request, token, key)
    except Refused as refused:
        return _answer(refused.status, refusal=refused.sentence)
    try:
        outcome = await carry(request, mail_links.command(asked, remark, key))
    except OutcomeUnknown:
        return await sync_to_thread(_shown, request, token, asked, _UNKNOWN, 503, key, remark)
    if not outcome.done:
        return await sync_to_thread(_shown, request, token, asked, outcome.sentence, outcome.status)
    return _answer(200, approved=True, invoice_id=asked.invoice_id, left=outcome.result.get("still_needed"))


def _opened(request: HttpRequest, token: str, key: Key | None = None) -> Asked:
    visitor = request.scope.get("user")
    return mail_links.opened(parts_of(request).engine, token, source_of(request), visitor, key)


def _shown(
    request: HttpRequest,
    token: str,
    asked: Asked,
    refusal: str = "",
    status: int = 200,
    key: str = "",
    remark: str = "",
) -> Response[str]:
    with reading(parts_of(request).engine, asked.firm_id) as connection:
        put = put_before.in_review(connection, asked.firm_id, asked.invoice_id)
        if put is None or put.content_hash != asked.content_hash:
            newer = put is not None and mail_links.has_newer(connection, asked, put.content_hash)
            return _answer(409, refusal=_CHANGED, changed=True, newer=newer, invoice_id=asked.invoice_id)
        return _answer(
            status,
            refusal=refusal,
            token=token,
            key=key,
            remark=remark,
            name=asked.name,
            not_yours=put_before.why_not(connection, asked.firm_id, put, asked.person_id),
            invoice=put.shown,
            figures=put.figures,
            tax=tax_if_clear(put.snapshot, put.figures),
            totals=totals_of(put.figures.lines),
            time=draft_time(connection, asked.firm_id, put.snapshot, put.figures),
            since_approved=put_before.changed_since(
                connection,
                asked.firm_id,
                asked.invoice_id,
                put.snapshot,
                put.figures,
                put.content_hash,
                asked.person_id,
            ),
            found=of_draft(connection, asked.firm_id, asked.invoice_id, put.snapshot),
            content_hash=put.content_hash,
        )


def _answer(status: int, **data: Any) -> Response[str]:
    """The page, from which no address goes to anybody: the link's own holds the token."""
    answer = bare_page("approve_by_mail.html", status, **{**_NOTHING, **data})
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


_NOTHING: Mapping[str, Any] = {
    "invoice": None,
    "invoice_id": None,
    "refusal": "",
    "approved": False,
    "left": None,
    "changed": False,
    "newer": False,
}
"""What the page says when it is not told."""
ROUTES = (asked_page, confirm)
