"""What people do with an order on a page: enter it, change it, receive on it, release retainage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.params import FromPath

from contracts_app.domain.commands.purchasing_commands import (
    ChangeCommitment,
    EnterCommitment,
    RecordDelivery,
    ReleaseOfSub,
)
from contracts_app.web.guard import who_gives
from contracts_app.web.pages.contracts import contract_tab
from contracts_app.web.pages.forms import Form, answer, command_of
from contracts_app.web.pages.purchasing_pages import commitment_page
from contracts_app.web.pages.rendering import Said
from contracts_app.web.pages.typed_amounts import NotAnAmount, number, percentage
from contracts_app.web.pages.typed_rows import Row, command_with_rows, typed_rows
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import FieldError, WrongBody, together

_CONTRACT = "/contracts/{contract_id:uuid}"
ORDER_COLUMNS: Mapping[str, str] = {
    "item_no": "Line",
    "description": "Description",
    "category": "Kind of cost",
    "unit": "Unit",
    "quantity": "Quantity",
    "unit_price": "Price",
    "sov_item_no": "Line of the contract",
    "is_fee": "A fee",
}
CHANGE_COLUMNS: Mapping[str, str] = {"changed": "Line", "by": "More or fewer", "new_price": "New price"}
RECEIVED_COLUMNS: Mapping[str, str] = {"item": "Line", "received": "Quantity"}


def row_number(row: Row, column: str, *, otherwise: str | None = None) -> str:
    """A cell with a number, as a command takes it. Raises WrongBody."""
    text = row.cells.get(column, "")
    if not text and otherwise is not None:
        return otherwise
    try:
        return f"{number(text):f}"
    except NotAnAmount as error:
        raise row.wrong(column, "a number like 1200.5") from error


def _typed_number(form: Form, name: str) -> str:
    """A field with a number, as a command takes it. Raises WrongBody."""
    try:
        return f"{number(form.get(name, '')):f}"
    except NotAnAmount as error:
        raise WrongBody(FieldError(name, form.get(name, ""), "a number like 1200.5")) from error


def _ordered(row: Row) -> dict[str, Any]:
    quantity, price, description = together(
        lambda: row_number(row, "quantity"),
        lambda: row_number(row, "unit_price"),
        lambda: row.text("description"),
    )
    return {
        "item_no": row.cells.get("item_no") or str(row.place),
        "description": description,
        "category": row.cells.get("category") or "material",
        "unit": row.cells.get("unit") or None,
        "quantity": quantity,
        "unit_price": price,
        "sov_item_no": row.cells.get("sov_item_no") or None,
        "is_fee": bool(row.cells.get("is_fee")),
    }


def _order_rows(form: Form) -> tuple[list[Row], list[dict[str, Any]]]:
    rows = typed_rows(form, ORDER_COLUMNS, ("description", "quantity", "unit_price"))
    return rows, together(*(lambda row=row: _ordered(row) for row in rows))


def _fraction(form: Form, name: str) -> str | None:
    """A percentage that may be left out, as a fraction. Raises WrongBody."""
    if not form.get(name):
        return None
    try:
        return f"{percentage(form[name]):f}"
    except NotAnAmount as error:
        raise WrongBody(FieldError(name, form[name], "a percentage like 5")) from error


@post(f"{_CONTRACT}/commitments", opt=who_gives(EnterCommitment), include_in_schema=False)
async def enter_commitment(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Enter an order with its lines and tolerances."""

    def body(form: Form) -> EnterCommitment:
        (rows, lines), retained, price, quantity, total = together(
            lambda: _order_rows(form),
            lambda: _fraction(form, "retainage_rate"),
            lambda: _fraction(form, "tolerance_price"),
            lambda: _fraction(form, "tolerance_quantity"),
            lambda: _typed_number(form, "tolerance_total") if form.get("tolerance_total") else None,
        )
        tolerances = {
            "price": {"percent": price},
            "quantity": {"percent": quantity},
            "total": {"at_most": total},
        }
        given = {
            name: form[name]
            for name in ("number", "title", "vendor", "kind", "match", "ordered_on")
            if form.get(name)
        }
        return command_with_rows(
            EnterCommitment,
            "lines",
            rows,
            lines,
            contract_id=str(contract_id),
            tolerances=tolerances,
            retainage_rate=retained,
            **given,
        )

    return await answer(
        request,
        body,
        lambda outcome: f"{_order(contract_id, outcome.result['commitment_id'])}",
        lambda said: contract_tab(request, contract_id, "commitments", said),
    )


def _order(contract_id: UUID, commitment_id: object) -> str:
    return f"/contracts/{contract_id}/commitments/{commitment_id}"


def _of_an_order(
    request: HttpRequest, contract_id: UUID, commitment_id: UUID
) -> Callable[[Said], Response[str]]:
    return lambda said: commitment_page(request, contract_id, commitment_id, said)


@post(
    f"{_CONTRACT}/commitments/{{commitment_id:uuid}}/changes",
    opt=who_gives(ChangeCommitment),
    include_in_schema=False,
)
async def change_commitment(
    request: HttpRequest, contract_id: FromPath[UUID], commitment_id: FromPath[UUID]
) -> Response[str]:
    """Propose a change order: lines that change, lines that come in."""

    def body(form: Form) -> ChangeCommitment:
        changed = typed_rows(form, CHANGE_COLUMNS, ("by", "new_price"))
        changes, (rows, lines) = together(
            lambda: together(*(lambda row=row: _changed(row) for row in changed)), lambda: _order_rows(form)
        )
        given = {name: form[name] for name in ("number", "reason") if form.get(name)}
        return command_with_rows(
            ChangeCommitment,
            "lines",
            rows,
            lines,
            contract_id=str(contract_id),
            commitment_id=str(commitment_id),
            changes=changes,
            **given,
        )

    return await answer(
        request,
        body,
        lambda outcome: f"{_order(contract_id, commitment_id)}#changes",
        _of_an_order(request, contract_id, commitment_id),
    )


def _changed(row: Row) -> dict[str, Any]:
    by, price = together(
        lambda: row_number(row, "by", otherwise="0"),
        lambda: row_number(row, "new_price") if row.cells.get("new_price") else None,
    )
    return {"item_no": row.text("changed"), "quantity": by, "unit_price": price}


@post(
    f"{_CONTRACT}/commitments/{{commitment_id:uuid}}/deliveries",
    opt=who_gives(RecordDelivery),
    include_in_schema=False,
)
async def record_delivery(
    request: HttpRequest, contract_id: FromPath[UUID], commitment_id: FromPath[UUID]
) -> Response[str]:
    """Record what arrived, line by line; what is left empty did not."""

    def body(form: Form) -> RecordDelivery:
        rows = typed_rows(form, RECEIVED_COLUMNS, ("received",))
        lines = together(*(lambda row=row: _received(row) for row in rows))
        given = {name: form[name] for name in ("received_on", "reference") if form.get(name)}
        return command_with_rows(
            RecordDelivery,
            "lines",
            rows,
            lines,
            contract_id=str(contract_id),
            commitment_id=str(commitment_id),
            **given,
        )

    return await answer(
        request,
        body,
        lambda outcome: f"{_order(contract_id, commitment_id)}#deliveries",
        _of_an_order(request, contract_id, commitment_id),
    )


def _received(row: Row) -> dict[str, Any]:
    return {"item_no": row.text("item"), "quantity": row_number(row, "received")}


@post(
    f"{_CONTRACT}/commitments/{{commitment_id:uuid}}/releases",
    opt=who_gives(ReleaseOfSub),
    include_in_schema=False,
)
async def release_of_sub(
    request: HttpRequest, contract_id: FromPath[UUID], commitment_id: FromPath[UUID]
) -> Response[str]:
    """Release retainage that is held of a subcontractor."""
    return await answer(
        request,
        lambda form: command_of(
            ReleaseOfSub,
            form,
            "item_no",
            "released_on",
            "reason",
            contract_id=str(contract_id),
            commitment_id=str(commitment_id),
            amount=_typed_number(form, "amount"),
        ),
        lambda outcome: f"{_order(contract_id, commitment_id)}#retainage",
        _of_an_order(request, contract_id, commitment_id),
    )


ROUTES = (enter_commitment, change_commitment, record_delivery, release_of_sub)
