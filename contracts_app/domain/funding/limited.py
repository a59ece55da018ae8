"""What an invoice bills where nested caps or the client's purchase orders limit it.

Time at its rates and the fees that a draft claims become charges; `caps.claim` says what of them is billed,
by which line of which order, and what waits (docs/SPEC-caps-and-funding.md, *In a draft*). Pure: what is
billed and reserved already is captured in `Limits`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.billing.schedule_of_values import Basis, ChangeOrder, SovLine
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.cost_plus.ledger import LineCosts
from contracts_app.domain.funding.agreed_caps import AgreedCap
from contracts_app.domain.funding.caps import Cap, Claim, Scope, claim
from contracts_app.domain.funding.charges import Charge, ChargeKind, Held
from contracts_app.domain.funding.funding import FundingTerms, Pool, PurchaseOrder
from contracts_app.domain.money import ZERO, Amount, less, total
from contracts_app.domain.time.time_and_materials import PricedEntry, TimeBilled

FEES_LAST = 2**31
"""Fees have no place in a file: on the last day of a period they come after its time."""


class Used(BaseModel):
    """What is billed under a cap, or on a line of an order, and what other approved drafts keep there."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    limit_id: UUID
    billed: Amount = ZERO
    reserved: Amount = ZERO


class Limits(BaseModel):
    """What limits an invoice, as it stood when the draft was looked at, or approved.

    `used` names caps of the contract and lines of orders; a line of the schedule has its own cap, against
    which its previous billing counts. `over` is what earlier invoices claimed and could not bill.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    used: tuple[Used, ...] = ()
    orders: tuple[PurchaseOrder, ...] = ()
    over: tuple[Held, ...] = ()


class Billed(BaseModel):
    """A sum of what was billed on a line: what a cap of a role or a person has to know of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    kind: ChargeKind
    person: str | None = None
    role: str | None = None
    amount: Amount
    reserved: bool


def cap_id(contract_id: UUID, name: str) -> UUID:
    """The id of the contract's cap of that name."""
    return uuid5(contract_id, f"cap:{name}")


def caps_in_force(
    contract_id: UUID,
    agreed: Sequence[AgreedCap],
    schedule: Iterable[SovLine],
    orders: Sequence[ChangeOrder],
) -> tuple[Cap, ...]:
    """Every cap with the change orders in force: of lines billed by time first, then as agreed.

    A cap over lines that are not in the schedule yet is over nothing.
    """
    lines = list(schedule)
    of_lines = [
        Cap(
            id=line.id,
            name=f"line {line.item_no}",
            scope=Scope.line,
            amount=max(line.scheduled_value, ZERO),
            lines=(line.id,),
        )
        for line in lines
        if line.basis is Basis.time_and_materials and line.not_to_exceed
    ]
    by_item = {line.item_no: line.id for line in lines}
    found = [_cap(contract_id, each, by_item, orders) for each in agreed]
    return (*of_lines, *(cap for cap in found if cap is not None))


def _cap(
    contract_id: UUID, agreed: AgreedCap, by_item: Mapping[str, UUID], orders: Iterable[ChangeOrder]
) -> Cap | None:
    named = tuple(by_item[item] for item in agreed.item_nos if item in by_item)
    if agreed.item_nos and not named:
        return None
    scope = Scope.category if agreed.roles or agreed.people else Scope.phase if named else Scope.contract
    changed = total(change.amount for order in orders for change in order.caps if change.cap == agreed.name)
    return Cap(
        id=cap_id(contract_id, agreed.name),
        name=agreed.name,
        scope=scope,
        amount=max(total((agreed.amount, changed)), ZERO),
        lines=named,
        roles=agreed.roles,
        people=agreed.people,
        expenses=agreed.expenses,
    )


def used_under(cap: Cap, billed: Iterable[Billed]) -> Used:
    """What counts against the cap of what was billed, and of what other drafts keep."""
    sums = {True: ZERO, False: ZERO}
    for each in billed:
        charge = Charge(
            id=each.line_id,
            line_id=each.line_id,
            work_date=date.min,
            person=each.person,
            role=each.role,
            kind=each.kind,
            amount=each.amount,
        )
        if cap.covers(charge):
            sums[each.reserved] = total((sums[each.reserved], each.amount))
    return Used(limit_id=cap.id, billed=sums[False], reserved=max(sums[True], ZERO))


@dataclass(frozen=True)
class Question:
    """What was agreed, and what is used of it: everything but the charges that are offered."""

    limits: Limits
    caps: tuple[Cap, ...]
    terms: ContractTerms
    completed: Mapping[UUID, Decimal]
    """Line → what is billed of it before."""
    period_to: date


def made_of(asked: Question, offered: Iterable[Charge]) -> Claim:
    """What the invoice bills of these charges, and what waits."""
    return claim(
        asked.caps,
        room(asked),
        offered,
        asked.limits.over,
        asked.terms.at_cap,
        asked.terms.currency,
        pool(asked),
    )


def room(asked: Question) -> Mapping[UUID, Decimal]:
    """What each cap still has: cap − billed − reserved by other drafts."""
    used = {each.limit_id: total((each.billed, each.reserved)) for each in asked.limits.used}
    return {
        cap.id: less(
            cap.amount, asked.completed.get(cap.id, ZERO) if cap.scope is Scope.line else used[cap.id]
        )
        for cap in asked.caps
    }


def pool(asked: Question) -> Pool:
    """The orders as this draft finds them; without orders and without a word on them everything is paid."""
    used = {each.limit_id: each for each in asked.limits.used}
    lines = [line for order in asked.limits.orders for line in order.lines]
    return Pool(
        asked.limits.orders,
        {line.id: less(line.amount, used[line.id].billed, used[line.id].reserved) for line in lines},
        {line.id: used[line.id].billed for line in lines},
        asked.terms.funding or FundingTerms(),
        asked.period_to,
    )


def charges(
    priced: Mapping[UUID, Sequence[PricedEntry]],
    entries: Iterable[Entry],
    costs: Iterable[LineCosts],
    period_to: date,
) -> tuple[Charge, ...]:
    """Time at its rates, and what is claimed on all other lines, as charges: costs with their fee are one
    expense of their line, as to date."""
    at_cost = {each.line_id: each.amount for each in costs}
    time = (
        Charge(
            id=each.entry.id,
            line_id=line_id,
            work_date=each.entry.work_date,
            position=each.entry.position,
            person=each.entry.person,
            role=each.entry.role,
            kind=ChargeKind.time,
            amount=each.amount,
        )
        for line_id, of_line in priced.items()
        for each in of_line
    )
    fees = (
        Charge(
            id=entry.line_id,
            line_id=entry.line_id,
            work_date=period_to,
            position=FEES_LAST,
            kind=ChargeKind.fee,
            amount=entry.this_period,
        )
        for entry in entries
        if entry.line_id not in priced and entry.line_id not in at_cost and entry.this_period
    )
    expenses = (
        Charge(
            id=line_id,
            line_id=line_id,
            work_date=period_to,
            position=FEES_LAST,
            kind=ChargeKind.expense,
            amount=amount,
        )
        for line_id, amount in at_cost.items()
        if amount
    )
    return (*time, *fees, *expenses)


def costs_of(costs: Iterable[LineCosts], made: Claim) -> tuple[LineCosts, ...]:
    """What each line bills at cost; what a limit keeps of it is over, and to date the next invoice claims it
    again."""
    billed = {part.charge.id: part.amount for part in made.parts if part.charge.kind is ChargeKind.expense}
    found = []
    for each in costs:
        amount = billed.get(each.line_id, ZERO)
        held = less(each.amount, amount)
        found.append(
            each.model_copy(update={"over": total((each.over, held)), "amount": amount}) if held else each
        )
    return tuple(found)


def time_of(line_id: UUID, priced: Sequence[PricedEntry], made: Claim) -> TimeBilled:
    """What a line bills for time: its entries, less what waits under a limit, plus what waited before."""
    worked = total(each.amount for each in priced)
    amount = total(
        part.amount
        for part in made.parts
        if part.charge.line_id == line_id and part.charge.kind is ChargeKind.time
    )
    return TimeBilled(line_id=line_id, entries=tuple(priced), over_cap=less(amount, worked), amount=amount)


def with_fees(entries: Iterable[Entry], made: Claim) -> tuple[Entry, ...]:
    """Entries with what the limits let be billed of each fee; a later invoice claims the rest again."""
    billed = {part.charge.id: part.amount for part in made.parts if part.charge.kind is ChargeKind.fee}
    waits = {held.charge.id for held in made.waiting}
    return tuple(
        entry.model_copy(update={"this_period": billed.get(entry.line_id, ZERO)})
        if entry.line_id in billed or entry.line_id in waits
        else entry
        for entry in entries
    )


def names(asked: Question) -> Mapping[UUID, str]:
    """What sentences call each cap and each line of an order."""
    of_orders = {
        line.id: f"line {line.number} of purchase order {order.number}"
        for order in asked.limits.orders
        for line in order.lines
    }
    return {**{cap.id: f"“{cap.name}”" for cap in asked.caps}, **of_orders}
