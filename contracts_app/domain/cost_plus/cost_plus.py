"""Cost plus: which costs a line bills, entry by entry, and the fee on them (docs/SPEC-cost-plus.md).

Costs are billed as they stand in the books, net of tax that the contractor recovers; only the fee rounds. A
cost is corrected by an entry of its own that names it, never by changing it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, model_validator

from contracts_app.domain.cost_plus.fees import (
    CostStanding,
    FeeTerms,
    FeeToDate,
    fee_to_date,
)
from contracts_app.domain.money import (
    ZERO,
    Amount,
    Fraction,
    UnsignedAmount,
    in_words_of_a_page,
    less,
    require_at_scale,
    total,
)
from contracts_app.domain.names import BusinessDate, Name
from contracts_app.domain.refusals import wrong_content


class CostSource(StrEnum):
    """Where a cost comes from: a line of a vendor's bill, or the payroll."""

    vendor = "vendor"
    labour = "labour"


class CostEntry(BaseModel):
    """One cost of the work.

    `reference` names the vendor's bill and line, or the payroll. `gross` is what was paid, `recoverable_tax`
    the part of it that the contractor gets back from the state, `fee_within` the part of the rest that is a
    fee already (a related party's, a markup on a pass-through). A cost that the contract does not allow says
    why. `payable` is false for a cost that is neither paid nor payable in the ordinary course: it waits.
    `corrects` names the entry that this one adjusts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    incurred_on: BusinessDate
    category: Name
    source: CostSource
    reference: Name
    gross: Amount
    recoverable_tax: Amount = ZERO
    fee_within: Amount = ZERO
    allowable: bool = True
    reason: str = ""
    payable: bool = True
    corrects: UUID | None = None

    @model_validator(mode="after")
    def _agree(self) -> CostEntry:
        if not self.allowable and not self.reason.strip():
            raise ValueError("a cost that is not allowable says why")
        if not _within(self.recoverable_tax, self.gross):
            raise ValueError("recoverable tax is part of the gross amount")
        if not _within(self.fee_within, self.amount):
            raise ValueError("a fee within a cost is part of the cost net of tax")
        if self.corrects == self.id:
            raise ValueError("an entry does not correct itself")
        return self

    @property
    def amount(self) -> Decimal:
        """The cost: net of recoverable tax."""
        return less(self.gross, self.recoverable_tax)

    @property
    def fee_bearing(self) -> Decimal:
        """What of the cost may bear a fee: never a fee on a fee."""
        return less(self.amount, self.fee_within)


class CategoryToDate(BaseModel):
    """Cost of one category billed to date, and what of it may bear a fee."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    category: Name
    cost: Amount = ZERO
    fee_bearing: Amount = ZERO


class CostBefore(BaseModel):
    """What a cost-plus line was billed on earlier invoices."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    categories: tuple[CategoryToDate, ...] = ()
    fee: Amount = ZERO

    @property
    def cost(self) -> Decimal:
        """All cost billed before."""
        return total(each.cost for each in self.categories)


class LeftOut(BaseModel):
    """A cost that is not billed now, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    entry_id: UUID
    why: str


class CostBilled(BaseModel):
    """What a line bills for cost on one invoice: `cost` and `fee` of this invoice add up to `amount`.

    `categories` and `fee_to_date` stand after it; `fee` is what may be billed of the fee to date less the fee
    billed before, and may be negative.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    entries: tuple[CostEntry, ...]
    left_out: tuple[LeftOut, ...]
    categories: tuple[CategoryToDate, ...]
    fee_to_date: FeeToDate
    cost: Amount
    fee: Amount
    amount: Amount

    @property
    def to_date(self) -> Decimal:
        """Cost and fee to date: less what was certified before it is E, a certifier's cut claimed again."""
        return total((*(each.cost for each in self.categories), self.fee_to_date.billable))

    def as_before(self) -> CostBefore:
        """This invoice as the next one sees it."""
        return CostBefore(categories=self.categories, fee=self.fee_to_date.billable)


def bill(
    line_id: UUID,
    terms: FeeTerms,
    offered: Sequence[CostEntry],
    before: CostBefore,
    currency: str,
    *,
    period_to: date,
    expected_cost: UnsignedAmount | None = None,
    completed: Fraction | None = None,
) -> CostBilled:
    """What a cost-plus line bills for the period that ends on `period_to`, that day included.

    Of the entries offered those are billed that are allowable, payable and not after the period; the others
    are named with the reason. Raises Refused for an entry or a vendor's line that stands there twice, an
    amount with too many decimals, and as `fee_to_date` does.
    """
    _require_once(offered)
    for entry in offered:
        require_at_scale((entry.gross, entry.recoverable_tax, entry.fee_within), currency)
    reasons = {entry.id: _left_out(entry, period_to) for entry in offered}
    claimed = tuple(entry for entry in offered if not reasons[entry.id])
    categories = _to_date(before.categories, claimed)
    standing = CostStanding(
        fee_bearing={each.category: each.fee_bearing for each in categories},
        cost=total(each.cost for each in categories),
        expected_cost=expected_cost,
        completed=completed,
    )
    fee_now = fee_to_date(terms, standing, currency)
    cost = total(entry.amount for entry in claimed)
    fee = less(fee_now.billable, before.fee)
    return CostBilled(
        line_id=line_id,
        entries=claimed,
        left_out=tuple(LeftOut(entry_id=key, why=why) for key, why in reasons.items() if why),
        categories=categories,
        fee_to_date=fee_now,
        cost=cost,
        fee=fee,
        amount=total((cost, fee)),
    )


def require_adjusting(
    original: CostEntry, adjustments: Iterable[CostEntry], currency: str, called: str | None = None
) -> None:
    """Refuse (Refused) adjusting entries that are none of this entry's, lie in another category, or take
    back more than was entered: a cost that comes back whole ends at zero, more is a credit of its own.

    `called` is how the sentence begins that names the entry; left out, by its reference.
    """
    left = original.amount
    for adjustment in adjustments:
        if adjustment.corrects != original.id or adjustment.category != original.category:
            raise wrong_content(
                "not_an_adjustment",
                f"An adjusting entry names what it corrects and keeps its category, {original.category}.",
            )
        left = total((left, adjustment.amount))
    if (original.amount >= ZERO) != (left >= ZERO) and left:
        raise wrong_content(
            "corrected_past_zero",
            f"{called or original.reference} is {in_words_of_a_page(original.amount, currency)}, and what "
            f"corrects it comes to {in_words_of_a_page(less(left, original.amount), currency)}: take back no "
            "more.",
        )


def _within(part: Decimal, whole: Decimal) -> bool:
    """Whether `part` lies between zero and `whole`, on whichever side of zero that is."""
    return min(ZERO, whole) <= part <= max(ZERO, whole)


def _require_once(entries: Sequence[CostEntry]) -> None:
    ids = Counter(entry.id for entry in entries)
    lines = Counter(
        entry.reference for entry in entries if entry.source is CostSource.vendor and entry.corrects is None
    )
    twice = [entry.reference for entry in entries if ids[entry.id] > 1 or lines[entry.reference] > 1]
    if twice:
        raise wrong_content(
            "cost_twice", f"{twice[0]} stands there twice: a vendor's line is passed on once; correct it."
        )


def _left_out(entry: CostEntry, period_to: date) -> str:
    if not entry.allowable:
        return f"Not allowable: {entry.reason.strip()}"
    if not entry.payable:
        return "Neither paid nor payable in the ordinary course yet."
    if entry.incurred_on > period_to:
        return f"Incurred after {period_to}: it belongs to the next period."
    return ""


def _to_date(before: Sequence[CategoryToDate], claimed: Sequence[CostEntry]) -> tuple[CategoryToDate, ...]:
    known = {each.category: each for each in before}
    for entry in claimed:
        so_far = known.get(entry.category, CategoryToDate(category=entry.category))
        known[entry.category] = CategoryToDate(
            category=entry.category,
            cost=total((so_far.cost, entry.amount)),
            fee_bearing=total((so_far.fee_bearing, entry.fee_bearing)),
        )
    return tuple(known.values())
