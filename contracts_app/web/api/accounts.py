"""Administration of people and clients, and one's own account: plain transactions, no workflow."""

from __future__ import annotations

import re
from typing import Annotated, Any

from litestar import MediaType, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from pydantic import BaseModel, ConfigDict, StringConstraints

from contracts_app.domain.commands.administration import (
    ROLES,
    AddClient,
    AddLegalEntity,
    AddPerson,
    ChangeRoles,
    DeactivatePerson,
    EditClient,
    ReactivatePerson,
    SendPasswordLink,
    SetPaymentInstructions,
)
from contracts_app.domain.commands.approval_commands import (
    AgreeToApprovalPolicy,
    DelegateApprovals,
    EndDelegation,
    ProposeApprovalPolicy,
    WithdrawApprovalPolicy,
)
from contracts_app.domain.commands.closing_commands import (
    ClosePeriod,
    ReopenPeriod,
    ReviewAccrual,
    SoftClosePeriod,
)
from contracts_app.domain.commands.exchange_commands import AddExchangeRate, WithdrawExchangeRate
from contracts_app.domain.commands.holiday_commands import SetHolidays
from contracts_app.domain.commands.import_commands import WithdrawAlias
from contracts_app.domain.commands.keeping_commands import ErasePerson, PlaceHold, ReleaseHold
from contracts_app.domain.commands.mapping_commands import RenameMapping, SaveMapping, WithdrawMapping
from contracts_app.domain.commands.master_data_commands import AgreeToMasterChange, WithdrawMasterChange
from contracts_app.domain.commands.tax_commands import AddTaxRate, SetTaxNumber, WithdrawTaxRate
from contracts_app.domain.commands.training_commands import BeginTraining, EndTraining
from contracts_app.domain.roles import Role
from contracts_app.services import own_account, password_links
from contracts_app.store.views import people as view
from contracts_app.web.api.shown import looking, shown
from contracts_app.web.bodies import read_body
from contracts_app.web.giving import administer
from contracts_app.web.guard import PUBLIC, SIGNED_IN, roles
from contracts_app.web.parts import HttpRequest, identity_of, parts_of
from contracts_app.web.problems import outcome_response
from contracts_app.web.schema import BODY, NOT_IN_BODY, WITHOUT_KEY
from contracts_app.web.sessions import own_token, source_of

_IN_BRACES = re.compile(r"{(\w+):")
_PATHS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("/api/people", AddPerson),
    ("/api/people/{person_id:uuid}/roles", ChangeRoles),
    ("/api/people/{person_id:uuid}/deactivate", DeactivatePerson),
    ("/api/people/{person_id:uuid}/reactivate", ReactivatePerson),
    ("/api/people/{person_id:uuid}/password-link", SendPasswordLink),
    ("/api/clients", AddClient),
    ("/api/clients/{client_id:uuid}/edit", EditClient),
    ("/api/legal-entities", AddLegalEntity),
    ("/api/legal-entities/{legal_entity_id:uuid}/payment-instructions", SetPaymentInstructions),
    ("/api/legal-entities/{legal_entity_id:uuid}/tax-number", SetTaxNumber),
    ("/api/tax-rates", AddTaxRate),
    ("/api/tax-rates/{tax_rate_id:uuid}/withdraw", WithdrawTaxRate),
    ("/api/exchange-rates", AddExchangeRate),
    ("/api/exchange-rates/{exchange_rate_id:uuid}/withdraw", WithdrawExchangeRate),
    ("/api/aliases/{alias_id:uuid}/withdraw", WithdrawAlias),
    ("/api/imports/{import_id:uuid}/mapping", SaveMapping),
    ("/api/mappings/{mapping_id:uuid}/rename", RenameMapping),
    ("/api/mappings/{mapping_id:uuid}/withdraw", WithdrawMapping),
    ("/api/approval-policy", ProposeApprovalPolicy),
    ("/api/approval-policy/{policy_id:uuid}/agree", AgreeToApprovalPolicy),
    ("/api/approval-policy/{policy_id:uuid}/withdraw", WithdrawApprovalPolicy),
    ("/api/delegations", DelegateApprovals),
    ("/api/delegations/{delegation_id:uuid}/end", EndDelegation),
    ("/api/master-changes/{change_id:uuid}/agree", AgreeToMasterChange),
    ("/api/master-changes/{change_id:uuid}/withdraw", WithdrawMasterChange),
    ("/api/trainings", BeginTraining),
    ("/api/trainings/{training_id:uuid}/end", EndTraining),
    ("/api/holidays/{year:str}", SetHolidays),
    ("/api/holds", PlaceHold),
    ("/api/holds/{hold_id:uuid}/release", ReleaseHold),
    ("/api/people/{person_id:uuid}/erase", ErasePerson),
    ("/api/periods/{month:str}/soft-close", SoftClosePeriod),
    ("/api/periods/{month:str}/close", ClosePeriod),
    ("/api/periods/{month:str}/reopen", ReopenPeriod),
    ("/api/periods/{month:str}/contracts/{contract_id:uuid}/review", ReviewAccrual),
)
Password = Annotated[str, StringConstraints(max_length=1000)]


class ChangePassword(BaseModel):
    """The present password and the new one."""

    model_config = ConfigDict(extra="forbid")
    present: Password
    new: Password


class SetPassword(BaseModel):
    """The token of the link that was mailed, and the new password."""

    model_config = ConfigDict(extra="forbid")
    token: Annotated[str, StringConstraints(max_length=100)]
    password: Password


def _route(path: str, model: type[BaseModel]) -> HTTPRouteHandler:
    command = str(model.model_fields["command"].default)

    async def handler(request: HttpRequest) -> Response[dict[str, Any]]:
        body = await read_body(request, model, **dict(request.path_params))
        return outcome_response(await administer(request, body))  # type: ignore[arg-type]

    handler.__name__ = command
    handler.__doc__ = model.__doc__
    given = {"command", *_IN_BRACES.findall(path)}
    opt = {**roles(*ROLES[command]), BODY: model, NOT_IN_BODY: frozenset(given)}
    return post(path, opt=opt, status_code=200, summary=command.replace("_", " ").capitalize())(handler)


@get("/api/people/accounts", opt=roles(Role.administrator), sync_to_thread=True)
def accounts(request: HttpRequest) -> dict[str, Any]:
    """Everybody with last sign-in, the newest password link, what to know of his roles, and his contracts."""
    with looking(request) as (connection, identity):
        return {"accounts": shown(view.accounts(connection, identity.firm_id))}


@post("/api/password", opt={**PUBLIC, BODY: SetPassword}, status_code=200)
async def set_password(request: HttpRequest) -> Response[dict[str, Any]]:
    """Set the password of the person whom the link was mailed to; it works once."""
    body = await read_body(request, SetPassword)
    parts = parts_of(request)
    async with parts.passwords:
        await sync_to_thread(password_links.use, parts.engine, parts.settings, body.token, body.password)
    return Response({"done": True}, media_type=MediaType.JSON)


@post("/api/me/password", opt={**SIGNED_IN, BODY: ChangePassword, WITHOUT_KEY: True}, status_code=200)
async def change_password(request: HttpRequest) -> Response[dict[str, Any]]:
    """Change one's own password; every other session of one's own ends."""
    body = await read_body(request, ChangePassword)
    parts = parts_of(request)
    async with parts.passwords:
        await sync_to_thread(
            own_account.change_password,
            parts.engine,
            parts.settings,
            identity_of(request),
            own_token(request),
            body.present,
            body.new,
            source_of(request),
        )
    return Response({"done": True}, media_type=MediaType.JSON)


@get("/api/me/sessions", opt=SIGNED_IN, sync_to_thread=True)
def sessions(request: HttpRequest) -> dict[str, Any]:
    """One's own live sessions, last used first."""
    found = own_account.sessions(parts_of(request).engine, identity_of(request), own_token(request))
    return {"sessions": shown(found)}


@post("/api/me/sessions/{session_id:str}/end", opt=SIGNED_IN, status_code=200, sync_to_thread=True)
def end_session(request: HttpRequest, session_id: FromPath[str]) -> dict[str, Any]:
    """End one of one's own sessions."""
    own_account.end_session(parts_of(request).engine, identity_of(request), session_id)
    return {"done": True}


@post("/api/me/sessions/end-others", opt=SIGNED_IN, status_code=200, sync_to_thread=True)
def end_other_sessions(request: HttpRequest) -> dict[str, Any]:
    """End every session of one's own but this one."""
    ended = own_account.end_other_sessions(parts_of(request).engine, identity_of(request), own_token(request))
    return {"done": True, "ended": ended}


ROUTES = (
    accounts,
    set_password,
    change_password,
    sessions,
    end_session,
    end_other_sessions,
    *(_route(path, model) for path, model in _PATHS),
)
