"""What people do with a draft: save entries, submit, approve, send back, withdraw, issue."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from litestar import Response, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from pydantic import ValidationError

from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.pay_application import ContinuationLine, Entry
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.commands.invoice_commands import (
    ApproveDraft,
    EditDraft,
    IssueInvoice,
    RejectDraft,
    SubmitDraft,
    WithdrawDraft,
)
from contracts_app.domain.commands.submission_commands import ReviseApplication
from contracts_app.domain.money import ZERO, is_at_scale, minor_units
from contracts_app.domain.refusals import not_found
from contracts_app.domain.roles import Role
from contracts_app.store.invoices import current_snapshot, find
from contracts_app.web.api.shown import looking
from contracts_app.web.bodies import validated
from contracts_app.web.guard import roles, who_gives
from contracts_app.web.pages.command_forms import command_form
from contracts_app.web.pages.drafts import edit_page, review_page
from contracts_app.web.pages.forms import Form, answer, command_of, typed_amount
from contracts_app.web.pages.invoices import invoice_view
from contracts_app.web.pages.stated_lines import percent_shown
from contracts_app.web.pages.typed_amounts import NotAnAmount, amount, number, percentage
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import FieldError, WrongBody, together

_EDITORS = roles(Role.coordinator, Role.project_manager)


def _snapshot(request: HttpRequest, invoice_id: UUID) -> Snapshot:
    """The draft as it stands: what a percentage is a percentage of. Raises Refused 404."""
    with looking(request) as (connection, identity):
        if find(connection, identity.firm_id, invoice_id) is None:
            raise not_found("invoice")
        return current_snapshot(connection, identity.firm_id, invoice_id)


def entries_of(form: Form, snapshot: Snapshot) -> tuple[Entry, ...]:
    """What the grid says, for the lines in it. Raises WrongBody with every cell that says nothing sensible.

    A line of which nothing was changed keeps its entry as it is; so an amount that was worked out from a
    percentage stays, although the scheduled value may have changed since.
    """
    figures = drafting.draft(snapshot)
    kept = {entry.line_id: entry for entry in snapshot.entries}
    measured = {line.id for line in snapshot.schedule if line.unit_price is not None}
    at_cost = {line.id for line in snapshot.schedule if line.cost_plus is not None}
    errors: list[FieldError] = []
    entries: list[Entry] = []
    for line in figures.lines:
        if line.line_id in at_cost:
            try:
                entries += _completed_entry(form, line, kept.get(line.line_id, Entry(line_id=line.line_id)))
            except WrongBody as wrong:
                errors.extend(wrong.errors)
            continue
        read = _measured_entry if line.line_id in measured else _entry
        if f"{'q' if line.line_id in measured else 'e'}.{line.line_id}" in form:
            try:
                known = kept.get(line.line_id, Entry(line_id=line.line_id))
                entries.append(read(form, line, known, figures.currency))
            except WrongBody as wrong:
                errors.extend(wrong.errors)
    if errors:
        raise WrongBody(*errors)
    return tuple(entries)


def _entry(form: Form, line: ContinuationLine, kept: Entry, currency: str) -> Entry:
    """A line entered as an amount, as a percentage to date, or (`25%` as the amount) of this period."""
    stored, this_period = together(
        lambda: _cell(form, line, "f", "Stored now", currency),
        lambda: _cell(form, line, "e", "This period", currency),
    )
    name = f"p.{line.line_id}"
    typed = form.get(name, "")
    of_this_period = _percentage(form.get(f"e.{line.line_id}", ""))
    amount_changed = this_period != line.this_period or of_this_period is not None
    shown = percent_shown(kept, line, currency)
    percent_changed = typed not in ("", shown)
    if percent_changed:
        label = f"Line {line.item_no}, To date %"
        if amount_changed:
            # One of the two would be lost without a word.
            both = "either this or This period, not both"
            raise WrongBody(FieldError(name, typed, both, label))
        try:
            to_date = percentage(typed)
        except NotAnAmount as error:
            raise WrongBody(FieldError(name, typed, "a percentage like 50", label)) from error
        return Entry(line_id=line.line_id, stored=stored, fraction_to_date=to_date)
    if of_this_period is not None:
        return Entry(line_id=line.line_id, stored=stored, fraction_this_period=of_this_period)
    cleared = not typed and bool(shown) and name in form
    if not amount_changed and not cleared and stored == line.stored:
        return kept
    return Entry(line_id=line.line_id, this_period=this_period, stored=stored)


def _percentage(text: str) -> Decimal | None:
    """The fraction that a cell for an amount says as a percentage; None for anything else."""
    try:
        return percentage(text) if text.strip().endswith("%") else None
    except NotAnAmount:
        return None


def _completed_entry(form: Form, line: ContinuationLine, kept: Entry) -> tuple[Entry, ...]:
    """How far the work of a line billed at cost is complete, where the grid asks it: its amount follows from
    its costs."""
    name = f"w.{line.line_id}"
    if name not in form:
        return ()
    typed, label = form[name], f"Line {line.item_no}, Work complete %"
    try:
        completed = percentage(typed) if typed else None
        return (kept.model_copy(update={"fraction_to_date": completed}),)
    except (NotAnAmount, ValidationError) as error:
        raise WrongBody(FieldError(name, typed, "a percentage like 50", label)) from error


def _measured_entry(form: Form, line: ContinuationLine, kept: Entry, currency: str) -> Entry:
    """A line entered as the quantity measured to date."""
    stored = _cell(form, line, "f", "Stored now", currency)
    name = f"q.{line.line_id}"
    typed, final = form.get(name, ""), f"m.{line.line_id}" in form
    if not typed and kept.quantity_to_date is None and not final:
        return kept.model_copy(update={"stored": stored})
    label = f"Line {line.item_no}, Measured to date"
    try:
        measure = f"{number(typed):f}"
        stated = Entry.model_validate(
            {
                "line_id": line.line_id,
                "stored": stored,
                "quantity_to_date": measure,
                "finally_measured": final,
            }
        )
    except (NotAnAmount, ValidationError) as error:
        fine = "the quantity measured to date, with at most 4 decimals; 0 for nothing"
        raise WrongBody(FieldError(name, typed, fine, label)) from error
    unchanged = kept.model_copy(update={"this_period": ZERO})
    return kept if stated == unchanged else stated


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
    snapshot = await sync_to_thread(_snapshot, request, invoice_id)

    def body(form: Form) -> EditDraft:
        entries = [entry.model_dump(mode="json") for entry in entries_of(form, snapshot)]
        period = {"period_to": form["period_to"]} if form.get("period_to") else {}
        return validated(EditDraft, {"invoice_id": str(invoice_id), "entries": entries, **period})

    return await answer(
        request,
        body,
        lambda outcome: f"/invoices/{invoice_id}/edit",
        lambda said: edit_page(request, invoice_id, said),
    )


@post("/invoices/{invoice_id:uuid}/revise", opt=who_gives(ReviseApplication), include_in_schema=False)
async def revise(request: HttpRequest, invoice_id: FromPath[UUID]) -> Response[str]:
    """Open the revision of what the client has not certified; of a release, with the amount instead."""

    def body(form: Form) -> ReviseApplication:
        instead = {"release": typed_amount(form, "release", "")} if form.get("release") else {}
        return command_of(ReviseApplication, form, "reason", invoice_id=str(invoice_id), **instead)

    return await answer(
        request,
        body,
        lambda outcome: f"/invoices/{invoice_id}",
        lambda said: invoice_view(request, invoice_id, said),
    )


_INVOICE = "/invoices/{invoice_id:uuid}"
_OF_LINE = "line."


@post(f"{_INVOICE}/reject", opt=who_gives(RejectDraft), include_in_schema=False)
async def send_back(request: HttpRequest, invoice_id: FromPath[UUID]) -> Response[str]:
    """Send the draft back, with a reason and one for each line that it is about."""

    def body(form: Form) -> RejectDraft:
        lines = [
            {"line_id": name.removeprefix(_OF_LINE), "reason": reason}
            for name, reason in form.items()
            if name.startswith(_OF_LINE) and reason.strip()
        ]
        return command_of(RejectDraft, form, "reason", invoice_id=str(invoice_id), lines=lines)

    return await answer(
        request, body, lambda outcome: "/approvals", lambda said: review_page(request, invoice_id, said)
    )


ROUTES = (
    save,
    command_form(f"{_INVOICE}/submit", SubmitDraft, then="/invoices/{id}", again=review_page),
    command_form(
        f"{_INVOICE}/approve", ApproveDraft, "content_hash", "remark", then="/approvals", again=review_page
    ),
    send_back,
    command_form(f"{_INVOICE}/withdraw", WithdrawDraft, "reason", then="/invoices/{id}", again=invoice_view),
    revise,
    command_form(f"{_INVOICE}/issue", IssueInvoice, then="/invoices/{id}", again=invoice_view),
)
