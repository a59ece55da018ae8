"""Where the lines of a commitment stand: received not billed, billed not received, received above the order
(docs/SPEC-commitments.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.money import ZERO, Amount, Rate, less, multiply, round_to, total
from contracts_app.domain.purchasing.bill_match import BillMatch, Reason
from contracts_app.domain.purchasing.commitments import (
    Commitment,
    CommitmentLine,
    Inspection,
    MatchLevel,
    Receipt,
    deliveries,
)


class Position(BaseModel):
    """Where a line of a commitment stands, in units and at the order's price.

    Received counts what an inspection accepted where bills are matched four ways; with two ways nothing is
    received, and the differences are zero.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    ordered: Rate
    received: Rate
    billed: Rate
    matched: Rate
    received_not_billed: Rate
    received_not_billed_amount: Amount
    billed_not_received: Rate
    billed_not_received_amount: Amount
    over_received: Rate
    over_receipt_accepted: bool


def positions(
    commitment: Commitment,
    receipts: Sequence[Receipt],
    inspections: Sequence[Inspection],
    matches: Iterable[BillMatch],
) -> tuple[Position, ...]:
    """Received not billed (an accrual), billed not received and received above the order, for each line."""
    arrived = deliveries(commitment, receipts, inspections)
    counted = arrived.accepted if commitment.match is MatchLevel.four_way else arrived.received
    billed = {line.id: ZERO for line in commitment.lines}
    matched = dict(billed)
    for line in (line for found in matches for line in found.lines):
        if line.commitment_line_id in billed and Reason.duplicate not in line.reasons:
            key = line.commitment_line_id
            billed[key] = total((billed[key], line.billed_quantity))
            matched[key] = total((matched[key], line.matched_quantity))
    receives = commitment.match is not MatchLevel.two_way
    return tuple(
        _position(
            commitment,
            line,
            counted[line.id] if receives else billed[line.id],
            arrived.received[line.id],
            billed[line.id],
            matched[line.id],
        )
        for line in commitment.lines
    )


def _position(
    commitment: Commitment,
    line: CommitmentLine,
    counted: Decimal,
    received: Decimal,
    billed: Decimal,
    matched: Decimal,
) -> Position:
    not_billed = max(less(counted, billed), ZERO)
    not_received = max(less(billed, counted), ZERO)
    over = max(less(received, line.quantity), ZERO)
    return Position(
        line_id=line.id,
        ordered=line.quantity,
        received=received,
        billed=billed,
        matched=matched,
        received_not_billed=not_billed,
        received_not_billed_amount=round_to(multiply(not_billed, line.unit_price), commitment.currency),
        billed_not_received=not_received,
        billed_not_received_amount=round_to(multiply(not_received, line.unit_price), commitment.currency),
        over_received=over,
        over_receipt_accepted=commitment.tolerances.receipt.allows(over, line.quantity),
    )
