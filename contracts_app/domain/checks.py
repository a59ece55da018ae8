"""Checks before an application is submitted for approval (docs/SPEC-pay-application.md).

A finding is a value. One that blocks keeps the draft from going on until it is mended; a warning is shown
to the approver.
"""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.contract import RetainageLevel
from contracts_app.domain.drafting import Snapshot, draft
from contracts_app.domain.milestones import (
    MilestoneState,
    approved_amounts,
    billed_whole,
    blocked_amounts,
    outstanding_for_release,
)
from contracts_app.domain.money import ZERO, in_words_of_a_page, is_at_scale, less, smallest_unit, total
from contracts_app.domain.pay_application import ContinuationLine, Kind, PayApplication, PreviousLine
from contracts_app.domain.schedule_of_values import Basis

_NAMED = 3
"""Milestones that a sentence names one by one."""


class Finding(BaseModel):
    """Something a certifier would bounce the application for. `item_no` names the line, None the whole."""

    model_config = ConfigDict(frozen=True)
    code: str
    blocks: bool
    item_no: str | None
    sentence: str


def findings(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Everything wrong or notable about the draft that the snapshot gives, blocking findings first."""
    application = draft(snapshot)
    currency = snapshot.terms.currency
    found: list[Finding] = []

    def report(code: str, sentence: str, item_no: str | None = None, blocks: bool = True) -> None:
        found.append(Finding(code=code, blocks=blocks, item_no=item_no, sentence=sentence))

    scheduled = total([line.scheduled_value for line in application.lines])
    if scheduled != application.line3:
        report(
            "schedule_does_not_tie",
            f"The schedule of values adds up to {in_words_of_a_page(scheduled, currency)}, "
            f"the contract sum to date is {in_words_of_a_page(application.line3, currency)}.",
        )
    if snapshot.previous and snapshot.period_to < snapshot.previous.period_to:
        report(
            "period_before_previous",
            f"The period ends before that of application {snapshot.previous.application_no}.",
        )
    if (
        snapshot.previous
        and snapshot.period_to == snapshot.previous.period_to
        and snapshot.kind is Kind.application
    ):
        report(
            "period_already_billed", f"Application {snapshot.previous.application_no} covers the same period."
        )
    blocked = blocked_amounts(snapshot.milestones)
    approved = approved_amounts(snapshot.milestones)
    by_milestone = {line.id for line in snapshot.schedule if line.basis is Basis.milestone}
    late = {entry.line_id for entry in snapshot.time if entry.work_date > snapshot.period_to}
    before = {line.line_id: line for line in snapshot.previous.lines} if snapshot.previous else {}
    for line in application.lines:
        known = before.get(line.line_id, PreviousLine(line_id=line.line_id))
        found.extend(_line_findings(line, known, snapshot))
        if snapshot.kind is Kind.retainage_release and (line.this_period or line.stored != known.stored):
            report(
                "release_with_new_work",
                "A retainage release invoice carries no new work, and leaves stored material as it was.",
                line.item_no,
            )
        if line.line_id in late:
            report(
                "time_after_period",
                f"Time worked after the period's end, {snapshot.period_to}, is claimed: claim time again.",
                line.item_no,
            )
        if line.line_id in by_milestone:
            reached = approved.get(line.line_id, ZERO)
            if line.total > reached:
                report(
                    "milestone_not_approved",
                    f"Billed to date {in_words_of_a_page(line.total, currency)} is above what is approved of "
                    f"this line's milestones, {in_words_of_a_page(reached, currency)}.",
                    line.item_no,
                )
            elif not snapshot.terms.partial_milestones:
                found.extend(_whole_milestones(line, known, snapshot))
            continue
        open_part = blocked.get(line.line_id, ZERO)
        if open_part and line.total > less(line.scheduled_value, open_part):
            report(
                "milestone_not_approved",
                f"{in_words_of_a_page(open_part, currency)} of this line may be billed only when "
                "its milestone is approved by the project manager.",
                line.item_no,
            )
    if snapshot.kind is Kind.consulting and not _bills_anything(application):
        report(
            "nothing_billed",
            "Nothing is billed for this period: claim its time or milestones, or withdraw the draft.",
        )
    if application.line8 < ZERO:
        # Line 7 of the next application would ask again for what this one gives back, so it may not go out
        # as if nothing were due; there is no credit application yet.
        report(
            "negative_payment_due",
            "Line 8 is negative: the client would be owed money. Bill it together with later work.",
        )
    if less(application.line4, _over_estimates(snapshot, application)) > application.line3:
        report(
            "over_contract_sum",
            f"{in_words_of_a_page(application.line4, currency)} billed to date is above the contract sum to "
            f"date, {in_words_of_a_page(application.line3, currency)}: bill the deductive change order.",
        )
    if snapshot.kind is Kind.retainage_release and application.line4 < application.line3:
        report(
            "release_before_completion",
            f"The work is not finished: {in_words_of_a_page(application.line4, currency)} of "
            f"{in_words_of_a_page(application.line3, currency)} is billed, and this releases retainage.",
            blocks=False,
        )
    waiting = outstanding_for_release(snapshot.milestones)
    if snapshot.kind is Kind.retainage_release and waiting:
        report("release_condition_not_met", "Not yet approved: " + ", ".join(m.title for m in waiting) + ".")
    return tuple(sorted(found, key=lambda finding: not finding.blocks))


def _bills_anything(application: PayApplication) -> bool:
    """Whether any line or entry is on the invoice; entries at no charge and corrections are."""
    return any(billed.entries for billed in application.time) or any(
        line.this_period or line.stored or line.released for line in application.lines
    )


def _over_estimates(snapshot: Snapshot, application: PayApplication) -> Decimal:
    """What time has come to above estimates: it is owed although no scheduled value covers it."""
    estimates = {line.id for line in snapshot.schedule if line.cap is None}
    return total(
        max(less(line.total, line.scheduled_value), ZERO)
        for line in application.lines
        if line.line_id in estimates
    )


def _line_findings(line: ContinuationLine, known: PreviousLine, snapshot: Snapshot) -> list[Finding]:
    found = []
    currency = snapshot.terms.currency

    def report(code: str, sentence: str, blocks: bool = True) -> None:
        found.append(Finding(code=code, blocks=blocks, item_no=line.item_no, sentence=sentence))

    for amount in (line.scheduled_value, line.this_period, line.stored):
        if not is_at_scale(amount, currency):
            report("too_many_decimals", f"{amount:f} has more decimals than {currency} has.")
    low, high = sorted((ZERO, line.scheduled_value))
    if line.total > high:
        report(
            "over_scheduled_value",
            f"Billed to date {in_words_of_a_page(line.total, currency)} is above the scheduled value "
            f"{in_words_of_a_page(high, currency)}.",
            blocks=line.line_id not in {known.id for known in snapshot.schedule if known.cap is None},
        )
    if line.total < low:
        report(
            "under_zero",
            f"Billed to date {in_words_of_a_page(line.total, currency)} is below "
            f"{in_words_of_a_page(low, currency)}.",
        )
    if line.stored < ZERO:
        report("stored_negative", "Materials presently stored cannot be negative.")
    if line.this_period < ZERO <= line.scheduled_value:
        report(
            "negative_this_period",
            f"This period takes back {in_words_of_a_page(line.this_period.copy_negate(), currency)} "
            "of work billed before.",
            blocks=False,
        )
    if less(known.stored, line.stored) > max(line.this_period, ZERO):
        report(
            "stored_material_gone",
            "More stored material has gone than work was completed: it leaves only by being built in.",
            blocks=False,
        )
    # Rounded on the contract and then spread, a line's share can move by one unit from one application to
    # the next; a release cannot be wrong by that.
    spread = snapshot.terms.retainage.level is RetainageLevel.contract
    slack = smallest_unit(currency) if spread else ZERO
    lowest, highest = sorted((ZERO, line.withheld))
    if not less(lowest, slack) <= line.released <= total((highest, slack)):
        report("released_more_than_held", "More retainage is released than was withheld.")
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


def blocking(found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Those findings that keep a draft from approval."""
    return tuple(finding for finding in found if finding.blocks)
