"""One row of a register of orders."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

from contracts_app.domain.cost_plus.terms import CostCategory
from importers import values
from importers.entries import Entry


class OrderedItem(Entry):
    """One row of a register of orders. `amount` is what stands; `stated` what the file says, if it says it.

    `dated` is the day that stands: the file's, or after a decision a day of the `month` it names. `supplier`
    is the vendor, or who was said to be where the file names none. `cost` is the kind of cost that the order
    is booked as, `category` what the file calls it; `line_meant` is the line that its code means. Open
    quantities, state and what was billed change from export to export and are no part of its content.
    """

    settled: ClassVar[frozenset[str]] = frozenset({"amount", "dated", "cost", "supplier", "line_meant"})
    passing: ClassVar[frozenset[str]] = frozenset(
        {"state", "approved_changes", "revised", "invoiced", "deleted"}
    )

    order_number: str | None = None
    transaction: str | None = None
    item_no: str | None = None
    award: str | None = None
    vendor: str | None = None
    vendor_number: str | None = None
    description: str | None = None
    material: str | None = None
    category: str | None = None
    ordered_on: date | None = None
    month: str | None = None
    deliver_by: date | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    unit_price: Decimal | None = None
    price_per: Decimal | None = None
    stated: Decimal | None = None
    currency: str | None = None
    sov_line: str | None = None
    project: str | None = None
    body: str | None = None
    approved_changes: Decimal | None = None
    revised: Decimal | None = None
    invoiced: Decimal | None = None
    state: str | None = None
    deleted: bool = False
    amount: Decimal
    dated: date | None = None
    supplier: str | None = None
    cost: CostCategory | None = None
    line_meant: str | None = None

    @property
    def line(self) -> str | None:
        """The line of the schedule of values: the one that the file's code means, else as it is written."""
        return self.line_meant or self.sov_line

    @property
    def number(self) -> str | None:
        """The number the order goes by: its own, else that of the transaction where that is whole."""
        if self.order_number is not None or self.transaction is None:
            return self.order_number
        return None if values.is_damaged(self.transaction) else self.transaction
