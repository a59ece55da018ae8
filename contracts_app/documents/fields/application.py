"""An application for payment: its summary and continuation sheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from contracts_app.documents.contents import ApplicationContent
from contracts_app.documents.fields.application_head import application_head
from contracts_app.documents.fields.every_document import wording_of
from contracts_app.documents.wording import Wording
from contracts_app.domain.billing.pay_application import ContinuationLine
from contracts_app.domain.money import ZERO, total

_COLUMNS = (
    "scheduled_value",
    "previous",
    "this_period",
    "stored",
    "total",
    "balance",
    "retainage",
)


def of_application(content: ApplicationContent) -> dict[str, Any]:
    """Fields of its paper and its mail."""
    say = wording_of(content)
    lines = content.application.lines
    base = [line for line in lines if line.change_order is None]
    changes = [line for line in lines if line.change_order is not None]
    return {
        **application_head(content, say),
        "base_lines": [_line(line, content.explained, say) for line in base],
        "change_lines": [_line(line, content.explained, say) for line in changes],
        "has_changes": bool(changes),
        "base_total": _totals(base, say),
        "change_total": _totals(changes, say),
        "grand_total": _totals(list(lines), say),
    }


def _line(line: ContinuationLine, explained: Mapping[UUID, str], say: Wording) -> dict[str, str]:
    return {
        "item": line.item_no,
        "description": "\n".join(
            part for part in (line.description, explained.get(line.line_id, "")) if part
        ),
        "percent": say.percent(line.fraction),
        **{column: say.amount(getattr(line, column)) for column in _COLUMNS},
    }


def _totals(lines: list[ContinuationLine], say: Wording) -> Mapping[str, str]:
    sums = {column: total([getattr(line, column) for line in lines]) for column in _COLUMNS}
    scheduled = sums["scheduled_value"]
    fraction = None if scheduled == ZERO else sums["total"] / scheduled
    return {"percent": say.percent(fraction), **{column: say.amount(sums[column]) for column in _COLUMNS}}
