"""One expense as its source says it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

from contracts_app.domain.canonical import digest
from contracts_app.domain.money import ZERO
from importers.entries import Entry, canonical


class ExpenseEntry(Entry):
    """One expense as its source says it, tax included, in `currency` where the source names one.

    `original_amount` and `original_currency` are those of the receipt, where the source has converted it.
    `tax` is the part of the amount that is tax. `item_no` (the line of the contract), `booked_as` (the
    category) and `tax_recovered` are what it has in the contract it is imported into.
    `billed_elsewhere`: the source says it was invoiced. What it says of approval approves nothing here.
    """

    settled: ClassVar[frozenset[str]] = frozenset(
        {"item_no", "booked_as", "tax_recovered", "line_meant", "elsewhere_meant"}
    )
    passing: ClassVar[frozenset[str]] = frozenset({"approved_in_source", "receipt"})
    later: ClassVar[frozenset[str]] = frozenset({"tax", "sov_line"})
    telling: ClassVar[tuple[str, ...]] = (
        "spent_on",
        "person",
        "merchant",
        "category",
        "amount",
        "description",
    )

    spent_on: date
    person: str
    merchant: str = ""
    category: str | None = None
    description: str = ""
    amount: Decimal
    currency: str | None = None
    original_amount: Decimal | None = None
    original_currency: str | None = None
    project: str | None = None
    project_code: str | None = None
    client: str | None = None
    billable: bool = True
    reimbursable: bool | None = None
    tax: Decimal | None = None
    sov_line: str | None = None
    billed_elsewhere: bool = False
    approved_in_source: bool | None = None
    receipt: str | None = None
    line_meant: str | None = None
    """The id of the line that `sov_line` means, where it is none by itself."""
    item_no: str | None = None
    booked_as: str | None = None
    tax_recovered: Decimal = ZERO
    elsewhere_meant: bool | None = None
    """What a person said of the whole file: every row is billed elsewhere, or none; None leaves the mark."""

    @property
    def is_billed_elsewhere(self) -> bool:
        """Whether an earlier system has billed it: as said of the file, else as the row is marked."""
        return self.billed_elsewhere if self.elsewhere_meant is None else self.elsewhere_meant

    @property
    def says_whether_billed(self) -> bool:
        """Whether the row has a mark, or a person said it of the file."""
        return self.elsewhere_meant is not None or "billed_elsewhere" in self.source.cells

    def named(self) -> ExpenseEntry:
        """The entry with the hash of what tells it from others as external id."""
        told = {name: canonical(getattr(self, name)) for name in self.telling}
        return self.model_copy(update={"external_id": digest(told)[:32]})
