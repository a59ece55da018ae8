"""Files brought in: hand one over, answer what it asks, post or withdraw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from pydantic import BaseModel, ConfigDict

from contracts_app.domain.commands.import_commands import DecideImport, PostImport, UndoImport, WithdrawImport
from contracts_app.domain.commands.routes import ROUTES as COMMANDS
from contracts_app.domain.refusals import Refused, not_found
from contracts_app.domain.roles import Role
from contracts_app.domain.transitions import IMPORT, ImportState, possible
from contracts_app.services.kind_found import FIND_OUT
from contracts_app.store.brought_tables import BROUGHT as TAKEN_BACK
from contracts_app.store.views import import_list, import_page
from contracts_app.store.views.contract_sums import contract_sums
from contracts_app.store.views.history import history
from contracts_app.store.views.unpriced import unpriced
from contracts_app.store.views.waiting import why
from contracts_app.web.api.imports import LARGEST_UPLOAD, receive_each
from contracts_app.web.api.shown import looking
from contracts_app.web.bodies import validated
from contracts_app.web.guard import STAFF, roles
from contracts_app.web.pages.addresses import given_id
from contracts_app.web.pages.command_forms import command_form
from contracts_app.web.pages.forms import Form, answer, read_form, see_other
from contracts_app.web.pages.import_parts import for_many_contracts, part_routes
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.pages.wording import events
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import WrongBody
from importers.analysis import RULES, ControlTotals
from importers.entries import TAKEN_IN, Kind
from importers.examples import EXAMPLES
from importers.preview import PreviewRow, TakenColumn
from importers.problems import Decision, Problem, Severity, plural, shown
from importers.reading.sentences import UNREAD
from importers.settled import ANSWERS, Settled

_COORDINATOR = roles(Role.coordinator)
_DECISION = "decision."
_WANTED = ("contract", "kind", "state", "by", "named")
"""Which files are listed: what the address may say."""


class Report(BaseModel):
    """What the analysis of a file found, as stored with its import."""

    model_config = ConfigDict(frozen=True)

    rows_read: int
    new: int
    known: int
    repeats: int
    refused: int
    waiting: int
    ignored: int
    problems: tuple[Problem, ...]
    decisions: tuple[Decision, ...]
    totals_read: ControlTotals
    totals_kept: ControlTotals
    totals_new: ControlTotals
    columns: tuple[TakenColumn, ...] = ()
    preview: tuple[PreviewRow, ...] = ()
    profile: str | None = None
    settled: tuple[Settled, ...] = ()

    @property
    def correctable(self) -> tuple[tuple[Settled, Sequence[tuple[str, str]]], ...]:
        """What was settled over the file, with the answers that would correct it."""
        asked = {one.key for one in self.decisions}
        return tuple((one, ANSWERS[one.key]) for one in self.settled if one.key in ANSWERS.keys() - asked)

    @property
    def rows_to_mend(self) -> int:
        """Rows with something wrong of their own, other than that the file as a whole cannot be used."""
        return sum(one.rows for one in self.problems if one.severity is Severity.blocks_row)

    @property
    def columns_read(self) -> tuple[TakenColumn, ...]:
        """The fields that a column of the file was taken for."""
        return tuple(one for one in self.columns if one.column)

    @property
    def columns_missing(self) -> tuple[TakenColumn, ...]:
        """The fields that the file has no column for."""
        return tuple(one for one in self.columns if not one.column)

    @property
    def is_unread(self) -> bool:
        """Whether nothing in the file could be read: then there is nothing to hand back with remarks."""
        return any(one.code in UNREAD for one in self.problems)

    @property
    def has_hours(self) -> bool:
        """Whether this kind of file has hours to compare."""
        return self.totals_read.hours is not None

    @property
    def has_amount(self) -> bool:
        """Whether this kind of file has amounts to compare."""
        return self.totals_read.amount is not None


def _report(stored: Mapping[str, Any] | None) -> Report | None:
    return None if stored is None else Report.model_validate(stored)


@get("/imports", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def imports(request: HttpRequest) -> Response[str]:
    """Files, newest first: all, or those that the address asks for."""
    asked = request.query_params
    wanted = import_list.Wanted(
        contract_id=given_id(asked.get("contract", "")),
        kind=asked.get("kind", ""),
        state=asked.get("state", ""),
        uploaded_by=given_id(asked.get("by", "")),
        named=asked.get("named", "").strip().replace("\0", "")[:255],
    )
    with looking(request) as (connection, identity):
        at = asked.get("start", "")
        start = int(at) if at.isascii() and at.isdecimal() and len(at) < 9 else 0
        return page(
            request,
            connection,
            "imports.html",
            listed=import_list.imports(connection, identity.firm_id, wanted, start),
            wanted=wanted,
            kinds=[one.value for one in TAKEN_IN],
            states=[one.value for one in ImportState],
            people=import_list.uploaders(connection, identity.firm_id),
            contracts=contract_sums(connection, identity.firm_id),
            kept=urlencode({name: asked[name] for name in _WANTED if asked.get(name)}),
        )


@get("/imports/new", opt=_COORDINATOR, include_in_schema=False, sync_to_thread=True)
def new_import(request: HttpRequest) -> Response[str]:
    """The form to hand a file over."""
    return _new_import(request)


def _columns(kind: Kind) -> tuple[list[str], list[str]]:
    """What a file of this kind needs, and what it may have besides, in words."""
    columns = RULES[kind].columns
    always = {one.field for one in columns if one.required}
    needed = [one for one in columns if one.required and not (one.instead and set(one.instead) <= always)]
    choices = {field for one in needed for field in (one.field, *one.either) if one.either}
    labels = [
        " or ".join(each.label for each in columns if each.field in (one.field, *one.either))
        for one in needed
    ]
    others = [one.label for one in columns if one not in needed and one.field not in choices]
    return list(dict.fromkeys(labels)), others


@get("/imports/examples/{kind:str}", opt=STAFF, include_in_schema=False, sync_to_thread=False)
def example(kind: FromPath[str]) -> Response[str]:
    """An example file of a kind, to start one's own from."""
    if kind not in {one.value for one in Kind}:
        raise not_found("kind of file")
    headers = {"Content-Disposition": f'attachment; filename="example-{kind}.csv"'}
    return Response(EXAMPLES[Kind(kind)], media_type="text/csv", headers=headers)


def _new_import(request: HttpRequest, said: Said | None = None) -> Response[str]:
    with looking(request) as (connection, identity):
        return page(
            request,
            connection,
            "import_new.html",
            said=said,
            kinds=[one.value for one in TAKEN_IN],
            columns={kind.value: _columns(kind) for kind in TAKEN_IN},
            find_out=FIND_OUT,
            kind=request.query_params.get("kind", FIND_OUT),
            contract=request.query_params.get("contract", ""),
            contracts=contract_sums(connection, identity.firm_id),
        )


@post("/imports/new", opt=_COORDINATOR, include_in_schema=False, request_max_body_size=LARGEST_UPLOAD)
async def hand_over(request: HttpRequest) -> Response[str]:
    """Store the file; it is read right after."""
    try:
        kept, refusals = await receive_each(request)
        if not refusals:
            return see_other(f"/imports/{kept[0]}" if len(kept) == 1 else "/imports")
        only = len(kept) + len(refusals) == 1
        told = " ".join(one.sentence if only else f"{shown(name)}: {one.sentence}" for name, one in refusals)
        before = f"{plural(len(kept), 'file')} brought in; not the following. " if kept else ""
        said = Said(f"{before}{told}", refusals[0][1].status, (await read_form(request))[0])
    except Refused as refused:
        said = Said(refused.sentence, refused.status, (await read_form(request))[0])
    except WrongBody as wrong:
        sentence = " ".join(f"{error.field}: {error.expected}." for error in wrong.errors)
        said = Said(sentence, 422, (await read_form(request))[0], wrong.errors)
    return await sync_to_thread(_new_import, request, said)


@get("/imports/{import_id:uuid}", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def one_import(request: HttpRequest, import_id: FromPath[UUID]) -> Response[str]:
    """What was understood of a file, and what it asks."""
    return _one_import(request, import_id)


def _one_import(request: HttpRequest, import_id: UUID, said: Said | None = None) -> Response[str]:
    with looking(request) as (connection, identity):
        found = import_page.find(connection, identity.firm_id, import_id)
        if found is None:
            raise not_found("import")
        now = possible(IMPORT, found.state)
        may = {
            name: name in now and bool(identity.roles & set(COMMANDS[name].roles))
            for name in IMPORT
            if name in COMMANDS
        }
        may["undo_import"] = may["undo_import"] and found.kind in (
            *TAKEN_BACK,
            Kind.open_receivables,
            Kind.contacts,
            Kind.clients,
        )
        if found.state in ("to_distribute", "distributed"):
            return for_many_contracts(request, connection, identity.firm_id, found, may, said)
        reading, posting = found.state == "received", found.state == "posting"
        brought_time = found.kind == Kind.timesheet.value and found.state == "posted"
        return page(
            request,
            connection,
            "import.html",
            said=said,
            refresh=2 if (reading or posting) and said is None else None,
            refresh_to=f"/imports/{import_id}",
            file=found,
            report=None if reading else _report(found.report),
            may=may,
            leads_to=_leads_to(found) if found.state == "posted" else None,
            unpriced=unpriced(connection, identity.firm_id, found.contract_id)
            if brought_time and found.contract_id
            else [],
            waiting=None if reading else why(connection, identity.firm_id, "import", import_id),
            events=events(history(connection, identity.firm_id, [import_id])),
        )


def _leads_to(file: import_page.ImportedFile) -> tuple[str, str] | None:
    """Where what a file brought is shown, address and name; None for the other kinds."""
    lists = {
        Kind.expenses.value: (f"/contracts/{file.contract_id}?tab=expenses", "Expenses"),
        Kind.timesheet.value: (f"/contracts/{file.contract_id}?tab=time", "Time"),
        Kind.open_receivables.value: ("/payments", "Payments"),
        Kind.clients.value: ("/clients", "Clients"),
        Kind.contacts.value: ("/clients", "Clients"),
    }
    return lists.get(file.kind)


@post("/imports/{import_id:uuid}/decide", opt=_COORDINATOR, include_in_schema=False)
async def decide(request: HttpRequest, import_id: FromPath[UUID]) -> Response[str]:
    """Record the answers; the file is then read again with them."""

    def body(form: Form) -> DecideImport:
        chosen = {
            name.removeprefix(_DECISION): value
            for name, value in form.items()
            if name.startswith(_DECISION) and value
        }
        return validated(DecideImport, {"import_id": str(import_id), "decisions": chosen})

    return await answer(
        request,
        body,
        lambda outcome: f"/imports/{import_id}",
        lambda said: _one_import(request, import_id, said),
    )


ROUTES = (
    imports,
    new_import,
    example,
    hand_over,
    one_import,
    decide,
    *part_routes(_one_import),
    command_form("/imports/{import_id:uuid}/post", PostImport, then="/imports/{id}", again=_one_import),
    command_form(
        "/imports/{import_id:uuid}/withdraw",
        WithdrawImport,
        "reason",
        then="/imports/{id}",
        again=_one_import,
    ),
    command_form(
        "/imports/{import_id:uuid}/undo", UndoImport, "reason", then="/imports/{id}", again=_one_import
    ),
)
