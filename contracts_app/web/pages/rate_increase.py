"""Rates raised from a day on, over many contracts: what would change, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread

from contracts_app.domain.commands.rate_commands import RaiseRates
from contracts_app.domain.commands.routes import ROUTES as COMMANDS
from contracts_app.domain.refusals import Refused
from contracts_app.domain.roles import Role
from contracts_app.domain.time.rate_increase import Increase
from contracts_app.store.views.rate_increase import client_names, numbers_of, previewed
from contracts_app.web.api.shown import looking
from contracts_app.web.bodies import validated
from contracts_app.web.bulk import Given, RowOutcome, give_one
from contracts_app.web.giving import key_of
from contracts_app.web.guard import roles
from contracts_app.web.pages.forms import Form, read_form, sentence_of
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.pages.typed_amounts import NotAnAmount, number, percentage
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import FieldError, WrongBody

_PATH = "/rate-increase"
_LOOKS = roles(Role.coordinator, Role.controller, Role.auditor)
_MAY = roles(*COMMANDS["raise_rates"].roles)
_CHOSEN = "contract."
ROUNDINGS = {"nearest": "to the nearest", "up": "up to the next", "down": "down to the last"}


@dataclass(frozen=True)
class Told:
    """What came of one contract."""

    number: str
    given: Given


@get(_PATH, opt=_LOOKS, include_in_schema=False, sync_to_thread=True)
def look(request: HttpRequest) -> Response[str]:
    """The increase that is asked for in the address, contract by contract; nothing is saved."""
    asked = dict(request.query_params)
    said, increase = None, None
    if asked.get("by") or asked.get("effective_from"):
        try:
            increase = increase_of(asked)
        except WrongBody as wrong:
            said = Said(sentence_of(wrong.errors), 422, asked, wrong.errors, _PATH)
    with looking(request) as (connection, identity):
        previews = (
            previewed(connection, identity.firm_id, increase, asked.get("client", "")) if increase else []
        )
        return page(
            request,
            connection,
            "rate_increase.html",
            said=said,
            asked=asked,
            previews=previews,
            increase=increase,
            clients=client_names(connection, identity.firm_id),
            ROUNDINGS=ROUNDINGS,
            may_raise=bool(identity.roles & set(COMMANDS["raise_rates"].roles)),
        )


def increase_of(form: Mapping[str, str]) -> Increase:
    """The increase that a form says: `3.5 %` or an amount per hour. Raises WrongBody."""
    text = form.get("by", "").strip()
    try:
        by = (
            {"by_rate": f"{percentage(text.rstrip('%').strip()):f}"}
            if text.endswith("%")
            else {"by_amount": f"{number(text):f}"}
        )
    except NotAnAmount as error:
        raise WrongBody(FieldError("by", text, "a percentage like 3.5 % or an amount like 5.00")) from error
    return validated(
        Increase,
        {
            "effective_from": form.get("effective_from", ""),
            **by,
            "step": form.get("step") or "0.01",
            "rounding": form.get("rounding") or "nearest",
            "roles": _names(form.get("roles", "")),
            "persons": _names(form.get("persons", "")),
        },
    )


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


@post(_PATH, opt=_MAY, include_in_schema=False)
async def give(request: HttpRequest) -> Response[str]:
    """Raise the rates of the contracts chosen, as they were shown; given again it repeats nothing."""
    form, _ = await read_form(request)
    chosen = {name.removeprefix(_CHOSEN): seen for name, seen in form.items() if name.startswith(_CHOSEN)}
    if not chosen:
        raise Refused(
            "nothing_chosen", "Nothing is chosen: go back and tick the contracts that you mean.", 422
        )
    key, bodies = await key_of(request), _bodies(form, chosen)
    told = [(body.contract_id, await give_one(request, body, body.contract_id, key)) for body in bodies]
    return await sync_to_thread(_answer, request, told)


def _bodies(form: Form, chosen: Mapping[str, str]) -> list[RaiseRates]:
    increase = increase_of(form).model_dump(mode="json")
    return [
        validated(
            RaiseRates,
            {
                "contract_id": contract_id,
                "increase": increase,
                "reason": form.get("reason", ""),
                "seen": seen,
            },
        )
        for contract_id, seen in chosen.items()
    ]


def _answer(request: HttpRequest, told: Sequence[tuple[UUID, Given]]) -> Response[str]:
    with looking(request) as (connection, identity):
        names = numbers_of(connection, identity.firm_id, [one for one, _ in told])
        rows = [Told(names.get(one, "unknown"), given) for one, given in told]
        done = sum(row.given.outcome is RowOutcome.done for row in rows)
        return page(request, connection, "rate_increase_answer.html", rows=rows, done_count=done)


ROUTES = (look, give)
