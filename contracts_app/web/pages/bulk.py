"""Many drafts at once: those at a stage with a box each, and what came of a command for the ones chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from sqlalchemy import Connection

from contracts_app.domain.approving.deciding import Person, waits_for
from contracts_app.domain.commands.routes import ROUTES as OF_COMMAND
from contracts_app.domain.money import ZERO, minor_units, round_to
from contracts_app.domain.refusals import Refused
from contracts_app.domain.transitions import NOT_OUT
from contracts_app.services import approval_chains
from contracts_app.services.sign_in import Identity
from contracts_app.store.views import unissued as view
from contracts_app.store.views.calendar import firm_day
from contracts_app.store.views.unissued import Named, Unissued
from contracts_app.web.api.shown import looking
from contracts_app.web.bulk import COMMANDS, ROLES, Bulk, Row, RowOutcome, counted, give_bulk
from contracts_app.web.giving import key_of
from contracts_app.web.guard import STAFF, roles
from contracts_app.web.pages.addresses import inside
from contracts_app.web.pages.forms import Form, command_of, read_form, whole_number
from contracts_app.web.pages.rendering import page
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import WrongBody

PAGE = 100
COMMAND_AT: Mapping[str, str] = dict(zip(NOT_OUT, COMMANDS, strict=True))
"""What can be done with a draft at each stage."""
_CHOSEN = "invoice."
_SEEN = "hash."


@dataclass(frozen=True)
class Choice:
    """A draft as shown: `minor_units` is its amount in whole units of so many decimal `places`, to sum up
    what is chosen.

    `yours`: whoever asks may give the command for this one, as far as can be told before it is given.
    """

    draft: Unissued
    minor_units: int
    places: int
    yours: bool


@dataclass(frozen=True)
class Stage:
    """Drafts at one stage, a page of them, and the command that takes them on."""

    name: str
    counts: Mapping[str, int]
    command: str
    allowed: bool
    choices: Sequence[Choice]
    start: int
    following: int | None
    address: str
    """The page without stage and start."""
    back: str


@dataclass(frozen=True)
class Told:
    """A row of the answer with what the invoice is called; None where there is no such invoice."""

    row: Row
    named: Named | None


def stage_of(
    connection: Connection, identity: Identity, asked: Mapping[str, str], address: str, run_id: UUID | None
) -> Stage:
    """The drafts that a page shows: at the stage asked for, else at the first where this person has a say."""
    counts = view.stages(connection, identity.firm_id, run_id)
    mine = [stage for stage in NOT_OUT if counts[stage] and _may(identity, COMMAND_AT[stage])]
    some = [stage for stage in NOT_OUT if counts[stage]]
    name = asked.get("stage", "")
    if name not in NOT_OUT:
        name = (mine or some or list(NOT_OUT))[0]
    try:
        start = whole_number(asked, "start") if asked.get("start") else 0
    except WrongBody:
        start = 0
    takers = approval_chains.takers(
        connection, identity.firm_id, identity.person_id, firm_day(connection, identity.firm_id).today
    )
    drafts, more = view.unissued(connection, identity.firm_id, name, run_id=run_id, start=start, page=PAGE)
    return Stage(
        name=name,
        counts=counts,
        command=COMMAND_AT[name],
        allowed=_may(identity, COMMAND_AT[name]),
        choices=[_choice(identity, takers, one) for one in drafts],
        start=start,
        following=start + PAGE if more else None,
        address=address,
        back=f"{address}?stage={name}" + (f"&start={start}" if start else ""),
    )


def _choice(identity: Identity, takers: Sequence[Person], draft: Unissued) -> Choice:
    places = minor_units(draft.currency)
    amount = ZERO if draft.amount is None else round_to(draft.amount, draft.currency)
    return Choice(
        draft=draft,
        minor_units=int(amount.scaleb(places)),
        places=places,
        yours=_yours(identity, takers, draft),
    )


def _may(identity: Identity, command: str) -> bool:
    return bool(identity.roles & set(OF_COMMAND[command].roles))


def _yours(identity: Identity, takers: Sequence[Person], draft: Unissued) -> bool:
    if draft.amount is None or not _may(identity, COMMAND_AT[draft.state]):
        return False
    if draft.state != "in_review" or draft.for_role is None:
        return True
    return waits_for(draft.approvers, takers, draft.project_manager_id)


@get("/bulk", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def drafts(request: HttpRequest) -> Response[str]:
    """Every draft on its way to issue, by stage."""
    with looking(request) as (connection, identity):
        stage = stage_of(connection, identity, request.query_params, "/bulk", None)
        return page(request, connection, "bulk.html", stage=stage)


@post("/bulk", opt=roles(*ROLES), include_in_schema=False)
async def give(request: HttpRequest) -> Response[str]:
    """Give the command for each draft chosen, and say what came of each; given again it repeats nothing."""
    form, _ = await read_form(request)
    if not any(name.startswith(_CHOSEN) for name in form):
        raise Refused("nothing_chosen", "Nothing is chosen: go back and tick the drafts that you mean.", 422)
    bulk = _read(form)
    rows = await give_bulk(request, bulk, await key_of(request))
    return await sync_to_thread(_answer, request, bulk, rows, inside(form.get("back", ""), "/bulk"))


def _read(form: Form) -> Bulk:
    items: list[dict[str, Any]] = []
    for name in form:
        if name.startswith(_CHOSEN):
            invoice_id = name.removeprefix(_CHOSEN)
            seen = form.get(f"{_SEEN}{invoice_id}")
            items.append({"invoice_id": invoice_id} | ({"content_hash": seen} if seen else {}))
    return command_of(Bulk, form, "command", items=cast(object, items))


def _answer(request: HttpRequest, bulk: Bulk, rows: Sequence[Row], back: str) -> Response[str]:
    with looking(request) as (connection, identity):
        known = view.named(connection, identity.firm_id, [row.invoice_id for row in rows])
        return page(
            request,
            connection,
            "bulk_answer.html",
            command=bulk.command,
            rows=sorted((Told(row, known.get(row.invoice_id)) for row in rows), key=_to_look_at),
            counts=counted(rows),
            back=back,
        )


def _to_look_at(told: Told) -> tuple[bool, str]:
    """What was not done comes first."""
    return told.row.outcome is RowOutcome.done, told.named.contract_number if told.named else ""


ROUTES = (drafts, give)
