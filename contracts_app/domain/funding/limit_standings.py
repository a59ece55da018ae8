"""How each cap and each line of an order stands: billed, kept by approved drafts, earned beside, left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.funding.caps import Cap, Claim, Scope
from contracts_app.domain.funding.charges import Charge
from contracts_app.domain.funding.limited import Billed, Question, made_of, room, used_under
from contracts_app.domain.funding.limits import Standing
from contracts_app.domain.money import ZERO, Amount, less, total
from contracts_app.domain.names import Name


def of_caps(
    asked: Question, offered: Sequence[Charge], billed: Iterable[Billed]
) -> Sequence[tuple[Cap, Standing]]:
    """Every cap as it stands; `offered` is all that is earned and neither billed nor kept, `billed` what
    other invoices bill and keep. Earned is counted in full, whatever another limit lets be billed."""
    known = list(billed)
    left = room(asked)
    found = []
    for cap in asked.caps:
        used = used_under(cap, known)
        of_line = cap.scope is Scope.line
        # A line may have been billed before there were other limits: its certificate says so.
        before = asked.completed.get(cap.lines[0], ZERO) if of_line else used.billed
        unbilled = total(
            (
                *(cap.counted(one, one.amount, asked.terms.currency) for one in offered if cap.covers(one)),
                *(
                    cap.counted(one.charge, one.amount, asked.terms.currency)
                    for one in asked.limits.over
                    if cap.covers(one.charge)
                ),
            )
        )
        found.append(
            (
                cap,
                _standing(
                    cap.amount,
                    before,
                    used.reserved,
                    unbilled,
                    less(left[cap.id], used.reserved) if of_line else left[cap.id],
                ),
            )
        )
    return found


def of_orders(asked: Question, offered: Iterable[Charge]) -> Mapping[UUID, Standing]:
    """Every line of an open order: unbilled is what it would pay now, and what waits until it is amended."""
    made = made_of(asked, offered)
    used = {each.limit_id: each for each in asked.limits.used}
    found = {}
    for order in asked.limits.orders:
        for line in order.lines:
            pays = total(
                part.amount for one in made.parts for part in one.funded if part.order_line_id == line.id
            )
            waits = total(held.amount for held in (*made.over, *made.waiting) if held.held_by == line.id)
            known = used[line.id]
            found[line.id] = _standing(
                line.amount,
                known.billed,
                known.reserved,
                total((pays, waits)),
                less(line.amount, known.billed, known.reserved),
            )
    return found


class LimitShare(BaseModel):
    """What one invoice bills under a cap or on a line of an order: billed before, now, and left after it.

    With neither amount nor order it is what is billed beside the orders, where none takes the work.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: Name
    order_number: Name | None = None
    order_line: Name | None = None
    amount: Amount | None = None
    before: Amount = ZERO
    now: Amount

    @property
    def to_date(self) -> Decimal:
        """Before and now."""
        return total((self.before, self.now))

    @property
    def left(self) -> Decimal | None:
        """What may still be billed; negative for an order that only warns. None beside the orders."""
        return None if self.amount is None else less(self.amount, self.to_date)


def shares(asked: Question, made: Claim) -> tuple[LimitShare, ...]:
    """What an invoice bills under each cap over several lines and on each line of an order.

    The shares of the orders, with what no order pays, add up to what the invoice bills.
    """
    used = {each.limit_id: each for each in asked.limits.used}
    of_caps = [
        LimitShare(name=cap.name, amount=cap.amount, before=used[cap.id].billed, now=made.uses[cap.id])
        for cap in asked.caps
        if cap.scope is not Scope.line
    ]
    paid = [part for one in made.parts for part in one.funded]
    on_orders = [
        LimitShare(
            name=f"Purchase order {order.number}, line {line.number}",
            order_number=order.number,
            order_line=line.number,
            amount=line.amount,
            before=used[line.id].billed,
            now=total(part.amount for part in paid if part.order_line_id == line.id),
        )
        for order in asked.limits.orders
        for line in order.lines
    ]
    beside = total(part.amount for part in paid if part.order_line_id is None)
    without = [LimitShare(name="Without a purchase order", now=beside)] if on_orders and beside else []
    return (*of_caps, *on_orders, *without)


def _standing(
    amount: Decimal, billed: Decimal, reserved: Decimal, unbilled: Decimal, left: Decimal
) -> Standing:
    return Standing(
        amount=amount,
        billed=billed,
        reserved=reserved,
        unbilled=unbilled,
        earned=total((billed, reserved, unbilled)),
        left=left,
    )
