"""The evidence pack of an invoice, to be downloaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO
from uuid import UUID

from litestar import get
from litestar.params import FromPath
from litestar.response import Stream

from contracts_app.domain.roles import Role
from contracts_app.services.evidence import pack
from contracts_app.web.api.documents import attachment
from contracts_app.web.api.shown import looking
from contracts_app.web.guard import roles
from contracts_app.web.parts import HttpRequest, parts_of

READERS = roles(Role.controller, Role.administrator, Role.auditor)
_PIECE = 256 * 1024


@get("/api/invoices/{invoice_id:uuid}/evidence", opt=READERS, sync_to_thread=True)
def evidence(request: HttpRequest, invoice_id: FromPath[UUID]) -> Stream:
    """Everything about one issued invoice in an archive that anybody can verify without this system."""
    with looking(request) as (connection, identity):
        made = pack(connection, parts_of(request).settings, identity.firm_id, invoice_id)
    name = attachment(f"evidence-{invoice_id}.zip")
    return Stream(_pieces(made), media_type="application/zip", headers={"Content-Disposition": name})


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


ROUTES = (evidence,)
