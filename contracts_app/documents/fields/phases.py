"""A phase of a consulting invoice: its line, and its part of the annex."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contracts_app.documents.consulting_invoice import (
    ConsultingInvoiceContent,
    Phase,
    in_print,
    other_words,
    said_of,
)
from contracts_app.documents.wording import Wording, fee_words, folded
from contracts_app.domain.billing.detail import Printed
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.cost_plus.explained import rows as cost_rows
from contracts_app.domain.money import ZERO, total


def phase_fields(phase: Phase, say: Wording) -> dict[str, Any]:
    """The line of a phase."""
    return {
        "item": folded(phase.line.item_no, 7),
        "description": folded(phase.line.description, 24),
        "how": fee_words(phase.terms.basis, not_to_exceed=phase.terms.not_to_exceed),
        "amendment": folded(phase.line.change_order or "", 16),
        "fee": say.amount(phase.line.scheduled_value),
        "before": say.amount(phase.before),
        "now": say.amount(phase.now),
        "to_date": say.amount(phase.to_date),
        "left": say.amount(phase.left),
    }


def annex_part(
    phase: Phase, content: ConsultingInvoiceContent, say: Wording, lines: Sequence[Printed]
) -> dict[str, Any]:
    """What stands behind a phase: entries, milestones, costs."""
    unit = content.hour_rounding.unit_seconds
    by_time = phase.terms.basis is Basis.time_and_materials
    return {
        **phase_fields(phase, say),
        "by_time": by_time,
        "by_milestone": phase.terms.basis is Basis.milestone,
        "entries": [_entry(line, unit, say) for line in lines],
        "has_sources": any(line.source for line in lines),
        "rows": [] if by_time else _rows(phase, content, say),
        "hours": say.hours(sum(priced.seconds for priced in phase.entries), unit) if phase.entries else "",
        "worked": say.amount(total(priced.amount for priced in phase.entries)),
        "has_other": phase.other != ZERO,
        "other": other_words(phase),
        "other_amount": say.amount(phase.other),
    }


def backup_part(phase: Phase, content: ConsultingInvoiceContent, say: Wording) -> dict[str, Any]:
    """Every entry behind lines that were taken together."""
    part = annex_part(phase, content, say, [in_print(priced) for priced in phase.entries])
    return {**part, "how": f"Every entry behind it. {part['how']}"}


def _entry(line: Printed, unit_seconds: int, say: Wording) -> dict[str, str]:
    """One line of the annex; of an entry hours × rate is its amount. Widths of columns decide where words
    may break."""
    first, last = say.short_day(line.first), say.short_day(line.last)
    return {
        "on": first if first == last else f"{first} to {last}",
        "person": folded(line.person, 18),
        "role": folded(line.role or "", 14),
        "what": folded(said_of(line), 34),
        "hours": say.hours(line.seconds, unit_seconds),
        "rate": "" if line.rate is None else say.price(line.rate),
        "amount": say.amount(line.amount),
        "source": folded(line.source, 24),
    }


def _rows(phase: Phase, content: ConsultingInvoiceContent, say: Wording) -> list[dict[str, str]]:
    """What a phase that is not billed by time bills: its costs and fee, or what a fee comes to."""
    costs = content.costs_of(phase)
    if costs is None:
        return _fee_rows(phase, content.explained.get(phase.line.line_id, ""), say)
    return [
        {
            "what": folded(row.what, 60),
            "note": row.note if row.on is None else f"{row.note}, {say.short_day(row.on)}",
            "approved_on": "",
            "amount": say.amount(row.amount),
        }
        for row in cost_rows(costs)
    ]


def _fee_rows(phase: Phase, explained: str, say: Wording) -> list[dict[str, str]]:
    """What a fixed fee bills: its milestones, the quantity measured, or the share that is done."""
    if phase.terms.basis is Basis.milestone:
        return [
            {
                "what": folded(one.title, 60),
                "note": "" if one.amount == one.whole else f"part of {say.amount(one.whole)}",
                "approved_on": "" if one.approved_on is None else say.short_day(one.approved_on),
                "amount": say.amount(one.amount),
            }
            for one in phase.milestones
        ]
    if explained:
        return [
            {
                "what": folded(explained, 60),
                "note": "to date",
                "approved_on": "",
                "amount": say.amount(phase.now),
            }
        ]
    note = f"{say.percent(phase.line.fraction)} of the fee to date, {say.percent(phase.share_before)} before"
    what = "Work to the end of the period"
    return [
        {
            "what": what,
            "note": note if phase.share_before is not None else "",
            "approved_on": "",
            "amount": say.amount(phase.now),
        }
    ]
