"""A timeline says each thing once, in the words of the badges, with amounts as people write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from contracts_app.store.views.history import HistoryEntry
from contracts_app.web.pages.wording import events, told

AT = datetime(2024, 3, 1, 15, tzinfo=UTC)


def entry(action: str, kind: str, **more: Any) -> HistoryEntry:
    fields: dict[str, Any] = {
        "seq": 1, "at": AT, "written_at": AT, "by": "A. Example", "by_client": False, "kind": kind,
        "subject_id": "1", "action": action, "from_state": None, "to_state": None, "done": True,
        "reason": "", "signed_in": "password", "before": {}, "after": {}, "command": {}, "workflow": None,
    }  # fmt: skip
    return HistoryEntry(**(fields | more))


def test_a_planned_milestone_is_told_once() -> None:
    planned = entry("plan_milestone", "milestone", after={"title": "Drawings", "amount": "24000"})
    echo = entry("plan_milestone", "contract", reason="Drawings")
    removed_since = entry("plan_milestone", "contract", reason="Survey")
    assert told([planned, echo, removed_since]) == [planned, removed_since]
    assert events([planned])[0].detail == "title Drawings · amount 24,000.00"


def test_a_state_is_called_as_its_badge() -> None:
    issued = entry("issue_invoice", "invoice", from_state="approved", to_state="submitted")
    opened = entry("prepare_application", "invoice", to_state="draft")
    assert [one.detail for one in events([issued, opened])] == ["approved → with client", "draft"]
    assert events([opened])[0].what == "opened the draft"


def test_amounts_keep_their_decimals() -> None:
    changed = entry("change_milestone", "milestone", before={"amount": "1200.5"}, after={"amount": "0.125"})
    assert events([changed])[0].detail == "amount 1,200.50 → 0.125"
