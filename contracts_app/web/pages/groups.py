"""Billing groups: put contracts of a client together, review their drafts side by side, issue them as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy import Connection

from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.billing_runs import period_of
from contracts_app.domain.billing.taxed import tax_if_clear
from contracts_app.domain.commands.group_commands import IssueGroup, PrepareGroup, SetBillingGroup
from contracts_app.domain.commands.routes import ROUTES as COMMANDS
from contracts_app.domain.finding import Finding
from contracts_app.domain.money import ZERO, less, total
from contracts_app.domain.refusals import Refused, not_found
from contracts_app.services.draft_findings import of_draft
from contracts_app.services.sign_in import Identity
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.views import group_page as view
from contracts_app.store.views.calendar import firm_day
from contracts_app.store.views.waiting import Waiting, why
from contracts_app.web.api.shown import looking
from contracts_app.web.bodies import validated
from contracts_app.web.guard import STAFF, who_gives
from contracts_app.web.pages.clients import client_view
from contracts_app.web.pages.draft_time import Phase, draft_time
from contracts_app.web.pages.forms import Form, answer, command_of
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.parts import HttpRequest

_GROUPS = "/clients/{client_id:uuid}/billing-groups"
_GROUP = _GROUPS + "/{group_id:uuid}"
_MONTH_END = 31


@dataclass(frozen=True)
class Section:
    """A contract on the page of its group, with its draft's figures where one is in hand."""

    member: view.Member
    waiting: Waiting | None
    period_to: date | None = None
    currency: str = ""
    net: Decimal = ZERO
    tax: Decimal = ZERO
    deposit: Decimal = ZERO
    phases: Sequence[Phase] = ()
    found: Sequence[Finding] = ()

    @property
    def due(self) -> Decimal:
        """What the client would pay for it."""
        return less(total((self.net, self.tax)), self.deposit)


@get(_GROUP, opt=STAFF, include_in_schema=False, sync_to_thread=True)
def group(request: HttpRequest, client_id: FromPath[UUID], group_id: FromPath[UUID]) -> Response[str]:
    """One group: a section for each contract, and what went out before."""
    return _group(request, client_id, group_id)


def _group(request: HttpRequest, client_id: UUID, group_id: UUID, said: Said | None = None) -> Response[str]:
    with looking(request) as (connection, identity):
        known = view.groups(connection, identity.firm_id, client_id)
        found = [one for one in known if one.id == group_id]
        if not found:
            raise not_found("billing group")
        sections = [_section(connection, identity, member) for member in found[0].members]
        drafted = [one for one in sections if one.member.invoice_id is not None]
        today = firm_day(connection, identity.firm_id).today
        return page(
            request,
            connection,
            "billing_group.html",
            said=said,
            group=found[0],
            sections=sections,
            drafted=drafted,
            ready=[one for one in drafted if one.member.state == "approved"],
            currency=drafted[0].currency if drafted else "",
            due=total(one.due for one in drafted),
            candidates=view.candidates(connection, identity.firm_id, client_id),
            suggested=period_of(_MONTH_END, today),
            may=bool(identity.roles & set(COMMANDS["issue_group"].roles)),
        )


def _section(connection: Connection, identity: Identity, member: view.Member) -> Section:
    firm_id = identity.firm_id
    if member.invoice_id is None:
        return Section(member, why(connection, firm_id, "contract", member.contract_id))
    waiting = why(connection, firm_id, "invoice", member.invoice_id)
    snapshot = current_snapshot(connection, firm_id, member.invoice_id)
    try:
        figures = drafting.draft(snapshot)
    except Refused:
        return Section(member, waiting, snapshot.period_to, snapshot.terms.currency)
    tax = tax_if_clear(snapshot, figures)
    return Section(
        member,
        waiting,
        period_to=snapshot.period_to,
        currency=figures.currency,
        net=figures.line8,
        tax=less(tax.due, figures.line8) if tax else ZERO,
        deposit=figures.deposit_applied,
        phases=draft_time(connection, firm_id, snapshot, figures).phases,
        found=of_draft(connection, firm_id, member.invoice_id, snapshot),
    )


def _contracts(form: Form) -> list[str]:
    """The ids of the contracts that are ticked."""
    return [name.partition(".")[2] for name in form if name.startswith("contract.")]


@post(_GROUPS, opt=who_gives(SetBillingGroup), include_in_schema=False)
async def add(request: HttpRequest, client_id: FromPath[UUID]) -> Response[str]:
    """Make a group of the contracts that are ticked."""
    return await answer(
        request,
        lambda form: command_of(
            SetBillingGroup, form, "name", client_id=str(client_id), contracts=_contracts(form)
        ),
        lambda outcome: f"/clients/{client_id}/billing-groups/{outcome.result['group_id']}",
        lambda said: client_view(request, client_id, said),
    )


@post(_GROUP, opt=who_gives(SetBillingGroup), include_in_schema=False)
async def change(request: HttpRequest, client_id: FromPath[UUID], group_id: FromPath[UUID]) -> Response[str]:
    """Say anew which contracts are in the group."""
    return await answer(
        request,
        lambda form: command_of(
            SetBillingGroup,
            form,
            "name",
            client_id=str(client_id),
            group_id=str(group_id),
            contracts=_contracts(form),
        ),
        lambda outcome: f"/clients/{client_id}/billing-groups/{group_id}",
        lambda said: _group(request, client_id, group_id, said),
    )


@post(_GROUP + "/prepare", opt=who_gives(PrepareGroup), include_in_schema=False)
async def prepare(request: HttpRequest, client_id: FromPath[UUID], group_id: FromPath[UUID]) -> Response[str]:
    """Open the drafts of all contracts that have something to bill."""
    return await answer(
        request,
        lambda form: command_of(
            PrepareGroup, form, "period_to", client_id=str(client_id), group_id=str(group_id)
        ),
        lambda outcome: f"/clients/{client_id}/billing-groups/{group_id}",
        lambda said: _group(request, client_id, group_id, said),
    )


@post(_GROUP + "/issue", opt=who_gives(IssueGroup), include_in_schema=False)
async def issue(request: HttpRequest, client_id: FromPath[UUID], group_id: FromPath[UUID]) -> Response[str]:
    """Issue what is approved as one invoice; what is ticked is left out for its reason."""

    def body(form: Form) -> IssueGroup:
        left_out = [
            {"invoice_id": invoice_id, "reason": form.get(f"reason.{invoice_id}", "")}
            for name in form
            if name.startswith("leave.")
            for invoice_id in (name.partition(".")[2],)
        ]
        return validated(
            IssueGroup, {"client_id": str(client_id), "group_id": str(group_id), "left_out": left_out}
        )

    return await answer(
        request,
        body,
        lambda outcome: f"/clients/{client_id}/billing-groups/{group_id}",
        lambda said: _group(request, client_id, group_id, said),
    )


ROUTES = (group, add, change, prepare, issue)
