"""Forms of the client's purchase orders: record, amend, close."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from contracts_app.domain.commands.funding_commands import (
    AmendClientOrder,
    CloseClientOrder,
    RecordClientOrder,
)
from contracts_app.domain.refusals import not_found
from contracts_app.store.views.contract_sums import contract_sums
from contracts_app.web.api.shown import looking
from contracts_app.web.guard import who_gives
from contracts_app.web.pages.command_forms import command_form
from contracts_app.web.pages.contracts import contract_tab
from contracts_app.web.pages.forms import Form, answer
from contracts_app.web.pages.limit_pages import ORDER_COLUMNS, kind_of
from contracts_app.web.pages.limits_form import listed
from contracts_app.web.pages.rendering import Said
from contracts_app.web.pages.typed_rows import Row, command_with_rows, typed_rows
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import together

_ORDERS = "/contracts/{contract_id:uuid}/purchase-orders"


def _currency(request: HttpRequest, contract_id: UUID) -> str:
    with looking(request) as (connection, identity):
        found = contract_sums(connection, identity.firm_id, contract_id)
        if not found:
            raise not_found("contract")
        return found[0].currency


def _lines(form: Form, currency: str) -> tuple[list[Row], list[dict[str, Any]]]:
    rows = typed_rows(form, ORDER_COLUMNS, ("line_no", "amount"))
    return rows, together(*(lambda row=row: _line(row, currency) for row in rows))


def _line(row: Row, currency: str) -> dict[str, Any]:
    number, amount, starts, expires = together(
        lambda: row.text("line_no"),
        lambda: row.amount("amount", currency),
        lambda: row.day("starts_on"),
        lambda: row.day("expires_on"),
    )
    return {
        "number": number,
        "amount": amount,
        "starts_on": starts,
        "expires_on": expires,
        "item_nos": listed(row.cells.get("item_nos", "")),
        "kinds": [kind_of(word) for word in listed(row.cells.get("kinds", ""))],
    }


@post(_ORDERS, opt=who_gives(RecordClientOrder), include_in_schema=False)
async def record_client_order(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Record an order that the client sent."""
    return await _ordered(
        request, contract_id, RecordClientOrder, "number", "dated_on", "on_exceed", "remark"
    )


@post(f"{_ORDERS}/amend", opt=who_gives(AmendClientOrder), include_in_schema=False)
async def amend_client_order(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Say what an order says now."""
    return await _ordered(request, contract_id, AmendClientOrder, "number", "on_exceed", "reason")


async def _ordered(request: HttpRequest, contract_id: UUID, model: type[Any], *names: str) -> Response[str]:
    currency = await sync_to_thread(_currency, request, contract_id)

    def body(form: Form) -> Any:
        rows, lines = _lines(form, currency)
        given: dict[str, Any] = {name: form[name] for name in names if form.get(name)}
        if also := listed(form.get("also_funds", "")):
            given["also_funds"] = also
        return command_with_rows(model, "lines", rows, lines, contract_id=str(contract_id), **given)

    return await answer(
        request,
        body,
        lambda outcome: f"/contracts/{contract_id}?tab=limits",
        lambda said: _again(request, contract_id, said),
    )


def _again(request: HttpRequest, contract_id: UUID, said: Said) -> Response[str]:
    return contract_tab(request, contract_id, "limits", said)


ROUTES = (
    record_client_order,
    amend_client_order,
    command_form(
        f"{_ORDERS}/close",
        CloseClientOrder,
        "number",
        "reason",
        then="/contracts/{id}?tab=limits",
        again=_again,
    ),
)
