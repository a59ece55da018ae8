"""Mend rows of an imported file in a grid, a page at a time, or all rows with the same problem at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from contracts_app.domain.commands.mending_commands import MendImport
from contracts_app.domain.commands.routes import ROUTES as COMMANDS
from contracts_app.domain.refusals import not_found
from contracts_app.domain.transitions import IMPORT, possible
from contracts_app.store.views import import_page
from contracts_app.store.views import rows_to_mend as view
from contracts_app.web.api.shown import looking
from contracts_app.web.bodies import require_storable, validated
from contracts_app.web.guard import STAFF, who_gives
from contracts_app.web.pages.forms import Form, answer, whole_number
from contracts_app.web.pages.mending_form import GridSeen, Typed, one_line_of, typed_cells
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import FieldError, WrongBody

PAGE = 25
_COLUMNS = 30
"""Columns of a row that the grid shows; those with a problem always."""
_MENDED = 50
_VALUES = 50


@dataclass(frozen=True)
class Grid:
    """The rows of one sheet on this page, under the columns that are shown."""

    sheet: str
    number: int
    columns: Sequence[tuple[str, str]]
    rows: Sequence[view.RowShown]

    @property
    def seen(self) -> str:
        """What a person sees in it, for the form: what he types is compared with that."""
        letters = [letters for letters, _ in self.columns]
        rows = {row.row: {one: row.cells[one] for one in letters if one in row.cells} for row in self.rows}
        return GridSeen(sheet=self.sheet, rows=rows).model_dump_json()


@get("/imports/{import_id:uuid}/mend", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def grid(request: HttpRequest, import_id: FromPath[UUID]) -> Response[str]:
    """What is wrong by kind, and the rows to mend."""
    return _grid(request, import_id)


def _grid(request: HttpRequest, import_id: UUID, said: Said | None = None) -> Response[str]:
    asked = request.query_params
    code, column = asked.get("code") or None, asked.get("column") or None
    try:
        start = whole_number(asked, "from") if asked.get("from") else 0
    except WrongBody:
        start = 0
    with looking(request) as (connection, identity):
        of = (connection, identity.firm_id, import_id)
        found = import_page.find(*of)
        if found is None:
            raise not_found("import")
        kept = _kept(said)
        reading = found.state == "received"
        headers = _headers(found.report)
        groups = view.groups(*of)
        chosen = next((one for one in groups if (one.code, one.column) == (code, column)), None)
        if chosen is None:  # mended meanwhile, or no such problem: all of them
            code = column = None
        if kept:  # whatever became of them meanwhile, the rows that he typed in
            rows = view.rows_named(*of, {place[:2] for place in kept})
            start, count = 0, len(rows)
        else:
            rows, count = view.rows(*of, code, column, start, PAGE)
        roles = COMMANDS["mend_import"].roles
        return page(
            request,
            connection,
            "import_mend.html",
            said=said,
            refresh=2 if reading and said is None else None,
            refresh_to=_address(import_id, code, column),
            file=found,
            reading=reading and not kept,
            kept=kept,
            theirs=_theirs(kept, rows),
            may=("mend_import" in possible(IMPORT, found.state) or bool(kept))
            and bool(identity.roles & set(roles)),
            names={letters: name for each in headers.values() for letters, name in each if name},
            groups=groups,
            chosen=chosen,
            values=view.values(*of, code, column, _VALUES) if code else (),
            columns=next(iter(headers.values()), ()),
            grids=_grids(rows, headers),
            code=code or "",
            column=column or "",
            start=start,
            count=count,
            page_size=PAGE,
            mended=view.mended(*of, _MENDED),
            left_out=(found.report or {}).get("rows_not_to_mend_yet", 0),
        )


def _kept(said: Said | None) -> Mapping[tuple[str, int, str], Typed]:
    """What was typed and not saved, so that nobody types it twice."""
    try:
        return typed_cells(said.typed) if said is not None else {}
    except WrongBody:
        return {}


def _theirs(
    kept: Mapping[tuple[str, int, str], Typed], rows: Sequence[view.RowShown]
) -> Mapping[tuple[str, int, str], str]:
    """The cells typed in that say something else by now than when the page was opened, and what."""
    now = {(row.sheet, row.row): row.cells for row in rows}
    said = {place: one_line_of(now.get(place[:2], {}).get(place[2], "")) for place in kept}
    return {place: text for place, text in said.items() if text != kept[place].seen}


def _headers(report: Mapping[str, Any] | None) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Sheet → letters and header of each column."""
    return {} if report is None else report.get("headers_to_mend", {})


def _address(import_id: UUID, code: str | None, column: str | None) -> str:
    asked = urlencode({name: said for name, said in (("code", code), ("column", column)) if said})
    return f"/imports/{import_id}/mend" + (f"?{asked}" if asked else "")


def _grids(rows: Sequence[view.RowShown], headers: Mapping[str, Sequence[tuple[str, str]]]) -> Sequence[Grid]:
    grids = []
    for number, (sheet, columns) in enumerate(sorted(headers.items())):
        own = [row for row in rows if row.sheet == sheet]
        if not own:
            continue
        wrong = {one["column"] for row in own for one in row.problems}
        filled = {letters for row in own for letters in row.cells}
        wanted = [(letters, name) for letters, name in columns if name or letters in filled | wrong]
        shown = [one for at, one in enumerate(wanted) if at < _COLUMNS or one[0] in wrong]
        grids.append(Grid(sheet, number, shown, own))
    return grids


@post("/imports/{import_id:uuid}/mend", opt=who_gives(MendImport), include_in_schema=False)
async def mend(request: HttpRequest, import_id: FromPath[UUID]) -> Response[str]:
    """Record the cells that were changed in the grid; the file is then read again."""

    def body(form: Form) -> MendImport:
        cells = [
            {"sheet": sheet, "row": row, "column": column, "became": said.became, "seen": said.seen}
            for (sheet, row, column), said in typed_cells(form).items()
        ]
        if not cells:
            raise WrongBody(FieldError("cells", "nothing", "at least one cell that was changed"))
        return validated(MendImport, {"import_id": str(import_id), "cells": cells})

    return await _answered(request, import_id, body)


@post("/imports/{import_id:uuid}/mend-alike", opt=who_gives(MendImport), include_in_schema=False)
async def mend_alike(request: HttpRequest, import_id: FromPath[UUID]) -> Response[str]:
    """Set one column in all rows with the same problem, on whatever page they stand."""

    def body(form: Form) -> MendImport:
        alike = {name: form[name] for name in ("code", "column", "into") if form.get(name)}
        if form.get("found_of"):  # "=" and what was found; nothing for all rows
            alike["found"] = form["found_of"].removeprefix("=")
        alike["became"] = form.get("became", "")
        seen = whole_number(form, "seen", 1, 999_999_999) if form.get("seen") else None
        return validated(MendImport, {"import_id": str(import_id), "alike": [{**alike, "seen": seen}]})

    return await _answered(request, import_id, body)


@post("/imports/{import_id:uuid}/as-read", opt=who_gives(MendImport), include_in_schema=False)
async def as_read(request: HttpRequest, import_id: FromPath[UUID]) -> Response[str]:
    """Take one mended cell as the file says it."""

    def body(form: Form) -> MendImport:
        cell = {"sheet": _sheet(form.get("sheet", "")), "row": whole_number(form, "row", 1, 9_999_999)}
        require_storable(form.get("seen", ""), "seen")
        cells = [{**cell, "column": form.get("column", ""), "became": None, "seen": form.get("seen")}]
        return validated(MendImport, {"import_id": str(import_id), "cells": cells})

    return await _answered(request, import_id, body)


def _sheet(said: str) -> str:
    """A name as JSON writes it, so that its outer blanks count. Raises WrongBody for anything else."""
    try:
        name = json.loads(said)
    except (ValueError, RecursionError):
        name = None
    if not isinstance(name, str):
        raise WrongBody(FieldError("sheet", said[:200], "the name of a sheet in quotation marks"))
    require_storable(name, "sheet")
    return name


async def _answered(request: HttpRequest, import_id: UUID, body: Any) -> Response[str]:
    asked = request.query_params
    then = _address(import_id, asked.get("code"), asked.get("column"))
    return await answer(request, body, lambda outcome: then, lambda said: _grid(request, import_id, said))


ROUTES = (grid, mend, mend_alike, as_read)
