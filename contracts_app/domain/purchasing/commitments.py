"""Commitments: what was ordered of a vendor or subcontractor, received, inspected, billed and credited.

Quantities and prices are decimals of their own precision, amounts are in the commitment's currency. How bills
are matched stands in `bill_match.py`; the rules with worked numbers in docs/SPEC-commitments.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.money import ZERO, Amount, Rate, less, multiply, require_at_scale, round_to, total
from contracts_app.domain.names import BusinessDate, Currency, Name
from contracts_app.domain.refusals import wrong_content


def _not_negative(value: Decimal) -> Decimal:
    if value < ZERO:
        raise ValueError("is not negative; what is given back is a credit or a return")
    return value


def _above_zero(value: Decimal) -> Decimal:
    if value <= ZERO:
        raise ValueError("is more than zero")
    return value


NotNegative = Annotated[Rate, AfterValidator(_not_negative)]
"""A quantity, a price or a fraction that is zero or more."""
AboveZero = Annotated[Rate, AfterValidator(_above_zero)]


class MatchLevel(StrEnum):
    """What a bill is held against: the order; also what was received; also what an inspection accepted."""

    two_way = "two_way"
    three_way = "three_way"
    four_way = "four_way"


class CommitmentKind(StrEnum):
    """A vendor's purchase order, or a subcontract (which may hold retainage)."""

    purchase = "purchase"
    subcontract = "subcontract"


class Tolerance(BaseModel):
    """How far above what was expected is still accepted: by a fraction of it (0.05 = 5 %), by at most so
    much, or within both. Nothing given accepts nothing above."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    percent: NotNegative | None = None
    at_most: NotNegative | None = None

    @property
    def is_given(self) -> bool:
        """Whether there is a tolerance at all."""
        return self.percent is not None or self.at_most is not None

    def allows(self, excess: Decimal, expected: Decimal, units: Decimal = Decimal(1)) -> bool:
        """Whether `excess` over `expected` is accepted; `at_most` counts for each of `units`."""
        if excess <= ZERO:
            return True
        limits = [multiply(expected, self.percent)] if self.percent is not None else []
        if self.at_most is not None:
            limits.append(multiply(self.at_most, units))
        return bool(limits) and excess <= min(limits)


class Tolerances(BaseModel):
    """Tolerances of a commitment. `price` per unit, `quantity` in units, `line` and `total` in amounts (of
    price and quantity together, for a bill's line and for the bill), `receipt` for what may be delivered
    above the order."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    price: Tolerance = Tolerance()
    quantity: Tolerance = Tolerance()
    line: Tolerance = Tolerance()
    total: Tolerance = Tolerance()
    receipt: Tolerance = Tolerance()


class CommitmentLine(BaseModel):
    """So much of something at a price; a lump sum is its amount as quantity at a price of 1.

    `sov_line_id` is the line of the client's contract that its cost is passed on to (none: not passed on),
    `category` finds the markup there; `is_fee`: a fee, which bears no further fee.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    item_no: Name
    description: str = ""
    category: Name
    quantity: AboveZero
    unit_price: NotNegative
    sov_line_id: UUID | None = None
    is_fee: bool = False


class Commitment(BaseModel):
    """A purchase order or subcontract with its lines, in one currency."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    number: Name
    vendor: Name
    kind: CommitmentKind = CommitmentKind.purchase
    currency: Currency
    match: MatchLevel = MatchLevel.three_way
    tolerances: Tolerances = Tolerances()
    lines: Annotated[tuple[CommitmentLine, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _lines_differ(self) -> Commitment:
        if len({line.id for line in self.lines}) < len(self.lines):
            raise ValueError("each line of a commitment has an id of its own")
        return self


class Receipt(BaseModel):
    """Received of a line; a return to the vendor is negative."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    line_id: UUID
    on: BusinessDate
    quantity: Rate


class Inspection(BaseModel):
    """What an inspection accepted and rejected of what was received of a line."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    line_id: UUID
    on: BusinessDate
    accepted: NotNegative
    rejected: NotNegative = ZERO


class BillLine(BaseModel):
    """A vendor's bill, line by line, without recoverable tax; tax that cannot be recovered is cost."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    commitment_line_id: UUID | None = None
    quantity: AboveZero
    unit_price: NotNegative
    tax_not_recoverable: Amount = ZERO


class VendorBill(BaseModel):
    """A vendor's invoice, by the vendor's own number."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    vendor: Name
    number: Name
    dated: BusinessDate
    lines: Annotated[tuple[BillLine, ...], Field(min_length=1)]

    def amount(self, currency: str) -> Decimal:
        """Its lines together, each rounded, without tax."""
        return total(round_to(multiply(line.quantity, line.unit_price), currency) for line in self.lines)


class CreditLine(BaseModel):
    """What a credit memo takes back of a bill's line: a quantity with its amount, or only an amount (a price
    that was too high)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    bill_line_id: UUID
    quantity: NotNegative = ZERO
    amount: Amount
    tax_not_recoverable: Amount = ZERO


class VendorCredit(BaseModel):
    """A vendor's credit memo; its figures are positive, as on the paper."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    vendor: Name
    number: Name
    dated: BusinessDate
    lines: Annotated[tuple[CreditLine, ...], Field(min_length=1)]


class Deliveries(BaseModel):
    """What of each line arrived and passed inspection, to date."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    received: Mapping[UUID, Rate]
    accepted: Mapping[UUID, Rate]


def deliveries(
    commitment: Commitment, receipts: Sequence[Receipt], inspections: Sequence[Inspection]
) -> Deliveries:
    """Receipts less returns, and inspections, by line. Raises Refused for a line that is not the commitment's
    (`not_on_order`), more returned than received (`returned_too_much`) or more inspected than received
    (`inspected_too_much`)."""
    received = {line.id: ZERO for line in commitment.lines}
    accepted = dict(received)
    rejected = dict(received)
    for receipt in receipts:
        _require_known(received, receipt.line_id)
        received[receipt.line_id] = total((received[receipt.line_id], receipt.quantity))
    for inspection in inspections:
        _require_known(received, inspection.line_id)
        accepted[inspection.line_id] = total((accepted[inspection.line_id], inspection.accepted))
        rejected[inspection.line_id] = total((rejected[inspection.line_id], inspection.rejected))
    for line in commitment.lines:
        if received[line.id] < ZERO:
            raise wrong_content(
                "returned_too_much", f"Of line {line.item_no} more is returned than was received."
            )
        # A return is of what was rejected first; what was accepted may have gone back since, too.
        if total((accepted[line.id], rejected[line.id])) > _ever_received(receipts, line.id):
            raise wrong_content(
                "inspected_too_much", f"Of line {line.item_no} more is inspected than was received."
            )
        accepted[line.id] = min(accepted[line.id], received[line.id])
    return Deliveries(received=received, accepted=accepted)


def _ever_received(receipts: Sequence[Receipt], line_id: UUID) -> Decimal:
    return total(
        receipt.quantity for receipt in receipts if receipt.line_id == line_id and receipt.quantity > ZERO
    )


def _require_known(known: Mapping[UUID, Decimal], line_id: UUID) -> None:
    if line_id not in known:
        raise wrong_content("not_on_order", "A receipt or inspection is for a line that was not ordered.")


class NetLine(BaseModel):
    """A bill's line after the credit memos for it; `memos` counts them, since each is rounded by itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line: BillLine
    quantity: NotNegative
    amount: Amount
    tax_not_recoverable: Amount
    memos: int


def net_of_credits(
    bills: Iterable[VendorBill], memos: Iterable[VendorCredit], currency: str
) -> Mapping[UUID, NetLine]:
    """Each line of the bills less what was credited of it, by its id.

    Raises Refused for a credit of a line that is not there (`credit_of_nothing`), of another vendor
    (`another_vendor`), of more than was billed (`credit_above_bill`), of nothing (`credit_of_nothing`), or
    below the currency's unit (`too_many_decimals`).
    """
    vendors = {line.id: bill.vendor for bill in bills for line in bill.lines}
    taken: dict[UUID, list[CreditLine]] = {line_id: [] for line_id in vendors}
    for credit in memos:
        for line in credit.lines:
            if line.bill_line_id not in taken or line.amount <= ZERO:
                raise wrong_content(
                    "credit_of_nothing",
                    f"Credit memo {credit.number} names the line of a bill and an amount above zero.",
                )
            if vendors[line.bill_line_id] != credit.vendor:
                raise wrong_content(
                    "another_vendor", f"Credit memo {credit.number} is not of the vendor of the bill."
                )
            require_at_scale((line.amount, line.tax_not_recoverable), currency)
            taken[line.bill_line_id].append(line)
    return {line.id: _net(line, taken[line.id], currency) for bill in bills for line in bill.lines}


def _net(line: BillLine, taken: Sequence[CreditLine], currency: str) -> NetLine:
    require_at_scale((line.tax_not_recoverable,), currency)
    billed = round_to(multiply(line.quantity, line.unit_price), currency)
    quantity = less(line.quantity, *(credit.quantity for credit in taken))
    amount = less(billed, *(credit.amount for credit in taken))
    tax = less(line.tax_not_recoverable, *(credit.tax_not_recoverable for credit in taken))
    if min(quantity, amount, tax) < ZERO:
        raise wrong_content("credit_above_bill", "A line of a bill is credited with more than was billed.")
    return NetLine(line=line, quantity=quantity, amount=amount, tax_not_recoverable=tax, memos=len(taken))
