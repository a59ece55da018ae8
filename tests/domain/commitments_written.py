"""Commitments as docs/SPEC-commitments.md writes them, with the same ids each time."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from contracts_app.domain.purchasing.commitments import (
    BillLine,
    Commitment,
    CommitmentLine,
    CreditLine,
    Inspection,
    MatchLevel,
    Receipt,
    Tolerance,
    Tolerances,
    VendorBill,
    VendorCredit,
)
from tests.domain.agreements import identity
from tests.domain.worked_tables import listed

DAY = date(2024, 5, 1)
VENDOR = "Sample Supply"


def tolerance(*cells: str) -> Tolerance:
    """`5%` and `2`: a fraction of what was expected, and at most so much."""
    limits = {
        "percent" if cell.endswith("%") else "at_most": (
            Decimal(cell[:-1]).scaleb(-2) if cell.endswith("%") else Decimal(cell)
        )
        for cell in cells
    }
    return Tolerance(**limits)


def tolerances(cell: str) -> Tolerances:
    """`price 5%; line 25` as tolerances."""
    by_kind: dict[str, list[str]] = {}
    for part in listed(cell):
        kind, limit = part.split()
        by_kind.setdefault(kind, []).append(limit)
    return Tolerances(**{kind: tolerance(*limits) for kind, limits in by_kind.items()})


def line(number: int, quantity: str, price: str, category: str = "material") -> CommitmentLine:
    """A line that is passed on to the line of the contract of the same number."""
    return CommitmentLine(
        id=identity(f"ordered {number}"),
        item_no=str(number),
        category=category,
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        sov_line_id=identity(f"line {number}"),
    )


def commitment(
    lines: Sequence[CommitmentLine],
    level: MatchLevel = MatchLevel.three_way,
    within: Tolerances | None = None,
) -> Commitment:
    """An order of the sample vendor in US dollars."""
    return Commitment(
        id=identity("order"),
        number="PO-1",
        vendor=VENDOR,
        currency="USD",
        match=level,
        tolerances=within or Tolerances(),
        lines=tuple(lines),
    )


def received(number: int, quantity: str | Decimal, nth: int = 1) -> Receipt:
    """So much of a line."""
    return Receipt(
        id=identity(f"receipt {number}.{nth}"),
        line_id=identity(f"ordered {number}"),
        on=DAY,
        quantity=Decimal(quantity),
    )


def inspected(number: int, accepted: str, rejected: str = "0") -> Inspection:
    """An inspection of a line."""
    return Inspection(
        id=identity(f"inspection {number}"),
        line_id=identity(f"ordered {number}"),
        on=DAY,
        accepted=Decimal(accepted),
        rejected=Decimal(rejected),
    )


def bill(number: int, *lines: BillLine) -> VendorBill:
    """A bill of the sample vendor, a day after the one before."""
    return VendorBill(
        id=identity(f"bill {number}"),
        vendor=VENDOR,
        number=f"INV-{number}",
        dated=DAY + timedelta(days=number),
        lines=lines,
    )


def billed(number: int, quantity: str, price: str, ordered: int | None = 1, tax: str = "0") -> BillLine:
    """A bill's line for a line of the order."""
    return BillLine(
        id=identity(f"billed {number}"),
        commitment_line_id=None if ordered is None else identity(f"ordered {ordered}"),
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        tax_not_recoverable=Decimal(tax),
    )


def credited(nth: int, number: int, quantity: str, amount: str, tax: str = "0") -> VendorCredit:
    """A credit memo for one line of a bill."""
    return VendorCredit(
        id=identity(f"credit {nth}"),
        vendor=VENDOR,
        number=f"CM-{nth}",
        dated=DAY + timedelta(days=30 + nth),
        lines=(
            CreditLine(
                bill_line_id=identity(f"billed {number}"),
                quantity=Decimal(quantity),
                amount=Decimal(amount),
                tax_not_recoverable=Decimal(tax),
            ),
        ),
    )
