"""The same paper twice: vendors' bills and receipts of expenses (docs/SPEC-commitments.md, SPEC-expenses.md).

What is the same for certain is held; what looks the same is for a person to judge, never refused by itself.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.expenses.expenses import Expense
from contracts_app.domain.purchasing.commitments import VendorBill

_GROUP = re.compile(r"[^\W_]+")


class Sameness(StrEnum):
    """What two papers have in common."""

    number = "number"
    number_run_together = "number_run_together"
    receipt = "receipt"
    amount_and_date = "amount_and_date"


class Duplicate(BaseModel):
    """`id` says again what `of` said first; `certain` when it is held, else it is for a person to judge."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    of: UUID
    because: Sameness
    certain: bool


def duplicate_bills(bills: Sequence[VendorBill], currency: str) -> tuple[Duplicate, ...]:
    """Bills of a vendor with a number that was there before (however it is punctuated), those whose number is
    another's without the sign between its digits, and those of the same amount and date under another number.
    In the order in which the bills came."""
    by_number = _again(
        (bill.id, (_vendor(bill.vendor), written_alike(bill.number)), Sameness.number) for bill in bills
    )
    alike = _again(
        (bill.id, (_vendor(bill.vendor), bill.amount(currency), bill.dated), Sameness.amount_and_date)
        for bill in bills
    )
    return _once(by_number, _run_together(bills), alike)


def _run_together(bills: Iterable[VendorBill]) -> Iterator[Duplicate]:
    """`2024-001` beside `2024001`; `1-23` beside `12-3` is not, since both have their sign."""
    whole: dict[Hashable, UUID] = {}
    parted: dict[Hashable, UUID] = {}
    for bill in bills:
        written = written_alike(bill.number)
        key = _vendor(bill.vendor), written.replace("-", "")
        mine, others = (parted, whole) if "-" in written else (whole, parted)
        if key in others:
            because = Sameness.number_run_together
            yield Duplicate(id=bill.id, of=others[key], because=because, certain=False)
        mine.setdefault(key, bill.id)


def duplicate_receipts(expenses: Sequence[Expense]) -> tuple[Duplicate, ...]:
    """Expenses on a receipt (the hash of its file) that was there before, and those of the same vendor, date
    and amount. Adjusting entries are none."""
    entries = [entry for entry in expenses if entry.corrects is None]
    by_file = _again((entry.id, entry.receipt, Sameness.receipt) for entry in entries if entry.receipt)
    alike = _again(
        (
            entry.id,
            (_vendor(entry.vendor), entry.on, entry.currency, entry.amount),
            Sameness.amount_and_date,
        )
        for entry in entries
        if entry.vendor
    )
    return _once(by_file, alike)


def written_alike(number: str) -> str:
    """A vendor's number without case, punctuation and leading zeros: `INV-0042` and `inv 0042` are one.

    A sign between two digits parts them, whichever it is: `1-23` is `1/23`, but neither `12-3` nor `123`.
    """
    groups = _GROUP.findall(number.casefold())
    parted = "".join(
        f"{'-' if before[-1:].isdigit() and group[0].isdigit() else ''}{group}"
        for before, group in pairwise(["", *groups])
    )
    return parted.lstrip("0") or parted or number


def _vendor(name: str) -> str:
    return " ".join(name.casefold().split())


def _again(papers: Iterable[tuple[UUID, Hashable, Sameness]]) -> Iterator[Duplicate]:
    first: dict[Hashable, UUID] = {}
    for paper, key, because in papers:
        if key in first:
            certain = because is not Sameness.amount_and_date
            yield Duplicate(id=paper, of=first[key], because=because, certain=certain)
        else:
            first[key] = paper


def _once(*found: Iterable[Duplicate]) -> tuple[Duplicate, ...]:
    """Each paper once, for what is more certain."""
    known: dict[UUID, Duplicate] = {}
    for duplicate in (each for several in found for each in several):
        known.setdefault(duplicate.id, duplicate)
    return tuple(known.values())
