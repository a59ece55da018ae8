"""Which column of a file is which field, looked at before it is saved; and the mappings that were saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from contracts_app.domain.commands.command_body import CommandBody
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.import_commands import DecideImport
from contracts_app.domain.commands.mapping_commands import RenameMapping, SaveMapping, WithdrawMapping
from contracts_app.domain.refusals import not_found
from contracts_app.domain.roles import Role
from contracts_app.domain.transitions import IMPORT, possible
from contracts_app.services.mappings import MAPPING_KEY
from contracts_app.services.unread_files import is_unread
from contracts_app.store import imports as store
from contracts_app.store import mappings as saved
from contracts_app.store.views import import_page
from contracts_app.web.api.shown import looking
from contracts_app.web.bodies import validated
from contracts_app.web.giving import administer, give_under, key_of
from contracts_app.web.guard import STAFF, roles
from contracts_app.web.pages.forms import Form, answer, command_of, read_form
from contracts_app.web.pages.mapping_shown import MappingShown, show
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.parts import HttpRequest, parts_of
from importers.entries import OF_THE_FIRM, TAKEN_IN, Kind
from importers.reading import read

_COORDINATOR = roles(Role.coordinator)


@get("/imports/{import_id:uuid}/mapping", opt=_COORDINATOR, include_in_schema=False, sync_to_thread=True)
def mapping(request: HttpRequest, import_id: FromPath[UUID]) -> Response[str]:
    """Which column is which, as we would say."""
    return _mapping(request, import_id, {})


def _mapping(
    request: HttpRequest, import_id: UUID, form: Mapping[str, str], said: Said | None = None
) -> Response[str]:
    shown = _shown(request, import_id, form)
    with looking(request) as (connection, identity):
        found = import_page.find(connection, identity.firm_id, import_id)
        if found is None:
            raise not_found("import")
        firm_wide = Kind(found.kind) in OF_THE_FIRM
        return page(
            request,
            connection,
            "mapping.html",
            said=said,
            file=found,
            kinds=[one.value for one in TAKEN_IN if (one in OF_THE_FIRM) == firm_wide],
            shown=shown,
            may_save="decide_import" in possible(IMPORT, found.state),
            name=form.get("name", ""),
        )


@post("/imports/{import_id:uuid}/mapping/look", opt=_COORDINATOR, include_in_schema=False)
async def look(request: HttpRequest, import_id: FromPath[UUID]) -> Response[str]:
    """What the file gives by the mapping as it is typed; nothing is stored."""
    form, _ = await read_form(request)
    return await sync_to_thread(_mapping, request, import_id, form)


@post("/imports/{import_id:uuid}/mapping", opt=_COORDINATOR, include_in_schema=False)
async def save(request: HttpRequest, import_id: FromPath[UUID]) -> Response[str]:
    """Keep the mapping under its name, and read the file by it."""
    typed, _ = await read_form(request)
    shown = await sync_to_thread(_shown, request, import_id, typed)

    async def giving(request: HttpRequest, body: Any) -> Outcome:
        outcome = await administer(request, body)
        if not outcome.done:
            return outcome
        chosen = {MAPPING_KEY: str(outcome.result["mapping_id"])}
        decided = DecideImport(import_id=import_id, decisions=chosen)
        read_again = await give_under(request, decided, f"{(await key_of(request))[:240]}:read")
        return outcome if read_again.done else read_again

    def body(form: Form) -> CommandBody:
        said = shown.said.model_dump(mode="json") if shown else {}
        return validated(SaveMapping, {**said, "import_id": str(import_id), "name": form.get("name", "")})

    return await answer(
        request,
        body,
        lambda outcome: f"/imports/{import_id}",
        lambda said: _mapping(request, import_id, typed, said),
        giving,
    )


def _shown(request: HttpRequest, import_id: UUID, form: Mapping[str, str]) -> MappingShown | None:
    """The file read again; without a connection of the database, and on a place for reading."""
    with looking(request) as (connection, identity):
        found = import_page.find(connection, identity.firm_id, import_id)
        if found is None:
            raise not_found("import")
        if is_unread(found.report):
            return None
        data = store.bytes_of(connection, identity.firm_id, found.sha256)
    with parts_of(request).reading.one_for(identity.person_id):
        return show(read(found.file_name, data, answers=found.decisions), Kind(found.kind), form)


@get("/mappings", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def mappings(request: HttpRequest) -> Response[str]:
    """The mappings by which files are recognised."""
    return _mappings(request)


def _mappings(request: HttpRequest, said: Said | None = None) -> Response[str]:
    with looking(request) as (connection, identity):
        return page(
            request,
            connection,
            "mappings.html",
            said=said,
            mappings=saved.active(connection, identity.firm_id),
            may_edit=Role.coordinator in identity.roles,
        )


@post("/mappings/{mapping_id:uuid}/rename", opt=_COORDINATOR, include_in_schema=False)
async def rename(request: HttpRequest, mapping_id: FromPath[UUID]) -> Response[str]:
    """Give a mapping another name."""
    return await answer(
        request,
        lambda form: command_of(RenameMapping, form, "name", mapping_id=str(mapping_id)),
        lambda outcome: "/mappings",
        lambda said: _mappings(request, said),
        administer,
    )


@post("/mappings/{mapping_id:uuid}/withdraw", opt=_COORDINATOR, include_in_schema=False)
async def withdraw(request: HttpRequest, mapping_id: FromPath[UUID]) -> Response[str]:
    """Recognise no file by a mapping any longer."""
    return await answer(
        request,
        lambda form: command_of(WithdrawMapping, form, "reason", mapping_id=str(mapping_id)),
        lambda outcome: "/mappings",
        lambda said: _mappings(request, said),
        administer,
    )


ROUTES = (mapping, look, save, mappings, rename, withdraw)
