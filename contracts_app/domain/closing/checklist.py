"""What is left to do before a month is closed for everybody: each item done, or accepted with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts_app.domain.commands.command_body import Reason
from contracts_app.domain.refusals import Refused


class Item(StrEnum):
    """What a month is looked at for; records dated to its last day."""

    drafts = "drafts"
    approved = "approved"
    time = "time"
    expenses = "expenses"
    costs = "costs"
    imports = "imports"
    cash = "cash"
    checks = "checks"
    reviews = "reviews"


SAID: Mapping[Item, tuple[str, str]] = {
    Item.drafts: ("draft that nobody approved yet", "drafts that nobody approved yet"),
    Item.approved: ("invoice approved and not issued", "invoices approved and not issued"),
    Item.time: ("time entry that waits for approval", "time entries that wait for approval"),
    Item.expenses: ("expense that waits for approval", "expenses that wait for approval"),
    Item.costs: ("cost that waits for approval", "costs that wait for approval"),
    Item.imports: ("file that is not posted", "files that are not posted"),
    Item.cash: ("payment or credit not applied in full", "payments or credits not applied in full"),
    Item.checks: ("check of the books missing or not holding", "checks of the books missing or not holding"),
    Item.reviews: (
        "contract whose figures nobody reviewed as they are",
        "contracts whose figures nobody reviewed as they are",
    ),
}
"""Each item in words, for one and for several."""


class Accepted(BaseModel):
    """An item that stays as it is when the month is closed: how many there were, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    item: Item
    number: Annotated[int, Field(ge=1, le=2**31 - 1)]
    reason: Reason


def in_words(item: Item, number: int) -> str:
    """E.g. `2 drafts that nobody approved yet`."""
    return f"{number:,} {SAID[item][number != 1]}"


def require_done_or_accepted(
    left: Mapping[Item, int], accepted: Sequence[Accepted], month: str
) -> Sequence[Accepted]:
    """What counts of the accepted items: those that are still left. Raises Refused for what is left and not
    accepted, or accepted as another number than there is now."""
    by_item = {one.item: one for one in accepted}
    lacking = [in_words(item, number) for item, number in left.items() if number and item not in by_item]
    if lacking:
        raise Refused(
            "period_not_ready",
            f"Before {month} is closed, do or accept with a reason: {'; '.join(lacking)}.",
        )
    for item, number in left.items():
        if number and by_item[item].number != number:
            raise Refused(
                "checklist_changed",
                f"There are {in_words(item, number)} by now, and {by_item[item].number:,} were accepted: "
                "look at the list again.",
            )
    return [by_item[item] for item, number in left.items() if number]
