"""Forms of what was agreed: schedule, rate card, project names, deposits, end of the work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from contracts_app.domain.commands.agreement_commands import (
    CompleteWork,
    ReceiveDeposit,
    ReturnDeposit,
    SetProjects,
    SetRateCard,
    SetSchedule,
)
from contracts_app.domain.commands.command_body import CommandBody
from contracts_app.domain.commands.milestone_commands import ChangeMilestone, RemoveMilestone
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.refusals import not_found
from contracts_app.store.views.contract_sums import contract_sums
from contracts_app.web.api.shown import looking
from contracts_app.web.bodies import validated
from contracts_app.web.guard import who_gives
from contracts_app.web.pages.command_forms import command_form
from contracts_app.web.pages.contracts import contract_tab
from contracts_app.web.pages.forms import Form, answer, command_of, typed_amount
from contracts_app.web.pages.rendering import Said
from contracts_app.web.pages.schedule_lines import LINE_COLUMNS, typed_line
from contracts_app.web.pages.tax_form import taxed_in
from contracts_app.web.pages.typed_rows import Row, command_with_rows, typed_rows
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import together

RATE_COLUMNS: Mapping[str, str] = {
    "person": "Person",
    "role": "Role",
    "rate": "Rate per hour",
    "effective_from": "From",
    "last_day": "Last day",
    "project": "Project",
    "multiplier": "Multiplier",
    "overtime": "Flat rate of overtime",
    "pay": "Paid per hour",
}
CONTRACT = "/contracts/{contract_id:uuid}"


def currency_of(request: HttpRequest, contract_id: UUID) -> str:
    """The contract's currency. Raises Refused 404."""
    return _terms(request, contract_id).currency


def _terms(request: HttpRequest, contract_id: UUID) -> ContractTerms:
    """The contract's terms. Raises Refused 404."""
    with looking(request) as (connection, identity):
        found = contract_sums(connection, identity.firm_id, contract_id)
        if not found:
            raise not_found("contract")
        return found[0].terms


@post(f"{CONTRACT}/schedule", opt=who_gives(SetSchedule), include_in_schema=False)
async def set_schedule(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Enter the schedule of values; it replaces what was there."""
    terms = await sync_to_thread(_terms, request, contract_id)
    place = taxed_in(terms)

    def body(form: Form) -> SetSchedule:
        rows = typed_rows(form, LINE_COLUMNS, ("item_no", "description", "scheduled_value"))
        lines = together(*(lambda row=row: typed_line(row, terms.currency, place) for row in rows))
        return command_with_rows(SetSchedule, "lines", rows, lines, contract_id=str(contract_id))

    return await answer(
        request,
        body,
        lambda outcome: f"/contracts/{contract_id}?tab=schedule",
        lambda said: contract_tab(request, contract_id, "schedule", said),
    )


@post(f"{CONTRACT}/rate-card", opt=who_gives(SetRateCard), include_in_schema=False)
async def set_rate_card(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Enter the rate card; it replaces what was there."""
    currency = await sync_to_thread(currency_of, request, contract_id)

    def body(form: Form) -> SetRateCard:
        rows, rates = typed_rates(form, currency)
        return command_with_rows(SetRateCard, "rows", rows, rates, contract_id=str(contract_id))

    return await answer(
        request,
        body,
        lambda outcome: f"/contracts/{contract_id}?tab=rates",
        lambda said: contract_tab(request, contract_id, "rates", said),
    )


def typed_rates(form: Form, currency: str) -> tuple[list[Row], list[dict[str, Any]]]:
    """The rows of a rate card as typed, and as a command takes them. Raises WrongBody."""
    rows = typed_rows(form, RATE_COLUMNS, ("person", "role", "rate"))
    return rows, together(*(lambda row=row: _rate(row, currency) for row in rows))


def _rate(row: Row, currency: str) -> dict[str, Any]:
    rate, _, first, last = together(
        lambda: row.amount("rate", currency),
        lambda: row.text("effective_from"),
        lambda: row.day("effective_from"),
        lambda: row.day("last_day"),
    )
    if last is not None and last < first:
        raise row.wrong("last_day", "not before the first day")
    return {
        "person": row.cells.get("person") or None,
        "role": row.cells.get("role") or None,
        "rate": rate,
        "effective_from": first.isoformat(),
        "effective_to": (last + timedelta(days=1)).isoformat() if last else None,
        "project": row.cells.get("project") or None,
        "multiplier": row.cells.get("multiplier") or None,
        "overtime": row.cells.get("overtime") or None,
        "pay": row.cells.get("pay") or None,
    }


@post(f"{CONTRACT}/projects", opt=who_gives(SetProjects), include_in_schema=False)
async def set_projects(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Say under which names time sheets know the work, one to a line."""

    def body(form: Form) -> SetProjects:
        names = [name.strip() for name in form.get("names", "").splitlines() if name.strip()]
        return validated(SetProjects, {"contract_id": str(contract_id), "names": names})

    return await answer(
        request,
        body,
        lambda outcome: f"/contracts/{contract_id}?tab=rates",
        lambda said: contract_tab(request, contract_id, "rates", said),
    )


@post(f"{CONTRACT}/deposits", opt=who_gives(ReceiveDeposit), include_in_schema=False)
async def receive_deposit(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Record what the client paid ahead."""
    return await _of_the_deposit(request, contract_id, ReceiveDeposit, "received_on")


@post(f"{CONTRACT}/deposits/return", opt=who_gives(ReturnDeposit), include_in_schema=False)
async def return_deposit(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Record what went back to the client."""
    return await _of_the_deposit(request, contract_id, ReturnDeposit, "returned_on")


async def _of_the_deposit(
    request: HttpRequest, contract_id: UUID, body: type[CommandBody], day: str
) -> Response[str]:
    currency = await sync_to_thread(currency_of, request, contract_id)
    return await answer(
        request,
        lambda form: command_of(
            body,
            form,
            day,
            "reference",
            contract_id=str(contract_id),
            amount=typed_amount(form, "amount", currency),
        ),
        lambda outcome: f"/contracts/{contract_id}?tab=deposits",
        lambda said: contract_tab(request, contract_id, "deposits", said),
    )


@post(
    f"{CONTRACT}/milestones/{{milestone_id:uuid}}/change",
    opt=who_gives(ChangeMilestone),
    include_in_schema=False,
)
async def change_milestone(
    request: HttpRequest, contract_id: FromPath[UUID], milestone_id: FromPath[UUID]
) -> Response[str]:
    """Plan a milestone otherwise."""
    currency = await sync_to_thread(currency_of, request, contract_id)

    def body(form: Form) -> ChangeMilestone:
        amount = {"amount": typed_amount(form, "amount", currency)} if form.get("amount") else {}
        ids = {"contract_id": str(contract_id), "milestone_id": str(milestone_id)}
        return command_of(
            ChangeMilestone,
            form,
            "title",
            "item_no",
            "planned_on",
            close_out=form.get("close_out") == "yes",
            **ids,
            **amount,
        )

    return await _of_milestones(request, contract_id, body)


@post(
    f"{CONTRACT}/milestones/{{milestone_id:uuid}}/remove",
    opt=who_gives(RemoveMilestone),
    include_in_schema=False,
)
async def remove_milestone(
    request: HttpRequest, contract_id: FromPath[UUID], milestone_id: FromPath[UUID]
) -> Response[str]:
    """Take a milestone out of the plan."""
    ids = {"contract_id": str(contract_id), "milestone_id": str(milestone_id)}
    return await _of_milestones(request, contract_id, lambda form: command_of(RemoveMilestone, form, **ids))


async def _of_milestones(
    request: HttpRequest, contract_id: UUID, body: Callable[[Form], CommandBody]
) -> Response[str]:
    return await answer(
        request,
        body,
        lambda outcome: f"/contracts/{contract_id}?tab=milestones",
        lambda said: contract_tab(request, contract_id, "milestones", said),
    )


def again(tab: str) -> Any:
    """The tab of a contract with what was refused."""

    def shown(request: HttpRequest, contract_id: UUID, said: Said) -> Response[str]:
        return contract_tab(request, contract_id, tab, said)

    return shown


ROUTES = (
    set_schedule,
    set_rate_card,
    set_projects,
    receive_deposit,
    return_deposit,
    change_milestone,
    remove_milestone,
    command_form(
        f"{CONTRACT}/complete-work",
        CompleteWork,
        "reason",
        then="/contracts/{id}?tab=schedule",
        again=again("schedule"),
    ),
)
