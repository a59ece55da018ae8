"""How each cap and each line of an order stands: billed, kept by approved drafts, earned beside, left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from contracts_app.domain.funding.caps import Cap, Scope
from contracts_app.domain.funding.charges import Charge
from contracts_app.domain.funding.limited import Billed, Question, made_of, room, used_under
from contracts_app.domain.funding.limits import Standing
from contracts_app.domain.money import ZERO, less, total


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
