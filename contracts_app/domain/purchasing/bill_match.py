"""Bills of vendors matched with what was ordered, received and accepted (docs/SPEC-commitments.md).

Quantity passes at what was received, price at the order; what is above is disputed, unless every tolerance
that is given accepts it. Two, three and four ways: Oracle Payables' match approval levels.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.money import (
    ZERO,
    Amount,
    fraction_of,
    less,
    multiply,
    round_to,
    smallest_unit,
    total,
)
from contracts_app.domain.names import Name
from contracts_app.domain.purchasing.commitments import (
    Commitment,
    CommitmentLine,
    Deliveries,
    Inspection,
    MatchLevel,
    NetLine,
    NotNegative,
    Receipt,
    VendorBill,
    VendorCredit,
    deliveries,
    net_of_credits,
)
from contracts_app.domain.refusals import wrong_content


class Reason(StrEnum):
    """Why part of a bill's line is disputed."""

    not_on_order = "not_on_order"
    duplicate = "duplicate"
    above_ordered = "above_ordered"
    above_received = "above_received"
    above_accepted = "above_accepted"
    price_above_order = "price_above_order"
    line_above_tolerance = "line_above_tolerance"
    total_above_tolerance = "total_above_tolerance"


SENTENCES: Mapping[Reason, str] = {
    Reason.not_on_order: "Nothing was ordered on this line: have it ordered, or return the bill.",
    Reason.duplicate: "This vendor's bill of the same number is here already.",
    Reason.above_ordered: "More is billed than was ordered.",
    Reason.above_received: "More is billed than was received.",
    Reason.above_accepted: "More is billed than an inspection accepted.",
    Reason.price_above_order: "The price is above the order's.",
    Reason.line_above_tolerance: "Price and quantity together pass the tolerance of a line.",
    Reason.total_above_tolerance: "The lines together pass the tolerance of a bill.",
}


class Outcome(StrEnum):
    """As ordered and received; within a tolerance; accepted by somebody; only in part; not at all."""

    matched = "matched"
    within_tolerance = "within_tolerance"
    accepted = "accepted"
    disputed_in_part = "disputed_in_part"
    disputed = "disputed"


class MatchedLine(BaseModel):
    """What became of a bill's line. Net of credits, matched + disputed = billed, in quantity and amount.

    `price_variance` is signed: the matched quantity at the billed price less the same at the order's.
    `disputed_price` and `disputed_excess` (of quantity) add up to `disputed_amount`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    bill_line_id: UUID
    commitment_line_id: UUID | None
    billed_quantity: NotNegative
    billed_amount: Amount
    matched_quantity: NotNegative
    matched_amount: Amount
    price_variance: Amount
    disputed_quantity: NotNegative
    disputed_price: Amount
    disputed_excess: Amount
    disputed_amount: Amount
    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    why: str = ""


class BillMatch(BaseModel):
    """A bill with what was matched and disputed of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    bill_id: UUID
    number: Name
    lines: tuple[MatchedLine, ...]
    billed: Amount
    matched: Amount
    disputed: Amount


def match(
    commitment: Commitment,
    receipts: Sequence[Receipt],
    inspections: Sequence[Inspection],
    bills: Sequence[VendorBill],
    memos: Sequence[VendorCredit] = (),
    held: Collection[UUID] = (),
    *,
    accepted: Collection[UUID] = (),
    settled: Sequence[UUID] = (),
) -> tuple[BillMatch, ...]:
    """Every bill of the commitment, matched anew from all that is known; the earliest bill comes first.

    Bills whose id is in `held` (duplicates) are disputed whole. Lines of bills in `accepted` pass whole, as
    somebody decided; the reasons stay said. Bills in `settled` were approved, in that order: they come before
    the others, so that a bill entered later takes nothing from them. Raises Refused for a bill of another
    vendor, and as `deliveries` and `net_of_credits` do.
    """
    arrived = deliveries(commitment, receipts, inspections)
    net = net_of_credits(bills, memos, commitment.currency)
    used = {line.id: ZERO for line in commitment.lines}
    turn = {bill_id: place for place, bill_id in enumerate(settled)}
    result = []
    for bill in sorted(
        bills, key=lambda bill: (turn.get(bill.id, len(turn)), bill.dated, bill.number, bill.id)
    ):
        if bill.vendor != commitment.vendor:
            raise wrong_content("another_vendor", f"Bill {bill.number} is not of {commitment.vendor}.")
        lines = [net[line.id] for line in bill.lines]
        if bill.id in held:
            judged = [_refused(line, Reason.duplicate, commitment.currency) for line in lines]
        else:
            judged = _within_total(commitment, arrived, lines, used)
            judged = [
                _accepted(line, one, commitment.currency) if line.bill_line_id in accepted else line
                for line, one in zip(judged, lines, strict=True)
            ]
        for line in judged:
            if line.commitment_line_id in used:
                used[line.commitment_line_id] = total((used[line.commitment_line_id], line.matched_quantity))
        result.append(_bill(bill, judged))
    return tuple(result)


def _bill(bill: VendorBill, lines: Sequence[MatchedLine]) -> BillMatch:
    return BillMatch(
        bill_id=bill.id,
        number=bill.number,
        lines=tuple(lines),
        billed=total(line.billed_amount for line in lines),
        matched=total(line.matched_amount for line in lines),
        disputed=total(line.disputed_amount for line in lines),
    )


def _within_total(
    commitment: Commitment, arrived: Deliveries, lines: Sequence[NetLine], used: Mapping[UUID, Decimal]
) -> list[MatchedLine]:
    """The lines of one bill; without any tolerance when together they pass the tolerance of the bill."""
    tolerant = _in_turn(commitment, arrived, lines, used, tolerant=True)
    limit = commitment.tolerances.total
    if not limit.is_given:
        return tolerant
    strict = _in_turn(commitment, arrived, lines, used, tolerant=False)
    expected = total(line.matched_amount for line in strict)
    excess = less(total(line.matched_amount for line in tolerant), expected)
    if limit.allows(excess, expected):
        return tolerant
    return [
        line if line == accepted else _because(line, Reason.total_above_tolerance)
        for line, accepted in zip(strict, tolerant, strict=True)
    ]


def _in_turn(
    commitment: Commitment,
    arrived: Deliveries,
    lines: Sequence[NetLine],
    used: Mapping[UUID, Decimal],
    *,
    tolerant: bool,
) -> list[MatchedLine]:
    ordered = {line.id: line for line in commitment.lines}
    taken = dict(used)
    judged = []
    for net in lines:
        key = net.line.commitment_line_id
        if key is None or key not in ordered:
            judged.append(_refused(net, Reason.not_on_order, commitment.currency))
            continue
        line = _line(commitment, arrived, net, ordered[key], taken[key], tolerant=tolerant)
        taken[key] = total((taken[key], line.matched_quantity))
        judged.append(line)
    return judged


def _line(
    commitment: Commitment,
    arrived: Deliveries,
    net: NetLine,
    ordered: CommitmentLine,
    used: Decimal,
    *,
    tolerant: bool,
) -> MatchedLine:
    strict = _judged(commitment, arrived, net, ordered, used, tolerant=False)
    if not tolerant:
        return strict
    found = _judged(commitment, arrived, net, ordered, used, tolerant=True)
    limit = commitment.tolerances.line
    excess = less(found.matched_amount, strict.matched_amount)
    if limit.is_given and not limit.allows(excess, strict.matched_amount):
        return _because(strict, Reason.line_above_tolerance)
    if not found.reasons and strict.reasons:
        return found.model_copy(update={"outcome": Outcome.within_tolerance})
    return found


def _judged(
    commitment: Commitment,
    arrived: Deliveries,
    net: NetLine,
    ordered: CommitmentLine,
    used: Decimal,
    *,
    tolerant: bool,
) -> MatchedLine:
    tolerances = commitment.tolerances
    limits = _limits(commitment.match, arrived, ordered)
    reasons = [
        reason
        for reason, limit in limits.items()
        if (excess := less(total((used, net.quantity)), limit)) > ZERO
        and not (tolerant and tolerances.quantity.allows(excess, limit))
    ]
    # Where a quantity is not accepted it passes at what was received, not at that plus the tolerance.
    left = max(less(min(limits.values()), used), ZERO)
    quantity = min(net.quantity, left) if reasons else net.quantity
    part = _part(net, quantity, commitment.currency)
    expected = round_to(multiply(quantity, ordered.unit_price), commitment.currency)
    excess = less(part, expected)
    # Every credit is rounded by itself, so that what is left of a line at the order's price may be a unit
    # off.
    rounding = multiply(smallest_unit(commitment.currency), Decimal(net.memos))
    by_price = tolerances.price if tolerances.price.is_given else tolerances.line
    per_unit = quantity if tolerances.price.is_given else Decimal(1)
    accepted = excess <= rounding or (tolerant and by_price.allows(excess, expected, per_unit))
    if not accepted:
        reasons.append(Reason.price_above_order)
    amount = part if accepted else expected
    return _matched(net, quantity, part, amount, excess, tuple(reasons), commitment.currency)


def _limits(level: MatchLevel, arrived: Deliveries, ordered: CommitmentLine) -> Mapping[Reason, Decimal]:
    limits = {Reason.above_ordered: ordered.quantity}
    if level is not MatchLevel.two_way:
        limits[Reason.above_received] = arrived.received[ordered.id]
    if level is MatchLevel.four_way:
        limits[Reason.above_accepted] = arrived.accepted[ordered.id]
    return limits


def _part(net: NetLine, quantity: Decimal, currency: str) -> Decimal:
    """What `quantity` of the line comes to at the price it is billed at."""
    if quantity == net.quantity:
        return net.amount
    if not net.memos:
        return round_to(multiply(quantity, net.line.unit_price), currency)
    return round_to(fraction_of(net.amount, quantity, net.quantity), currency)


def _matched(
    net: NetLine,
    quantity: Decimal,
    part: Decimal,
    amount: Decimal,
    variance: Decimal,
    reasons: tuple[Reason, ...],
    currency: str,
) -> MatchedLine:
    disputed = less(net.amount, amount)
    price = less(part, amount)
    outcome = Outcome.matched
    if reasons:
        outcome = Outcome.disputed_in_part if quantity > ZERO else Outcome.disputed
    return MatchedLine(
        bill_line_id=net.line.id,
        commitment_line_id=net.line.commitment_line_id,
        billed_quantity=net.quantity,
        billed_amount=net.amount,
        matched_quantity=quantity,
        matched_amount=round_to(amount, currency),
        price_variance=round_to(variance, currency),
        disputed_quantity=less(net.quantity, quantity),
        disputed_price=round_to(price, currency),
        disputed_excess=less(disputed, price),
        disputed_amount=disputed,
        outcome=outcome,
        reasons=reasons,
        why=_why(reasons),
    )


def _refused(net: NetLine, reason: Reason, currency: str) -> MatchedLine:
    return _matched(net, ZERO, ZERO, ZERO, ZERO, (reason,), currency)


def _accepted(line: MatchedLine, net: NetLine, currency: str) -> MatchedLine:
    if line.disputed_amount <= ZERO:
        return line
    whole = _matched(net, net.quantity, net.amount, net.amount, ZERO, line.reasons, currency)
    return whole.model_copy(
        update={"outcome": Outcome.accepted, "price_variance": line.price_variance, "why": line.why}
    )


def _because(line: MatchedLine, reason: Reason) -> MatchedLine:
    reasons = (*line.reasons, reason)
    return line.model_copy(update={"reasons": reasons, "why": _why(reasons)})


def _why(reasons: Iterable[Reason]) -> str:
    return " ".join(SENTENCES[reason] for reason in reasons)
