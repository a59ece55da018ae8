"""The form that opens the invoice of an advance payment."""

from __future__ import annotations

from uuid import UUID

from litestar import Response, post
from litestar.params import FromPath

from contracts_app.domain.commands.advance_commands import PrepareAdvance
from contracts_app.web.guard import who_gives
from contracts_app.web.pages.contracts import contract_tab
from contracts_app.web.pages.forms import answer, command_of
from contracts_app.web.parts import HttpRequest


@post(
    "/contracts/{contract_id:uuid}/prepare-advance",
    opt=who_gives(PrepareAdvance),
    include_in_schema=False,
)
async def prepare_advance(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Open the draft of the advance's invoice and go to its review."""
    return await answer(
        request,
        lambda form: command_of(
            PrepareAdvance,
            form,
            contract_id=str(contract_id),
            guarantee=form.get("guarantee", "").strip() or None,
        ),
        lambda outcome: f"/invoices/{outcome.result['invoice_id']}/review",
        lambda said: contract_tab(request, contract_id, "advance", said),
    )


ROUTES = (prepare_advance,)
