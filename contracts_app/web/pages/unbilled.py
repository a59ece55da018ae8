"""Unbilled work per contract, with totals of all and of what is ticked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from litestar import Response, get

from contracts_app.domain.money import minor_units, total
from contracts_app.store.views import unbilled as view
from contracts_app.store.views.calendar import firm_day
from contracts_app.store.views.unbilled import Unbilled
from contracts_app.web.api.shown import looking
from contracts_app.web.guard import STAFF
from contracts_app.web.pages.addresses import given_id
from contracts_app.web.pages.rendering import page
from contracts_app.web.parts import HttpRequest


@dataclass(frozen=True)
class CurrencyTotal:
    """Sums over contracts of one currency; hours in seconds. `decimals` of its amounts."""

    currency: str
    decimals: int
    contracts: int
    to_bill: Decimal
    approved_seconds: int
    over: Decimal
    waits: Decimal
    waits_seconds: int
    held: Decimal
    held_seconds: int
    drafted: Decimal


def totals_of(rows: Sequence[Unbilled], currencies: Sequence[str]) -> Sequence[CurrencyTotal]:
    """One total per currency, also where no row of it is among these."""
    return [
        CurrencyTotal(
            currency=currency,
            decimals=minor_units(currency),
            contracts=len(own),
            to_bill=total(one.to_bill for one in own),
            approved_seconds=sum(one.approved.seconds for one in own),
            over=total(one.over for one in own),
            waits=total(one.waits.amount for one in own),
            waits_seconds=sum(one.waits.seconds for one in own),
            held=total(one.held.amount for one in own),
            held_seconds=sum(one.held.seconds for one in own),
            drafted=total(one.drafted for one in own),
        )
        for currency in currencies
        for own in [[one for one in rows if one.currency == currency]]
    ]


@get("/unbilled", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def unbilled(request: HttpRequest) -> Response[str]:
    """What is worked and not billed; the ticked contracts stand in the address."""
    ticked = {given_id(one) for one in request.query_params.getall("c", [])}
    with looking(request) as (connection, identity):
        rows = view.unbilled(connection, identity.firm_id, firm_day(connection, identity.firm_id).today)
        currencies = sorted({one.currency for one in rows})
        return page(
            request,
            connection,
            "unbilled.html",
            rows=rows,
            totals=totals_of(rows, currencies),
            selected=totals_of([one for one in rows if one.contract_id in ticked], currencies),
            ticked=ticked,
        )


ROUTES = (unbilled,)
