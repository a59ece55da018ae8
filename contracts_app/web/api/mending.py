"""What can be mended of an imported file, and the file handed back with its problems."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath, QueryParameter

from contracts_app.domain.refusals import not_found
from contracts_app.services.handing_back import annotated_file
from contracts_app.store.views import import_page
from contracts_app.store.views import rows_to_mend as view
from contracts_app.web.api.documents import attachment
from contracts_app.web.api.shown import looking, shown
from contracts_app.web.guard import STAFF
from contracts_app.web.parts import HttpRequest, identity_of, parts_of

PAGE = 100
MENDED = 1_000
"""Mended cells that one answer names."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@get("/api/imports/{import_id:uuid}/to-mend", opt=STAFF, sync_to_thread=True)
def rows_to_mend(
    request: HttpRequest,
    import_id: FromPath[UUID],
    code: Annotated[str | None, QueryParameter(pattern="^[a-z0-9_]{1,60}$")] = None,
    column: Annotated[str | None, QueryParameter(pattern="^[A-Z]{1,3}$")] = None,
    start: Annotated[int, QueryParameter(ge=0, le=1_000_000)] = 0,
) -> dict[str, Any]:
    """Rows refused or waiting, as they are read, a page at a time; problems by kind; cells mended so far."""
    with looking(request) as (connection, identity):
        of = (connection, identity.firm_id, import_id)
        found = import_page.find(*of)
        if found is None:
            raise not_found("import")
        rows, count = view.rows(*of, code, column, start, PAGE)
        return {
            "headers": (found.report or {}).get("headers_to_mend", {}),
            "problems": shown(view.groups(*of)),
            "rows": shown(rows),
            "count": count,
            "more": start + len(rows) < count,
            "mended": shown(view.mended(*of, MENDED)),
        }


@get("/api/imports/{import_id:uuid}/annotated", opt=STAFF, sync_to_thread=True)
def annotated(request: HttpRequest, import_id: FromPath[UUID]) -> Response[bytes]:
    """The file as a workbook (XLSX): bad cells coloured and explained, the problems on a first sheet."""
    parts, identity = parts_of(request), identity_of(request)
    place = parts.reading.one_for(identity.person_id)
    name, data = annotated_file(parts.engine, identity.firm_id, import_id, place)
    return Response(data, media_type=XLSX, headers={"Content-Disposition": attachment(name)})


ROUTES = (rows_to_mend, annotated)
