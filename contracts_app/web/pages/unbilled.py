"""Unbilled work and costs per contract, with totals of all and of the ticked, and drafts for the ticked."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread

from contracts_app.domain.commands.invoice_commands import PrepareApplication
from contracts_app.domain.commands.routes import ROUTES as OF_COMMAND
from contracts_app.domain.money import minor_units, total
from contracts_app.domain.refusals import Refused
from contracts_app.domain.reports.unbilled_age import by_age
from contracts_app.domain.roles import Role
from contracts_app.store.views import unbilled as view
from contracts_app.store.views.calendar import firm_day
from contracts_app.store.views.unbilled import Unbilled
from contracts_app.store.views.unbilled_costs import UnbilledCosts, unbilled_costs
from contracts_app.web.api.shown import looking
from contracts_app.web.bulk import AT_ONCE, MOST, Given, RowOutcome, give_one
from contracts_app.web.giving import key_of
from contracts_app.web.guard import STAFF, roles
from contracts_app.web.pages.addresses import given_id
from contracts_app.web.pages.forms import command_of, read_form, see_other
from contracts_app.web.pages.rendering import page
from contracts_app.web.pages.unbilled_costs import cost_totals
from contracts_app.web.parts import HttpRequest

_PREPARES = OF_COMMAND["prepare_application"].roles


@dataclass(frozen=True)
class CurrencyTotal:
    """Sums over contracts of one currency; hours in seconds. `decimals` of its amounts."""

    currency: str
    decimals: int
    contracts: int
    to_bill: Decimal
    milestones: Decimal
    approved_seconds: int
    over: Decimal
    waits: Decimal
    waits_seconds: int
    held: Decimal
    held_seconds: int
    drafted: Decimal
    aged: Sequence[Decimal]
    """Time by age, in the columns of `AGES`."""


AGES = tuple(
    f"{one.from_days} to {one.to_days} days" if one.to_days is not None else f"{one.from_days} days and more"
    for one in by_age((), date.min)[0]
)


def totals_of(rows: Sequence[Unbilled], currencies: Sequence[str]) -> Sequence[CurrencyTotal]:
    """One total per currency, also where no row of it is among these."""
    return [
        CurrencyTotal(
            currency=currency,
            decimals=minor_units(currency),
            contracts=len(own),
            to_bill=total(one.to_bill for one in own),
            milestones=total(one.milestones for one in own),
            approved_seconds=sum(one.approved.seconds for one in own),
            over=total(one.over for one in own),
            waits=total(one.waits.amount for one in own),
            waits_seconds=sum(one.waits.seconds for one in own),
            held=total(one.held.amount for one in own),
            held_seconds=sum(one.held.seconds for one in own),
            drafted=total(one.drafted for one in own),
            aged=[total(one.aged[column].amount for one in own) for column in range(len(AGES))],
        )
        for currency in currencies
        for own in [[one for one in rows if one.currency == currency]]
    ]


@dataclass(frozen=True)
class Prepared:
    """What came of a ticked contract: its rows as they stand now, None where nothing on it is unbilled."""

    contract_id: UUID
    given: Given
    row: Unbilled | None
    spent: UnbilledCosts | None = None

    @property
    def named(self) -> Unbilled | UnbilledCosts | None:
        """What says its number, its title and the invoice that is in hand."""
        return self.row or self.spent

    @property
    def in_the_way(self) -> bool:
        """Whether it was not drafted because its last invoice is not done with."""
        return self.given.code == "application_in_hand"


@get("/unbilled", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def unbilled(request: HttpRequest) -> Response[str]:
    """What is worked, reached or spent and not billed; the ticked contracts stand in the address."""
    ticked = {given_id(one) for one in request.query_params.getall("c", [])}
    with looking(request) as (connection, identity):
        today = firm_day(connection, identity.firm_id).today
        rows = view.unbilled(connection, identity.firm_id, today)
        spent = unbilled_costs(connection, identity.firm_id, today)
        currencies = sorted({one.currency for one in rows})
        return page(
            request,
            connection,
            "unbilled.html",
            rows=rows,
            totals=totals_of(rows, currencies),
            selected=totals_of([one for one in rows if one.contract_id in ticked], currencies),
            ticked=ticked,
            ages=AGES,
            spent=spent,
            spent_totals=cost_totals(spent),
            may_prepare=bool(identity.roles & set(_PREPARES)),
        )


@post("/unbilled", opt=roles(*sorted(STAFF["roles"] - {Role.auditor})), include_in_schema=False)
async def tick(request: HttpRequest) -> Response[str]:
    """The totals of what is ticked, for a browser without scripts."""
    return see_other("/unbilled?" + "&".join(f"c={one}" for one in await _ticked(request)))


@post("/unbilled/drafts", opt=roles(*_PREPARES), include_in_schema=False)
async def prepare(request: HttpRequest) -> Response[str]:
    """Open the next draft of each ticked contract, and say what came of each; given again it repeats nothing.

    A contract on which nothing can be billed is left alone: its draft would be empty.
    """
    ticked = await _ticked(request)
    if not ticked:
        raise Refused("nothing_chosen", "Nothing is ticked: go back and tick the contracts to bill.", 422)
    if len(ticked) > MOST:
        raise Refused("too_many", f"At most {MOST} contracts at once: go back and tick fewer.", 422)
    form, _ = await read_form(request)
    bodies = [
        command_of(PrepareApplication, form, "period_to", contract_id=str(one), only_with_work=True)
        for one in ticked
    ]
    key = await key_of(request)
    free = asyncio.Semaphore(AT_ONCE)

    async def one(body: PrepareApplication) -> Given:
        async with free:
            return await give_one(request, body, body.contract_id, key)

    given = dict(zip(ticked, await asyncio.gather(*map(one, bodies)), strict=True))
    return await sync_to_thread(_answer, request, given, bodies[0].period_to)


async def _ticked(request: HttpRequest) -> Sequence[UUID]:
    typed = (await request.form()).getall("c", [])
    known = (given_id(one) for one in typed if isinstance(one, str))
    return list(dict.fromkeys(one for one in known if one is not None))


def _rows(request: HttpRequest) -> Mapping[UUID, Unbilled]:
    with looking(request) as (connection, identity):
        today = firm_day(connection, identity.firm_id).today
        return {one.contract_id: one for one in view.unbilled(connection, identity.firm_id, today)}


def _spent(request: HttpRequest, ids: Collection[UUID]) -> Mapping[UUID, UnbilledCosts]:
    with looking(request) as (connection, identity):
        today = firm_day(connection, identity.firm_id).today
        found = unbilled_costs(connection, identity.firm_id, today, ids)
        return {one.contract_id: one for one in found}


def _answer(request: HttpRequest, given: Mapping[UUID, Given], period_to: date) -> Response[str]:
    rows, spent = _rows(request), _spent(request, given)
    prepared = [
        Prepared(contract_id, one, rows.get(contract_id), spent.get(contract_id))
        for contract_id, one in given.items()
    ]
    with looking(request) as (connection, _):
        return page(
            request,
            connection,
            "unbilled_answer.html",
            rows=sorted(prepared, key=_to_look_at),
            counts=_counted(given.values()),
            period_to=period_to,
            back="/unbilled?" + "&".join(f"c={one}" for one in given),
        )


def _counted(given: Collection[Given]) -> Mapping[str, int]:
    found = Counter(one.outcome for one in given)
    return {outcome.value: found[outcome] for outcome in RowOutcome}


def _to_look_at(prepared: Prepared) -> tuple[bool, str]:
    """What was not done comes first."""
    return prepared.given.outcome is RowOutcome.done, prepared.named.number if prepared.named else ""


ROUTES = (unbilled, tick, prepare)
