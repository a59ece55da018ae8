"""Lien waivers: given on the page of their application, and as a sheet to print and sign."""

from __future__ import annotations

from uuid import UUID

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from contracts_app.domain.commands.routes import ROUTES as COMMANDS
from contracts_app.domain.commands.submission_commands import GiveWaiver
from contracts_app.domain.refusals import not_found
from contracts_app.store import clients, contracts, invoices, legal_entities, waivers
from contracts_app.store.views import invoice_page
from contracts_app.web.api.shown import looking
from contracts_app.web.guard import SIGNED_IN, roles
from contracts_app.web.pages.drafts import review_page
from contracts_app.web.pages.forms import answer, command_of
from contracts_app.web.pages.invoices import UNISSUED, invoice_view
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.parts import HttpRequest


def _about(request: HttpRequest, invoice_id: UUID) -> invoice_page.Invoice:
    with looking(request) as (connection, identity):
        shown = invoice_page.find(connection, identity.firm_id, invoice_id)
    if shown is None:
        raise not_found("invoice")
    return shown


@post(
    "/invoices/{invoice_id:uuid}/waiver",
    opt=roles(*COMMANDS["give_waiver"].roles),
    include_in_schema=False,
)
async def give(request: HttpRequest, invoice_id: FromPath[UUID]) -> Response[str]:
    """Give a lien waiver for this application."""
    shown = await sync_to_thread(_about, request, invoice_id)
    draft = shown.state in UNISSUED

    def again(said: Said) -> Response[str]:
        return (review_page if draft else invoice_view)(request, invoice_id, said)

    return await answer(
        request,
        lambda form: command_of(
            GiveWaiver, form, "form", contract_id=str(shown.contract_id), invoice_id=str(invoice_id)
        ),
        lambda outcome: f"/invoices/{invoice_id}{'/review' if draft else ''}#waivers",
        again,
    )


@get(
    "/invoices/{invoice_id:uuid}/waivers/{waiver_id:uuid}",
    opt=SIGNED_IN,
    include_in_schema=False,
    sync_to_thread=True,
)
def sheet(request: HttpRequest, invoice_id: FromPath[UUID], waiver_id: FromPath[UUID]) -> Response[str]:
    """The waiver as a sheet to print; a client sees those of its own applications that were issued."""
    with looking(request) as (connection, identity):
        firm_id = identity.firm_id
        shown = invoice_page.find(connection, firm_id, invoice_id, identity.client_id)
        given = {one.id: one for one in waivers.of_invoice(connection, firm_id, invoice_id)}.get(waiver_id)
        row = invoices.find(connection, firm_id, invoice_id)
        if shown is None or given is None or row is None:
            raise not_found("lien waiver")
        agreed = contracts.find(connection, firm_id, row["contract_id"])
        assert agreed is not None  # foreign key
        return page(
            request,
            connection,
            "waiver.html",
            invoice=shown,
            given=given,
            claimant=legal_entities.get(connection, firm_id, agreed["legal_entity_id"]),
            customer=clients.get(connection, firm_id, agreed["client_id"]),
        )


ROUTES = (give, sheet)
