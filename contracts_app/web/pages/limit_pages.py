"""What the tab of a contract shows of its limits and of the client's purchase orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from contracts_app.domain.funding.charges import ChargeKind
from contracts_app.services import limit_standings
from contracts_app.services.sign_in import Identity
from contracts_app.store.views import client_orders, schedule_page
from contracts_app.store.views.calendar import firm_day
from contracts_app.store.views.contract_sums import ContractSums
from contracts_app.web.pages.contract_rights import allowed
from contracts_app.web.pages.formatting import amount_typed
from contracts_app.web.pages.limits_form import over_in_words
from contracts_app.web.pages.typed_rows import rows_shown

ORDER_COLUMNS: Mapping[str, str] = {
    "line_no": "Line",
    "amount": "Amount",
    "starts_on": "From",
    "expires_on": "Until",
    "item_nos": "For lines",
    "kinds": "For what",
}
KIND_WORDS: Mapping[ChargeKind, str] = {
    ChargeKind.time: "time",
    ChargeKind.expense: "costs",
    ChargeKind.fee: "fees",
}
_EMPTY = dict.fromkeys(ORDER_COLUMNS, "")


def kind_of(word: str) -> str:
    """The kind of work that a person names; a word that names none stays as it is, to be refused."""
    known = {words: kind.value for kind, words in KIND_WORDS.items()}
    return known.get(word.strip().lower(), word)


def limits_data(connection: Connection, who: Identity, agreed: ContractSums) -> dict[str, Any]:
    """Caps, orders, what waits, and the forms of orders."""
    of = (connection, who.firm_id, agreed.id)
    today = firm_day(connection, who.firm_id).today
    stands = limit_standings.stand(*of, today) if agreed.state != "setting_up" else None
    names = {line.id: line.item_no for line in schedule_page.schedule(*of)}
    orders = client_orders.orders(*of)
    over = {cap.name: over_in_words(cap) for cap in agreed.terms.caps}
    return {
        "stands": stands,
        "cap_rows": [(cap.name, over.get(cap.name, "its time"), standing) for cap, standing in stands.caps]
        if stands
        else [],
        "orders": orders,
        "line_rows": {
            line.id: {
                "for_lines": ", ".join(names.get(one, "?") for one in line.lines),
                "for_kinds": ", ".join(KIND_WORDS[kind] for kind in dict.fromkeys(line.kinds)),
                "unbilled": stands.of_lines[line.id].unbilled if stands and line.id in stands.of_lines else 0,
            }
            for order in orders
            for line, _ in order.lines
        },
        "typed_orders": {
            order.number: [
                {
                    "line_no": line.number,
                    "amount": amount_typed(line.amount, agreed.currency),
                    "starts_on": line.starts_on.isoformat() if line.starts_on else "",
                    "expires_on": line.expires_on.isoformat() if line.expires_on else "",
                    "item_nos": ", ".join(names.get(one, "?") for one in line.lines),
                    "kinds": ", ".join(KIND_WORDS[kind] for kind in line.kinds),
                }
                for line, _ in order.lines
            ]
            for order in orders
        },
        "empty_order_line": _EMPTY,
        "rows_shown": rows_shown,
        "certified": agreed.terms.certified_by_client,
        "may": allowed(agreed.state, who),
    }
