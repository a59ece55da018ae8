"""Who approves: the firm's policy, proposed and agreed to by two controllers, and places taken for others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from contracts_app.domain.approving.segregation import MATRIX
from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.commands.administration import ROLES
from contracts_app.domain.commands.approval_commands import (
    AgreeToApprovalPolicy,
    DelegateApprovals,
    EndDelegation,
    ProposeApprovalPolicy,
    WithdrawApprovalPolicy,
)
from contracts_app.domain.commands.training_commands import BeginTraining, EndTraining
from contracts_app.domain.roles import Role
from contracts_app.services.approval_policies import APPROVERS, approvers_by_name
from contracts_app.store import approval_policies, people, trainings
from contracts_app.store.views import approval_page
from contracts_app.store.views.calendar import firm_day
from contracts_app.web.api.shown import looking
from contracts_app.web.bodies import validated
from contracts_app.web.giving import administer
from contracts_app.web.guard import STAFF, roles
from contracts_app.web.pages.forms import Form, answer, command_of
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.pages.typed_amounts import NotAnAmount, number
from contracts_app.web.pages.typed_rows import Row, rows_shown, typed_rows
from contracts_app.web.parts import HttpRequest

_AT = "/approval-policy"
Known = Mapping[str, Mapping[str, UUID]]
RULE_COLUMNS = {
    "contract": "Contract",
    "client": "Client",
    "kind": "Kind",
    "above": "Above",
    "who": "Who approves",
}
LIMIT_COLUMNS = {"person": "Person", "currency": "Currency", "amount": "Up to"}
_WAITS = ("remind_after", "escalate_after")
_EMPTY_RULE = dict.fromkeys(RULE_COLUMNS, "")
_EMPTY_LIMIT = dict.fromkeys(LIMIT_COLUMNS, "")


@get(_AT, opt=STAFF, include_in_schema=False, sync_to_thread=True)
def approval_policy(request: HttpRequest) -> Response[str]:
    """The policy in force, the one that waits, former ones, and who approves in whose place."""
    return _shown(request)


def _shown(request: HttpRequest, said: Said | None = None) -> Response[str]:
    with looking(request) as (connection, identity):
        firm_id = identity.firm_id
        today = firm_day(connection, firm_id).today
        policies = approval_page.policies(connection, firm_id)
        agreed = [one for one in policies if one.state == "agreed"]
        row = approval_policies.row_in_force(connection, firm_id, today)
        in_force = next((one for one in agreed if row is not None and one.id == row["id"]), None)
        typed = said.typed if said is not None and said.about == _AT else None
        return page(
            request,
            connection,
            "approval_policy.html",
            said=said,
            in_force=in_force,
            waiting=next((one for one in policies if one.state == "proposed"), None),
            coming=[one for one in agreed if one.effective_from > today],
            former=[one for one in agreed if one is not in_force and one.effective_from <= today],
            rule_rows=rows_shown(typed, _rules(in_force), _EMPTY_RULE, 2),
            limit_rows=rows_shown(typed, _limits(in_force), _EMPTY_LIMIT, 2),
            by_mail="by_mail" in typed if typed is not None else in_force is not None and in_force.by_mail,
            waits={
                name: (typed.get(name, "") if typed is not None else getattr(in_force, name, None)) or ""
                for name in _WAITS
            },
            kinds={kind.value: kind.value.replace("_", " ") for kind in Kind},
            approvers=people.who_hold(connection, firm_id, APPROVERS),
            delegations=approval_policies.delegations(connection, firm_id),
            trainings=trainings.every(connection, firm_id),
            coordinators=people.who_hold(connection, firm_id, (Role.coordinator,)),
            duties=MATRIX,
            day=today,
            me=identity.person_id,
            may_propose=bool(identity.roles & set(ROLES["propose_approval_policy"])),
            may_delegate=bool(identity.roles & set(ROLES["delegate_approvals"])),
        )


def _rules(policy: approval_page.PolicyShown | None) -> list[Mapping[str, str]]:
    return [
        {
            "contract": one.contract,
            "client": one.client,
            "kind": one.kind,
            "above": "" if one.above is None else f"{one.above:f}",
            "who": one.who,
        }
        for one in (policy.rules if policy else ())
    ]


def _limits(policy: approval_page.PolicyShown | None) -> list[Mapping[str, str]]:
    return [
        {"person": one.person, "currency": one.currency, "amount": f"{one.amount:f}"}
        for one in (policy.limits if policy else ())
    ]


@post(_AT, opt=roles(*ROLES["propose_approval_policy"]), include_in_schema=False)
async def propose(request: HttpRequest) -> Response[str]:
    """Propose a policy."""

    known = await sync_to_thread(_known, request)

    def body(form: Form) -> ProposeApprovalPolicy:
        rules = typed_rows(form, RULE_COLUMNS, ("contract", "client", "above", "who"))
        limits = typed_rows(form, LIMIT_COLUMNS, ("person", "amount"))
        return validated(
            ProposeApprovalPolicy,
            {
                "effective_from": form.get("effective_from", ""),
                "reason": form.get("reason", ""),
                "rules": [_rule(known, row) for row in rules],
                "limits": [_limit(known, row) for row in limits],
                "by_mail": "by_mail" in form,
                **{name: _days(form[name]) for name in _WAITS if form.get(name)},
            },
        )

    return await _answered(request, body)


def _days(typed: str) -> int | str:
    return int(typed) if typed.isdecimal() and typed.isascii() else typed


def _known(request: HttpRequest) -> Known:
    """What may be named: contracts by number, clients and those who approve by name."""
    with looking(request) as (connection, identity):
        found = approval_page.by_name(connection, identity.firm_id)
        return {**found, "person": approvers_by_name(connection, identity.firm_id)}


def _rule(known: Known, row: Row) -> dict[str, Any]:
    said: dict[str, Any] = {"kind": row.cells.get("kind") or None, "who": row.text("who")}
    if number_text := row.cells.get("contract", ""):
        if number_text not in known["contract"]:
            raise row.wrong("contract", "the number of a contract of the firm")
        said["contract_id"] = str(known["contract"][number_text])
    if name := row.cells.get("client", ""):
        if name not in known["client"]:
            raise row.wrong("client", "the name of a client as it is written in the list of clients")
        said["client_id"] = str(known["client"][name])
    if row.cells.get("above"):
        said["above"] = _amount(row, "above")
    return said


def _limit(known: Known, row: Row) -> dict[str, Any]:
    name = row.text("person")
    if name not in known["person"]:
        raise row.wrong("person", "the name of a project manager or controller")
    return {
        "person_id": str(known["person"][name]),
        "currency": row.text("currency").upper(),
        "amount": _amount(row, "amount"),
    }


def _amount(row: Row, column: str) -> str:
    try:
        return f"{number(row.text(column)):f}"
    except NotAnAmount as error:
        raise row.wrong(column, "an amount like 50000") from error


@post(
    f"{_AT}/{{policy_id:uuid}}/agree", opt=roles(*ROLES["agree_to_approval_policy"]), include_in_schema=False
)
async def agree(request: HttpRequest, policy_id: FromPath[UUID]) -> Response[str]:
    """Agree to a policy."""
    return await _answered(
        request, lambda form: command_of(AgreeToApprovalPolicy, form, policy_id=str(policy_id))
    )


@post(
    f"{_AT}/{{policy_id:uuid}}/withdraw",
    opt=roles(*ROLES["withdraw_approval_policy"]),
    include_in_schema=False,
)
async def withdraw(request: HttpRequest, policy_id: FromPath[UUID]) -> Response[str]:
    """Drop a policy that waits."""
    return await _answered(
        request, lambda form: command_of(WithdrawApprovalPolicy, form, "reason", policy_id=str(policy_id))
    )


@post("/trainings", opt=roles(*ROLES["begin_training"]), include_in_schema=False)
async def begin_training(request: HttpRequest) -> Response[str]:
    """Say that somebody is being trained."""
    names = ("person_id", "mentor_id", "from_on", "to_on", "reason")
    return await _answered(request, lambda form: command_of(BeginTraining, form, *names))


@post("/trainings/{training_id:uuid}/end", opt=roles(*ROLES["end_training"]), include_in_schema=False)
async def end_training(request: HttpRequest, training_id: FromPath[UUID]) -> Response[str]:
    """End a training."""
    return await _answered(
        request, lambda form: command_of(EndTraining, form, "reason", training_id=str(training_id))
    )


@post("/delegations", opt=roles(*ROLES["delegate_approvals"]), include_in_schema=False)
async def delegate(request: HttpRequest) -> Response[str]:
    """Let somebody approve in another's place."""
    return await _answered(
        request,
        lambda form: command_of(DelegateApprovals, form, "person_id", "to_id", "from_on", "to_on", "reason"),
    )


@post("/delegations/{delegation_id:uuid}/end", opt=roles(*ROLES["end_delegation"]), include_in_schema=False)
async def end(request: HttpRequest, delegation_id: FromPath[UUID]) -> Response[str]:
    """End it."""
    return await _answered(
        request, lambda form: command_of(EndDelegation, form, "reason", delegation_id=str(delegation_id))
    )


async def _answered(request: HttpRequest, body: Callable[[Form], Any]) -> Response[str]:
    return await answer(request, body, lambda outcome: _AT, lambda said: _shown(request, said), administer)


ROUTES = (approval_policy, propose, agree, withdraw, delegate, end, begin_training, end_training)
