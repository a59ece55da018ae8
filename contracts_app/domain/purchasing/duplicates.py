"""The same paper twice: vendors' bills and receipts of expenses (docs/SPEC-commitments.md, SPEC-expenses.md).

What is the same for certain is held; what looks the same is for a person to judge, never refused by itself.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.expenses.expenses import Expense
from contracts_app.domain.purchasing.commitments import VendorBill


class Sameness(StrEnum):
    """What two papers have in common."""

    number = "number"
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
    """Bills of a vendor with a number that was there before (however it is punctuated), and those of the same
    amount and date under another number. In the order in which the bills came."""
    by_number = _again(
        (bill.id, (_vendor(bill.vendor), written_alike(bill.number)), Sameness.number) for bill in bills
    )
    alike = _again(
        (bill.id, (_vendor(bill.vendor), bill.amount(currency), bill.dated), Sameness.amount_and_date)
        for bill in bills
    )
    return _once(by_number, alike)


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
    """A vendor's number without case, punctuation and leading zeros: `INV-0042` and `inv 0042` are one."""
    letters = "".join(letter for letter in number.casefold() if letter.isalnum())
    return letters.lstrip("0") or letters


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
