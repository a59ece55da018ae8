"""The expenses of a contract, what is found of them, and the files of their receipts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from contracts_app.domain.expenses import policy
from contracts_app.domain.refusals import not_found
from contracts_app.domain.roles import Role
from contracts_app.services import expense_receipts, scans
from contracts_app.store import expenses as store
from contracts_app.store import imports
from contracts_app.store.views.contract_sums import contract_sums
from contracts_app.web.api.documents import attachment
from contracts_app.web.api.shown import looking, shown
from contracts_app.web.giving import key_of
from contracts_app.web.guard import STAFF, roles
from contracts_app.web.parts import HttpRequest, identity_of, parts_of
from contracts_app.web.problems import FieldError, WrongBody

LARGEST_UPLOAD = scans.LARGEST + 100_000
"""Bytes of a whole multipart request: the file and the fields around it."""
ATTACHERS = (Role.coordinator, Role.project_manager)
_SHOWN = (
    "id",
    "number",
    "item_no",
    "spent_on",
    "person",
    "category",
    "description",
    "vendor",
    "trip",
    "currency",
    "amount",
    "tax_recovered",
    "billable",
    "not_billable_reason",
    "corrects_id",
    "kind",
    "worked_out",
    "receipt_name",
    "receipt_sha256",
    "state",
    "version",
    "rejected_because",
    "sent_back_because",
    "invoice_id",
)


@get("/api/contracts/{contract_id:uuid}/expenses", opt=STAFF, sync_to_thread=True)
def expenses(request: HttpRequest, contract_id: FromPath[UUID]) -> dict[str, Any]:
    """What the contract says of expenses, and every expense with what is found of it."""
    with looking(request) as (connection, identity):
        found = contract_sums(connection, identity.firm_id, contract_id)
        if not found:
            raise not_found("contract")
        rows = store.of_contract(connection, identity.firm_id, contract_id)
        rules = store.policy(connection, identity.firm_id, contract_id)
        live = [store.as_expense(row) for row in rows if row["state"] != "rejected"]
        findings = policy.check(live, rules, found[0].currency)
        return {
            "policy": [rule.model_dump(mode="json") for rule in rules],
            "expenses": [
                {
                    **{name: shown(row[name]) for name in _SHOWN},
                    "found": [each.model_dump(mode="json") for each in findings.get(row["id"], ())],
                }
                for row in rows
            ],
        }


@post(
    "/api/contracts/{contract_id:uuid}/expenses/{expense_id:uuid}/receipt",
    opt=roles(*ATTACHERS),
    status_code=200,
    request_max_body_size=LARGEST_UPLOAD,
    summary="Attach receipt",
)
async def attach_receipt(
    request: HttpRequest, contract_id: FromPath[UUID], expense_id: FromPath[UUID]
) -> dict[str, Any]:
    """The file of a receipt (multipart: `file`); it is kept by its hash."""
    return {"done": True, "result": {"sha256": await receive(request, contract_id, expense_id)}}


async def receive(request: HttpRequest, contract_id: UUID, expense_id: UUID) -> str:
    """Keep the uploaded receipt. Raises Refused and WrongBody. Pages use it too."""
    key = await key_of(request)
    file = (await request.form()).get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise WrongBody(FieldError("file", "nothing", "a PDF, PNG or JPEG", "Receipt"))
    identity = identity_of(request)
    return await sync_to_thread(
        expense_receipts.attach,
        parts_of(request).engine,
        firm_id=identity.firm_id,
        by=identity.person_id,
        key=f"receipt {identity.person_id} {key}",
        contract_id=contract_id,
        expense_id=expense_id,
        file_name=file.filename,
        data=await file.read(),
    )


@get("/api/contracts/{contract_id:uuid}/expenses/{expense_id:uuid}/receipt", opt=STAFF, sync_to_thread=True)
def receipt(request: HttpRequest, contract_id: FromPath[UUID], expense_id: FromPath[UUID]) -> Response[bytes]:
    """The file of a receipt as it was attached."""
    return receipt_file(request, contract_id, expense_id)


def receipt_file(request: HttpRequest, contract_id: UUID, expense_id: UUID) -> Response[bytes]:
    """The bytes, saved by the browser. Raises Refused 404."""
    with looking(request) as (connection, identity):
        rows = store.of_contract(connection, identity.firm_id, contract_id)
        row = next((one for one in rows if one["id"] == expense_id and one["receipt_sha256"]), None)
        if row is None:
            raise not_found("receipt")
        content = imports.bytes_of(connection, identity.firm_id, row["receipt_sha256"])
    headers = {"Content-Disposition": attachment(row["receipt_name"])}
    return Response(content, media_type=row["receipt_type"], headers=headers)


ROUTES = (expenses, attach_receipt, receipt)
