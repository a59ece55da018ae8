"""Checks of what milestones let a line bill: nothing before approval, and whole milestones only where the
terms say so."""

from __future__ import annotations

from collections.abc import Sequence

from contracts_app.domain.billing.milestones import (
    MilestoneState,
    approved_amounts,
    billed_whole,
    blocked_amounts,
)
from contracts_app.domain.billing.pay_application import ContinuationLine, PayApplication, PreviousLine
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.finding import Finding
from contracts_app.domain.money import ZERO, in_words_of_a_page, less, total

_NAMED = 3
"""Milestones that a sentence names one by one."""


def of_milestones(snapshot: Snapshot, application: PayApplication) -> Sequence[Finding]:
    """Lines that bill more than their milestones let them."""
    found: list[Finding] = []
    currency = snapshot.terms.currency
    blocked = blocked_amounts(snapshot.milestones)
    approved = approved_amounts(snapshot.milestones)
    by_milestone = {line.id for line in snapshot.schedule if line.basis is Basis.milestone}
    before = {line.line_id: line for line in snapshot.previous.lines} if snapshot.previous else {}

    def report(line: ContinuationLine, sentence: str) -> None:
        found.append(
            Finding(code="milestone_not_approved", blocks=True, item_no=line.item_no, sentence=sentence)
        )

    for line in application.lines:
        open_part = blocked.get(line.line_id, ZERO)
        if line.line_id in by_milestone:
            reached = approved.get(line.line_id, ZERO)
            if line.total > reached:
                report(
                    line,
                    f"Billed to date {in_words_of_a_page(line.total, currency)} is above what is approved of "
                    f"this line's milestones, {in_words_of_a_page(reached, currency)}.",
                )
            elif not snapshot.terms.partial_milestones:
                known = before.get(line.line_id, PreviousLine(line_id=line.line_id))
                found.extend(_whole_milestones(line, known, snapshot))
        elif open_part and line.total > less(line.scheduled_value, open_part):
            report(
                line,
                f"{in_words_of_a_page(open_part, currency)} of this line may be billed only when "
                "its milestone is approved by the project manager.",
            )
    return found


def _whole_milestones(line: ContinuationLine, known: PreviousLine, snapshot: Snapshot) -> list[Finding]:
    """A line billed by milestones, under terms that bill a milestone only as a whole."""
    approved = [
        milestone
        for milestone in snapshot.milestones
        if milestone.line_id == line.line_id and milestone.state is MilestoneState.approved
    ]
    if billed_whole(line.total, total((known.completed, known.stored)), approved):
        return []
    currency = snapshot.terms.currency
    named = ", ".join(
        f"“{one.title}” {in_words_of_a_page(one.amount, currency)}" for one in approved[:_NAMED]
    )
    more = f" and {len(approved) - _NAMED} more" if len(approved) > _NAMED else ""
    return [
        Finding(
            code="milestone_in_part",
            blocks=True,
            item_no=line.item_no,
            sentence="A milestone is billed as a whole on this contract "
            f"({named or 'none is approved'}{more}): {in_words_of_a_page(line.total, currency)} billed to "
            "date is none of them, nor a sum of them.",
        )
    ]
