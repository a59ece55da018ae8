"""Contracts, for the people of the firm."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get
from litestar.params import FromPath

from contracts_app.domain.refusals import not_found
from contracts_app.store import tickets
from contracts_app.store.views import (
    advance_ledger,
    change_log,
    contract_page,
    revision_log,
    schedule_page,
    waiting,
)
from contracts_app.store.views.contract_sums import ContractSums, contract_sums
from contracts_app.web.api.shown import looking, shown
from contracts_app.web.guard import STAFF
from contracts_app.web.parts import HttpRequest


@get("/api/contracts", opt=STAFF, sync_to_thread=True)
def contracts(request: HttpRequest) -> dict[str, Any]:
    """Every contract with its money at a glance, by number."""
    with looking(request) as (connection, identity):
        return {"contracts": [_sums(one) for one in contract_sums(connection, identity.firm_id)]}


@get("/api/contracts/{contract_id:uuid}", opt=STAFF, sync_to_thread=True)
def contract(request: HttpRequest, contract_id: FromPath[UUID]) -> dict[str, Any]:
    """One contract with its schedule of values, change orders, applications, retainage and milestones."""
    with looking(request) as (connection, identity):
        found = contract_sums(connection, identity.firm_id, contract_id)
        if not found:
            raise not_found("contract")
        of = (connection, identity.firm_id, contract_id)
        money = found[0].currency
        return {
            **_sums(found[0]),
            "schedule": shown(schedule_page.schedule(*of), money),
            "change_orders": shown(change_log.change_orders(*of), money),
            "tickets": [
                _ticket(one) for one in tickets.of_contracts(*of[:2], [contract_id]).get(contract_id, ())
            ],
            "revisions": shown(revision_log.revisions(*of), money),
            "exposure": shown(change_log.exposure(change_log.change_orders(*of), money), money),
            "applications": shown(contract_page.applications(*of), money),
            "reported_periods": shown(contract_page.reported_periods(*of), money),
            "payments": shown(contract_page.payments(*of), money),
            "retainage": shown(contract_page.retainage_ledger(*of), money),
            "advance": shown(advance_ledger.ledger(*of), money),
            "milestones": shown(schedule_page.milestones(*of), money),
            "process": shown(waiting.why(connection, identity.firm_id, "contract", contract_id)),
        }


def _ticket(one: tickets.StoredTicket) -> dict[str, Any]:
    return {
        **shown(one.ticket),
        "what": one.what,
        "stands": one.stands.value if one.stands else "void",
        "change_order": one.order,
    }


def _sums(one: ContractSums) -> dict[str, Any]:
    return {
        **shown(one),
        "sum_to_date": shown(one.sum_to_date, one.currency),
        "completion": shown(one.completion),
        "balance": shown(one.balance, one.currency),
        "currency": one.currency,
    }


ROUTES = (contracts, contract)
