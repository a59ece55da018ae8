"""Rates of tax: those of the law and the firm's own, with what wants to be read again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from pydantic import BaseModel, ConfigDict

from contracts_app.domain.commands.administration import ROLES
from contracts_app.domain.commands.tax_commands import AddTaxRate, WithdrawTaxRate
from contracts_app.domain.law import Verified
from contracts_app.domain.names import BusinessDate
from contracts_app.domain.tax.own_rates import with_own
from contracts_app.domain.tax.tax import TaxCategory, TaxRate
from contracts_app.store import taxes
from contracts_app.store.views.calendar import firm_day
from contracts_app.web.api.shown import looking
from contracts_app.web.giving import administer
from contracts_app.web.guard import STAFF, roles
from contracts_app.web.pages.forms import Form, answer, command_of, typed_rate
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.parts import HttpRequest

_MAY = ROLES["add_tax_rate"]
_FIELDS = ("jurisdiction", "category", "tax", "applies_to", "effective_from", "source", "as_of", "note")
CATEGORIES = {
    TaxCategory.standard.value: "standard",
    TaxCategory.reduced.value: "reduced",
    TaxCategory.zero.value: "zero",
}
_ONE_DAY = timedelta(days=1)


class _LastDay(BaseModel):
    model_config = ConfigDict(extra="forbid")
    last_day: BusinessDate


@dataclass(frozen=True)
class RateShown:
    """A rate with who keeps it: the firm (with its id) or the tables that come with the program."""

    id: UUID | None
    jurisdiction: str
    tax: str
    category: str
    applies_to: str
    rate: Decimal
    effective_from: date
    last_day: date | None
    source: str
    as_of: date
    note: str
    stale: bool
    uncertain: bool
    over: bool
    """It no longer holds."""


@get("/tax-rates", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def tax_rates(request: HttpRequest) -> Response[str]:
    """Every rate that invoices may bear."""
    return _tax_rates(request)


def _tax_rates(request: HttpRequest, said: Said | None = None) -> Response[str]:
    place = request.query_params.get("place", "").upper()
    with looking(request) as (connection, identity):
        today = firm_day(connection, identity.firm_id).today
        own = {one.row: one.id for one in taxes.own_rates(connection, identity.firm_id)}
        rows = [_shown(row, own.get(row), today) for row in with_own(taxes.law_rates(), list(own))]
        shown = [row for row in rows if not place or row.jurisdiction == place]
        return page(
            request,
            connection,
            "tax_rates.html",
            said=said,
            own=[row for row in shown if row.id is not None],
            law=[row for row in shown if row.id is None and not row.over],
            former=[row for row in shown if row.id is None and row.over],
            place=place,
            places=sorted({row.jurisdiction for row in rows}),
            stale=sum(row.stale and not row.over for row in rows),
            categories=CATEGORIES,
            may_add=bool(identity.roles & set(_MAY)),
        )


def _shown(row: TaxRate, rate_id: UUID | None, today: date) -> RateShown:
    return RateShown(
        id=rate_id,
        jurisdiction=row.jurisdiction,
        tax=row.tax,
        category=row.category.value,
        applies_to=row.applies_to,
        rate=row.rate,
        effective_from=row.effective_from,
        last_day=row.effective_to - _ONE_DAY if row.effective_to else None,
        source=row.source,
        as_of=row.as_of,
        note=row.note,
        stale=row.is_stale(today),
        uncertain=row.verified is Verified.uncertain,
        over=row.effective_to is not None and row.effective_to <= today,
    )


@post("/tax-rates", opt=roles(*_MAY), include_in_schema=False)
async def add(request: HttpRequest) -> Response[str]:
    """Enter a rate of the firm's own."""

    def body(form: Form) -> AddTaxRate:
        place = form.get("jurisdiction", "").upper()
        named = {"jurisdiction": place, "rate": typed_rate(form, "rate")}
        if form.get("last_day"):
            last = command_of(_LastDay, form, "last_day").last_day
            named["effective_to"] = (last + _ONE_DAY).isoformat()
        return command_of(AddTaxRate, form, *_FIELDS[1:], **named)

    return await answer(
        request,
        body,
        lambda outcome: "/tax-rates",
        lambda said: _tax_rates(request, said),
        administer,
    )


@post("/tax-rates/{tax_rate_id:uuid}/withdraw", opt=roles(*_MAY), include_in_schema=False)
async def withdraw(request: HttpRequest, tax_rate_id: FromPath[UUID]) -> Response[str]:
    """Take a rate back that was entered by mistake."""
    return await answer(
        request,
        lambda form: command_of(WithdrawTaxRate, form, "reason", tax_rate_id=str(tax_rate_id)),
        lambda outcome: "/tax-rates",
        lambda said: _tax_rates(request, said),
        administer,
    )


ROUTES = (tax_rates, add, withdraw)
