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
from contracts_app.domain.money import is_at_scale, less, minor_units, multiply, round_to
from contracts_app.domain.pay_application import ContinuationLine, Entry, PayApplication
from contracts_app.domain.refusals import not_found
from contracts_app.domain.roles import Role
from contracts_app.store.invoices import current_snapshot, find
from contracts_app.web.api.shown import looking
from contracts_app.web.bodies import validated
from contracts_app.web.guard import roles
from contracts_app.web.pages.command_forms import command_form
from contracts_app.web.pages.drafts import edit_page, review_page
from contracts_app.web.pages.forms import Form, answer
from contracts_app.web.pages.invoices import invoice_view
from contracts_app.web.pages.typed_amounts import NotAnAmount, amount, percentage
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import FieldError, WrongBody, together

_EDITORS = roles(Role.coordinator, Role.project_manager)


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
    stored, this_period = together(
        lambda: _cell(form, line, "f", "Stored now", currency),
        lambda: _cell(form, line, "e", "This period", currency),
    )
    name = f"p.{line.line_id}"
    if not form.get(name):
        return Entry(line_id=line.line_id, this_period=this_period, stored=stored)
    label = f"Line {line.item_no}, To date %"
    if this_period != line.this_period:
        # One of the two would be lost without a word.
        both = "either this or This period, not both"
        raise WrongBody(FieldError(name, form[name], both, label))
    try:
        to_date = round_to(multiply(line.scheduled_value, percentage(form[name])), currency)
    except NotAnAmount as error:
        raise WrongBody(FieldError(name, form[name], "a percentage like 50", label)) from error
    return Entry(line_id=line.line_id, this_period=less(to_date, line.previous, stored), stored=stored)


def _cell(form: Form, line: ContinuationLine, column: str, heading: str, currency: str) -> Decimal:
    name = f"{column}.{line.line_id}"
    text = form.get(name, "")
    label = f"Line {line.item_no}, {heading}"
    try:
        typed = amount(text, line.scheduled_value, currency)
    except NotAnAmount as error:
        raise WrongBody(FieldError(name, text, str(error), label)) from error
    if not is_at_scale(typed, currency):
        fine = f"an amount with at most {minor_units(currency)} decimals"
        raise WrongBody(FieldError(name, text, fine, label))
    return typed


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


_INVOICE = "/invoices/{invoice_id:uuid}"
ROUTES = (
    save,
    command_form(f"{_INVOICE}/submit", SubmitDraft, then="/invoices/{id}", again=review_page),
    command_form(
        f"{_INVOICE}/approve", ApproveDraft, "content_hash", "remark", then="/approvals", again=review_page
    ),
    command_form(f"{_INVOICE}/reject", RejectDraft, "reason", then="/approvals", again=review_page),
    command_form(f"{_INVOICE}/withdraw", WithdrawDraft, "reason", then="/invoices/{id}", again=invoice_view),
    command_form(f"{_INVOICE}/issue", IssueInvoice, then="/invoices/{id}", again=invoice_view),
)
