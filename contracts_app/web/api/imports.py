"""Imports: hand over a file, and what was understood of it.

Bytes and the import's row are stored in one transaction; then its workflow is started. When that fails, the
sweep starts it later: the file is received all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import UploadFile
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery

from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.file_names import visible
from contracts_app.domain.refusals import Refused, not_found
from contracts_app.domain.roles import Role
from contracts_app.domain.transitions import IMPORT, possible
from contracts_app.services import imports as service
from contracts_app.services.kind_found import FIND_OUT, kind_of_file
from contracts_app.services.sign_in import Identity
from contracts_app.store import aliases as saved
from contracts_app.store import import_parts
from contracts_app.store import mappings as saved_mappings
from contracts_app.store.views import import_page, waiting
from contracts_app.store.views.import_list import Wanted
from contracts_app.store.views.import_list import imports as files
from contracts_app.web.api.shown import looking, shown
from contracts_app.web.giving import key_of, start_process
from contracts_app.web.guard import CSRF_FIELD, STAFF, roles
from contracts_app.web.parts import HttpRequest, Parts, identity_of, parts_of
from contracts_app.web.problems import FieldError, WrongBody

LARGEST_UPLOAD = service.LARGEST_FILE + 100_000
"""Bytes of a whole multipart request: the file and the fields around it."""
MOST_FILES = 50
"""Handed over at once."""
_FIELDS = {"kind", "contract_id", "file", CSRF_FIELD, "idempotency_key"}


@post(
    "/api/imports",
    opt=roles(Role.coordinator),
    status_code=201,
    request_max_body_size=LARGEST_UPLOAD,
    summary="Receive import",
)
async def receive_import(request: HttpRequest) -> Response[dict[str, Any]]:
    """A file (multipart: `kind`, or `auto` to find it out; `file`; `contract_id` where it is for one).

    Then it is read.
    """
    import_id = await receive(request)
    return Response({"done": True, "result": {"import_id": str(import_id)}}, media_type=MediaType.JSON)


async def receive(request: HttpRequest) -> UUID:
    """Store the uploaded file and start its import. Raises Refused and WrongBody."""
    kind, contract_id, files = await _upload(request, several=False)
    return await _keep(request, await key_of(request), kind, contract_id, files[0])


async def receive_each(request: HttpRequest) -> tuple[Sequence[UUID], Sequence[tuple[str, Refused]]]:
    """The same of every file that was handed over at once: each becomes an import of its own, in their order.

    Also which files could not be kept, by name, and why. Raises WrongBody, and Refused without a key.
    """
    key = await key_of(request)
    kind, contract_id, files = await _upload(request, several=True)
    kept: list[UUID] = []
    refusals: list[tuple[str, Refused]] = []
    for number, file in enumerate(files):
        try:
            kept.append(await _keep(request, f"{key}:{number}" if number else key, kind, contract_id, file))
        except Refused as refused:
            refusals.append((visible(file.filename), refused))
    return kept, refusals


async def _keep(
    request: HttpRequest, key: str, kind: str, contract_id: UUID | None, file: UploadFile
) -> UUID:
    identity = identity_of(request)
    parts = parts_of(request)
    data = await file.read()
    if kind == FIND_OUT:
        kind = await sync_to_thread(_kind, parts, identity, file.filename, data)
    import_id = await sync_to_thread(
        service.receive,
        parts.engine,
        firm_id=identity.firm_id,
        by=identity.person_id,
        key=key,
        kind=kind,
        contract_id=contract_id,
        file_name=file.filename,
        data=data,
    )
    await start_process(request, Subject.importing, import_id)
    return import_id


def _kind(parts: Parts, identity: Identity, file_name: str, data: bytes) -> str:
    with parts.reading.one_for(identity.person_id):
        return kind_of_file(parts.engine, identity.firm_id, file_name, data)


async def _upload(request: HttpRequest, several: bool) -> tuple[str, UUID | None, Sequence[UploadFile]]:
    form = await request.form()
    once = _FIELDS - {"file"} if several else _FIELDS
    errors = [FieldError(name, "a field", "no such field") for name in form if name not in _FIELDS]
    errors += [
        FieldError(name, "twice", "each field once") for name in once if len(form.getall(name, [])) > 1
    ]
    kind, files = form.get("kind"), [one for one in form.getall("file", []) if isinstance(one, UploadFile)]
    if not isinstance(kind, str):
        errors.append(FieldError("kind", "nothing", "which kind of file it is"))
    if not files:
        errors.append(FieldError("file", "nothing", "a file"))
    elif len(files) > MOST_FILES:
        errors.append(FieldError("file", f"{len(files)} files", f"at most {MOST_FILES} at once"))
    contract_id = None
    if given := form.get("contract_id"):
        try:
            contract_id = UUID(str(given))
        except ValueError:
            errors.append(FieldError("contract_id", str(given)[:80], "the id of a contract"))
    if errors or not isinstance(kind, str):
        raise WrongBody(*errors)
    return kind, contract_id, files


@get("/api/imports", opt=STAFF, sync_to_thread=True)
def imports(
    request: HttpRequest, contract: FromQuery[UUID | None] = None, start: FromQuery[int] = 0
) -> dict[str, Any]:
    """Files handed over, newest first, without their problems; `following` is where the next ones start."""
    with looking(request) as (connection, identity):
        listed = files(connection, identity.firm_id, Wanted(contract_id=contract), max(start, 0))
        rows = [{**shown(row), "report": _totals(row.report)} for row in listed.rows]
        return {"imports": rows, "following": listed.following}


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
