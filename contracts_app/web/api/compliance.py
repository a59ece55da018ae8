"""What a contract requires of papers, and their files (docs/SPEC-compliance.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.routes import ROUTES as OF_COMMAND
from contracts_app.domain.refusals import not_found
from contracts_app.services import gates, paper_files, scans
from contracts_app.store import compliance as store
from contracts_app.store import contracts, imports
from contracts_app.store.views.calendar import firm_day
from contracts_app.web.api.documents import attachment
from contracts_app.web.api.shown import looking, shown
from contracts_app.web.giving import key_of
from contracts_app.web.guard import STAFF, roles
from contracts_app.web.parts import HttpRequest, identity_of, parts_of
from contracts_app.web.problems import FieldError, WrongBody

LARGEST_UPLOAD = scans.LARGEST + 100_000
"""Bytes of a whole multipart request: the file and the fields around it."""
_REQUIRED = (
    "id",
    "kind",
    "of_whom",
    "blocks",
    "from_on",
    "state",
    "begun_name",
    "ended_name",
    "ended_because",
)
_PAPER = (
    *("id", "kind", "of_whom", "valid_from", "valid_to", "sha256", "file_name", "media_type", "remark"),
    *("state", "begun_name", "filed_on", "withdrawn_because"),
)
_EXCEPTION = (
    *("id", "requirement_id", "until", "because", "state", "begun_name", "asked_on"),
    *("ended_name", "decided_on", "decided_because"),
)


@get("/api/contracts/{contract_id:uuid}/compliance", opt=STAFF, sync_to_thread=True)
def compliance(request: HttpRequest, contract_id: FromPath[UUID]) -> dict[str, Any]:
    """Requirements, papers on file, exceptions, and what would hold up each draft that has not left today."""
    with looking(request) as (connection, identity):
        of = (connection, identity.firm_id, contract_id)
        if contracts.find(*of) is None:
            raise not_found("contract")
        today = firm_day(connection, identity.firm_id).today
        return {
            "required": [
                {name: shown(row[name]) for name in _REQUIRED} for row in store.requirement_rows(*of)
            ],
            "papers": [{name: shown(row[name]) for name in _PAPER} for row in store.paper_rows(*of)],
            "exceptions": [
                {name: shown(row[name]) for name in _EXCEPTION} for row in store.exception_rows(*of)
            ],
            "held": [
                {"invoice_id": str(one.invoice_id), "name": one.name, "missing": one.said}
                for one in gates.of_drafts(*of, today)
            ],
        }


def _told(rows: Sequence[RowMapping], names: Sequence[str]) -> list[dict[str, Any]]:
    return [{name: shown(row[name]) for name in names} for row in rows]


@post(
    "/api/contracts/{contract_id:uuid}/paper-files",
    opt=roles(*OF_COMMAND["file_paper"].roles),
    status_code=200,
    request_max_body_size=LARGEST_UPLOAD,
    summary="Upload the file of a paper",
)
async def upload_paper(request: HttpRequest, contract_id: FromPath[UUID]) -> dict[str, Any]:
    """The file of a paper (multipart: `file`), kept by its hash; `papers` puts it on file."""
    sha256, name = await receive(request, contract_id)
    return {"done": True, "result": {"sha256": sha256, "file_name": name}}


async def receive(request: HttpRequest, contract_id: UUID) -> tuple[str, str]:
    """Keep the uploaded file: its hash and name. Raises Refused and WrongBody. Pages use it too."""
    key = await key_of(request)
    file = (await request.form()).get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise WrongBody(FieldError("file", "nothing", scans.CALLED, "Paper"))
    identity = identity_of(request)
    return await sync_to_thread(
        paper_files.keep,
        parts_of(request).engine,
        firm_id=identity.firm_id,
        by=identity.person_id,
        key=f"paper {identity.person_id} {key}",
        contract_id=contract_id,
        file_name=file.filename,
        data=await file.read(),
    )


@get("/api/contracts/{contract_id:uuid}/papers/{paper_id:uuid}/file", opt=STAFF, sync_to_thread=True)
def paper(request: HttpRequest, contract_id: FromPath[UUID], paper_id: FromPath[UUID]) -> Response[bytes]:
    """The file of a paper as it was uploaded."""
    return paper_file(request, contract_id, paper_id)


def paper_file(request: HttpRequest, contract_id: UUID, paper_id: UUID) -> Response[bytes]:
    """The bytes, saved by the browser. Raises Refused 404."""
    with looking(request) as (connection, identity):
        rows = store.paper_rows(connection, identity.firm_id, contract_id)
        row = next((one for one in rows if one["id"] == paper_id), None)
        if row is None:
            raise not_found("paper")
        content = imports.bytes_of(connection, identity.firm_id, row["sha256"])
    headers = {"Content-Disposition": attachment(row["file_name"])}
    return Response(content, media_type=row["media_type"], headers=headers)


ROUTES = (compliance, upload_paper, paper)
