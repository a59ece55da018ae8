"""Clients: whom the firm bills, and the addresses that invoices go to."""

from __future__ import annotations

from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from contracts_app.domain.commands.administration import ROLES, AddClient, EditClient
from contracts_app.domain.commands.routes import ROUTES as COMMANDS
from contracts_app.domain.refusals import not_found
from contracts_app.store import brought_forward, contacts
from contracts_app.store.views import group_page
from contracts_app.store.views import people as view
from contracts_app.web.api.shown import looking
from contracts_app.web.giving import administer
from contracts_app.web.guard import STAFF, roles
from contracts_app.web.pages.agreed_words import BACKUP, DETAIL
from contracts_app.web.pages.forms import Form, answer, command_of
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.parts import HttpRequest

_FIELDS = ("name", "email", "address")


def _tax(form: Form) -> dict[str, str | None]:
    """Country and tax number as typed; emptied, they are taken back."""
    return {"country": form.get("country") or None, "tax_id": form.get("tax_id", "")}


def _more(form: Form) -> dict[str, object]:
    """Tax, and how much of time the client sees; nothing of that where the form does not ask."""
    if "detail_level" not in form:
        return dict(_tax(form))
    detail = {"level": form["detail_level"], "backup": form.get("detail_backup") == "yes"}
    return {**_tax(form), "detail": detail}


@get("/clients", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def clients(request: HttpRequest) -> Response[str]:
    """Every client, and the form that adds one."""
    return _clients(request)


def _clients(request: HttpRequest, said: Said | None = None) -> Response[str]:
    with looking(request) as (connection, identity):
        return page(
            request,
            connection,
            "clients.html",
            said=said,
            clients=view.billed(connection, identity.firm_id),
            may_edit=bool(identity.roles & set(ROLES["edit_client"])),
            DETAIL=DETAIL,
            BACKUP=BACKUP,
        )


@get("/clients/{client_id:uuid}", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def client(request: HttpRequest, client_id: FromPath[UUID]) -> Response[str]:
    """One client: billing addresses, people who sign in for it, contracts."""
    return client_view(request, client_id)


def client_view(request: HttpRequest, client_id: UUID, said: Said | None = None) -> Response[str]:
    """The page of a client. Raises Refused 404."""
    with looking(request) as (connection, identity):
        found = [one for one in view.billed(connection, identity.firm_id) if one.id == client_id]
        if not found:
            raise not_found("client")
        return page(
            request,
            connection,
            "client_record.html",
            said=said,
            client=found[0],
            at_client=contacts.of_client(connection, identity.firm_id, client_id),
            old=brought_forward.still_open(connection, identity.firm_id, client_id),
            groups=group_page.groups(connection, identity.firm_id, client_id),
            candidates=group_page.candidates(connection, identity.firm_id, client_id),
            may_group=bool(identity.roles & set(COMMANDS["set_billing_group"].roles)),
            may_edit=bool(identity.roles & set(ROLES["edit_client"])),
            DETAIL=DETAIL,
            BACKUP=BACKUP,
        )


@post("/clients", opt=roles(*ROLES["add_client"]), include_in_schema=False)
async def add(request: HttpRequest) -> Response[str]:
    """Add a client."""
    return await answer(
        request,
        lambda form: command_of(AddClient, form, *_FIELDS, **_more(form)),
        lambda outcome: f"/clients/{outcome.result['client_id']}",
        lambda said: _clients(request, said),
        administer,
    )


@post("/clients/{client_id:uuid}", opt=roles(*ROLES["edit_client"]), include_in_schema=False)
async def edit(request: HttpRequest, client_id: FromPath[UUID]) -> Response[str]:
    """Correct name and billing addresses."""
    return await answer(
        request,
        lambda form: command_of(EditClient, form, *_FIELDS, client_id=str(client_id), **_more(form)),
        lambda outcome: f"/clients/{client_id}",
        lambda said: client_view(request, client_id, said),
        administer,
    )


ROUTES = (clients, client, add, edit)
