"""What people do with vendors' bills on a page: enter, settle what does not match, credit, approve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.params import FromPath

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.purchasing_commands import (
    ApprovePurchase,
    EnterBill,
    EnterVendorCredit,
    Paper,
    RejectPurchase,
    SettleHold,
)
from contracts_app.web.guard import who_gives
from contracts_app.web.pages.forms import Form, answer, command_of
from contracts_app.web.pages.purchasing_forms import row_number
from contracts_app.web.pages.purchasing_pages import bill_page, commitment_page
from contracts_app.web.pages.rendering import Said
from contracts_app.web.pages.typed_rows import Row, command_with_rows, typed_rows
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import FieldError, WrongBody, together

_CONTRACT = "/contracts/{contract_id:uuid}"
BILLED_COLUMNS: Mapping[str, str] = {
    "billed_item": "Line",
    "billed_what": "Description",
    "billed_quantity": "Quantity",
    "billed_price": "Price",
    "billed_tax": "Tax not recovered",
}
CREDITED_COLUMNS: Mapping[str, str] = {
    "credited_line": "Line",
    "credited_quantity": "Quantity",
    "credited_amount": "Amount",
}


@post(
    f"{_CONTRACT}/commitments/{{commitment_id:uuid}}/bills", opt=who_gives(EnterBill), include_in_schema=False
)
async def enter_bill(
    request: HttpRequest, contract_id: FromPath[UUID], commitment_id: FromPath[UUID]
) -> Response[str]:
    """Enter a vendor's bill; its page then says what matches and what does not."""

    def body(form: Form) -> EnterBill:
        rows = typed_rows(form, BILLED_COLUMNS, ("billed_quantity", "billed_price", "billed_what"))
        lines = together(*(lambda row=row: _billed(row) for row in rows))
        given = {name: form[name] for name in ("number", "dated") if form.get(name)}
        return command_with_rows(
            EnterBill,
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
        lambda outcome: f"/contracts/{contract_id}/bills/{outcome.result['bill_id']}",
        lambda said: commitment_page(request, contract_id, commitment_id, said),
    )


def _billed(row: Row) -> dict[str, Any]:
    quantity, price, tax = together(
        lambda: row_number(row, "billed_quantity"),
        lambda: row_number(row, "billed_price"),
        lambda: row_number(row, "billed_tax", otherwise="0"),
    )
    return {
        "item_no": row.cells.get("billed_item") or None,
        "description": row.cells.get("billed_what", ""),
        "quantity": quantity,
        "unit_price": price,
        "tax_not_recoverable": tax,
    }


@post(f"{_CONTRACT}/bills/{{bill_id:uuid}}/settle", opt=who_gives(SettleHold), include_in_schema=False)
async def settle_hold(
    request: HttpRequest, contract_id: FromPath[UUID], bill_id: FromPath[UUID]
) -> Response[str]:
    """Decide on what does not match."""
    return await answer(
        request,
        lambda form: command_of(
            SettleHold,
            form,
            "disputed",
            "reason",
            settlement=form.get("settlement", ""),
            line=int(form["line"]) if form.get("line", "").isdecimal() else None,
            contract_id=str(contract_id),
            bill_id=str(bill_id),
        ),
        lambda outcome: f"/contracts/{contract_id}/bills/{bill_id}",
        lambda said: bill_page(request, contract_id, bill_id, said),
    )


@post(
    f"{_CONTRACT}/bills/{{bill_id:uuid}}/credits", opt=who_gives(EnterVendorCredit), include_in_schema=False
)
async def enter_vendor_credit(
    request: HttpRequest, contract_id: FromPath[UUID], bill_id: FromPath[UUID]
) -> Response[str]:
    """Enter a credit memo for a bill."""

    def body(form: Form) -> EnterVendorCredit:
        rows = typed_rows(form, CREDITED_COLUMNS, ("credited_quantity", "credited_amount"))
        lines = together(*(lambda row=row: _credited(row) for row in rows))
        given = {name: form[name] for name in ("number", "dated") if form.get(name)}
        return command_with_rows(
            EnterVendorCredit,
            "lines",
            rows,
            lines,
            contract_id=str(contract_id),
            bill_id=str(bill_id),
            **given,
        )

    return await answer(
        request,
        body,
        lambda outcome: f"/contracts/{contract_id}/bills/{bill_id}#credits",
        lambda said: bill_page(request, contract_id, bill_id, said),
    )


def _credited(row: Row) -> dict[str, Any]:
    quantity, amount = together(
        lambda: row_number(row, "credited_quantity", otherwise="0"),
        lambda: row_number(row, "credited_amount"),
    )
    return {"line": int(row.cells.get("credited_line") or 0), "quantity": quantity, "amount": amount}


@post(
    f"{_CONTRACT}/purchases/{{paper_id:uuid}}/approve",
    opt=who_gives(ApprovePurchase),
    include_in_schema=False,
)
async def approve_purchase(
    request: HttpRequest, contract_id: FromPath[UUID], paper_id: FromPath[UUID]
) -> Response[str]:
    """Approve an order, a change, a bill or a credit memo as it was seen."""
    return await _decide(request, contract_id, paper_id, ApprovePurchase, ("version",))


@post(
    f"{_CONTRACT}/purchases/{{paper_id:uuid}}/reject", opt=who_gives(RejectPurchase), include_in_schema=False
)
async def reject_purchase(
    request: HttpRequest, contract_id: FromPath[UUID], paper_id: FromPath[UUID]
) -> Response[str]:
    """Reject an order, a change, a bill or a credit memo."""
    return await _decide(request, contract_id, paper_id, RejectPurchase, ("reason",))


async def _decide(
    request: HttpRequest,
    contract_id: UUID,
    paper_id: UUID,
    model: type[ApprovePurchase] | type[RejectPurchase],
    names: Sequence[str],
) -> Response[str]:
    """The form says which paper it is about, and which order or bill it stands on."""
    typed: dict[str, str] = {}

    def body(form: Form) -> ApprovePurchase | RejectPurchase:
        typed.update(form)
        _standing(form, contract_id)
        if form.get("paper") not in set(Paper):
            raise WrongBody(FieldError("paper", form.get("paper", ""), "one of the papers"))
        given: dict[str, object] = {name: form.get(name, "") for name in names}
        if "version" in given:
            given["version"] = int(form["version"]) if form.get("version", "").isdecimal() else 0
        ids = {"contract_id": str(contract_id), "paper_id": str(paper_id)}
        return command_of(model, {}, paper=form["paper"], **ids, **given)

    def then(outcome: Outcome) -> str:
        return _standing(typed, contract_id)

    def again(said: Said) -> Response[str]:
        kind, _, of = _standing(typed, contract_id).partition(f"/contracts/{contract_id}/")[2].partition("/")
        shown = commitment_page if kind == "commitments" else bill_page
        return shown(request, contract_id, UUID(of), said)

    return await answer(request, body, then, again)


def _standing(typed: Mapping[str, str], contract_id: UUID) -> str:
    """The page that a decision was made on: of a bill, else of an order. Raises WrongBody."""
    for name, page in (("bill", "bills"), ("commitment", "commitments")):
        try:
            return f"/contracts/{contract_id}/{page}/{UUID(typed[name])}"
        except (KeyError, ValueError):
            continue
    raise WrongBody(FieldError("commitment", "", "the order that it is about"))


ROUTES = (enter_bill, settle_hold, enter_vendor_credit, approve_purchase, reject_purchase)
