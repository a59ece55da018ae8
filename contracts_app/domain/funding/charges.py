"""Charges: what was earned and can be billed, before caps and client purchase orders are looked at.

An entry of time, an expense or a fee at its price. Caps (`caps.py`) and funding (`funding.py`) decide how
much of each goes on the next invoice; what does not stays unbilled and says why
(docs/SPEC-caps-and-funding.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts_app.domain.money import ZERO, Amount, Rate, in_words_of_a_page
from contracts_app.domain.names import Name


class ChargeKind(StrEnum):
    """The type of work that a charge is for: a cap may leave expenses out, a purchase order line may take
    one type only."""

    time = "time"
    expense = "expense"
    fee = "fee"


class Charge(BaseModel):
    """An amount earned on a line of the schedule of values, priced by its work date.

    `amount` is before tax, in the contract's currency; negative for a correction. `tax_rate` (a fraction of
    one) matters only to caps that include taxes. `funded_by` is the purchase order line that a correction
    goes back to, where that is known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    line_id: UUID
    work_date: date
    position: int = 0
    person: Name | None = None
    role: Name | None = None
    kind: ChargeKind = ChargeKind.time
    amount: Amount
    tax_rate: Annotated[Rate, Field(ge=0, le=1)] = ZERO
    funded_by: UUID | None = None


class FundedPart(BaseModel):
    """A part of a charge that one line of a client purchase order pays; both None without one.

    `order_number` is BT-13 and `order_line` BT-132 of an electronic invoice (EN 16931). `beyond` is the part
    of `amount` above what the line still had, where its order only warns.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    order_line_id: UUID | None = None
    order_number: Name | None = None
    order_line: Name | None = None
    amount: Amount
    beyond: Amount = ZERO


class Part(BaseModel):
    """What an invoice bills of a charge. `first`: the charge is claimed by this invoice; otherwise an earlier
    one claimed it and this is what that left over."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    charge: Charge
    amount: Amount
    first: bool
    funded: tuple[FundedPart, ...] = ()


class Why(StrEnum):
    """Why a charge, or part of it, is not billed."""

    cap = "cap"
    certificate = "certificate"
    exhausted = "exhausted"
    expired = "expired"
    no_purchase_order = "no_purchase_order"


class Held(BaseModel):
    """What is earned and stays unbilled of a charge.

    `amount` is that part; the charge is whole, so that it keeps its work date and price. `held_by` is the cap
    or the line of the purchase order that holds it. What a certifier cut is held by nothing: it is claimed
    again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    charge: Charge
    amount: Amount
    why: Why
    held_by: UUID | None = None


def in_billing_order(charges: Iterable[Charge]) -> list[Charge]:
    """By work date; charges of one day in the order of their file."""
    return sorted(charges, key=billing_order)


def billing_order(charge: Charge) -> tuple[date, int, UUID]:
    """What charges are billed by: the older first."""
    return (charge.work_date, charge.position, charge.id)


_WAITS_FOR = {
    Why.cap: "waits until the not-to-exceed amount of {holder} is raised.",
    Why.certificate: "was cut by the certifier and is claimed again.",
    Why.exhausted: "waits until {holder} is amended: nothing is left on it.",
    Why.expired: "waits for a purchase order that is valid on {day}.",
    Why.no_purchase_order: "waits for a purchase order that takes this work; the contract requires one.",
}


def why_it_waits(held: Held, holder: str, currency: str) -> str:
    """The sentence for what is not billed. `holder` names the cap, or the purchase order and its line."""
    waits = _WAITS_FOR[held.why].format(holder=holder, day=held.charge.work_date)
    return f"{in_words_of_a_page(held.amount, currency)} {waits}"
