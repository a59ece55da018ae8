"""Forms of what a client keeps back of a payment."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.concurrency import sync_to_thread
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from contracts_app.domain.commands.withhold_commands import ConcedeWithhold, RecordWithhold, ReturnWithhold
from contracts_app.domain.refusals import not_found
from contracts_app.store.views import invoice_page
from contracts_app.web.api.shown import looking
from contracts_app.web.guard import who_gives
from contracts_app.web.pages.forms import answer, command_of, typed_amount
from contracts_app.web.pages.invoices import invoice_view
from contracts_app.web.parts import HttpRequest


def _currency(request: HttpRequest, invoice_id: UUID) -> str:
    with looking(request) as (connection, identity):
        shown = invoice_page.find(connection, identity.firm_id, invoice_id)
    if shown is None:
        raise not_found("invoice")
    return shown.terms.owed_in


def _form(path: str, model: type[Any]) -> HTTPRouteHandler:
    command = str(model.model_fields["command"].default)

    async def handler(request: HttpRequest, invoice_id: FromPath[UUID]) -> Response[str]:
        currency = await sync_to_thread(_currency, request, invoice_id)
        return await answer(
            request,
            lambda form: command_of(
                model,
                form,
                "reason",
                "reference",
                "remark",
                invoice_id=str(invoice_id),
                amount=typed_amount(form, "amount", currency),
            ),
            lambda outcome: f"/invoices/{invoice_id}#withheld",
            lambda said: invoice_view(request, invoice_id, said),
        )

    handler.__name__ = command
    handler.__doc__ = model.__doc__
    return post(path, opt=who_gives(model), include_in_schema=False)(handler)


ROUTES = (
    _form("/invoices/{invoice_id:uuid}/withhold", RecordWithhold),
    _form("/invoices/{invoice_id:uuid}/withhold/return", ReturnWithhold),
    _form("/invoices/{invoice_id:uuid}/withhold/concede", ConcedeWithhold),
)
