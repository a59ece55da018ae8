"""Guaranteed maximum price: what progress may bill, and what is absorbed.

Progress follows the form of agreement for cost plus a fee with a guaranteed maximum price: the least of the
completed work, of cost and fee, and of the maximum (docs/SPEC-cost-plus.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, model_validator

from contracts_app.domain.billing.schedule_of_values import ChangeOrder
from contracts_app.domain.changes.sov_revision import Revision, moved
from contracts_app.domain.cost_plus.terms import Lesser as Lesser
from contracts_app.domain.cost_plus.terms import PortionKind as PortionKind
from contracts_app.domain.money import (
    ZERO,
    Amount,
    Fraction,
    fraction_of,
    in_proportion,
    in_words_of_a_page,
    largest_remainder,
    less,
    multiply,
    require_at_scale,
    round_to,
    total,
)
from contracts_app.domain.names import Name
from contracts_app.domain.refusals import wrong_content


class Portion(BaseModel):
    """A portion of the work: its share of the maximum price, how far it is complete and its cost to date.

    The fee is no portion. A change order that deducts may be a portion with a negative share.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    item_no: Name
    kind: PortionKind = PortionKind.work
    share: Amount
    completed: Fraction = ZERO
    cost: Amount = ZERO

    @model_validator(mode="after")
    def _contingency_is_moved(self) -> Portion:
        if self.kind is PortionKind.contingency and (self.completed or self.cost):
            raise ValueError("contingency is moved to the portion that needs it, and spent there")
        return self


class Limit(StrEnum):
    """What decides the amount earned."""

    cost_and_fee = "cost_and_fee"
    completed_work = "completed_work"
    maximum_price = "maximum_price"


class GmpBilled(BaseModel):
    """An application under a maximum price.

    `earned` is the least of `completed_work`, `cost_and_fee` and `maximum`; `limit` says which. `waiting` is
    cost and fee ahead of completed work, which a later application may bill; `absorbed` is what passes the
    maximum, which none will. `to_date` is `earned` less `retained` and `shortfall`; `due` is that less what
    earlier applications asked for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    completed_work: Amount
    cost_and_fee: Amount
    maximum: Amount
    earned: Amount
    limit: Limit
    waiting: Amount
    absorbed: Amount
    retained: Amount
    shortfall: Amount
    to_date: Amount
    due: Amount
    says: str = ""


class PortionEarned(BaseModel):
    """What is earned to date on one portion."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    portion_id: UUID
    earned: Amount


class Spread(BaseModel):
    """An amount earned, portion by portion, and what of it is fee."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    portions: tuple[PortionEarned, ...]
    fee: Amount


class TrackedPortion(BaseModel):
    """An allowance or the contingency: its share as agreed, moved in and out by transfers, now, spent, left.
    What is left is negative where more was spent than is there."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    item_no: Name
    kind: PortionKind
    agreed: Amount
    moved_in: Amount
    moved_out: Amount
    now: Amount
    spent: Amount
    left: Amount


def maximum_price(original: Decimal, in_force: Iterable[ChangeOrder]) -> Decimal:
    """The maximum as change orders in force move it, up or down."""
    return total((original, *(order.amount for order in in_force)))


def require_allocated(
    maximum: Decimal, portions: Iterable[Portion], fee_share: Decimal, currency: str
) -> None:
    """Refuse (Refused) shares and fee that do not add up to the maximum price."""
    allocated = total((fee_share, *(portion.share for portion in portions)))
    if allocated != maximum:
        raise wrong_content(
            "gmp_not_allocated",
            f"The portions and the fee add up to {in_words_of_a_page(allocated, currency)}, the guaranteed "
            f"maximum price is {in_words_of_a_page(maximum, currency)}: allocate all of it.",
        )


def transfer(portions: Sequence[Portion], revision: Revision, currency: str) -> tuple[Portion, ...]:
    """The portions after budget was moved between them. Raises Refused as `moved` does."""
    after = moved({portion.id: portion.share for portion in portions}, revision, currency)
    return tuple(portion.model_copy(update={"share": after[portion.id]}) for portion in portions)


def tracked(portions: Sequence[Portion], revisions: Sequence[Revision]) -> tuple[TrackedPortion, ...]:
    """Allowances and contingency with every transfer, from the portions as they stand after it."""
    moves = [move for revision in revisions for move in revision.moves]
    found = []
    for portion in portions:
        if portion.kind is PortionKind.work:
            continue
        own = [move.amount for move in moves if move.line_id == portion.id]
        found.append(
            TrackedPortion(
                item_no=portion.item_no,
                kind=portion.kind,
                agreed=less(portion.share, *own),
                moved_in=total(amount for amount in own if amount > ZERO),
                moved_out=less(ZERO, *(amount for amount in own if amount < ZERO)),
                now=portion.share,
                spent=portion.cost,
                left=less(portion.share, portion.cost),
            )
        )
    return tuple(found)


def completed_work(portion: Portion, lesser: Lesser) -> Decimal:
    """The completed part of the portion's share, exact; at most its cost where so agreed. A portion that
    deducts has no cost."""
    value = multiply(portion.share, portion.completed)
    if lesser is Lesser.of_each_portion and value > ZERO:
        return min(value, portion.cost)
    return value


def progress(
    portions: Sequence[Portion],
    fee: Decimal,
    maximum: Decimal,
    currency: str,
    *,
    lesser: Lesser = Lesser.of_the_whole,
    fee_follows_cost: bool = True,
    retained: Decimal = ZERO,
    shortfall: Decimal = ZERO,
    before: Decimal = ZERO,
) -> GmpBilled:
    """What an application may bill: never more than the maximum price to date.

    `fee` is the fee to date on the cost of the portions; completed work that is below its cost bears the fee
    in proportion, unless the fee does not follow cost (one billed by percent complete). `retained` is the
    retainage held to date, `shortfall` what of earlier payments is not substantiated, `before` what earlier
    applications asked for; a maximum that a change order lowers below that makes `due` negative. Raises
    Refused for retainage or a shortfall below zero and for amounts with too many decimals.
    """
    if min(retained, shortfall) < ZERO:
        raise wrong_content(
            "below_zero", "Retainage and shortfall are taken off: give them as amounts above 0."
        )
    costs = [portion.cost for portion in portions]
    require_at_scale((fee, maximum, retained, shortfall, before, *costs), currency)
    value, cost = total(completed_work(portion, lesser) for portion in portions), total(costs)
    scaled = fee_follows_cost and value < cost
    work = round_to(total((value, fraction_of(fee, value, cost) if scaled and cost else fee)), currency)
    spent = total((cost, fee))
    earned = min(spent, work, maximum)
    # The first that binds is named: what is spent, then what is done, then the price.
    limit = (
        Limit.cost_and_fee
        if earned == spent
        else Limit.completed_work
        if earned == work
        else Limit.maximum_price
    )
    absorbed = max(less(spent, maximum), ZERO)
    to_date = less(earned, retained, shortfall)
    return GmpBilled(
        completed_work=work,
        cost_and_fee=spent,
        maximum=maximum,
        earned=earned,
        limit=limit,
        waiting=less(min(spent, maximum), earned),
        absorbed=absorbed,
        retained=retained,
        shortfall=shortfall,
        to_date=to_date,
        due=less(to_date, before),
        says=absorbed_in_words(spent, maximum, absorbed, currency),
    )


def spread(
    portions: Sequence[Portion],
    fee: Decimal,
    billed: GmpBilled,
    currency: str,
    *,
    lesser: Lesser = Lesser.of_the_whole,
) -> Spread:
    """What of the amount earned stands on each portion and on the fee, for the continuation sheet.

    The portions stand at what decided the amount: their cost, their completed work, or, at the maximum
    price, their cost in proportion. The amounts add up to `billed.earned`.
    """
    amounts = _on_portions(portions, fee, billed, currency, lesser)
    return Spread(
        portions=tuple(
            PortionEarned(portion_id=portion.id, earned=amount)
            for portion, amount in zip(portions, amounts, strict=True)
        ),
        fee=less(billed.earned, *amounts),
    )


def absorbed_in_words(spent: Decimal, maximum: Decimal, absorbed: Decimal, currency: str) -> str:
    """The sentence that says what is absorbed; nothing where nothing is."""
    if not absorbed:
        return ""
    return (
        f"Cost and fee of {in_words_of_a_page(spent, currency)} pass the guaranteed maximum price of "
        f"{in_words_of_a_page(maximum, currency)}: {in_words_of_a_page(absorbed, currency)} are absorbed."
    )


def _on_portions(
    portions: Sequence[Portion], fee: Decimal, billed: GmpBilled, currency: str, lesser: Lesser
) -> Sequence[Decimal]:
    costs = [portion.cost for portion in portions]
    match billed.limit:
        case Limit.cost_and_fee:
            return costs
        case Limit.completed_work:
            exact = [completed_work(portion, lesser) for portion in portions]
            return largest_remainder(exact, round_to(total(exact), currency), currency)
        case Limit.maximum_price:
            return in_proportion(billed.earned, (*costs, fee), currency)[:-1]
