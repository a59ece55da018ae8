"""The commitments of a contract with their bills as matched, for the people of the firm."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get
from litestar.params import FromPath

from contracts_app.domain.refusals import not_found
from contracts_app.store import purchasing
from contracts_app.store.purchasing import Kept
from contracts_app.store.views.contract_sums import contract_sums
from contracts_app.web.api.shown import looking, shown
from contracts_app.web.guard import STAFF
from contracts_app.web.parts import HttpRequest

_ORDER = ("id", "number", "title", "vendor", "kind", "match", "ordered_on", "state", "version")
_PAPER = ("id", "number", "state", "version")


@get("/api/contracts/{contract_id:uuid}/commitments", opt=STAFF, sync_to_thread=True)
def commitments(request: HttpRequest, contract_id: FromPath[UUID]) -> dict[str, Any]:
    """Every order with its sums, its lines, change orders, bills line by line, and credit memos."""
    with looking(request) as (connection, identity):
        found = contract_sums(connection, identity.firm_id, contract_id)
        if not found:
            raise not_found("contract")
        kept = purchasing.of_contract(connection, identity.firm_id, contract_id)
        return {"currency": found[0].currency, "commitments": [_shown(one) for one in kept]}


def _shown(kept: Kept) -> dict[str, Any]:
    book = kept.book
    sums = book.sums if book and kept.row["state"] == "approved" else None
    match = {found.bill_id: found for found in book.matches} if book else {}
    return {
        **shown({name: kept.row[name] for name in _ORDER}),
        "sums": shown(
            {
                name: getattr(sums, name)
                for name in ("committed", "received", "billed", "matched", "disputed", "open")
            },
            kept.row["currency"],
        )
        if sums
        else None,
        "lines": shown(
            [
                {
                    "item_no": line["item_no"],
                    "description": line["description"],
                    "ordered": kept.ordered[line["id"]],
                    "unit_price": kept.prices[line["id"]],
                }
                for line in kept.lines
            ]
        ),
        "changes": [shown({name: one[name] for name in _PAPER}) for one in kept.changes],
        "credits": [shown({name: one[name] for name in (*_PAPER, "bill_id")}) for one in kept.credits],
        "bills": [
            {
                **shown({name: one[name] for name in (*_PAPER, "dated")}),
                "match": match[one["id"]].model_dump(mode="json") if one["id"] in match else None,
                "holds": [
                    {"line_id": shown(hold.line_id), "sentence": hold.sentence, "how": hold.how}
                    for hold in (book.holds(one["id"]) if book and one["state"] == "entered" else ())
                ],
            }
            for one in kept.bills
        ],
    }


ROUTES = (commitments,)
