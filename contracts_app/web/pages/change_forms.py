"""Forms of change orders: noted, priced, proposed, submitted, executed, rejected, given up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from contracts_app.domain.commands.agreement_commands import (
    ExecuteChangeOrder,
    ProposeChangeOrder,
    RejectChangeOrder,
)
from contracts_app.domain.commands.change_commands import (
    NoteChangeOrder,
    PriceChangeOrder,
    SubmitChangeOrder,
    VoidChangeOrder,
)
from contracts_app.domain.money import ZERO
from contracts_app.store.views import change_log
from contracts_app.web.guard import who_gives
from contracts_app.web.pages.agreement_forms import CONTRACT, again, currency_of, typed_rates
from contracts_app.web.pages.change_pages import chosen_data
from contracts_app.web.pages.change_words import EFFECTS
from contracts_app.web.pages.command_forms import command_form
from contracts_app.web.pages.contracts import contract_tab
from contracts_app.web.pages.forms import Form, answer, command_of, typed_amount, typed_rate
from contracts_app.web.pages.schedule_lines import LINE_COLUMNS, typed_line
from contracts_app.web.pages.typed_rows import Row, command_with_rows, typed_rows
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import FieldError, WrongBody, together

ITEM_COLUMNS: Mapping[str, str] = {"what": "What", "cost": "Cost", "effect": "Effect"}
_TAB = "/contracts/{id}?tab=changes"


@post(f"{CONTRACT}/change-orders/note", opt=who_gives(NoteChangeOrder), include_in_schema=False)
async def note_change_order(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Note that something may change the contract."""
    currency = await sync_to_thread(currency_of, request, contract_id)

    def body(form: Form) -> NoteChangeOrder:
        amount, days = together(
            lambda: typed_amount(form, "amount", currency) if form.get("amount") else f"{ZERO:f}",
            lambda: _days(form),
        )
        return command_of(
            NoteChangeOrder, form, "number", "title", "reason",
            contract_id=str(contract_id), amount=amount, schedule_days=days,
        )  # fmt: skip

    return await _answered(request, contract_id, body)


@post(f"{CONTRACT}/change-orders", opt=who_gives(ProposeChangeOrder), include_in_schema=False)
async def propose_change_order(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Submit a change order whose price is known, with new lines and rates if it brings some."""
    currency = await sync_to_thread(currency_of, request, contract_id)

    def body(form: Form) -> ProposeChangeOrder:
        amount, days, lines, (rows, rates), caps = together(
            lambda: typed_amount(form, "amount", currency),
            lambda: _days(form),
            lambda: typed_lines(form, currency),
            lambda: typed_rates(form, currency),
            lambda: _cap_changes(form, currency),
        )
        given: dict[str, Any] = {
            name: form[name] for name in ("number", "title", "raises", "reason") if form.get(name)
        }
        if caps:
            given["caps"] = caps
        return command_with_rows(
            ProposeChangeOrder, "rates", rows, rates,
            contract_id=str(contract_id), amount=amount, schedule_days=days, lines=lines, **given,
        )  # fmt: skip

    return await _answered(request, contract_id, body)


def _cap_changes(form: Form, currency: str) -> Any:
    """What is added to the limits of the terms. Raises WrongBody."""
    rows = typed_rows(form, {"cap": "Limit", "cap_by": "Changes by"}, ("cap_by",))
    return together(
        *(lambda row=row: {"cap": row.text("cap"), "amount": row.amount("cap_by", currency)} for row in rows)
    )


@post(f"{CONTRACT}/change-orders/price", opt=who_gives(PriceChangeOrder), include_in_schema=False)
async def price_change_order(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Price a change order by what it adds and saves."""
    currency = await sync_to_thread(currency_of, request, contract_id)

    def body(form: Form) -> PriceChangeOrder:
        items, days, lines, profit, (rows, rates) = together(
            lambda: _items(form, currency),
            lambda: _days(form),
            lambda: typed_lines(form, currency),
            lambda: typed_rate(form, "profit") if form.get("profit") else None,
            lambda: typed_rates(form, currency),
        )
        given = {name: form[name] for name in ("number", "raises", "profit_on") if form.get(name)}
        return command_with_rows(
            PriceChangeOrder, "rates", rows, rates,
            contract_id=str(contract_id), items=items,
            tickets=[form[name] for name in form if name.startswith("ticket.")],
            schedule_days=days, lines=lines, profit=profit,
            **given,
        )  # fmt: skip

    return await _answered(request, contract_id, body)


async def _answered(request: HttpRequest, contract_id: UUID, body: Any) -> Response[str]:
    return await answer(
        request,
        body,
        lambda outcome: f"/contracts/{contract_id}?tab=changes",
        lambda said: contract_tab(
            request,
            contract_id,
            "changes",
            said,
            lambda connection, firm_id: chosen_data(
                connection,
                firm_id,
                contract_id,
                change_log.change_orders(connection, firm_id, contract_id),
                said.typed.get("number"),
            ),
        ),
    )


def typed_lines(form: Form, currency: str) -> list[dict[str, Any]]:
    """The lines that a change order becomes, as typed. Raises WrongBody."""
    rows = typed_rows(form, LINE_COLUMNS, ("item_no", "description", "scheduled_value"))
    return together(*(lambda row=row: typed_line(row, currency) for row in rows))


def _items(form: Form, currency: str) -> list[dict[str, Any]]:
    rows = typed_rows(form, ITEM_COLUMNS, ("what", "cost"))
    return together(*(lambda row=row: _item(row, currency) for row in rows))


def _item(row: Row, currency: str) -> dict[str, Any]:
    what, cost = together(lambda: row.text("what"), lambda: row.amount("cost", currency))
    effect = row.cells.get("effect", "adds")
    if effect not in EFFECTS:
        raise row.wrong("effect", "one of the list")
    if cost.startswith("-"):
        raise row.wrong("cost", "an amount above zero; say beside it that it is saved")
    return {
        "what": what,
        "amount": cost,
        "deducts": effect.startswith("saves"),
        "with_profit": effect.endswith("_priced"),
    }


def _days(form: Form) -> int:
    text = form.get("schedule_days", "").replace("\u2212", "-") or "0"
    digits = text.removeprefix("-").removeprefix("+")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 4):
        raise WrongBody(FieldError("schedule_days", text, "a whole number of days, like 12 or -5"))
    return int(text)


ROUTES = (
    note_change_order,
    propose_change_order,
    price_change_order,
    command_form(
        f"{CONTRACT}/change-orders/submit", SubmitChangeOrder, "number", "submitted_on",
        then=_TAB, again=again("changes"),
    ),
    command_form(
        f"{CONTRACT}/change-orders/execute", ExecuteChangeOrder, "number", "executed_on",
        then=_TAB, again=again("changes"),
    ),
    command_form(
        f"{CONTRACT}/change-orders/reject", RejectChangeOrder, "number", "reason",
        then=_TAB, again=again("changes"),
    ),
    command_form(
        f"{CONTRACT}/change-orders/void", VoidChangeOrder, "number", "reason",
        then=_TAB, again=again("changes"),
    ),
)  # fmt: skip
