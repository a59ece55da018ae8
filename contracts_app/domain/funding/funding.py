"""Client purchase orders as funding: which line of which order pays for a charge, and what waits for one.

A line pays min(charge, amount − billed − reserved). Lines that do not take a charge are never touched: money
moves from line to line only by an amendment of the order (docs/SPEC-caps-and-funding.md, *Funding*). Each
part billed carries the order's number and line, for BT-13 and BT-132 of EN 16931. The rules are derived by
hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, model_validator

from contracts_app.domain.contract import AtCap
from contracts_app.domain.finding import Finding
from contracts_app.domain.funding.caps import Claim, claim
from contracts_app.domain.funding.charges import Charge, ChargeKind, FundedPart, Held, Why, why_it_waits
from contracts_app.domain.funding.funding_terms import ExpiryDay as ExpiryDay
from contracts_app.domain.funding.funding_terms import FundingTerms as FundingTerms
from contracts_app.domain.funding.funding_terms import OnExceed as OnExceed
from contracts_app.domain.funding.funding_terms import OrderOfUse as OrderOfUse
from contracts_app.domain.money import ZERO, Amount, in_words_of_a_page, less, opposite, total
from contracts_app.domain.names import BusinessDate, Name


class OrderLine(BaseModel):
    """A line of a client purchase order.

    It takes charges on these lines of the schedule of values and of these kinds (none named: all), from
    `starts_on` to `expires_on`, both included.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    number: Name
    amount: Amount
    starts_on: BusinessDate | None = None
    expires_on: BusinessDate | None = None
    lines: tuple[UUID, ...] = ()
    kinds: tuple[ChargeKind, ...] = ()

    @model_validator(mode="after")
    def _sensible(self) -> OrderLine:
        if self.amount < ZERO:
            raise ValueError("a line of a purchase order is not negative")
        if self.starts_on and self.expires_on and self.expires_on < self.starts_on:
            raise ValueError("a line of a purchase order ends on or after the day it starts")
        return self

    def takes(self, charge: Charge) -> bool:
        """Whether the line is for such work."""
        return (not self.lines or charge.line_id in self.lines) and (
            not self.kinds or charge.kind in self.kinds
        )

    def valid_on(self, day: date) -> bool:
        """Whether the line pays for that day."""
        return (self.starts_on is None or self.starts_on <= day) and (
            self.expires_on is None or day <= self.expires_on
        )


class PurchaseOrder(BaseModel):
    """A client purchase order; its lines are used in the order in which they stand."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    number: Name
    lines: tuple[OrderLine, ...]
    on_exceed: OnExceed = OnExceed.block


class Pool:
    """The orders as one draft uses them up: what is taken from a line is no longer there for the next charge.

    `left` is what each line still has (amount − billed − reserved by other drafts), `billed` what was billed
    on it, to which a credit goes back. Raises KeyError for a line that `left` does not name.
    """

    def __init__(
        self,
        orders: Sequence[PurchaseOrder],
        left: Mapping[UUID, Decimal],
        billed: Mapping[UUID, Decimal],
        terms: FundingTerms,
        invoice_date: date,
    ) -> None:
        lines = [(order, line) for order in orders for line in order.lines]
        if terms.order_of_use is OrderOfUse.expiry_first:
            lines.sort(key=lambda known: known[1].expires_on or date.max)
        self._lines = lines
        self._terms = terms
        self._invoice_date = invoice_date
        self._left = {line.id: left[line.id] for _, line in lines}
        self._billed = {line.id: billed.get(line.id, ZERO) for _, line in lines}
        self.uses: dict[UUID, Decimal] = {line.id: ZERO for _, line in lines}
        """Line → what the draft bills on it; to reserve when the draft is approved."""

    def left_for(self, charge: Charge) -> Decimal | None:
        """What the orders still pay of such a charge; None where nothing limits it."""
        taking = [known for known in self._lines if known[1].takes(charge)]
        if not taking:
            return ZERO if self._terms.required else None
        valid = self._valid(charge)
        if any(order.on_exceed is OnExceed.warn for order, _ in valid):
            return None
        return total(max(self._left[line.id], ZERO) for _, line in valid)

    def holder(self, charge: Charge) -> tuple[Why, UUID | None]:
        """Why the orders pay no more of it; for an exhausted one the last line that could have paid."""
        if not any(line.takes(charge) for _, line in self._lines):
            return Why.no_purchase_order, None
        valid = self._valid(charge)
        return (Why.exhausted, valid[-1][1].id) if valid else (Why.expired, None)

    def take(self, charge: Charge, amount: Decimal) -> tuple[FundedPart, ...]:
        """Book `amount` of the charge, no more than `left_for` it: which lines pay how much.

        What a line that only warns pays beyond its amount goes to the last such line. A credit goes back to
        the line that the charge names, else to the lines that take such work, the last used first, as far as
        they were billed; whatever their dates.
        """
        if amount < ZERO:
            return self._give_back(charge, opposite(amount))
        rest = amount
        parts: dict[UUID, Decimal] = {}
        beyond: dict[UUID, Decimal] = {}
        valid = self._valid(charge)
        for _, line in valid:
            part = min(rest, max(self._left[line.id], ZERO))
            if part > ZERO:
                parts[line.id] = part
                rest = less(rest, part)
        warns = [line.id for order, line in valid if order.on_exceed is OnExceed.warn]
        if rest > ZERO and warns:
            last = warns[-1]
            parts[last] = total((parts.get(last, ZERO), rest))
            beyond[last] = rest
            rest = ZERO
        return self._book(parts, rest, beyond)

    def _give_back(self, charge: Charge, amount: Decimal) -> tuple[FundedPart, ...]:
        rest = amount
        parts: dict[UUID, Decimal] = {}
        if charge.funded_by is not None and charge.funded_by in self._left:
            parts[charge.funded_by] = opposite(amount)
            return self._book(parts, ZERO, {})
        for _, line in reversed(self._lines):
            part = min(rest, max(self._billed[line.id], ZERO)) if line.takes(charge) else ZERO
            if part > ZERO:
                parts[line.id] = opposite(part)
                rest = less(rest, part)
        return self._book(parts, opposite(rest), {})

    def _book(
        self, parts: Mapping[UUID, Decimal], rest: Decimal, beyond: Mapping[UUID, Decimal]
    ) -> tuple[FundedPart, ...]:
        named = {line.id: (order, line) for order, line in self._lines}
        booked = []
        for line_id, part in parts.items():
            self._left[line_id] = less(self._left[line_id], part)
            self._billed[line_id] = total((self._billed[line_id], part))
            self.uses[line_id] = total((self.uses[line_id], part))
            order, line = named[line_id]
            booked.append(
                FundedPart(
                    order_line_id=line_id,
                    order_number=order.number,
                    order_line=line.number,
                    amount=part,
                    beyond=beyond.get(line_id, ZERO),
                )
            )
        if rest:
            booked.append(FundedPart(amount=rest))
        return tuple(booked)

    def _valid(self, charge: Charge) -> list[tuple[PurchaseOrder, OrderLine]]:
        by_service = self._terms.expiry_tested_on is ExpiryDay.service_date
        day = charge.work_date if by_service else self._invoice_date
        return [known for known in self._lines if known[1].takes(charge) and known[1].valid_on(day)]


def fund(pool: Pool, offered: Iterable[Charge], over: Sequence[Held], at_cap: AtCap, currency: str) -> Claim:
    """What a contract without caps bills of its charges: what its purchase orders pay.

    Corrections first, then what earlier invoices left over, then the charges, by work date; what exceeds the
    orders is held, never dropped. With caps, give the pool to `caps.claim`.
    """
    return claim((), {}, offered, over, at_cap, currency, pool)


def findings(made: Claim, names: Mapping[UUID, str], currency: str) -> tuple[Finding, ...]:
    """What to tell with the draft: what waits, by what holds it, and the orders that it bills beyond.

    A draft that bills nothing because its work has no order that the contract requires is blocked. `names`
    says how each cap and order line is called. Raises KeyError for one without a name.
    """
    held_by: dict[tuple[Why, UUID | None], list[Held]] = {}
    for held in (*made.over, *made.waiting):
        held_by.setdefault((held.why, held.held_by), []).append(held)
    found = []
    for (why, holder), waiting in held_by.items():
        whole = waiting[0].model_copy(update={"amount": total(held.amount for held in waiting)})
        found.append(
            Finding(
                code=why.value,
                blocks=why is Why.no_purchase_order and not made.parts,
                item_no=None,
                sentence=why_it_waits(whole, names[holder] if holder else "", currency),
            )
        )
    beyond = [funded for part in made.parts for funded in part.funded if funded.beyond > ZERO]
    for line_id in dict.fromkeys(funded.order_line_id for funded in beyond if funded.order_line_id):
        exceeded = total(funded.beyond for funded in beyond if funded.order_line_id == line_id)
        by = in_words_of_a_page(exceeded, currency)
        sentence = f"{names[line_id]} is exceeded by {by}: ask the client to raise it."
        found.append(Finding(code="exceeded", blocks=False, item_no=None, sentence=sentence))
    return tuple(found)
