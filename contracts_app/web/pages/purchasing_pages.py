"""The commitments of a contract: their list, one order, one bill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath
from sqlalchemy import Connection

from contracts_app.domain.commands.purchasing_commands import CATEGORIES
from contracts_app.domain.money import total
from contracts_app.domain.purchasing import subcontract_retainage
from contracts_app.domain.purchasing.commitments import CommitmentKind
from contracts_app.domain.purchasing.subcontract_retainage import HeldOfSub
from contracts_app.domain.refusals import not_found
from contracts_app.services.sign_in import Identity
from contracts_app.store import contracts, purchase_costs, purchasing
from contracts_app.store.purchasing import Kept
from contracts_app.store.views import people
from contracts_app.store.views.contract_sums import ContractSums, contract_sums
from contracts_app.web.api.shown import looking
from contracts_app.web.guard import STAFF
from contracts_app.web.pages import purchasing_shown
from contracts_app.web.pages.contract_rights import allowed
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.pages.typed_rows import rows_shown
from contracts_app.web.parts import HttpRequest

Data = dict[str, Any]
EMPTY_LINE: Mapping[str, str] = {
    "item_no": "",
    "description": "",
    "category": "material",
    "unit": "",
    "quantity": "",
    "unit_price": "",
    "sov_item_no": "",
    "is_fee": "",
}
EMPTY_CHANGE: Mapping[str, str] = {"changed": "", "by": "", "new_price": ""}


def commitments_data(connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    """What the tab of a contract shows of its commitments."""
    found = purchasing_shown.orders(purchasing.of_contract(connection, who.firm_id, agreed.id))
    return {
        "orders": found,
        "order_sums": purchasing_shown.sums_of([one for one in found if one.state == "approved"]),
        "categories": CATEGORIES,
        "sov": contracts.schedule(connection, who.firm_id, agreed.id),
        "empty_order_line": EMPTY_LINE,
        "rows_shown": rows_shown,
    }


@get(
    "/contracts/{contract_id:uuid}/commitments/{commitment_id:uuid}",
    opt=STAFF,
    include_in_schema=False,
    sync_to_thread=True,
)
def commitment(
    request: HttpRequest, contract_id: FromPath[UUID], commitment_id: FromPath[UUID]
) -> Response[str]:
    """One order with what arrived, what was billed, and what is on hold."""
    return commitment_page(request, contract_id, commitment_id)


def commitment_page(
    request: HttpRequest, contract_id: UUID, commitment_id: UUID, said: Said | None = None
) -> Response[str]:
    """That page, with what was refused. Raises Refused 404."""
    with looking(request) as (connection, identity):
        agreed = _contract(connection, identity, contract_id)
        kept = purchasing.one(connection, identity.firm_id, commitment_id)
        if kept is None or kept.row["contract_id"] != contract_id:
            raise not_found("commitment")
        schedule = contracts.schedule(connection, identity.firm_id, contract_id)
        held = _held(kept, agreed)
        names = _names(connection, identity)
        return page(
            request,
            connection,
            "commitment.html",
            said=said,
            contract=agreed,
            order=purchasing_shown.orders([kept])[0],
            kept=kept,
            lines=purchasing_shown.order_lines(kept, {line.id: line.item_no for line in schedule}, held),
            bills=purchasing_shown.bills(kept),
            held={
                "withheld": total(one.withheld for one in held.values()),
                "released": total(one.released for one in held.values()),
                "held": total(one.held for one in held.values()),
                "payable": total(one.payable for one in held.values()),
            },
            is_sub=kept.row["kind"] == CommitmentKind.subcontract,
            names=names,
            line_names={line["id"]: line["item_no"] for line in kept.lines},
            may=_may(agreed, identity),
            me=identity.person_id,
            categories=CATEGORIES,
            sov=schedule,
            empty_order_line=EMPTY_LINE,
            empty_change=EMPTY_CHANGE,
            rows_shown=rows_shown,
        )


@get(
    "/contracts/{contract_id:uuid}/bills/{bill_id:uuid}",
    opt=STAFF,
    include_in_schema=False,
    sync_to_thread=True,
)
def bill(request: HttpRequest, contract_id: FromPath[UUID], bill_id: FromPath[UUID]) -> Response[str]:
    """One bill, matched line by line."""
    return bill_page(request, contract_id, bill_id)


def bill_page(
    request: HttpRequest, contract_id: UUID, bill_id: UUID, said: Said | None = None
) -> Response[str]:
    """That page, with what was refused. Raises Refused 404."""
    with looking(request) as (connection, identity):
        agreed = _contract(connection, identity, contract_id)
        commitment_id = purchasing.commitment_of_bill(connection, identity.firm_id, bill_id)
        kept = purchasing.one(connection, identity.firm_id, commitment_id) if commitment_id else None
        if kept is None or kept.row["contract_id"] != contract_id:
            raise not_found("bill")
        row = next(one for one in kept.bills if one["id"] == bill_id)
        names = _names(connection, identity)
        shown = purchasing_shown.bill_shown(kept, row)
        costs = purchase_costs.passed_on(connection, identity.firm_id, bill_id)
        return page(
            request,
            connection,
            "vendor_bill.html",
            said=said,
            contract=agreed,
            kept=kept,
            bill=row,
            shown=shown,
            whole_hold=next((hold for hold in shown.holds if hold.line_id is None), None),
            alike=purchasing_shown.duplicate_of(kept, bill_id),
            lines=purchasing_shown.bill_lines(kept, row, costs, names),
            ordered_as={line["id"]: line["description"] for line in kept.lines},
            credits=[one for one in kept.credits if one["bill_id"] == bill_id],
            positions={line["id"]: line["position"] for line in kept.bill_lines[bill_id]},
            names=names,
            may=_may(agreed, identity),
            me=identity.person_id,
        )


def _contract(connection: Connection, who: Identity, contract_id: UUID) -> ContractSums:
    found = contract_sums(connection, who.firm_id, contract_id)
    if not found:
        raise not_found("contract")
    return found[0]


def _names(connection: Connection, who: Identity) -> Mapping[UUID, str]:
    return {one.id: one.name for one in people.people(connection, who.firm_id)}


def _may(agreed: ContractSums, who: Identity) -> Mapping[str, bool]:
    """What the person may do here; only the contract's project manager decides."""
    may = allowed(agreed.state, who)
    own = agreed.project_manager_id == who.person_id
    return {
        **may,
        "approve_purchase": may["approve_purchase"] and own,
        "reject_purchase": may["reject_purchase"] and own,
    }


def _held(kept: Kept, agreed: ContractSums) -> Mapping[UUID, HeldOfSub]:
    """Retainage of a subcontractor by line; nothing for a purchase order."""
    if kept.book is None or kept.row["kind"] != CommitmentKind.subcontract or kept.row["state"] != "approved":
        return {}
    terms = subcontract_retainage.terms_of(agreed.terms.retainage, kept.row["retainage_rate"])
    lines = {each["commitment_line_id"] for each in kept.releases}
    released = {
        line: total(each["amount"] for each in kept.releases if each["commitment_line_id"] == line)
        for line in lines
    }
    return {one.line_id: one for one in subcontract_retainage.held_of(kept.book, terms, released)}


ROUTES = (commitment, bill)
