"""Documents and mail: the bytes of one document, the list of messages."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath, FromQuery

from contracts_app.domain.refusals import not_found
from contracts_app.store.views.client_page import download
from contracts_app.store.views.messages import messages as sent
from contracts_app.web.api.shown import looking, shown
from contracts_app.web.guard import SIGNED_IN
from contracts_app.web.parts import HttpRequest


@get("/api/documents/{document_id:uuid}", opt=SIGNED_IN, sync_to_thread=True)
def document(request: HttpRequest, document_id: FromPath[UUID]) -> Response[bytes]:
    """The bytes of a document; a client gets those about its own invoices and payments."""
    with looking(request) as (connection, identity):
        found = download(connection, identity.firm_id, document_id, identity.client_id)
    if found is None:
        raise not_found("document")
    return Response(
        found.content,
        media_type=found.media_type,
        headers={"Content-Disposition": attachment(found.file_name)},
    )


def attachment(file_name: str) -> str:
    """A Content-Disposition that saves under this name and can carry no header of its own (RFC 6266)."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in file_name)
    ending = file_name.rpartition(".")[2]
    if ending.isascii() and ending.isalnum() and "." in file_name:
        plain = f"{plain[: -len(ending) - 1]}.{ending}"
    return f"attachment; filename=\"{plain or 'document'}\"; filename*=UTF-8''{quote(file_name, safe='')}"


@get("/api/messages", opt=SIGNED_IN, sync_to_thread=True)
def messages(request: HttpRequest, invoice: FromQuery[UUID | None] = None) -> dict[str, Any]:
    """Mail with its delivery, newest first; for a client what was sent to it."""
    with looking(request) as (connection, identity):
        rows = sent(connection, identity.firm_id, invoice_id=invoice, client_id=identity.client_id)
        return {"messages": shown(rows)}


ROUTES = (document, messages)
