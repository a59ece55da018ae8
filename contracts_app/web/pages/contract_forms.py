"""Forms of a contract: enter it, its terms, activation, milestones, the next application."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from sqlalchemy import Connection

from contracts_app.domain.commands.contract_commands import (
    ActivateContract,
    OpenContract,
    ReassignProjectManager,
    ReturnContract,
    SetTerms,
)
from contracts_app.domain.commands.invoice_commands import PrepareApplication, PrepareRelease
from contracts_app.domain.commands.milestone_commands import (
    AchieveMilestone,
    ApproveMilestone,
    PlanMilestone,
    RejectMilestone,
)
from contracts_app.domain.commands.retainage_commands import RecordSecurity
from contracts_app.domain.commands.routes import ROUTES as COMMANDS
from contracts_app.domain.contract import ContractTerms, InvoiceForm
from contracts_app.domain.money import ZERO
from contracts_app.domain.refusals import not_found
from contracts_app.domain.roles import Role
from contracts_app.store import legal_entities
from contracts_app.store.views import people
from contracts_app.store.views.contract_sums import contract_sums
from contracts_app.web.api.shown import looking
from contracts_app.web.giving import key_of, new_contract_id
from contracts_app.web.guard import roles
from contracts_app.web.pages.addresses import inside
from contracts_app.web.pages.agreed_words import WORDS
from contracts_app.web.pages.command_forms import command_form
from contracts_app.web.pages.contracts import contract_tab, project_managers
from contracts_app.web.pages.exchange_form import typed_currency
from contracts_app.web.pages.forms import (
    Form,
    answer,
    command_of,
    read_form,
    sentence_of,
    typed_amount,
    typed_rate,
    whole_number,
)
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.pages.tax_form import tax_as_typed
from contracts_app.web.pages.terms_form import typed_terms
from contracts_app.web.pages.terms_preview import preview, typed_share
from contracts_app.web.parts import HttpRequest, identity_of
from contracts_app.web.problems import WrongBody, together

_COORDINATOR = roles(Role.coordinator)


@get("/contracts/new", opt=_COORDINATOR, include_in_schema=False, sync_to_thread=True)
def new_contract(request: HttpRequest) -> Response[str]:
    """The form for a contract entered by hand."""
    return _new_contract(request)


def _new_contract(request: HttpRequest, said: Said | None = None) -> Response[str]:
    form_kind = (said.typed if said else request.query_params).get("invoice_form", "application")
    with looking(request) as (connection, identity):
        usual = legal_entities.main(connection, identity.firm_id)
        return page(
            request,
            connection,
            "contract_new.html",
            said=said,
            clients=people.clients(connection, identity.firm_id),
            entities=people.legal_entities(connection, identity.firm_id),
            usual=f"{usual['id']} {usual['currency']}",
            managers=project_managers(connection, identity.firm_id),
            consulting=form_kind == InvoiceForm.consulting,
            **WORDS,
        )


@post("/contracts/new", opt=_COORDINATOR, include_in_schema=False)
async def open_contract(request: HttpRequest) -> Response[str]:
    """Enter a contract."""
    contract_id = new_contract_id(identity_of(request), await key_of(request))
    names = ("client_id", "project_manager_id", "number", "title")

    def body(form: Form) -> OpenContract:
        entity, _, its_currency = form.get("legal_entity_id", "").partition(" ")
        terms = typed_terms({**form, "currency": typed_currency(form, its_currency)})
        return command_of(
            OpenContract,
            form,
            *names,
            contract_id=str(contract_id),
            legal_entity_id=entity,
            terms=terms,
            detail_of_client=not form.get("detail_level"),
        )

    return await answer(
        request,
        body,
        lambda outcome: f"/contracts/{outcome.result['contract_id']}",
        lambda said: _new_contract(request, said),
    )


@post("/contracts/{contract_id:uuid}/terms", opt=_COORDINATOR, include_in_schema=False)
async def set_terms(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Complete or correct the terms."""
    agreed = await sync_to_thread(_agreed, request, contract_id)
    return await answer(
        request,
        lambda form: _terms_of(form, contract_id, agreed),
        lambda outcome: f"/contracts/{contract_id}?tab=terms",
        lambda said: contract_tab(request, contract_id, "terms", said),
    )


@post(
    "/contracts/{contract_id:uuid}/terms/preview",
    opt=_COORDINATOR,
    include_in_schema=False,
)
async def preview_terms(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """The page of the terms as they are typed, with what they do; nothing is saved."""
    form, _ = await read_form(request)
    return await sync_to_thread(_previewed, request, contract_id, form)


def _previewed(request: HttpRequest, contract_id: UUID, form: Form) -> Response[str]:
    about = f"/contracts/{contract_id}/terms"
    agreed = _agreed(request, contract_id)
    try:
        share, body = together(lambda: typed_share(form), lambda: _terms_of(form, contract_id, agreed))
    except WrongBody as problem:
        said = Said(sentence_of(problem.errors), 422, form, problem.errors, about)
        return contract_tab(request, contract_id, "terms", said)

    def projected(connection: Connection, firm_id: UUID) -> dict[str, Any]:
        return {"preview": preview(connection, firm_id, contract_id, body.terms, share)}

    return contract_tab(request, contract_id, "terms", Said(typed=form, about=about), projected)


def _agreed(request: HttpRequest, contract_id: UUID) -> ContractTerms:
    """The terms as they are. Raises Refused 404."""
    with looking(request) as (connection, identity):
        found = contract_sums(connection, identity.firm_id, contract_id)
        if not found:
            raise not_found("contract")
        return found[0].terms


def _terms_of(form: Form, contract_id: UUID, agreed: ContractTerms) -> SetTerms:
    """The terms as typed; what the form does not ask for stays as agreed. Raises WrongBody."""
    terms = {**agreed.model_dump(mode="json"), **typed_terms(form)}
    if agreed.tax is not None and all(
        form.get(name) == one for name, one in tax_as_typed(agreed.tax).items()
    ):
        terms["tax"] = agreed.tax.model_dump(mode="json")
    return command_of(SetTerms, form, "project_manager_id", contract_id=str(contract_id), terms=terms)


@post("/contracts/{contract_id:uuid}/activate", opt=roles(Role.controller), include_in_schema=False)
async def activate(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Put the contract in force."""
    return await answer(
        request,
        lambda form: ActivateContract(contract_id=contract_id),
        lambda outcome: f"/contracts/{contract_id}",
        lambda said: contract_tab(request, contract_id, "terms", said),
    )


def _terms_again(request: HttpRequest, contract_id: UUID, said: Said) -> Response[str]:
    return contract_tab(request, contract_id, "terms", said)


@post("/contracts/{contract_id:uuid}/project-manager", opt=roles(Role.controller), include_in_schema=False)
async def reassign_project_manager(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Name another project manager for a contract in force."""
    return await answer(
        request,
        lambda form: command_of(
            ReassignProjectManager, form, "project_manager_id", "reason", contract_id=str(contract_id)
        ),
        lambda outcome: f"/contracts/{contract_id}?tab=terms",
        lambda said: contract_tab(request, contract_id, "terms", said),
    )


@post("/contracts/{contract_id:uuid}/milestones", opt=_COORDINATOR, include_in_schema=False)
async def plan_milestone(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Plan a milestone."""

    def body(form: Form) -> PlanMilestone:
        return command_of(
            PlanMilestone,
            form,
            "title",
            "item_no",
            "planned_on",
            contract_id=str(contract_id),
            amount=typed_amount(form, "amount", "") if form.get("amount") else f"{ZERO:f}",
            close_out=form.get("close_out") == "yes",
        )

    return await answer(
        request,
        body,
        lambda outcome: f"/contracts/{contract_id}?tab=milestones",
        lambda said: contract_tab(request, contract_id, "milestones", said),
    )


@post(
    "/contracts/{contract_id:uuid}/milestones/{milestone_id:uuid}/achieve",
    opt=_COORDINATOR,
    include_in_schema=False,
)
async def achieve(
    request: HttpRequest, contract_id: FromPath[UUID], milestone_id: FromPath[UUID]
) -> Response[str]:
    """Say that a milestone is reached, or how much of it, and what proves it."""

    def body(form: Form) -> AchieveMilestone:
        amount = {"amount": typed_amount(form, "amount", "")} if form.get("amount") else {}
        ids = {"contract_id": str(contract_id), "milestone_id": str(milestone_id)}
        return command_of(AchieveMilestone, form, "evidence", **ids, **amount)

    return await answer(
        request,
        body,
        lambda outcome: f"/contracts/{contract_id}?tab=milestones",
        lambda said: contract_tab(request, contract_id, "milestones", said),
    )


@post(
    "/contracts/{contract_id:uuid}/milestones/{milestone_id:uuid}/approve",
    opt=roles(Role.project_manager),
    include_in_schema=False,
)
async def approve(
    request: HttpRequest, contract_id: FromPath[UUID], milestone_id: FromPath[UUID]
) -> Response[str]:
    """Accept the evidence as the page showed it; from my approvals it goes back there."""
    form = await request.form()
    back = inside(str(form.get("back", "")), f"/contracts/{contract_id}?tab=milestones")
    return await answer(
        request,
        lambda form: command_of(
            ApproveMilestone,
            form,
            contract_id=str(contract_id),
            milestone_id=str(milestone_id),
            version=whole_number(form, "version", 1),
        ),
        lambda outcome: back,
        lambda said: contract_tab(request, contract_id, "milestones", said),
    )


@post(
    "/contracts/{contract_id:uuid}/milestones/{milestone_id:uuid}/reject",
    opt=roles(Role.project_manager),
    include_in_schema=False,
)
async def reject(
    request: HttpRequest, contract_id: FromPath[UUID], milestone_id: FromPath[UUID]
) -> Response[str]:
    """Send the evidence back; from my approvals it goes back there."""
    form = await request.form()
    back = inside(str(form.get("back", "")), f"/contracts/{contract_id}?tab=milestones")
    return await answer(
        request,
        lambda form: command_of(
            RejectMilestone, form, "reason", contract_id=str(contract_id), milestone_id=str(milestone_id)
        ),
        lambda outcome: back,
        lambda said: contract_tab(request, contract_id, "milestones", said),
    )


@post("/contracts/{contract_id:uuid}/prepare-application", opt=_COORDINATOR, include_in_schema=False)
async def prepare_application(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Open the draft of the next application and go to its entry grid."""
    return await answer(
        request,
        lambda form: command_of(
            PrepareApplication,
            form,
            "period_to",
            "bill_to",
            contract_id=str(contract_id),
            complete=form.get("complete") == "yes",
        ),
        lambda outcome: f"/invoices/{outcome.result['invoice_id']}/edit",
        lambda said: contract_tab(request, contract_id, "applications", said),
    )


@post("/contracts/{contract_id:uuid}/prepare-release", opt=_COORDINATOR, include_in_schema=False)
async def prepare_release(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Open the draft of a retainage release and go to its review."""

    def body(form: Form) -> PrepareRelease:
        how: dict[str, object] = {}
        if typed := form.get("amount"):
            in_percent = typed.endswith("%")
            how["part" if in_percent else "amount"] = (
                typed_rate(form, "amount") if in_percent else typed_amount(form, "amount", "")
            )
        if items := [item.strip() for item in form.get("item_nos", "").split(",") if item.strip()]:
            how["item_nos"] = items
        if form.get("by_events") == "yes":
            how["by_events"] = True
        if form.get("security"):
            how["security"] = form["security"]
        return command_of(PrepareRelease, form, "period_to", contract_id=str(contract_id), **how)

    return await answer(
        request,
        body,
        lambda outcome: f"/invoices/{outcome.result['invoice_id']}/review",
        lambda said: contract_tab(request, contract_id, "applications", said),
    )


@post(
    "/contracts/{contract_id:uuid}/securities",
    opt=roles(*COMMANDS["record_security"].roles),
    include_in_schema=False,
)
async def record_security(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Note a bond or securities that the client holds."""
    return await answer(
        request,
        lambda form: command_of(
            RecordSecurity,
            form,
            "reference",
            "kind",
            "issuer",
            "from_day",
            contract_id=str(contract_id),
            amount=typed_amount(form, "amount", ""),
        ),
        lambda outcome: f"/contracts/{contract_id}?tab=retainage",
        lambda said: contract_tab(request, contract_id, "retainage", said),
    )


ROUTES = (
    new_contract,
    record_security,
    open_contract,
    set_terms,
    preview_terms,
    activate,
    command_form(
        "/contracts/{contract_id:uuid}/return",
        ReturnContract,
        "reason",
        then="/contracts/{id}?tab=terms",
        again=_terms_again,
    ),
    reassign_project_manager,
    plan_milestone,
    achieve,
    approve,
    reject,
    prepare_application,
    prepare_release,
)
