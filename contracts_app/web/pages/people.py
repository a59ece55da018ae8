"""People who sign in: an administrator adds them, gives roles, lets them out and in again."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from contracts_app.domain.commands.administration import (
    AddPerson,
    Body,
    ChangeRoles,
    DeactivatePerson,
    ReactivatePerson,
    SendPasswordLink,
)
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.refusals import not_found
from contracts_app.domain.roles import STAFF, Role, warnings
from contracts_app.store.views import people as view
from contracts_app.web.api.shown import looking
from contracts_app.web.giving import administer
from contracts_app.web.guard import roles
from contracts_app.web.pages.forms import Form, answer, command_of
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.parts import HttpRequest, identity_of

_ADMINISTRATOR = roles(Role.administrator)


@get("/people", opt=_ADMINISTRATOR, include_in_schema=False, sync_to_thread=True)
def people(request: HttpRequest) -> Response[str]:
    """Everybody who may sign in or might once, and the form that adds somebody."""
    return _people(request)


def _people(request: HttpRequest, said: Said | None = None) -> Response[str]:
    with looking(request) as (connection, identity):
        return page(
            request,
            connection,
            "people.html",
            said=said,
            accounts=view.accounts(connection, identity.firm_id),
            clients=view.clients(connection, identity.firm_id),
            staff=STAFF,
        )


@get("/people/{person_id:uuid}", opt=_ADMINISTRATOR, include_in_schema=False, sync_to_thread=True)
def person(request: HttpRequest, person_id: FromPath[UUID]) -> Response[str]:
    """One person: roles, link, leave to sign in."""
    return _person(request, person_id)


def _person(request: HttpRequest, person_id: UUID, said: Said | None = None) -> Response[str]:
    with looking(request) as (connection, identity):
        found = [one for one in view.accounts(connection, identity.firm_id) if one.id == person_id]
        if not found:
            raise not_found("person")
        return page(
            request,
            connection,
            "person.html",
            said=said,
            account=found[0],
            staff=STAFF,
            own=found[0].id == identity_of(request).person_id,
            combinations=[
                (one, other, sentence)
                for at, one in enumerate(STAFF)
                for other in STAFF[at + 1 :]
                for sentence in warnings((one, other))
            ],
        )


@post("/people", opt=_ADMINISTRATOR, include_in_schema=False)
async def add(request: HttpRequest) -> Response[str]:
    """Add a person, who gets a mail with a link."""

    def body(form: Form) -> AddPerson:
        given = [Role.client.value] if form.get("client_id") else _roles(form)
        return command_of(AddPerson, form, "name", "email", "client_id", roles=given)

    return await answer(
        request,
        body,
        lambda outcome: f"/people/{outcome.result['person_id']}",
        lambda said: _people(request, said),
        administer,
    )


@post("/people/{person_id:uuid}/roles", opt=_ADMINISTRATOR, include_in_schema=False)
async def change_roles(request: HttpRequest, person_id: FromPath[UUID]) -> Response[str]:
    """Give the roles that are ticked."""
    return await _about(
        request,
        person_id,
        lambda form: command_of(ChangeRoles, form, person_id=str(person_id), roles=_roles(form)),
    )


@post("/people/{person_id:uuid}/deactivate", opt=_ADMINISTRATOR, include_in_schema=False)
async def deactivate(request: HttpRequest, person_id: FromPath[UUID]) -> Response[str]:
    """Let the person in no longer."""
    return await _about(
        request,
        person_id,
        lambda form: command_of(DeactivatePerson, form, "reason", person_id=str(person_id)),
    )


@post("/people/{person_id:uuid}/reactivate", opt=_ADMINISTRATOR, include_in_schema=False)
async def reactivate(request: HttpRequest, person_id: FromPath[UUID]) -> Response[str]:
    """Let the person in again."""
    return await _about(request, person_id, lambda form: ReactivatePerson(person_id=person_id))


@post("/people/{person_id:uuid}/password-link", opt=_ADMINISTRATOR, include_in_schema=False)
async def send_link(request: HttpRequest, person_id: FromPath[UUID]) -> Response[str]:
    """Mail a new link to set a password."""
    return await _about(request, person_id, lambda form: SendPasswordLink(person_id=person_id))


async def _about(request: HttpRequest, person_id: UUID, build: Callable[[Form], Body]) -> Response[str]:
    def then(outcome: Outcome) -> str:
        return f"/people/{person_id}"

    return await answer(request, build, then, lambda said: _person(request, person_id, said), administer)


def _roles(form: Form) -> list[str]:
    return [role.value for role in STAFF if form.get(f"role.{role.value}") == "yes"]


ROUTES = (people, person, add, change_roles, deactivate, reactivate, send_link)
