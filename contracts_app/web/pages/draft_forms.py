"""What people do with a draft: save entries, submit, approve, send back, withdraw, issue."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from litestar import Response, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from contracts_app.domain import drafting
from contracts_app.domain.commands import (
    ApproveDraft,
    EditDraft,
    IssueInvoice,
    RejectDraft,
    SubmitDraft,
    WithdrawDraft,
)
from contracts_app.domain.money import less, multiply, round_to
from contracts_app.domain.pay_application import ContinuationLine, Entry, PayApplication
from contracts_app.domain.refusals import not_found
from contracts_app.domain.roles import Role
from contracts_app.store.invoices import current_snapshot, find
from contracts_app.web.api.shown import looking
from contracts_app.web.bodies import validated
from contracts_app.web.guard import roles
from contracts_app.web.pages.drafts import edit_page, review_page
from contracts_app.web.pages.forms import Form, answer, command_of
from contracts_app.web.pages.invoices import invoice_view
from contracts_app.web.pages.typed_amounts import NotAnAmount, amount, percentage
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import FieldError, WrongBody

_COORDINATOR = roles(Role.coordinator)
_EDITORS = roles(Role.coordinator, Role.project_manager)
_APPROVERS = roles(Role.project_manager, Role.controller)


def _figures(request: HttpRequest, invoice_id: UUID) -> PayApplication:
    """The draft as it stands: what a percentage is a percentage of. Raises Refused 404."""
    with looking(request) as (connection, identity):
        if find(connection, identity.firm_id, invoice_id) is None:
            raise not_found("invoice")
        return drafting.draft(current_snapshot(connection, identity.firm_id, invoice_id))


def entries_of(form: Form, figures: PayApplication) -> tuple[Entry, ...]:
    """What the grid says, for the lines in it. Raises WrongBody with every cell that is not an amount."""
    errors: list[FieldError] = []
    entries = []
    for line in figures.lines:
        if f"e.{line.line_id}" in form:
            try:
                entries.append(_entry(form, line, figures.currency))
            except WrongBody as wrong:
                errors.extend(wrong.errors)
    if errors:
        raise WrongBody(*errors)
    return tuple(entries)


def _entry(form: Form, line: ContinuationLine, currency: str) -> Entry:
    stored = _cell(form, f"f.{line.line_id}", line.scheduled_value, currency)
    name = f"p.{line.line_id}"
    if not form.get(name):
        this_period = _cell(form, f"e.{line.line_id}", line.scheduled_value, currency)
        return Entry(line_id=line.line_id, this_period=this_period, stored=stored)
    try:
        to_date = round_to(multiply(line.scheduled_value, percentage(form[name])), currency)
    except NotAnAmount as error:
        raise WrongBody(FieldError(name, form[name], "a percentage like 50")) from error
    return Entry(line_id=line.line_id, this_period=less(to_date, line.previous, stored), stored=stored)


def _cell(form: Form, name: str, whole: Decimal, currency: str) -> Decimal:
    try:
        return amount(form.get(name, ""), whole, currency)
    except NotAnAmount as error:
        raise WrongBody(FieldError(name, form.get(name, ""), str(error))) from error


@post("/invoices/{invoice_id:uuid}/edit", opt=_EDITORS, include_in_schema=False)
async def save(request: HttpRequest, invoice_id: FromPath[UUID]) -> Response[str]:
    """Save the grid; the page then shows everything recomputed."""
    figures = await sync_to_thread(_figures, request, invoice_id)

    def body(form: Form) -> EditDraft:
        entries = [entry.model_dump(mode="json") for entry in entries_of(form, figures)]
        period = {"period_to": form["period_to"]} if form.get("period_to") else {}
        return validated(EditDraft, {"invoice_id": str(invoice_id), "entries": entries, **period})

    return await answer(
        request,
        body,
        lambda outcome: f"/invoices/{invoice_id}/edit",
        lambda said: edit_page(request, invoice_id, said),
    )


@post("/invoices/{invoice_id:uuid}/submit", opt=_COORDINATOR, include_in_schema=False)
async def submit(request: HttpRequest, invoice_id: FromPath[UUID]) -> Response[str]:
    """Hand the draft over for approval."""
    return await answer(
        request,
        lambda form: SubmitDraft(invoice_id=invoice_id),
        lambda outcome: f"/invoices/{invoice_id}",
        lambda said: review_page(request, invoice_id, said),
    )


@post("/invoices/{invoice_id:uuid}/approve", opt=_APPROVERS, include_in_schema=False)
async def approve(request: HttpRequest, invoice_id: FromPath[UUID]) -> Response[str]:
    """Approve exactly what was shown."""
    return await answer(
        request,
        lambda form: command_of(ApproveDraft, form, "content_hash", "remark", invoice_id=str(invoice_id)),
        lambda outcome: "/approvals",
        lambda said: review_page(request, invoice_id, said),
    )


@post("/invoices/{invoice_id:uuid}/reject", opt=_APPROVERS, include_in_schema=False)
async def reject(request: HttpRequest, invoice_id: FromPath[UUID]) -> Response[str]:
    """Send the draft back with a reason."""
    return await answer(
        request,
        lambda form: command_of(RejectDraft, form, "reason", invoice_id=str(invoice_id)),
        lambda outcome: "/approvals",
        lambda said: review_page(request, invoice_id, said),
    )


@post("/invoices/{invoice_id:uuid}/withdraw", opt=_COORDINATOR, include_in_schema=False)
async def withdraw(request: HttpRequest, invoice_id: FromPath[UUID]) -> Response[str]:
    """Give the draft up."""
    return await answer(
        request,
        lambda form: command_of(WithdrawDraft, form, "reason", invoice_id=str(invoice_id)),
        lambda outcome: f"/invoices/{invoice_id}",
        lambda said: invoice_view(request, invoice_id, said),
    )


@post("/invoices/{invoice_id:uuid}/issue", opt=_COORDINATOR, include_in_schema=False)
async def issue(request: HttpRequest, invoice_id: FromPath[UUID]) -> Response[str]:
    """Take the number and submit it to the client."""
    return await answer(
        request,
        lambda form: IssueInvoice(invoice_id=invoice_id),
        lambda outcome: f"/invoices/{invoice_id}",
        lambda said: invoice_view(request, invoice_id, said),
    )


ROUTES = (save, submit, approve, reject, withdraw, issue)
