"""Revisions of the schedule of values: budget moved between lines, the contract sum unchanged.

After the first certified application a base line changes only by a recorded revision
(docs/SPEC-change-orders.md). The same moves draw on a contingency or an allowance.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts_app.domain.billing.schedule_of_values import SovLine
from contracts_app.domain.money import ZERO, Amount, in_words_of_a_page, is_at_scale, less, total
from contracts_app.domain.names import BusinessDate, Name
from contracts_app.domain.refusals import Refused, wrong_content


class Move(BaseModel):
    """What a revision adds to a line (positive) or takes from it (negative)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    amount: Amount


class Revision(BaseModel):
    """A transfer of budget: its moves add up to zero. In force from `effective_on`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    number: Name
    effective_on: BusinessDate
    reason: Name
    moves: Annotated[tuple[Move, ...], Field(min_length=2)]


class TakenBack(BaseModel):
    """What the next application takes back of a line that the revision leaves below what is billed of it:
    its E is `amount`, which is negative."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    amount: Amount


class Revised(BaseModel):
    """The schedule after a revision, and what it takes back of lines billed beyond their new value."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    lines: tuple[SovLine, ...]
    taken_back: tuple[TakenBack, ...] = ()


def moved(values: Mapping[UUID, Decimal], revision: Revision, currency: str) -> Mapping[UUID, Decimal]:
    """The values after the revision; their sum is what it was.

    Raises Refused when the moves do not add up to zero, move nothing, name a line twice or one that is not
    there, have too many decimals, or leave a line below zero.
    """
    changes = {move.line_id: move.amount for move in revision.moves}
    if len(changes) < len(revision.moves) or not changes.keys() <= values.keys():
        raise wrong_content(
            "not_in_schedule", f"Revision {revision.number} names a line twice, or one that is not there."
        )
    for amount in changes.values():
        if not amount or not is_at_scale(amount, currency):
            raise wrong_content(
                "no_amount", f"Each move of revision {revision.number} is an amount of money."
            )
    net = total(changes.values())
    if net:
        raise wrong_content(
            "revision_does_not_net",
            f"Revision {revision.number} changes the contract sum by {in_words_of_a_page(net, currency)}: "
            "its moves add up to zero, a change of the sum is a change order.",
        )
    after = {line: total((value, changes.get(line, ZERO))) for line, value in values.items()}
    short = [after[line] for line in changes if after[line] < ZERO]
    if short:
        raise wrong_content(
            "line_below_zero",
            f"Revision {revision.number} takes {in_words_of_a_page(less(ZERO, short[0]), currency)} more "
            "from a line than it has.",
        )
    return after


def revise(
    lines: Sequence[SovLine],
    revision: Revision,
    billed: Mapping[UUID, Decimal],
    currency: str,
    *,
    taking_back: Collection[UUID] = (),
) -> Revised:
    """The schedule of values after the revision.

    `billed` is what stands billed of each line (G of the last certificate); it stays billed. A line may fall
    below it only if it is named in `taking_back`: the next application then has a negative E on it. Raises
    Refused for the line of a change order, whose amount was signed for, and as `moved` does.
    """
    known = {line.id: line for line in lines}
    after = moved({line.id: line.scheduled_value for line in lines}, revision, currency)
    back: list[TakenBack] = []
    for move in revision.moves:
        line = known[move.line_id]
        if line.change_order is not None:
            raise wrong_content(
                "line_of_a_change_order",
                f"Line {line.item_no} is change order {line.change_order}: another change order changes it.",
            )
        beyond = less(billed.get(line.id, ZERO), after[line.id])
        if beyond <= ZERO or move.amount > ZERO:
            continue
        if line.id not in taking_back:
            raise Refused(
                "below_billed",
                f"Line {line.item_no} is billed to {in_words_of_a_page(billed[line.id], currency)} already, "
                f"{in_words_of_a_page(beyond, currency)} above its new value: leave it that much more, or "
                "say that the next application takes it back.",
            )
        back.append(TakenBack(line_id=line.id, amount=less(ZERO, beyond)))
    return Revised(
        lines=tuple(line.model_copy(update={"scheduled_value": after[line.id]}) for line in lines),
        taken_back=tuple(back),
    )
