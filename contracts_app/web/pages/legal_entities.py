"""Legal entities: the companies of the firm that bill, the form that adds one, and where each is paid to."""

from __future__ import annotations

from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from contracts_app.domain.commands.administration import ROLES, AddLegalEntity, SetPaymentInstructions
from contracts_app.domain.commands.tax_commands import SetTaxNumber
from contracts_app.store import master_changes
from contracts_app.store.views import people as view
from contracts_app.web.api.shown import looking
from contracts_app.web.giving import administer
from contracts_app.web.guard import STAFF, roles
from contracts_app.web.pages.forms import answer, command_of
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.parts import HttpRequest

_FIELDS = tuple(name for name in AddLegalEntity.model_fields if name != "command")
_MAY_ADD = ROLES["add_legal_entity"]
_MAY_SET = ROLES["set_payment_instructions"]


@get("/legal-entities", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def legal_entities(request: HttpRequest) -> Response[str]:
    """Every legal entity."""
    return _legal_entities(request)


def _legal_entities(request: HttpRequest, said: Said | None = None) -> Response[str]:
    with looking(request) as (connection, identity):
        changes = master_changes.every(connection, identity.firm_id)
        return page(
            request,
            connection,
            "legal_entities.html",
            said=said,
            waits=[one.legal_entity_id for one in changes if one.state == "proposed"],
            entities=view.legal_entities(connection, identity.firm_id),
            may_add=bool(identity.roles & set(_MAY_ADD)),
            may_set=bool(identity.roles & set(_MAY_SET)),
        )


@post("/legal-entities", opt=roles(*_MAY_ADD), include_in_schema=False)
async def add(request: HttpRequest) -> Response[str]:
    """Add a legal entity."""
    return await answer(
        request,
        lambda form: command_of(AddLegalEntity, form, *_FIELDS),
        lambda outcome: "/legal-entities",
        lambda said: _legal_entities(request, said),
        administer,
    )


@post(
    "/legal-entities/{legal_entity_id:uuid}/payment-instructions",
    opt=roles(*_MAY_SET),
    include_in_schema=False,
)
async def set_payment_instructions(request: HttpRequest, legal_entity_id: FromPath[UUID]) -> Response[str]:
    """Say where a legal entity's invoices are paid to."""
    return await answer(
        request,
        lambda form: command_of(
            SetPaymentInstructions, form, "payment_instructions", legal_entity_id=str(legal_entity_id)
        ),
        lambda outcome: "/legal-entities",
        lambda said: _legal_entities(request, said),
        administer,
    )


@post("/legal-entities/{legal_entity_id:uuid}/tax-number", opt=roles(*_MAY_SET), include_in_schema=False)
async def set_tax_number(request: HttpRequest, legal_entity_id: FromPath[UUID]) -> Response[str]:
    """Say which tax number a legal entity's invoices show."""
    return await answer(
        request,
        lambda form: command_of(SetTaxNumber, form, "tax_id", legal_entity_id=str(legal_entity_id)),
        lambda outcome: "/legal-entities",
        lambda said: _legal_entities(request, said),
        administer,
    )


ROUTES = (legal_entities, add, set_payment_instructions, set_tax_number)
