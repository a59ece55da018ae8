"""Extra work on site: a narrow page to enter a ticket and have it signed, and its forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from contracts_app.domain.commands.ticket_commands import (
    CorrectTicket,
    EnterTicket,
    SignTicket,
    VoidTicket,
)
from contracts_app.domain.refusals import not_found
from contracts_app.store import tickets
from contracts_app.store.views.contract_sums import contract_sums
from contracts_app.web.api.shown import looking
from contracts_app.web.bodies import validated
from contracts_app.web.guard import STAFF, who_gives
from contracts_app.web.pages.agreement_forms import CONTRACT
from contracts_app.web.pages.command_forms import command_form
from contracts_app.web.pages.contract_rights import allowed
from contracts_app.web.pages.forms import Form, answer
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.pages.ticket_words import (
    EMPTY_HOURS,
    EMPTY_MATERIAL,
    STANDS,
    shown_hours,
    shown_material,
)
from contracts_app.web.pages.time_forms import typed_seconds
from contracts_app.web.pages.typed_amounts import NotAnAmount, number
from contracts_app.web.pages.typed_rows import Row, rows_shown, typed_rows
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import WrongBody, together

_TAB = "/contracts/{id}/tickets"
HOURS: Mapping[str, Mapping[str, str]] = {
    "labour": {"l_what": "Who or what trade", "l_hours": "Hours", "l_rate": "Rate per hour"},
    "equipment": {"e_what": "Equipment", "e_hours": "Hours", "e_rate": "Rate per hour"},
}
MATERIAL = {"m_what": "Material", "m_quantity": "Quantity", "m_cost": "Cost per unit"}


@get(f"{CONTRACT}/tickets", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def ticket_page(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """The tickets of a contract, and the form for the next one."""
    return _page(request, contract_id)


def _page(request: HttpRequest, contract_id: UUID, said: Said | None = None) -> Response[str]:
    with looking(request) as (connection, identity):
        found = contract_sums(connection, identity.firm_id, contract_id)
        if not found:
            raise not_found("contract")
        known = tickets.of_contracts(connection, identity.firm_id, [contract_id]).get(contract_id, ())
        wanted = (said.typed if said else request.query_params).get("number")
        correcting = bool(said and said.about.endswith("/correct")) or "number" in request.query_params
        again = next((one for one in known if one.ticket.number == wanted), None) if correcting else None
        return page(
            request,
            connection,
            "tickets.html",
            said=said,
            contract=found[0],
            cur=found[0].currency,
            may=allowed(found[0].state, identity),
            tickets=list(reversed(known)),
            correcting=again if again and again.state == "open" else None,
            STANDS=STANDS,
            rows_shown=rows_shown,
            shown_hours=shown_hours,
            shown_material=shown_material,
            empty={
                "l": _named("l", EMPTY_HOURS),
                "e": _named("e", EMPTY_HOURS),
                "m": _named("m", EMPTY_MATERIAL),
            },
            named=_named,
        )


def _named(prefix: str, cells: Mapping[str, str]) -> dict[str, str]:
    return {f"{prefix}_{name}": cell for name, cell in cells.items()}


@post(f"{CONTRACT}/tickets", opt=who_gives(EnterTicket), include_in_schema=False)
async def enter_ticket(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Note a ticket."""
    return await _given(request, contract_id, EnterTicket)


@post(f"{CONTRACT}/tickets/correct", opt=who_gives(CorrectTicket), include_in_schema=False)
async def correct_ticket(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Say again what stands on a ticket."""
    return await _given(request, contract_id, CorrectTicket)


async def _given(
    request: HttpRequest, contract_id: UUID, model: type[EnterTicket] | type[CorrectTicket]
) -> Response[str]:
    def body(form: Form) -> EnterTicket | CorrectTicket:
        labour, equipment, material = together(
            lambda: _hours(form, "labour", "l"),
            lambda: _hours(form, "equipment", "e"),
            lambda: _material(form),
        )
        given = {name: form[name] for name in ("number", "work_date", "what") if form.get(name)}
        rows = {"labour": labour, "equipment": equipment, "material": material}
        return validated(model, {"contract_id": str(contract_id), **given, **rows})

    return await answer(
        request,
        body,
        lambda outcome: f"/contracts/{contract_id}/tickets",
        lambda said: _page(request, contract_id, said),
    )


def _hours(form: Form, kind: str, prefix: str) -> list[dict[str, Any]]:
    rows = typed_rows(form, HOURS[kind], (f"{prefix}_what", f"{prefix}_hours"))
    return together(*(lambda row=row: _of_hours(row, prefix) for row in rows))


def _of_hours(row: Row, prefix: str) -> dict[str, Any]:
    what, seconds, rate = together(
        lambda: row.text(f"{prefix}_what"),
        lambda: _seconds(row, f"{prefix}_hours"),
        lambda: _number(row, f"{prefix}_rate", "a rate like 58.00"),
    )
    return {"what": what, "seconds": seconds, "rate": rate}


def _seconds(row: Row, column: str) -> int:
    try:
        seconds = typed_seconds({column: row.cells.get(column, "")}, column, "")
    except WrongBody as wrong:
        raise row.wrong(column, wrong.errors[0].expected) from wrong
    if seconds <= 0:
        raise row.wrong(column, "hours above zero, like 1.5 or 1:30")
    return seconds


def _material(form: Form) -> list[dict[str, Any]]:
    rows = typed_rows(form, MATERIAL, ("m_what", "m_quantity"))
    return together(*(lambda row=row: _of_material(row) for row in rows))


def _of_material(row: Row) -> dict[str, Any]:
    what, quantity, cost = together(
        lambda: row.text("m_what"),
        lambda: _number(row, "m_quantity", "a quantity like 3.5"),
        lambda: _number(row, "m_cost", "a cost like 12.50"),
    )
    return {"what": what, "quantity": quantity, "unit_cost": cost}


def _number(row: Row, column: str, expected: str) -> str:
    try:
        found = number(row.cells.get(column, ""))
    except NotAnAmount as error:
        raise row.wrong(column, expected) from error
    if found < 0:
        raise row.wrong(column, expected)
    return f"{found:f}"


def _again(request: HttpRequest, contract_id: UUID, said: Said) -> Response[str]:
    return _page(request, contract_id, said)


ROUTES = (
    ticket_page,
    enter_ticket,
    correct_ticket,
    command_form(
        f"{CONTRACT}/tickets/sign", SignTicket, "number", "signed_by", "signed_on", "evidence",
        then=_TAB, again=_again,
    ),
    command_form(
        f"{CONTRACT}/tickets/void", VoidTicket, "number", "reason",
        then=_TAB, again=_again,
    ),
)  # fmt: skip
