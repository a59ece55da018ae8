"""Where a commitment stands: its bills matched, what is on hold and how that is settled, and its sums
(docs/SPEC-commitments.md, *Holds*)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from uuid import UUID

from contracts_app.domain.money import ZERO, less, multiply, round_to, total
from contracts_app.domain.purchasing import bill_match
from contracts_app.domain.purchasing.bill_match import BillMatch, MatchedLine, Reason
from contracts_app.domain.purchasing.commitment_position import Position, positions
from contracts_app.domain.purchasing.commitments import Commitment, Receipt, VendorBill, VendorCredit
from contracts_app.domain.purchasing.duplicates import Duplicate
from contracts_app.domain.purchasing.pass_through import CostLine, cost_lines


class Settlement(StrEnum):
    """How a hold is settled: the line is paid as billed; only what matches is paid; the bill is not the one
    that it looks like."""

    pay_as_billed = "pay_as_billed"
    pay_what_matches = "pay_what_matches"
    another_bill = "another_bill"


HOW: Mapping[Reason, str] = {
    Reason.not_on_order: "Add it to the order by a change order, pay it as billed with a reason, or "
    "reject the bill.",
    Reason.duplicate: "Reject this bill, or say why it is another one.",
    Reason.above_ordered: "Change the order, or ask the vendor for a credit memo; or pay only what was "
    "ordered.",
    Reason.above_received: "Record the delivery once the rest is here, or ask the vendor for a credit memo; "
    "or pay only what was received.",
    Reason.above_accepted: "Have the rest inspected, or ask the vendor for a credit memo.",
    Reason.price_above_order: "Ask the vendor for a credit memo, or change the order's price; or pay it as "
    "billed, or only at the order's price.",
    Reason.line_above_tolerance: "Pay it as billed with a reason, or only what matches.",
    Reason.total_above_tolerance: "Pay it as billed with a reason, or only what matches.",
}
"""How each reason for a hold is settled."""


@dataclass(frozen=True)
class Settled:
    """What somebody decided on a line of a bill (None: on the bill as a possible duplicate) that was disputed
    by this amount."""

    bill_id: UUID
    line_id: UUID | None
    settlement: Settlement
    disputed: Decimal
    reason: str
    by: UUID


@dataclass(frozen=True)
class Hold:
    """Why a bill is not paid yet: on one line, or as a whole where it looks like another bill."""

    bill_id: UUID
    line_id: UUID | None
    reasons: tuple[Reason, ...]
    disputed: Decimal
    sentence: str
    how: str


@dataclass(frozen=True)
class Sums:
    """In the contract's currency: ordered with approved changes, received at the order's price, billed net of
    credit memos, matched, and still open (ordered less matched)."""

    committed: Decimal
    received: Decimal
    billed: Decimal
    matched: Decimal

    @property
    def disputed(self) -> Decimal:
        """What of the bills does not match."""
        return less(self.billed, self.matched)

    @property
    def open(self) -> Decimal:
        """What is ordered and not matched yet; below zero where more was accepted than ordered."""
        return less(self.committed, self.matched)


@dataclass(frozen=True)
class Book:
    """All that is known of an approved commitment. `bills` are those not rejected, in the order in which they
    came in, `approved` those approved, in the order of their approval; `credits` are approved ones.
    `duplicates` were looked for among all bills of the vendor in the firm."""

    order: Commitment
    receipts: Sequence[Receipt] = ()
    bills: Sequence[VendorBill] = ()
    approved: Sequence[UUID] = ()
    credits: Sequence[VendorCredit] = ()
    settled: Sequence[Settled] = ()
    duplicates: Sequence[Duplicate] = ()

    @cached_property
    def held(self) -> frozenset[UUID]:
        """Bills that are certainly another one's duplicate, unless somebody said that they are not."""
        others = {each.bill_id for each in self.settled if each.line_id is None}
        return frozenset(each.id for each in self.duplicates if each.certain and each.id not in others)

    @cached_property
    def decided(self) -> Mapping[UUID, Settled]:
        """The last decision on each line of a bill."""
        return {each.line_id: each for each in self.settled if each.line_id is not None}

    @cached_property
    def matches(self) -> tuple[BillMatch, ...]:
        """Every bill, matched anew from all that is known."""
        accepted = {
            line_id for line_id, each in self.decided.items() if each.settlement is Settlement.pay_as_billed
        }
        return bill_match.match(
            self.order,
            self.receipts,
            (),
            self.bills,
            self.credits,
            self.held,
            accepted=accepted,
            settled=self.approved,
        )

    @cached_property
    def positions(self) -> tuple[Position, ...]:
        """Where each line of the order stands."""
        return positions(self.order, self.receipts, (), self.matches)

    @cached_property
    def sums(self) -> Sums:
        """The commitment in figures; a bill that is held as a duplicate is no bill."""
        currency = self.order.currency
        prices = {line.id: line.unit_price for line in self.order.lines}
        real = [found for found in self.matches if found.bill_id not in self.held]
        return Sums(
            committed=total(
                round_to(multiply(line.quantity, line.unit_price), currency) for line in self.order.lines
            ),
            received=total(
                round_to(multiply(each.received, prices[each.line_id]), currency) for each in self.positions
            ),
            billed=total(found.billed for found in real),
            matched=total(found.matched for found in real),
        )

    def holds(self, bill_id: UUID) -> tuple[Hold, ...]:
        """What keeps a bill from being approved."""
        if bill_id in self.held:
            found = next(each for each in self.matches if each.bill_id == bill_id)
            return (_hold(bill_id, None, (Reason.duplicate,), found.billed),)
        return tuple(
            _hold(bill_id, line.bill_line_id, line.reasons, line.disputed_amount)
            for found in self.matches
            if found.bill_id == bill_id
            for line in found.lines
            if self.is_open(line)
        )

    def is_open(self, line: MatchedLine) -> bool:
        """Whether a line is disputed and nobody decided on just that amount."""
        if line.disputed_amount == ZERO:
            return False
        decided = self.decided.get(line.bill_line_id)
        return decided is None or decided.disputed != line.disputed_amount

    def costs(self) -> tuple[CostLine, ...]:
        """What approved bills cost by now, line by line, for lines of the order that belong to a line of the
        contract."""
        approved = set(self.approved)
        bills = [bill for bill in self.bills if bill.id in approved]
        lines = {line.id for bill in bills for line in bill.lines}
        return cost_lines(
            self.order,
            bills,
            [memo for memo in self.credits if all(line.bill_line_id in lines for line in memo.lines)],
            [found for found in self.matches if found.bill_id in approved],
        )


def _hold(bill_id: UUID, line_id: UUID | None, reasons: tuple[Reason, ...], disputed: Decimal) -> Hold:
    return Hold(
        bill_id=bill_id,
        line_id=line_id,
        reasons=reasons,
        disputed=disputed,
        sentence=" ".join(bill_match.SENTENCES[reason] for reason in reasons),
        how=" ".join(dict.fromkeys(HOW[reason] for reason in reasons)),
    )
