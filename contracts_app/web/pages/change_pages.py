"""The log of change orders: the tab of a contract, and all that is pending in the firm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get
from sqlalchemy import Connection

from contracts_app.domain.changes.change_terms import ChangeTerms
from contracts_app.domain.changes.extra_work import TicketStanding
from contracts_app.services.sign_in import Identity
from contracts_app.store import tickets
from contracts_app.store.views import change_log, schedule_page
from contracts_app.store.views.contract_sums import ContractSums
from contracts_app.web.api.shown import looking
from contracts_app.web.guard import STAFF
from contracts_app.web.pages.agreed_words import WORDS
from contracts_app.web.pages.agreement_pages import is_consulting, rate_grid
from contracts_app.web.pages.change_words import EFFECTS, EMPTY_ITEM, PROFIT_ON, shown_item
from contracts_app.web.pages.cost_terms import PORTIONS
from contracts_app.web.pages.rendering import page
from contracts_app.web.pages.schedule_lines import DUE, empty_line, shown_line, terms_in_words
from contracts_app.web.parts import HttpRequest

Data = dict[str, Any]


def changes_data(connection: Connection, who: Identity, agreed: ContractSums, chosen: str | None) -> Data:
    """The log of a contract, with the form that prices the change order `chosen`."""
    orders = change_log.change_orders(connection, who.firm_id, agreed.id)
    return {
        **chosen_data(connection, who.firm_id, agreed.id, orders, chosen),
        **WORDS,
        **rate_grid(agreed, ()),
        "consulting": is_consulting(agreed),
        "orders": orders,
        "exposure": change_log.exposure(orders, agreed.currency),
        "schedule": schedule_page.schedule(connection, who.firm_id, agreed.id),
        "me": who.person_id,
        "change_terms": agreed.terms.changes or ChangeTerms(),
        "empty_item": EMPTY_ITEM,
        "empty_line": empty_line(consulting=False),
        "EFFECTS": EFFECTS,
        "PROFIT_ON": PROFIT_ON,
        "DUE": DUE,
        "PORTIONS": PORTIONS,
        "maximum": agreed.terms.guaranteed_maximum,
        "terms_in_words": terms_in_words,
    }


def chosen_data(
    connection: Connection,
    firm_id: UUID,
    contract_id: UUID,
    orders: Sequence[change_log.ChangeOrderRow],
    number: str | None,
) -> Data:
    """The change order that is looked at, as its form shows it; none of that number, no form."""
    order = next((one for one in orders if one.number == number), None)
    priced = order.pricing if order else None
    known = tickets.of_contracts(connection, firm_id, [contract_id]).get(contract_id, ())
    # Its tickets are ticked, not typed.
    of_tickets = {f"Ticket {one.ticket.number}" for one in known if order and one.order == order.number}
    return {
        "chosen": order,
        "stored_items": [
            shown_item(item, order.currency) for item in priced.items if item.what not in of_tickets
        ]
        if order and priced
        else [],
        "tickets": [
            one
            for one in known
            if one.stands == TicketStanding.signed
            or (order and one.order == order.number and one.stands == TicketStanding.priced)
        ],
        "unsigned": [one for one in known if one.stands == TicketStanding.unsigned],
        "ticket_count": len(known),
        "stored_becomes": [shown_line(line, order.currency) for line in order.becomes] if order else [],
    }


@get("/change-orders", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def change_orders(request: HttpRequest) -> Response[str]:
    """What is pending in all contracts, and what it may come to."""
    with looking(request) as (connection, identity):
        orders = change_log.change_orders(connection, identity.firm_id, only_pending=True)
        currencies = dict.fromkeys(one.currency for one in orders)
        return page(
            request,
            connection,
            "change_orders.html",
            orders=orders,
            exposures=[change_log.exposure(orders, currency) for currency in currencies],
        )


ROUTES = (change_orders,)
