"""What a contract says of the client's purchase orders."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class OnExceed(StrEnum):
    """What an exhausted order does: hold what exceeds it, or let it be billed with a warning."""

    block = "block"
    warn = "warn"


class OrderOfUse(StrEnum):
    """Which of several lines that take a charge pays first: as they are numbered, or the one that ends first
    (lines without an end last)."""

    as_numbered = "as_numbered"
    expiry_first = "expiry_first"


class ExpiryDay(StrEnum):
    """Which day must lie within a line's dates: the day of the work, or the date of the invoice (of a draft
    the last day of its period)."""

    service_date = "service_date"
    invoice_date = "invoice_date"


class FundingTerms(BaseModel):
    """What the contract says of purchase orders. `required`: nothing is billed without one."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    required: bool = False
    order_of_use: OrderOfUse = OrderOfUse.as_numbered
    expiry_tested_on: ExpiryDay = ExpiryDay.service_date
