"""What people do with costs on a page: record, approve, send back, hold, release, transfer, correct."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from litestar import Response, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from contracts_app.domain.commands.command_body import CommandBody
from contracts_app.domain.commands.cost_commands import (
    ApproveCosts,
    CorrectCost,
    HoldCosts,
    RecordCosts,
    ReleaseCosts,
    SendBackCosts,
    TransferCosts,
)
from contracts_app.domain.commands.routes import ROUTES as COMMANDS
from contracts_app.domain.refusals import not_found
from contracts_app.store.views.contract_sums import contract_sums
from contracts_app.web.api.shown import looking
from contracts_app.web.bodies import validated
from contracts_app.web.guard import roles
from contracts_app.web.pages.contracts import contract_tab
from contracts_app.web.pages.forms import Form, answer, typed_amount
from contracts_app.web.pages.rendering import Said
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import FieldError, WrongBody

_TICKED = "cost."
_CONTRACT = "/contracts/{contract_id:uuid}"
_DECIDERS = roles(
    *{role for one in ("approve_costs", "send_back_costs", "hold_costs") for role in COMMANDS[one].roles}
)
_MOVES: Mapping[str, type[CommandBody]] = {
    "hold": HoldCosts,
    "release": ReleaseCosts,
    "transfer": TransferCosts,
    "send_back": SendBackCosts,
}


def currency_of(request: HttpRequest, contract_id: UUID) -> str:
    """The currency of a contract. Raises Refused 404."""
    with looking(request) as (connection, identity):
        found = contract_sums(connection, identity.firm_id, contract_id)
        if not found:
            raise not_found("contract")
        return found[0].currency


def costs_again(request: HttpRequest, contract_id: UUID, said: Said) -> Response[str]:
    """The tab of costs, with what was refused."""
    return contract_tab(request, contract_id, "costs", said)


@post(f"{_CONTRACT}/costs", opt=_DECIDERS, include_in_schema=False)
async def decide(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Approve, send back, hold, release or transfer the costs that are ticked, as the page showed them."""

    def body(form: Form) -> CommandBody:
        shown = [
            (name.removeprefix(_TICKED), version)
            for name, version in form.items()
            if name.startswith(_TICKED)
        ]
        if not shown:
            raise WrongBody(FieldError("costs", "nothing", "tick at least one", "Costs"))
        about = {"contract_id": str(contract_id)}
        if form.get("do") == "approve":
            seen = [{"id": cost_id, "version": version} for cost_id, version in shown]
            return validated(ApproveCosts, {**about, "costs": [_numbered(one) for one in seen]})
        model = _MOVES.get(form.get("do", ""))
        if model is None:
            raise WrongBody(FieldError("do", form.get("do", ""), "one of the buttons"))
        reason: str | None = form.get("reason", "")
        said: dict[str, object] = {"reason": reason if model is not ReleaseCosts else reason or None}
        if model is TransferCosts:
            said["item_no"] = form.get("item_no", "")
        return validated(model, {**about, "costs": [cost_id for cost_id, _ in shown], **said})

    return await answer(
        request,
        body,
        lambda outcome: f"/contracts/{contract_id}?tab=costs",
        lambda said: costs_again(request, contract_id, said),
    )


def _numbered(seen: dict[str, str]) -> dict[str, object]:
    """What a page named as seen. Raises WrongBody for a page that did not say the version."""
    version = seen["version"]
    if not (version.isascii() and version.isdecimal() and len(version) <= 6):
        raise WrongBody(FieldError("costs", version, "as it was seen: open the page again", "Costs"))
    return {"id": seen["id"], "version": int(version)}


@post(f"{_CONTRACT}/costs/record", opt=roles(*COMMANDS["record_costs"].roles), include_in_schema=False)
async def record(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Record a cost."""
    currency = await sync_to_thread(currency_of, request, contract_id)

    def body(form: Form) -> RecordCosts:
        names = ("item_no", "category", "incurred_on", "description", "vendor", "reference")
        reason = form.get("not_billable_reason", "")
        amounts = {
            name: typed_amount(form, name, currency)
            for name in ("gross", "recoverable_tax", "fee_within")
            if name == "gross" or form.get(name)
        }
        cost: dict[str, object] = {name: form[name] for name in names if form.get(name)}
        cost |= {**amounts, "billable": not reason, "not_billable_reason": reason}
        return validated(RecordCosts, {"contract_id": str(contract_id), "costs": [cost]})

    return await answer(
        request,
        body,
        lambda outcome: f"/contracts/{contract_id}?tab=costs",
        lambda said: costs_again(request, contract_id, said),
    )


@post(
    f"{_CONTRACT}/costs/{{cost_id:uuid}}/correct",
    opt=roles(*COMMANDS["correct_cost"].roles),
    include_in_schema=False,
)
async def correct(
    request: HttpRequest, contract_id: FromPath[UUID], cost_id: FromPath[UUID]
) -> Response[str]:
    """Say what an approved cost should have been."""
    currency = await sync_to_thread(currency_of, request, contract_id)

    def body(form: Form) -> CorrectCost:
        amounts = {
            name: typed_amount(form, name, currency)
            for name in ("gross", "recoverable_tax", "fee_within")
            if name == "gross" or form.get(name)
        }
        ids = {"contract_id": str(contract_id), "cost_id": str(cost_id)}
        return validated(CorrectCost, {**ids, **amounts, "reason": form.get("reason", "")})

    return await answer(
        request,
        body,
        lambda outcome: f"/contracts/{contract_id}?tab=costs",
        lambda said: costs_again(request, contract_id, said),
    )


ROUTES = (decide, record, correct)
