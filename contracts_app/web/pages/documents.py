"""The bytes of a document, shown by the browser where it is a PDF and saved otherwise."""

from __future__ import annotations

from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from contracts_app.domain.refusals import not_found
from contracts_app.store.views.client_page import download
from contracts_app.web.api.documents import attachment
from contracts_app.web.api.shown import looking
from contracts_app.web.guard import SIGNED_IN
from contracts_app.web.parts import HttpRequest

_PDF = "application/pdf"


@get("/documents/{document_id:uuid}", opt=SIGNED_IN, include_in_schema=False, sync_to_thread=True)
def document(request: HttpRequest, document_id: FromPath[UUID]) -> Response[bytes]:
    """A document of the firm; for a client one about its own invoices and payments."""
    with looking(request) as (connection, identity):
        found = download(connection, identity.firm_id, document_id, identity.client_id)
    if found is None:
        raise not_found("document")
    disposition = attachment(found.file_name)
    if found.media_type == _PDF:
        disposition = disposition.replace("attachment", "inline", 1)
    return Response(found.content, media_type=found.media_type, headers={"Content-Disposition": disposition})


ROUTES = (document,)
