"""Commands about commitments: order, change, receive, bill, settle a hold, credit, release retainage.

Quantities have at most four decimals, prices six; amounts are in the contract's currency.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.billing.unit_price import Price, Quantity, Unit
from contracts_app.domain.commands.command_body import CommandBody, Reason, Remark, Version
from contracts_app.domain.contract import RetainageRate
from contracts_app.domain.cost_plus.terms import CostCategory
from contracts_app.domain.money import ZERO, Amount, Rate
from contracts_app.domain.names import BusinessDate, Name
from contracts_app.domain.purchasing.commitments import CommitmentKind, MatchLevel, Tolerances
from contracts_app.domain.purchasing.standing import Settlement

MOST_LINES = 500


def _some(value: Decimal) -> Decimal:
    if value.is_zero():
        raise ValueError("is more than zero")
    return value


def _changes(value: Decimal) -> Decimal:
    if abs(value) != abs(value).quantize(Decimal("0.0001")):
        raise ValueError("a quantity has at most 4 decimals")
    return value


Ordered = Annotated[Quantity, AfterValidator(_some)]
"""A quantity that is ordered or billed."""
Difference = Annotated[Rate, AfterValidator(_changes)]
"""A quantity more, or with a minus less."""

CATEGORIES: tuple[str, ...] = tuple(CostCategory)
Purposes = Annotated[str, Field(max_length=2000)]


class OrderedRow(BaseModel):
    """A line of an order.

    `sov_item_no` is the line of the client's contract that its cost belongs to (none: to no line); where that
    line is billed at cost, the client pays it. `category` is the kind of cost; `is_fee`: a fee, which bears
    no further fee.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    item_no: Name
    description: Name
    category: CostCategory
    unit: Unit | None = None
    quantity: Ordered
    unit_price: Price
    sov_item_no: Name | None = None
    is_fee: bool = False


def _each_once(rows: tuple[OrderedRow, ...]) -> tuple[OrderedRow, ...]:
    if len({row.item_no for row in rows}) < len(rows):
        raise ValueError("each line of an order has a number of its own")
    return rows


class EnterCommitment(CommandBody):
    """Enter what was ordered of a vendor or subcontractor; the project manager approves it.

    `retainage_rate` is what is withheld of a subcontractor (left out: what the client withholds of us).
    """

    command: Literal["enter_commitment"] = "enter_commitment"
    contract_id: UUID
    number: Name
    title: Name
    vendor: Name
    kind: CommitmentKind = CommitmentKind.purchase
    match: Literal[MatchLevel.two_way, MatchLevel.three_way] = MatchLevel.three_way
    tolerances: Tolerances = Tolerances()
    retainage_rate: RetainageRate | None = None
    ordered_on: BusinessDate
    lines: Annotated[
        tuple[OrderedRow, ...], Field(min_length=1, max_length=MOST_LINES), AfterValidator(_each_once)
    ]

    @model_validator(mode="after")
    def _agree(self) -> EnterCommitment:
        if self.kind is CommitmentKind.purchase and self.retainage_rate is not None:
            raise ValueError("retainage is withheld of a subcontract, not of a purchase order")
        return self


class ChangedRow(BaseModel):
    """A change of a line of an order: so many more (or, with a minus, fewer), or another price."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    item_no: Name
    quantity: Difference = ZERO
    unit_price: Price | None = None

    @model_validator(mode="after")
    def _says_something(self) -> ChangedRow:
        if not self.quantity and self.unit_price is None:
            raise ValueError("a change says another quantity or another price")
        return self


class ChangeCommitment(CommandBody):
    """Propose a change order to a commitment: lines that change and lines that come in. It counts once the
    project manager has approved it."""

    command: Literal["change_commitment"] = "change_commitment"
    contract_id: UUID
    commitment_id: UUID
    number: Name
    reason: Reason
    changes: Annotated[tuple[ChangedRow, ...], Field(max_length=MOST_LINES)] = ()
    lines: Annotated[tuple[OrderedRow, ...], Field(max_length=MOST_LINES), AfterValidator(_each_once)] = ()

    @model_validator(mode="after")
    def _agree(self) -> ChangeCommitment:
        if not self.changes and not self.lines:
            raise ValueError("a change order changes a line or brings one")
        if len({row.item_no for row in self.changes}) < len(self.changes):
            raise ValueError("a line is changed once")
        return self


class ReceivedRow(BaseModel):
    """So much of a line arrived; with a minus it went back to the vendor."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    item_no: Name
    quantity: Annotated[Difference, AfterValidator(_some)]


class RecordDelivery(CommandBody):
    """Record what arrived, or went back, by delivery note; work of a subcontractor counts as it is done."""

    command: Literal["record_delivery"] = "record_delivery"
    contract_id: UUID
    commitment_id: UUID
    received_on: BusinessDate
    reference: Name
    lines: Annotated[tuple[ReceivedRow, ...], Field(min_length=1, max_length=MOST_LINES)]


class BilledRow(BaseModel):
    """A line of a vendor's bill, for the order's line `item_no` (none: not ordered). Tax that is recovered is
    left out; `tax_not_recoverable` is cost."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    item_no: Name | None = None
    description: Purposes = ""
    quantity: Ordered
    unit_price: Price
    tax_not_recoverable: Amount = ZERO

    @model_validator(mode="after")
    def _not_negative(self) -> BilledRow:
        if self.tax_not_recoverable < ZERO:
            raise ValueError("tax is not negative; what is given back is a credit memo")
        return self


class EnterBill(CommandBody):
    """Enter a vendor's bill, by the vendor's own number; it is matched at once."""

    command: Literal["enter_bill"] = "enter_bill"
    contract_id: UUID
    commitment_id: UUID
    number: Name
    dated: BusinessDate
    lines: Annotated[tuple[BilledRow, ...], Field(min_length=1, max_length=MOST_LINES)]


class SettleHold(CommandBody):
    """Decide on a bill that does not match: on its line `line` (counted from 1), or on the bill as a whole
    where it looks like another one. Not by whoever entered the bill."""

    command: Literal["settle_hold"] = "settle_hold"
    contract_id: UUID
    bill_id: UUID
    line: Annotated[int, Field(ge=1, le=MOST_LINES)] | None = None
    settlement: Settlement
    disputed: Amount = ZERO
    """What was disputed of the line when it was seen; another amount is decided on anew."""
    reason: Reason

    @model_validator(mode="after")
    def _agree(self) -> SettleHold:
        if (self.line is None) != (self.settlement is Settlement.another_bill):
            raise ValueError(
                "a line is paid as billed or as matched; a bill is another one than it looks like"
            )
        return self


class CreditedRow(BaseModel):
    """What a credit memo takes back of a bill's line (counted from 1): a quantity with its amount, or only an
    amount, where the price was too high."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line: Annotated[int, Field(ge=1, le=MOST_LINES)]
    quantity: Quantity = ZERO
    amount: Amount
    tax_not_recoverable: Amount = ZERO


class EnterVendorCredit(CommandBody):
    """Enter a vendor's credit memo for a bill; its figures are positive, as on the paper."""

    command: Literal["enter_vendor_credit"] = "enter_vendor_credit"
    contract_id: UUID
    bill_id: UUID
    number: Name
    dated: BusinessDate
    lines: Annotated[tuple[CreditedRow, ...], Field(min_length=1, max_length=MOST_LINES)]


class Paper(StrEnum):
    """What of a commitment is approved: the order, a change of it, a bill, a credit memo."""

    commitment = "commitment"
    change = "change"
    bill = "bill"
    credit_memo = "credit_memo"


class ApprovePurchase(CommandBody):
    """The contract's project manager accepts an order, a change of it, a bill or a credit memo as he saw it;
    not what he entered."""

    command: Literal["approve_purchase"] = "approve_purchase"
    contract_id: UUID
    paper: Paper
    paper_id: UUID
    version: Version


class RejectPurchase(CommandBody):
    """The contract's project manager does not accept it; it counts no more."""

    command: Literal["reject_purchase"] = "reject_purchase"
    contract_id: UUID
    paper: Paper
    paper_id: UUID
    reason: Reason


class ReleaseOfSub(CommandBody):
    """Release retainage to a subcontractor: so much of what is held on a line of the subcontract."""

    command: Literal["release_of_sub"] = "release_of_sub"
    contract_id: UUID
    commitment_id: UUID
    item_no: Name
    amount: Amount
    released_on: BusinessDate
    reason: Remark = ""
