"""A timeline says each thing once, in the words of the badges, with amounts as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from contracts_app.domain.histories.clock import Clock
from contracts_app.store.views.contract_files import MessageRow
from contracts_app.store.views.history import HistoryEntry
from contracts_app.web.pages.timelines import deadline_came, mailed
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


def test_a_draft_is_opened_once() -> None:
    body = {"command": "prepare_application", "contract_id": "7"}
    opened = entry("prepare_application", "invoice", to_state="draft", command=body)
    echo = entry("prepare_application", "contract", reason="application 1", command=body)
    other = entry("prepare_application", "contract", reason="application 2", command={**body, "key": "2"})
    assert told([opened, echo, other]) == [opened, other]


def test_mail_is_told_by_what_was_done() -> None:
    sent, bounced = (events([entry(action, "message")])[0] for action in ("send_message", "bounce_message"))
    row = MessageRow(
        UUID(int=1), "invoice", "a@client.example", "Application 1", AT.date(), "bounced", 3, None, "550 no"
    )
    told_of = mailed(bounced, row)
    assert (sent.what, told_of.what) == ("mailed", "could not mail a@client.example")
    assert told_of.detail == "“Application 1” · 550 no"


def test_a_deadline_that_came_is_told_at_the_instant_of_the_firm() -> None:
    clock = datetime(2026, 5, 4, 8, tzinfo=UTC)
    earlier = entry("issue_invoice", "invoice", written_at=clock - timedelta(hours=1))
    later = entry(
        "issue_invoice", "invoice", at=AT + timedelta(days=90), written_at=clock + timedelta(hours=1)
    )
    came = deadline_came(Clock(clock, "It waits for the client."), [later, earlier])
    assert (came.at, came.who, came.reason) == (
        AT + timedelta(hours=1),
        "A deadline",
        "It waits for the client.",
    )
    assert deadline_came(Clock(clock, ""), []).at == clock


def test_a_state_is_called_as_its_badge() -> None:
    issued = entry("issue_invoice", "invoice", from_state="approved", to_state="submitted")
    opened = entry("prepare_application", "invoice", to_state="draft")
    assert [one.detail for one in events([issued, opened])] == ["approved → with client", "draft"]
    assert events([opened])[0].what == "opened the draft"


def test_amounts_keep_their_decimals() -> None:
    changed = entry("change_milestone", "milestone", before={"amount": "1200.5"}, after={"amount": "0.125"})
    assert events([changed])[0].detail == "amount 1,200.50 → 0.125"
