"""Nested not-to-exceed amounts: contract, phase, line, person or role, several over one charge at once.

What an invoice bills of a charge is the least of what every cap over it has left (FAR 52.232-7(d), (e);
docs/SPEC-caps-and-funding.md, *Nested caps*). For one cap over one line this is `within_cap` and `bill` of
`time_and_materials.py`, to the cent. Purchase orders take part in the same pass, so that one never keeps room
that the other does not use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, model_validator

from contracts_app.domain.contract import AtCap
from contracts_app.domain.funding.charges import (
    Charge,
    ChargeKind,
    FundedPart,
    Held,
    Part,
    Why,
    billing_order,
    in_billing_order,
)
from contracts_app.domain.money import (
    ZERO,
    Amount,
    cut_to,
    fraction_of,
    less,
    multiply,
    opposite,
    total,
)
from contracts_app.domain.names import Name

ONE = Decimal(1)


class Scope(StrEnum):
    """What a cap is over: everything, some lines of the schedule, one line, or some roles and persons."""

    contract = "contract"
    phase = "phase"
    line = "line"
    category = "category"


class Cap(BaseModel):
    """A not-to-exceed amount.

    A category names roles or persons, and lines where it is for these only. `expenses` and `taxes` say
    whether the cap includes them; what it does not include it does not limit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    name: Name
    scope: Scope
    amount: Amount
    lines: tuple[UUID, ...] = ()
    roles: tuple[Name, ...] = ()
    people: tuple[Name, ...] = ()
    expenses: bool = True
    taxes: bool = False

    @model_validator(mode="after")
    def _names_what_it_is_over(self) -> Cap:
        if self.amount < ZERO:
            raise ValueError("a not-to-exceed amount is not negative")
        if (self.scope is Scope.category) != bool(self.roles or self.people):
            raise ValueError("a cap of a category, and no other, names roles or persons")
        named = len(self.lines)
        if (
            (self.scope is Scope.contract and named)
            or (self.scope is Scope.line and named != 1)
            or (self.scope is Scope.phase and not named)
        ):
            raise ValueError("a line's cap names its line, a phase's its lines, the contract's none")
        return self

    def covers(self, charge: Charge) -> bool:
        """Whether the charge counts against the cap."""
        return (
            (not self.lines or charge.line_id in self.lines)
            and (
                self.scope is not Scope.category or charge.role in self.roles or charge.person in self.people
            )
            and (self.expenses or charge.kind is not ChargeKind.expense)
        )

    def counted(self, charge: Charge, amount: Decimal, currency: str) -> Decimal:
        """What `amount` of the charge counts against the cap: with its tax where the cap includes taxes.

        The tax of each part is rounded up here, so that the tax of the whole invoice, rounded once, never
        passes the cap.
        """
        if not self.taxes:
            return amount
        tax = multiply(amount, charge.tax_rate)
        return less(amount, cut_to(opposite(tax), currency))  # the opposite is cut, so the tax goes up

    def within(self, charge: Charge, left: Decimal, currency: str) -> Decimal:
        """The most of the charge that counts no more than `left`."""
        most = max(left, ZERO)
        if not self.taxes:
            return most
        return cut_to(fraction_of(most, ONE, total((ONE, charge.tax_rate))), currency)


class Funds(Protocol):
    """Purchase orders, as far as the pass over the charges needs them (`funding.Pool`)."""

    def left_for(self, charge: Charge) -> Decimal | None:
        """What they still pay of such a charge; None where nothing limits it."""

    def take(self, charge: Charge, amount: Decimal) -> tuple[FundedPart, ...]:
        """Book `amount` of the charge: which line of which order pays how much."""

    def holder(self, charge: Charge) -> tuple[Why, UUID | None]:
        """Why they pay no more of it, and the line that is exhausted."""


class OverLine(BaseModel):
    """One line of the invoice for each cap: negative for what passes it now, positive for what was over it
    before and is billed now. Without a cap it is what a certifier cut, claimed again."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    held_by: UUID | None
    amount: Amount


class Claim(BaseModel):
    """What the next invoice claims and bills.

    `parts` are what it bills, charge by charge; `over` what it leaves of charges that are claimed, by it or
    before; `waiting` the charges that it does not claim. Worked + Σ `over_lines` = billed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    parts: tuple[Part, ...]
    over: tuple[Held, ...]
    waiting: tuple[Held, ...]
    over_lines: tuple[OverLine, ...]
    uses: dict[UUID, Amount]
    """Cap → what the invoice counts against it; to reserve when the draft is approved."""

    @property
    def claimed(self) -> tuple[Charge, ...]:
        """The charges that this invoice claims, in billing order."""
        return tuple(part.charge for part in self.parts if part.first)

    @property
    def worked(self) -> Decimal:
        """What the claimed charges come to."""
        return total(charge.amount for charge in self.claimed)

    @property
    def billed(self) -> Decimal:
        """What the invoice bills."""
        return total(part.amount for part in self.parts)

    def of_line(self, line_id: UUID) -> tuple[Decimal, Decimal]:
        """What a line of the schedule bills, and what of that stands beside its claimed charges."""
        billed = total(part.amount for part in self.parts if part.charge.line_id == line_id)
        worked = total(charge.amount for charge in self.claimed if charge.line_id == line_id)
        return billed, less(billed, worked)


def claim(
    caps: Sequence[Cap],
    left: Mapping[UUID, Decimal],
    offered: Iterable[Charge],
    over: Sequence[Held],
    at_cap: AtCap,
    currency: str,
    funds: Funds | None = None,
) -> Claim:
    """What the next invoice bills of the offered charges and of what earlier invoices left over.

    `left` is what each cap still has (cap − billed − reserved by other drafts). Corrections come first and
    make room, then what was left over, then the charges, each by work date. With `bill_to_cap` a charge is
    claimed while there is room, and what does not fit stays over the cap; with `hold_whole_entries` it is
    claimed only whole, and nothing after the first that does not fit under the same cap. All at the amounts
    that the charges have: a raised cap never changes a price. Raises KeyError for a cap without `left`.
    """
    walk = _Walk(caps, left, at_cap, currency, funds)
    charges = in_billing_order(offered)
    for charge in charges:
        if charge.amount <= ZERO:
            walk.bill(charge, charge.amount, first=True)
    for held in sorted(over, key=lambda known: billing_order(known.charge)):
        walk.bill_rest(held)
    for charge in charges:
        if charge.amount > ZERO:
            walk.bill_new(charge)
    order = {charge.id: place for place, charge in enumerate(charges)}
    new = sorted((part for part in walk.parts if part.first), key=lambda part: order[part.charge.id])
    return Claim(
        parts=(*(part for part in walk.parts if not part.first), *new),
        over=tuple(walk.over),
        waiting=tuple(walk.waiting),
        over_lines=_over_lines(over, walk.over),
        uses={cap.id: walk.used[cap.id] for cap in caps},
    )


def unbilled(cap: Cap, held: Iterable[Held], currency: str) -> Decimal:
    """What is earned under the cap and not billed: over the cap, held, or waiting."""
    return total(
        cap.counted(known.charge, known.amount, currency) for known in held if cap.covers(known.charge)
    )


class _Walk:
    """One pass over the charges: the room under each cap as it is used up."""

    def __init__(
        self,
        caps: Sequence[Cap],
        left: Mapping[UUID, Decimal],
        at_cap: AtCap,
        currency: str,
        funds: Funds | None,
    ) -> None:
        self.caps = caps
        self.whole_only = at_cap is AtCap.hold_whole_entries
        self.currency = currency
        self.funds = funds
        self.left = {cap.id: left[cap.id] for cap in caps}
        # A cap lowered below what is billed gives nothing back: it only bills no more. Charges are claimed
        # again once corrections have filled that hole, which is `left`.
        self.room = {cap.id: max(left[cap.id], ZERO) for cap in caps}
        self.used = dict.fromkeys(self.room, ZERO)
        self.closed: set[UUID] = set()
        self.parts: list[Part] = []
        self.over: list[Held] = []
        self.waiting: list[Held] = []

    def bill(self, charge: Charge, amount: Decimal, *, first: bool) -> None:
        for cap in self._covering(charge):
            counted = cap.counted(charge, amount, self.currency)
            self.left[cap.id] = less(self.left[cap.id], counted)
            self.room[cap.id] = less(self.room[cap.id], counted)
            self.used[cap.id] = total((self.used[cap.id], counted))
        funded = self.funds.take(charge, amount) if self.funds else ()
        self.parts.append(Part(charge=charge, amount=amount, first=first, funded=funded))

    def bill_rest(self, held: Held) -> None:
        part = self._most(held.charge, held.amount)
        if part > ZERO:
            self.bill(held.charge, part, first=False)
        rest = less(held.amount, part)
        if rest > ZERO:
            self.over.append(self._held(held.charge, rest))

    def bill_new(self, charge: Charge) -> None:
        refusing = [cap for cap in self._covering(charge) if self._refuses(cap, charge)]
        self.closed.update(cap.id for cap in refusing)
        part = ZERO if refusing else self._most(charge, charge.amount)
        rest = less(charge.amount, part)
        if part <= ZERO or (rest > ZERO and self.whole_only):
            self.waiting.append(self._held(charge, charge.amount, refusing))
            return
        self.bill(charge, part, first=True)
        if rest > ZERO:
            self.over.append(self._held(charge, rest))

    def _covering(self, charge: Charge) -> list[Cap]:
        return [cap for cap in self.caps if cap.covers(charge)]

    def _refuses(self, cap: Cap, charge: Charge) -> bool:
        if cap.id in self.closed or self.left[cap.id] <= ZERO:
            return True
        wanted = cap.counted(charge, charge.amount, self.currency)
        return self.whole_only and wanted > self.left[cap.id]

    def _most(self, charge: Charge, amount: Decimal) -> Decimal:
        most = min([amount, *(self._room_for(cap, charge) for cap in self._covering(charge))])
        funded = self.funds.left_for(charge) if self.funds else None
        return most if funded is None else min(most, funded)

    def _room_for(self, cap: Cap, charge: Charge) -> Decimal:
        return cap.within(charge, self.room[cap.id], self.currency)

    def _held(self, charge: Charge, amount: Decimal, refusing: Sequence[Cap] = ()) -> Held:
        """Held by whatever has least left: of two caps the one named first, of a cap and an order the cap."""
        capped = {cap.id: self._room_for(cap, charge) for cap in refusing or self._covering(charge)}
        tightest = min(capped, key=lambda known: capped[known], default=None)
        funded = None if refusing or not self.funds else self.funds.left_for(charge)
        if self.funds and funded is not None and (tightest is None or funded < capped[tightest]):
            why, line_id = self.funds.holder(charge)
            return Held(charge=charge, amount=amount, why=why, held_by=line_id)
        return Held(charge=charge, amount=amount, why=Why.cap, held_by=tightest)


def _over_lines(before: Iterable[Held], after: Iterable[Held]) -> tuple[OverLine, ...]:
    """What was over each cap, less what is over it now: what the charges do not say of the invoice."""
    came: dict[UUID | None, Decimal] = {}
    for held in before:
        came[held.held_by] = total((came.get(held.held_by, ZERO), held.amount))
    for held in after:
        came[held.held_by] = less(came.get(held.held_by, ZERO), held.amount)
    return tuple(OverLine(held_by=cap, amount=amount) for cap, amount in came.items() if amount)
