"""What people do with expenses on a page: enter, attach, approve, reject, correct, say what is paid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from contracts_app.domain.commands.command_body import CommandBody
from contracts_app.domain.commands.expense_commands import (
    ApproveExpenses,
    CorrectExpense,
    EnterExpenses,
    EnterMileage,
    EnterPerDiem,
    RejectExpenses,
    SetExpensePolicy,
)
from contracts_app.domain.refusals import Refused
from contracts_app.web.api.expenses import ATTACHERS, LARGEST_UPLOAD, receive
from contracts_app.web.bodies import validated
from contracts_app.web.guard import roles, who_gives
from contracts_app.web.pages.contracts import contract_tab
from contracts_app.web.pages.forms import Form, answer, read_form, see_other, sentence_of, with_notice
from contracts_app.web.pages.rendering import Said
from contracts_app.web.pages.typed_amounts import NotAnAmount, number
from contracts_app.web.pages.typed_rows import Row, command_with_rows, typed_rows
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import FieldError, WrongBody, together

_CONTRACT = "/contracts/{contract_id:uuid}"
_TICKED = "expense."
RULE_COLUMNS: Mapping[str, str] = {
    "category": "Category",
    "effective_from": "From",
    "last_day": "Up to, not included",
    "receipt_above": "Receipt above",
    "at_most": "Pointed out above",
    "client_pays": "The client pays",
}


def _amount(form: Form, name: str, *, otherwise: str | None = None) -> str:
    """A field with a number, as a command takes it. Raises WrongBody."""
    text = form.get(name, "")
    if not text and otherwise is not None:
        return otherwise
    try:
        return f"{number(text):f}"
    except NotAnAmount as error:
        raise WrongBody(FieldError(name, text, "a number like 120.50")) from error


def _entry(form: Form) -> dict[str, Any]:
    """An expense as the fields say it. Raises WrongBody."""
    amount, tax, rate = together(
        lambda: _amount(form, "amount"),
        lambda: _amount(form, "tax_recovered", otherwise="0"),
        lambda: _amount(form, "rate", otherwise=""),
    )
    said: dict[str, Any] = {
        name: form[name]
        for name in (
            "item_no",
            "on",
            "person",
            "category",
            "description",
            "vendor",
            "trip",
            "currency",
            "corrects",
        )
        if form.get(name)
    }
    if rate:
        said["exchange"] = {
            "of": form.get("currency", ""),
            "to": form.get("contract_currency", ""),
            "rate": rate,
            "on": form.get("rate_on", ""),
            "source": form.get("rate_source", ""),
        }
    reason = form.get("not_billable_reason", "")
    return {
        **said,
        "amount": amount,
        "tax_recovered": tax,
        "billable": not reason,
        "not_billable_reason": reason,
    }


async def _answered(request: HttpRequest, contract_id: UUID, body: Any) -> Response[str]:
    return await answer(
        request,
        body,
        lambda outcome: f"/contracts/{contract_id}?tab=expenses",
        lambda said: contract_tab(request, contract_id, "expenses", said),
    )


@post(f"{_CONTRACT}/expenses/enter", opt=who_gives(EnterExpenses), include_in_schema=False)
async def enter(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Enter an expense."""

    def body(form: Form) -> EnterExpenses:
        return validated(EnterExpenses, {"contract_id": str(contract_id), "entries": [_entry(form)]})

    return await _answered(request, contract_id, body)


@post(f"{_CONTRACT}/expenses/per-diem", opt=who_gives(EnterPerDiem), include_in_schema=False)
async def per_diem(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Enter a trip by its first and last day; meals that were provided are named day by day."""

    def body(form: Form) -> EnterPerDiem:
        jurisdiction, _, locality = form.get("place", "").partition("|")
        first, last = together(lambda: _day(form, "first_day"), lambda: _day(form, "last_day"))
        if not first <= last <= first + timedelta(days=399):
            raise WrongBody(FieldError("last_day", str(last), "not before the first day", "Last day"))
        days = [
            {"on": f"{day}", "locality": locality, "provided": _meals(form, day)}
            for day in (first + timedelta(days=place) for place in range((last - first).days + 1))
        ]
        hours = {"hours": int(form["hours"])} if form.get("hours", "").isdecimal() else {}
        return validated(
            EnterPerDiem,
            {**_of(form, contract_id), "trip": {"jurisdiction": jurisdiction, "days": days, **hours}},
        )

    return await _answered(request, contract_id, body)


def _of(form: Form, contract_id: UUID) -> dict[str, Any]:
    names = ("item_no", "person", "category", "description")
    return {"contract_id": str(contract_id), **{name: form[name] for name in names if form.get(name)}}


def _day(form: Form, name: str) -> date:
    try:
        return date.fromisoformat(form.get(name, ""))
    except ValueError as error:
        raise WrongBody(FieldError(name, form.get(name, ""), "a date like 2025-08-31")) from error


def _meals(form: Form, day: date) -> list[str]:
    """Meals provided, typed as `2025-08-31 lunch dinner`, a day to a line."""
    said = []
    for line in form.get("meals", "").splitlines():
        on, *meals = line.replace(",", " ").split()
        if on == day.isoformat():
            said += meals
    return said


@post(f"{_CONTRACT}/expenses/mileage", opt=who_gives(EnterMileage), include_in_schema=False)
async def mileage(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Enter a journey in a private vehicle."""

    def body(form: Form) -> EnterMileage:
        jurisdiction, _, vehicle = form.get("vehicle", "").partition("|")
        distance, before = together(
            lambda: _amount(form, "distance"), lambda: _amount(form, "driven_before", otherwise="0")
        )
        return validated(
            EnterMileage,
            {
                **_of(form, contract_id),
                "jurisdiction": jurisdiction,
                "vehicle": vehicle,
                "driven_before": before,
                "journeys": [{"on": form.get("on", ""), "distance": distance}],
            },
        )

    return await _answered(request, contract_id, body)


@post(f"{_CONTRACT}/expenses", opt=who_gives(ApproveExpenses, RejectExpenses), include_in_schema=False)
async def decide(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Approve or reject the expenses that are ticked, as the page showed them."""

    def body(form: Form) -> CommandBody:
        shown = {
            name.removeprefix(_TICKED): version for name, version in form.items() if name.startswith(_TICKED)
        }
        if not shown:
            raise WrongBody(FieldError("expenses", "nothing", "tick at least one", "Expenses"))
        about = {"contract_id": str(contract_id)}
        if form.get("do") == "approve":
            seen = [
                {"id": key, "version": int(version) if version.isdecimal() else 0}
                for key, version in shown.items()
            ]
            return validated(ApproveExpenses, {**about, "entries": seen})
        return validated(RejectExpenses, {**about, "entries": list(shown), "reason": form.get("reason", "")})

    return await _answered(request, contract_id, body)


@post(
    f"{_CONTRACT}/expenses/{{expense_id:uuid}}/correct",
    opt=who_gives(CorrectExpense),
    include_in_schema=False,
)
async def correct(
    request: HttpRequest, contract_id: FromPath[UUID], expense_id: FromPath[UUID]
) -> Response[str]:
    """Correct an expense that nobody has decided on, or take it back."""

    def body(form: Form) -> CorrectExpense:
        ids = {"contract_id": str(contract_id), "expense_id": str(expense_id)}
        entry = None if form.get("do") == "take_back" else _entry(form)
        return validated(CorrectExpense, {**ids, "entry": entry, "reason": form.get("reason", "")})

    return await _answered(request, contract_id, body)


@post(f"{_CONTRACT}/expense-policy", opt=who_gives(SetExpensePolicy), include_in_schema=False)
async def set_policy(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Say what the contract pays of expenses."""

    def body(form: Form) -> SetExpensePolicy:
        rows = typed_rows(form, RULE_COLUMNS, ("category", "receipt_above", "at_most"))
        rules = together(*(lambda row=row: _rule(row) for row in rows))
        return command_with_rows(SetExpensePolicy, "rules", rows, rules, contract_id=str(contract_id))

    return await _answered(request, contract_id, body)


def _rule(row: Row) -> dict[str, Any]:
    receipt, most = together(lambda: _limit(row, "receipt_above"), lambda: _limit(row, "at_most"))
    return {
        "category": row.cells.get("category") or None,
        "effective_from": row.text("effective_from"),
        "effective_to": row.cells.get("last_day") or None,
        "receipt_above": receipt,
        "at_most": most,
        "billable": row.cells.get("client_pays") != "no",
    }


def _limit(row: Row, column: str) -> str | None:
    text = row.cells.get(column, "")
    try:
        return f"{number(text):f}" if text else None
    except NotAnAmount as error:
        raise row.wrong(column, "an amount like 75") from error


@post(
    f"{_CONTRACT}/expenses/{{expense_id:uuid}}/receipt",
    opt=roles(*ATTACHERS),
    include_in_schema=False,
    request_max_body_size=LARGEST_UPLOAD,
)
async def attach(
    request: HttpRequest, contract_id: FromPath[UUID], expense_id: FromPath[UUID]
) -> Response[str]:
    """Attach a receipt."""
    try:
        await receive(request, contract_id, expense_id)
    except Refused as refused:
        said = Said(refused.sentence, refused.status, (await read_form(request))[0])
    except WrongBody as wrong:
        said = Said(sentence_of(wrong.errors), 422, (await read_form(request))[0], wrong.errors)
    else:
        return see_other(with_notice(f"/contracts/{contract_id}?tab=expenses", "attach_receipt"))
    return await sync_to_thread(contract_tab, request, contract_id, "expenses", said)


ROUTES = (enter, per_diem, mileage, decide, correct, set_policy, attach)
