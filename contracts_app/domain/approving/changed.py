"""What changed of a draft since somebody approved it, in the terms of its continuation sheet.

An approval that a change voided is asked for anew with this beside it, so that nobody reads the whole draft
again for one figure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from contracts_app.domain.billing.pay_application import ContinuationLine, PayApplication
from contracts_app.domain.billing.snapshot import Snapshot

_COLUMNS = (
    ("scheduled_value", "scheduled value"),
    ("previous", "previous"),
    ("this_period", "this period"),
    ("stored", "stored"),
    ("retainage", "retainage"),
)
_SUMMARY = (
    ("line3", "contract sum to date"),
    ("line4", "completed and stored to date"),
    ("line5", "retainage"),
    ("line7", "less previous certificates"),
    ("line8", "current payment due"),
    ("deposit_applied", "paid from deposit or credit"),
)
_BEHIND = (
    ("terms", "the terms of the contract"),
    ("approval", "who approves it"),
    ("time", "the time behind it"),
    ("costs", "the costs behind it"),
    ("backup", "the papers for stored material"),
    ("milestones", "milestones"),
    ("change_orders", "change orders"),
    ("limits", "limits and purchase orders"),
    ("tax", "its tax"),
    ("exchange", "its rate of exchange"),
    ("invoicing", "its currency of invoicing"),
    ("addressed", "the address that it is billed to"),
)


@dataclass(frozen=True)
class Changed:
    """One thing that is other than what was approved: of a line by its number, of the whole draft without.

    `before` and `after` are amounts in the draft's currency, or words; None where only the label speaks.
    """

    item_no: str
    label: str
    before: Decimal | str | None = None
    after: Decimal | str | None = None


def changes(
    before: Snapshot, was: PayApplication, after: Snapshot, now: PayApplication
) -> tuple[Changed, ...]:
    """Everything that differs between what was approved and what the draft says now: first the whole, then
    line by line, then what stands behind figures that may be the same. None of it where only the approvals
    began anew."""
    return (*_of_the_whole(was, now), *_of_lines(was, now), *_behind(before, after))


def _of_the_whole(was: PayApplication, now: PayApplication) -> Iterator[Changed]:
    if was.period_to != now.period_to:
        yield Changed("", "period to", was.period_to.isoformat(), now.period_to.isoformat())
    for field, label in _SUMMARY:
        if getattr(was, field) != getattr(now, field):
            yield Changed("", label, getattr(was, field), getattr(now, field))


def _of_lines(was: PayApplication, now: PayApplication) -> Iterator[Changed]:
    known = {line.line_id: line for line in was.lines}
    for line in now.lines:
        former = known.pop(line.line_id, None)
        if former is None:
            yield Changed(line.item_no, "new line, to date", None, line.total)
        else:
            yield from _of_line(former, line)
    for gone in known.values():
        yield Changed(gone.item_no, "line left out, to date", gone.total, None)


def _of_line(was: ContinuationLine, now: ContinuationLine) -> Iterator[Changed]:
    for field in ("item_no", "description"):
        if getattr(was, field) != getattr(now, field):
            yield Changed(now.item_no, field.replace("_no", ""), getattr(was, field), getattr(now, field))
    for field, label in _COLUMNS:
        if getattr(was, field) != getattr(now, field):
            yield Changed(now.item_no, label, getattr(was, field), getattr(now, field))


def _behind(before: Snapshot, after: Snapshot) -> Iterator[Changed]:
    for field, label in _BEHIND:
        if getattr(before, field) != getattr(after, field):
            yield Changed("", f"{label} changed")
