"""Milestones: approved evidence that lets part of a schedule-of-values line be billed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.billing.schedule_of_values import Basis, SovLine
from contracts_app.domain.money import ZERO, Amount, in_words_of_a_page, less, total
from contracts_app.domain.names import Name
from contracts_app.domain.refusals import wrong_content


class MilestoneState(StrEnum):
    """planned → achieved (evidence given by the coordinator) → approved (by the project manager).

    `partly_approved` is open for more, where the contract bills milestones in parts.
    """

    planned = "planned"
    achieved = "achieved"
    partly_approved = "partly_approved"
    approved = "approved"


class Milestone(BaseModel):
    """An event that must be approved before `amount` of its line may be billed.

    `approved_amount` is what was approved of it so far; it is less than `amount` only where the contract lets
    a milestone be billed in parts, and then the milestone stays open.

    `close_out` marks those that together are the condition for the release of retainage.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    line_id: UUID | None = None
    title: Name
    amount: Amount = ZERO
    approved_amount: Amount = ZERO
    planned_on: date | None = None
    close_out: bool = False
    state: MilestoneState = MilestoneState.planned


def blocked_amounts(milestones: Iterable[Milestone]) -> Mapping[UUID, Decimal]:
    """Per line, how much of its scheduled value may not be billed yet for want of an approved milestone."""
    blocked: dict[UUID, Decimal] = {}
    for milestone in milestones:
        if milestone.line_id is not None and milestone.state is not MilestoneState.approved:
            open_part = less(milestone.amount, milestone.approved_amount)
            blocked[milestone.line_id] = total((blocked.get(milestone.line_id, ZERO), open_part))
    return blocked


def approved_amounts(milestones: Iterable[Milestone]) -> Mapping[UUID, Decimal]:
    """Per line, how much of its milestones is approved."""
    approved: dict[UUID, Decimal] = {}
    for milestone in milestones:
        if milestone.line_id is not None:
            approved[milestone.line_id] = total((approved.get(milestone.line_id, ZERO), _reached(milestone)))
    return approved


_SUMS = 65_536
"""Different sums that are looked at; a line with so many milestones of odd amounts is not judged."""


def billed_whole(billed: Decimal, before: Decimal, approved: Iterable[Milestone]) -> bool:
    """Whether what is billed of a line to date is made of whole milestones, where none is billed in parts.

    Either of some of those approved, or of some of them on top of what stands billed `before` (which a
    certificate may have cut). Amounts in the contract's currency.
    """
    sums = {ZERO}
    for known in approved:
        sums |= {total((found, known.amount)) for found in sums}
        if len(sums) > _SUMS:
            return True
    return billed in sums or less(billed, before) in sums


def gained(now: Iterable[Milestone], before: Iterable[Milestone]) -> Mapping[UUID, Decimal]:
    """Milestone → what was approved of it between two captures; those without a gain are left out."""
    then = {known.id: _reached(known) for known in before}
    parts = {known.id: less(_reached(known), then.get(known.id, ZERO)) for known in now}
    return {key: amount for key, amount in parts.items() if amount > ZERO}


def _reached(known: Milestone) -> Decimal:
    return known.amount if known.state is MilestoneState.approved else known.approved_amount


def outstanding_for_release(milestones: Iterable[Milestone]) -> tuple[Milestone, ...]:
    """The close-out milestones that are not yet approved; empty means the release condition is met."""
    return tuple(m for m in milestones if m.close_out and m.state is not MilestoneState.approved)


def require_milestones_cover(
    lines: Iterable[SovLine], milestones: Iterable[Milestone], currency: str
) -> None:
    """A line billed by milestones is their sum; else part of it could never be billed, or at once.

    Amounts in the contract's currency. Raises Refused (`milestones_do_not_cover`) for the first line that is
    not covered exactly.
    """
    planned: dict[UUID, list[Decimal]] = {}
    for known in milestones:
        if known.line_id is not None:
            planned.setdefault(known.line_id, []).append(known.amount)
    for line in lines:
        together = total(planned.get(line.id, []))
        if line.basis is Basis.milestone and together != line.scheduled_value:
            raise wrong_content(
                "milestones_do_not_cover",
                f"Line {line.item_no} is billed by milestones: they add up to "
                f"{in_words_of_a_page(together, currency)}, the line is "
                f"{in_words_of_a_page(line.scheduled_value, currency)}.",
            )
