"""Budget moved between lines: the tab of a contract, and its forms."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from contracts_app.domain.commands.revision_commands import (
    ApproveRevision,
    ProposeRevision,
    RejectRevision,
)
from contracts_app.web.guard import who_gives
from contracts_app.web.pages.agreement_forms import CONTRACT, again, currency_of
from contracts_app.web.pages.command_forms import command_form
from contracts_app.web.pages.contracts import contract_tab
from contracts_app.web.pages.forms import Form, answer
from contracts_app.web.pages.typed_rows import Row, command_with_rows, typed_rows
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import together

MOVE_COLUMNS = {"item_no": "Line", "amount": "Move", "taking_back": "May fall below what is billed"}
_TAB = "/contracts/{id}?tab=revisions"


@post(f"{CONTRACT}/revisions", opt=who_gives(ProposeRevision), include_in_schema=False)
async def propose_revision(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Propose to move budget between lines."""
    currency = await sync_to_thread(currency_of, request, contract_id)

    def body(form: Form) -> ProposeRevision:
        rows = typed_rows(form, MOVE_COLUMNS, ("amount",))
        moves = together(*(lambda row=row: _move(row, currency) for row in rows))
        given = {name: form[name] for name in ("number", "effective_on", "reason") if form.get(name)}
        back = [row.cells["item_no"] for row in rows if row.cells.get("taking_back") == "yes"]
        return command_with_rows(
            ProposeRevision, "moves", rows, moves, contract_id=str(contract_id), taking_back=back, **given
        )

    return await answer(
        request,
        body,
        lambda outcome: f"/contracts/{contract_id}?tab=revisions",
        lambda said: contract_tab(request, contract_id, "revisions", said),
    )


def _move(row: Row, currency: str) -> dict[str, Any]:
    return {"item_no": row.text("item_no"), "amount": row.amount("amount", currency)}


ROUTES = (
    propose_revision,
    command_form(
        f"{CONTRACT}/revisions/approve", ApproveRevision, "number", "remark",
        then=_TAB, again=again("revisions"),
    ),
    command_form(
        f"{CONTRACT}/revisions/reject", RejectRevision, "number", "reason",
        then=_TAB, again=again("revisions"),
    ),
)  # fmt: skip
