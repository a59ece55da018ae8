"""Stored material of a draft: what came in and what was built in, and its papers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.commands.invoice_commands import EditDraft
from contracts_app.domain.refusals import not_found
from contracts_app.domain.roles import Role
from contracts_app.store.invoices import current_snapshot, find
from contracts_app.web.api.shown import looking
from contracts_app.web.bodies import validated
from contracts_app.web.guard import roles
from contracts_app.web.pages.drafts import edit_page
from contracts_app.web.pages.forms import Form, answer
from contracts_app.web.pages.material_shown import MOVED, PAPERS
from contracts_app.web.pages.typed_rows import Row, typed_rows
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import together

_EDITORS = roles(Role.coordinator, Role.project_manager)


def _snapshot(request: HttpRequest, invoice_id: UUID) -> Snapshot:
    with looking(request) as (connection, identity):
        if find(connection, identity.firm_id, invoice_id) is None:
            raise not_found("invoice")
        return current_snapshot(connection, identity.firm_id, invoice_id)


def _line(row: Row, column: str, lines: Mapping[str, str]) -> str:
    item = row.text(column)
    if item not in lines:
        raise row.wrong(column, "the number of a line of the schedule of values")
    return lines[item]


def _moved(row: Row, lines: Mapping[str, str], currency: str) -> dict[str, Any]:
    said = [name for name in list(MOVED)[1:] if row.cells.get(name)]
    amounts = together(*(lambda name=name: row.amount(name, currency) for name in said))
    return {"line_id": _line(row, "line", lines), "material": dict(zip(said, amounts, strict=True))}


def _paper(row: Row, lines: Mapping[str, str], currency: str) -> dict[str, Any]:
    line, amount = together(
        lambda: _line(row, "of_line", lines),
        lambda: row.amount("amount", currency),
    )
    words = {name: row.cells.get(name, "") for name in ("location", "invoice", "title", "insurance")}
    return {"line_id": line, "amount": amount, "place": row.cells.get("place") or "on_site", **words}


@post("/invoices/{invoice_id:uuid}/material", opt=_EDITORS, include_in_schema=False)
async def save(request: HttpRequest, invoice_id: FromPath[UUID]) -> Response[str]:
    """Save what became of stored material and its papers; E and F of these lines follow."""
    snapshot = await sync_to_thread(_snapshot, request, invoice_id)

    def body(form: Form) -> EditDraft:
        lines = {line.item_no: str(line.id) for line in snapshot.schedule}
        currency = snapshot.terms.currency
        moved, papers = together(
            lambda: together(
                *(
                    lambda row=row: _moved(row, lines, currency)
                    for row in typed_rows(form, MOVED, list(MOVED)[1:])
                )
            ),
            lambda: together(
                *(
                    lambda row=row: _paper(row, lines, currency)
                    for row in typed_rows(form, PAPERS, ("of_line", "amount", "location", "invoice"))
                )
            ),
        )
        entries = moved or [snapshot.entries[0].model_dump(mode="json")]
        return validated(
            EditDraft, {"invoice_id": str(invoice_id), "entries": list(entries), "backup": list(papers)}
        )

    return await answer(
        request,
        body,
        lambda outcome: f"/invoices/{invoice_id}/edit#material",
        lambda said: edit_page(request, invoice_id, said),
    )


ROUTES = (save,)
