"""Clients, people and legal entities of the firm."""

from __future__ import annotations

from typing import Any

from litestar import get

from contracts_app.domain.tax.own_rates import with_own
from contracts_app.store import exchange, master_changes, taxes
from contracts_app.store.approval_policies import delegations
from contracts_app.store.views import approval_page
from contracts_app.store.views import people as view
from contracts_app.store.views.calendar import firm_day
from contracts_app.store.views.open_in_currencies import open_in_currencies
from contracts_app.store.views.payments_page import open_invoices, payments, unapplied
from contracts_app.web.api.shown import looking, shown
from contracts_app.web.guard import STAFF
from contracts_app.web.parts import HttpRequest

_OF_DELEGATION = ("id", "person_id", "of_name", "to_id", "to_name", "from_on", "to_on", "because", "state")


@get("/api/clients", opt=STAFF, sync_to_thread=True)
def clients(request: HttpRequest) -> dict[str, Any]:
    """Every client with its unapplied cash and what it owes, oldest due first; no unreleased retainage, of
    ours or brought forward."""
    with looking(request) as (connection, identity):
        owed = open_invoices(connection, identity.firm_id)
        return {
            "clients": [
                {
                    **shown(one),
                    "open": shown([item for item in owed if item.client_id == one.id and item.due_on]),
                    "unapplied": {
                        currency: shown(left, currency)
                        for currency, left in unapplied(connection, identity.firm_id, one.id).items()
                    },
                }
                for one in view.clients(connection, identity.firm_id)
            ]
        }


@get("/api/payments", opt=STAFF, sync_to_thread=True)
def received(request: HttpRequest) -> dict[str, Any]:
    """Every payment, newest first, with the invoices it settled."""
    with looking(request) as (connection, identity):
        return {
            "payments": [
                {
                    **shown(one),
                    "applied_to": [
                        {"invoice": number, "invoice_id": shown(key), "amount": shown(amount, one.currency)}
                        for number, key, amount in one.applied_to
                    ],
                }
                for one in payments(connection, identity.firm_id)
            ]
        }


@get("/api/people", opt=STAFF, sync_to_thread=True)
def people(request: HttpRequest) -> dict[str, Any]:
    """Everybody who may sign in, with roles."""
    with looking(request) as (connection, identity):
        return {"people": shown(view.people(connection, identity.firm_id))}


@get("/api/legal-entities", opt=STAFF, sync_to_thread=True)
def legal_entities(request: HttpRequest) -> dict[str, Any]:
    """The firm's companies that bill."""
    with looking(request) as (connection, identity):
        return {"legal_entities": shown(view.legal_entities(connection, identity.firm_id))}


@get("/api/tax-rates", opt=STAFF, sync_to_thread=True)
def tax_rates(request: HttpRequest) -> dict[str, Any]:
    """The rates that invoices may bear: the firm's own with their ids, and those of the tables of law."""
    with looking(request) as (connection, identity):
        own = taxes.own_rates(connection, identity.firm_id)
        known = with_own(taxes.law_rates(), [one.row for one in own])
        ids = {one.row: str(one.id) for one in own}
        return {"tax_rates": [{"id": ids.get(row), **shown(row)} for row in known]}


@get("/api/exchange-rates", opt=STAFF, sync_to_thread=True)
def exchange_rates(request: HttpRequest) -> dict[str, Any]:
    """The rates of exchange that are entered, the newest first, and what is open in other currencies."""
    with looking(request) as (connection, identity):
        today = firm_day(connection, identity.firm_id).today
        return {
            "exchange_rates": [
                {"id": str(one.id), **shown(one.row)}
                for one in exchange.entered(connection, identity.firm_id)
            ],
            "open": [
                {
                    **shown(one),
                    **{
                        name: shown(getattr(one, name), one.books) for name in ("carried", "revalued", "gain")
                    },
                }
                for one in open_in_currencies(connection, identity.firm_id, today)
            ],
        }


@get("/api/approval-policy", opt=STAFF, sync_to_thread=True)
def approval_policies(request: HttpRequest) -> dict[str, Any]:
    """Every approval policy, the last proposed first, and who approves in whose place."""
    with looking(request) as (connection, identity):
        of_firm = (connection, identity.firm_id)
        return {
            "policies": shown(approval_page.policies(*of_firm)),
            "delegations": [
                {name: shown(one[name]) for name in _OF_DELEGATION} for one in delegations(*of_firm)
            ],
        }


@get("/api/master-changes", opt=STAFF, sync_to_thread=True)
def changes_of_master_data(request: HttpRequest) -> dict[str, Any]:
    """Changes of master data that wait for a second person or were decided, the last proposed first."""
    with looking(request) as (connection, identity):
        return {"changes": shown(master_changes.every(connection, identity.firm_id))}


ROUTES = (
    clients,
    received,
    people,
    legal_entities,
    tax_rates,
    exchange_rates,
    approval_policies,
    changes_of_master_data,
)
