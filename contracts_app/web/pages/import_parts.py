"""A file for many contracts: its projects and the contracts that they mean, and how far each part is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from sqlalchemy import Connection

from contracts_app.domain.commands.import_commands import DistributeImport, PostParts, UndoParts
from contracts_app.domain.roles import Role
from contracts_app.store import aliases, import_parts
from contracts_app.store.brought_tables import BROUGHT as TAKEN_BACK
from contracts_app.store.views.history import history
from contracts_app.store.views.import_page import ImportedFile
from contracts_app.store.views.waiting import why
from contracts_app.web.bodies import validated
from contracts_app.web.guard import roles
from contracts_app.web.pages.command_forms import command_form
from contracts_app.web.pages.forms import Form, answer
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.pages.wording import events
from contracts_app.web.parts import HttpRequest
from importers.parts import Part

PAGE = 100
"""Projects that one page lists: a command names so many, and others stay as they are."""
_PROJECT = "project."
_ON_THE_WAY = ("received", "posting")


def for_many_contracts(
    request: HttpRequest,
    connection: Connection,
    firm_id: UUID,
    found: ImportedFile,
    may: Mapping[str, bool],
    said: Said | None,
) -> Response[str]:
    """The page of such a file: each project with what it amounts to and where it went, or may go."""
    projects = [Part.model_validate(one) for one in (found.report or {}).get("parts", ())]
    rows = {one.project: one.rows for one in projects}
    parts = import_parts.every(connection, firm_id, found.id)
    given = {project: part for part in parts if part.stands for project in part.projects}
    ignored = import_parts.left_out(found.decisions)
    short = {project for project, part in given.items() if part.is_short(rows)}
    placed = given.keys() - short
    open_projects = [one for one in projects if one.project not in placed and one.project not in ignored]
    start = _start(request)
    start = start if start < len(projects) else 0
    on_the_way = any(part.state in _ON_THE_WAY for part in parts)
    return page(
        request,
        connection,
        "import_parts.html",
        said=said,
        refresh=2 if on_the_way and said is None else None,
        file=found,
        may=may,
        projects=projects,
        listed=projects[start : start + PAGE],
        start=start,
        page_size=PAGE,
        given=given,
        short=short,
        ignored=ignored,
        open_projects=open_projects,
        open_rows=sum(one.rows for one in open_projects if one.project not in given)
        + sum(part.missing(rows) for part in {part.id: part for part in given.values()}.values()),
        has_hours=any(one.hours is not None for one in projects),
        has_amount=any(one.amount is not None for one in projects),
        total_hours=_total(one.hours for one in projects),
        total_amount=_total(one.amount for one in projects),
        parts_of_file=parts,
        ready=[part for part in parts if part.state == "ready"],
        posted=[part for part in parts if part.state in ("posted", "posting")],
        taken_back=found.kind in TAKEN_BACK,
        contracts=aliases.contracts_to_book(connection, firm_id),
        problems=[
            one for one in (found.report or {}).get("problems", ()) if one["severity"] != "information"
        ],
        waiting=why(connection, firm_id, "import", found.id),
        events=events(history(connection, firm_id, [found.id])),
    )


def _start(request: HttpRequest) -> int:
    """The first project of the page that is asked for."""
    asked = request.query_params.get("from", "")
    start = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 9 else 0
    return start // PAGE * PAGE


def _total(figures: Any) -> str | None:
    said = [Decimal(one) for one in figures if one is not None]
    return f"{sum(said):f}" if said else None


def part_routes(again: Callable[[HttpRequest, UUID, Said], Response[str]]) -> tuple[HTTPRouteHandler, ...]:
    """The forms of such a file; `again` shows its page with what was refused."""

    @post("/imports/{import_id:uuid}/distribute", opt=roles(Role.coordinator), include_in_schema=False)
    async def distribute(request: HttpRequest, import_id: FromPath[UUID]) -> Response[str]:
        """Give the projects to the contracts that were chosen."""

        def body(form: Form) -> DistributeImport:
            chosen = {
                name.removeprefix(_PROJECT): value
                for name, value in form.items()
                if name.startswith(_PROJECT)
            }
            return validated(DistributeImport, {"import_id": str(import_id), "projects": chosen})

        return await answer(
            request,
            body,
            lambda outcome: f"/imports/{import_id}?from={_start(request)}",
            lambda said: again(request, import_id, said),
        )

    return (
        distribute,
        command_form("/imports/{import_id:uuid}/post-parts", PostParts, then="/imports/{id}", again=again),
        command_form(
            "/imports/{import_id:uuid}/undo-parts", UndoParts, "reason", then="/imports/{id}", again=again
        ),
    )
