"""Imports: hand over a file, and what was understood of it.

Bytes and the import's row are stored in one transaction; then its workflow is started. When that fails, the
sweep starts it later: the file is received all the same.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import UploadFile
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery

from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.refusals import not_found
from contracts_app.domain.roles import Role
from contracts_app.domain.transitions import IMPORT, possible
from contracts_app.services import imports as service
from contracts_app.store import aliases as saved
from contracts_app.store import import_parts
from contracts_app.store import mappings as saved_mappings
from contracts_app.store.views import import_page, waiting
from contracts_app.store.views.contract_files import imports as files
from contracts_app.web.api.shown import looking, shown
from contracts_app.web.giving import key_of, start_process
from contracts_app.web.guard import CSRF_FIELD, STAFF, roles
from contracts_app.web.parts import HttpRequest, identity_of, parts_of
from contracts_app.web.problems import FieldError, WrongBody

LARGEST_UPLOAD = service.LARGEST_FILE + 100_000
"""Bytes of a whole multipart request: the file and the fields around it."""
_FIELDS = {"kind", "contract_id", "file", CSRF_FIELD, "idempotency_key"}


@post(
    "/api/imports",
    opt=roles(Role.coordinator),
    status_code=201,
    request_max_body_size=LARGEST_UPLOAD,
    summary="Receive import",
)
async def receive_import(request: HttpRequest) -> Response[dict[str, Any]]:
    """A file (multipart: `kind`, `file`, and `contract_id` where it is for one contract); then it is read."""
    import_id = await receive(request)
    return Response({"done": True, "result": {"import_id": str(import_id)}}, media_type=MediaType.JSON)


async def receive(request: HttpRequest) -> UUID:
    """Store the uploaded file and start its import. Raises Refused and WrongBody. Pages use it too."""
    key = await key_of(request)
    identity = identity_of(request)
    parts = parts_of(request)
    kind, contract_id, file = await _upload(request)
    import_id = await sync_to_thread(
        service.receive,
        parts.engine,
        firm_id=identity.firm_id,
        by=identity.person_id,
        key=key,
        kind=kind,
        contract_id=contract_id,
        file_name=file.filename,
        data=await file.read(),
    )
    await start_process(request, Subject.importing, import_id)
    return import_id


async def _upload(request: HttpRequest) -> tuple[str, UUID | None, UploadFile]:
    form = await request.form()
    errors = [FieldError(name, "a field", "no such field") for name in form if name not in _FIELDS]
    errors += [FieldError(name, "twice", "each field once") for name in form if len(form.getall(name)) > 1]
    kind, file = form.get("kind"), form.get("file")
    if not isinstance(kind, str):
        errors.append(FieldError("kind", "nothing", "which kind of file it is"))
    if not isinstance(file, UploadFile):
        errors.append(FieldError("file", "nothing", "a file"))
    contract_id = None
    if given := form.get("contract_id"):
        try:
            contract_id = UUID(str(given))
        except ValueError:
            errors.append(FieldError("contract_id", str(given)[:80], "the id of a contract"))
    if errors or not isinstance(kind, str) or not isinstance(file, UploadFile):
        raise WrongBody(*errors)
    return kind, contract_id, file


@get("/api/imports", opt=STAFF, sync_to_thread=True)
def imports(request: HttpRequest, contract: FromQuery[UUID | None] = None) -> dict[str, Any]:
    """Files handed over, newest first, without their problems."""
    with looking(request) as (connection, identity):
        rows = files(connection, identity.firm_id, contract)
        return {"imports": [{**shown(row), "report": _totals(row.report)} for row in rows]}


def _totals(report: Any) -> dict[str, Any] | None:
    if report is None:
        return None
    return {name: value for name, value in report.items() if name not in ("problems", "decisions")}


@get("/api/imports/{import_id:uuid}", opt=STAFF, sync_to_thread=True)
def one_import(request: HttpRequest, import_id: FromPath[UUID]) -> dict[str, Any]:
    """What was understood of a file: problems with their place, decisions asked, totals."""
    with looking(request) as (connection, identity):
        found = import_page.find(connection, identity.firm_id, import_id)
        if found is None:
            raise not_found("import")
        return {
            **shown(found),
            "left_out": sorted(import_parts.left_out(found.decisions)),
            "parts": [shown(part) for part in import_parts.every(connection, identity.firm_id, import_id)],
            "possible": list(possible(IMPORT, found.state)),
            "process": shown(waiting.why(connection, identity.firm_id, "import", import_id)),
        }


@get("/api/aliases", opt=STAFF, sync_to_thread=True)
def aliases(request: HttpRequest) -> dict[str, Any]:
    """What people have chosen that names in files mean, as it is used now."""
    with looking(request) as (connection, identity):
        return {"aliases": [dict(row) for row in saved.every(connection, identity.firm_id)]}


@get("/api/mappings", opt=STAFF, sync_to_thread=True)
def mappings(request: HttpRequest) -> dict[str, Any]:
    """The mappings by which the firm's own files are recognised."""
    with looking(request) as (connection, identity):
        return {"mappings": [shown(one) for one in saved_mappings.active(connection, identity.firm_id)]}


ROUTES = (receive_import, imports, one_import, aliases, mappings)
