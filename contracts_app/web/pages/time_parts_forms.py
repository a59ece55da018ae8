"""What people do on a page with time that belongs elsewhere: split it, move it to another contract."""

from __future__ import annotations

from uuid import UUID

from litestar import Response, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from contracts_app.domain.commands.routes import ROUTES as COMMANDS
from contracts_app.domain.commands.time_commands import MoveTime, SplitTime
from contracts_app.domain.refusals import not_found
from contracts_app.store import contracts
from contracts_app.store.views import time_grid
from contracts_app.web.api.shown import looking
from contracts_app.web.bodies import validated
from contracts_app.web.guard import roles
from contracts_app.web.pages.forms import Form, answer, read_form
from contracts_app.web.pages.time_forms import after_time, time_again, typed_seconds
from contracts_app.web.pages.time_shown import shown_of
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import FieldError, WrongBody

_ENTRY = "/contracts/{contract_id:uuid}/time/{entry_id:uuid}"


@post(f"{_ENTRY}/split", opt=roles(*COMMANDS["split_time"].roles), include_in_schema=False)
async def split(request: HttpRequest, contract_id: FromPath[UUID], entry_id: FromPath[UUID]) -> Response[str]:
    """Split an entry in two: so much of it on another line or by itself, the rest stays."""
    shown = shown_of(request.query_params)
    worked = await sync_to_thread(_worked, request, contract_id, entry_id)

    def body(form: Form) -> SplitTime:
        part = typed_seconds(form, "split_hours", "Hours to split off")
        off = {"seconds": part, "item_no": form.get("split_item_no") or None}
        ids = {"contract_id": str(contract_id), "entry_id": str(entry_id)}
        parts = [{"seconds": worked - part}, off]
        return validated(SplitTime, {**ids, "parts": parts, "reason": form.get("split_reason", "")})

    return await answer(
        request,
        body,
        lambda outcome: after_time(shown.closed(), contract_id),
        lambda said: time_again(request, contract_id, said),
    )


def _worked(request: HttpRequest, contract_id: UUID, entry_id: UUID) -> int:
    with looking(request) as (connection, identity):
        wanted = time_grid.Wanted(entry_id=entry_id)
        found = time_grid.rows(connection, identity.firm_id, [contract_id], wanted)
        if not found:
            raise not_found("time entry")
        return found[0].seconds


@post(f"{_ENTRY}/move", opt=roles(*COMMANDS["move_time"].roles), include_in_schema=False)
async def move(request: HttpRequest, contract_id: FromPath[UUID], entry_id: FromPath[UUID]) -> Response[str]:
    """Move an entry to the contract that is named by its number."""
    shown = shown_of(request.query_params)
    form, _ = await read_form(request)
    there = await sync_to_thread(_numbered, request, form.get("to_number", ""))

    def body(form: Form) -> MoveTime:
        if there is None:
            raise WrongBody(
                FieldError("to_number", form.get("to_number", ""), "the number of a contract", "Contract")
            )
        return validated(
            MoveTime,
            {
                "contract_id": str(contract_id),
                "entries": [str(entry_id)],
                "to_contract_id": str(there),
                "item_no": form.get("to_item_no", ""),
                "reason": form.get("move_reason", ""),
            },
        )

    return await answer(
        request,
        body,
        lambda outcome: after_time(shown.closed(), contract_id),
        lambda said: time_again(request, contract_id, said),
    )


def _numbered(request: HttpRequest, number: str) -> UUID | None:
    with looking(request) as (connection, identity):
        return contracts.numbered(connection, identity.firm_id, number.replace("\0", ""))


ROUTES = (split, move)
