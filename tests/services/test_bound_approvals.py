"""An approval counts for what was seen: time, milestones, and drafts whose content moves to and fro."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError
from sqlalchemy import Row, select

from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.commands.contract_commands import ReassignProjectManager
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.invoice_commands import (
    ApproveDraft,
    IssueInvoice,
    PrepareApplication,
    SubmitDraft,
)
from contracts_app.domain.commands.milestone_commands import (
    AchieveMilestone,
    ApproveMilestone,
    RejectMilestone,
)
from contracts_app.domain.commands.time_commands import (
    ApproveTime,
    ClaimTime,
    EnterTime,
    SeenEntry,
    TypedTime,
    WriteTime,
)
from contracts_app.domain.roles import Role
from contracts_app.services.sign_in import add_person
from contracts_app.settings import Settings
from contracts_app.store import invoices
from contracts_app.store.billing_tables import time_entry
from contracts_app.store.tables import milestone
from contracts_app.store.transaction import Origin, own_step, reading
from tests.services.small_firm import SmallFirm, found
from tests.services.small_time_contract import HOUR, enter, open_time_contract, work

MARCH = date(2024, 3, 31)
DAY = date(2024, 3, 4)


@pytest.fixture
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A firm with one contract billed by time and by a milestone in parts, in June."""
    firm = found(settings, f"Bound {uuid4()}")
    _, firm.invoices["milestone"] = open_time_contract(firm, "T")
    firm.go_to(date(2024, 6, 3))
    yield firm
    firm.engine.dispose()


def _write(small: SmallFirm, entry: UUID, hours: str | None, by: Role = Role.coordinator) -> None:
    seconds = None if hours is None else int(Decimal(hours) * HOUR)
    contract_id = small.contracts["T"]
    small.do(by, WriteTime(contract_id=contract_id, entry_id=entry, seconds=seconds, reason="As agreed."))


def _approve(small: SmallFirm, *seen: SeenEntry) -> Outcome:
    return small.give(Role.project_manager, ApproveTime(contract_id=small.contracts["T"], entries=seen))


def _entry(small: SmallFirm, entry: UUID) -> Row[*tuple[Any, ...]]:
    with reading(small.engine, small.id) as connection:
        return connection.execute(
            select(
                time_entry.c.state,
                time_entry.c.bill_seconds,
                time_entry.c.decided_by,
            ).where(time_entry.c.firm_id == small.id, time_entry.c.id == entry)
        ).one()


def _draft(small: SmallFirm, invoice_id: UUID) -> tuple[str, str, Decimal]:
    """State, content hash and line 8."""
    with reading(small.engine, small.id) as connection:
        row = invoices.find(connection, small.id, invoice_id)
        assert row is not None
        figures = draft(invoices.current_snapshot(connection, small.id, invoice_id))
    return row["state"], row["content_hash"], figures.line8


def _approved_draft(small: SmallFirm) -> tuple[UUID, str]:
    """A draft of March that the whole chain has approved, and the hash of what it says."""
    body = PrepareApplication(contract_id=small.contracts["T"], period_to=MARCH)
    invoice_id = UUID(str(small.do(Role.coordinator, body).result["invoice_id"]))
    seen = str(small.do(Role.coordinator, SubmitDraft(invoice_id=invoice_id)).result["content_hash"])
    _approve_all(small, invoice_id, seen)
    assert _draft(small, invoice_id)[:2] == ("approved", seen)
    return invoice_id, seen


def _approve_all(small: SmallFirm, invoice_id: UUID, seen: str) -> None:
    for role in (Role.project_manager, Role.controller):
        if _draft(small, invoice_id)[0] == "in_review":
            small.do(role, ApproveDraft(invoice_id=invoice_id, content_hash=seen))


def test_time_written_up_waits_for_approval_again_and_leaves_the_draft(small: SmallFirm) -> None:
    one, two = work(small, "T", ("1", DAY, 2), ("2", DAY, 1))
    invoice_id, seen = _approved_draft(small)
    _write(small, one, "3")
    assert tuple(_entry(small, one)) == ("open", 3 * HOUR, None)
    assert _entry(small, two).state == "approved"
    state, content_hash, line8 = _draft(small, invoice_id)
    assert (state, content_hash == seen, line8) == ("in_review", False, Decimal("100.00"))
    small.do(Role.coordinator, ClaimTime(invoice_id=invoice_id))
    assert _draft(small, invoice_id)[2] == Decimal("100.00")
    assert _approve(small, *small.seen(one)).done
    small.do(Role.coordinator, ClaimTime(invoice_id=invoice_id))
    assert _draft(small, invoice_id)[2] == Decimal("400.00")


def test_a_correction_made_smaller_is_written_up(small: SmallFirm) -> None:
    typed = TypedTime(
        item_no="1", person="Sample Engineer", work_date=DAY, seconds=-HOUR, description="Billed twice"
    )
    given = small.do(Role.coordinator, EnterTime(contract_id=small.contracts["T"], entries=(typed,)))
    entries = given.result["entries"]
    assert isinstance(entries, list)
    credit = UUID(entries[0])
    assert _approve(small, *small.seen(credit)).done
    _write(small, credit, "-2")
    assert _entry(small, credit).state == "approved"
    _write(small, credit, "-1.5")
    assert _entry(small, credit).state == "open"


def test_time_written_down_stays_approved_and_claimed(small: SmallFirm) -> None:
    (one,) = work(small, "T", ("1", DAY, 2))
    invoice_id, _ = _approved_draft(small)
    _write(small, one, "1")
    assert _entry(small, one).state == "approved"
    state, _, line8 = _draft(small, invoice_id)
    assert (state, line8) == ("in_review", Decimal("100.00"))


def test_whoever_writes_time_up_does_not_approve_it(small: SmallFirm) -> None:
    (one,) = work(small, "T", ("1", DAY, 2))
    _write(small, one, "3", Role.project_manager)
    refused = _approve(small, *small.seen(one))
    assert (refused.done, refused.code) == (False, "not_allowed")
    assert refused.sentence.startswith("You wrote up the time of Sample Engineer on 2024-03-04, so somebody")
    # Writing his own figure down again is no second pair of eyes.
    _write(small, one, "2.5", Role.project_manager)
    assert not _approve(small, *small.seen(one)).done
    _write(small, one, "2.25")
    assert _approve(small, *small.seen(one)).done


def test_another_project_manager_approves_what_his_predecessor_wrote_up(small: SmallFirm) -> None:
    (one,) = enter(small, "T", ("1", DAY, 2))
    _write(small, one, "3", Role.project_manager)
    with own_step(small.engine, small.id, "one more", Origin()) as tx:
        successor = add_person(
            tx,
            name="Small Successor",
            email=f"successor@{small.id}.example",
            password_hash="nobody signs in here",
            roles=(Role.project_manager,),
        )
    named = ReassignProjectManager(
        contract_id=small.contracts["T"], project_manager_id=successor, reason="On leave"
    )
    small.do(Role.controller, named)
    former = small.people[Role.project_manager]
    small.people = {**small.people, Role.project_manager: successor}
    assert _approve(small, *small.seen(one)).done
    assert _entry(small, one).decided_by == successor != former


def test_a_draft_says_the_same_however_the_time_worked_is_typed(small: SmallFirm) -> None:
    (one,) = work(small, "T", ("1", DAY, 2))
    invoice_id, seen = _approved_draft(small)
    _write(small, one, "2")
    _write(small, one, None)
    assert _draft(small, invoice_id)[:2] == ("approved", seen)
    assert _entry(small, one).state == "approved"


def test_time_written_down_and_up_again_is_not_approved_any_more(small: SmallFirm) -> None:
    """The second hand may undo the first one's decision, but not alone."""
    (one, _) = work(small, "T", ("1", DAY, 2), ("2", DAY, 1))
    invoice_id, seen = _approved_draft(small)
    _write(small, one, "1", Role.project_manager)
    _write(small, one, None)
    assert _entry(small, one).state == "open"
    state, content_hash, line8 = _draft(small, invoice_id)
    assert (state, content_hash == seen, line8) == ("in_review", False, Decimal("100.00"))


def test_a_draft_that_says_again_what_was_approved_is_approved(small: SmallFirm) -> None:
    """Evidence is given, which the draft shows, and sent back: nothing differs in the end."""
    work(small, "T", ("1", DAY, 2))
    invoice_id, seen = _approved_draft(small)
    about = {"contract_id": small.contracts["T"], "milestone_id": small.invoices["milestone"]}
    small.do(Role.coordinator, AchieveMilestone(**about, evidence="A draft", amount=Decimal("300.00")))
    state, content_hash, _ = _draft(small, invoice_id)
    assert (state, content_hash == seen) == ("in_review", False)
    small.do(Role.project_manager, RejectMilestone(**about, reason="Not the minutes."))
    assert _draft(small, invoice_id)[:2] == ("approved", seen)
    # So it is when what it said in between was approved as well.
    small.do(Role.coordinator, AchieveMilestone(**about, evidence="A draft", amount=Decimal("300.00")))
    between = _draft(small, invoice_id)[1]
    _approve_all(small, invoice_id, between)
    assert _draft(small, invoice_id)[:2] == ("approved", between)
    small.do(Role.project_manager, RejectMilestone(**about, reason="Not the minutes."))
    assert _draft(small, invoice_id)[:2] == ("approved", seen)
    small.do(Role.coordinator, IssueInvoice(invoice_id=invoice_id))


def test_time_that_changed_since_it_was_seen_is_named_and_nothing_is_approved(small: SmallFirm) -> None:
    one, two = enter(small, "T", ("1", DAY, 2), ("2", date(2024, 3, 5), 1))
    seen = small.seen(one, two)
    _write(small, two, "0.5")
    stale = _approve(small, *seen)
    assert (stale.done, stale.code, stale.status) == (False, "changed_since_seen", 409)
    assert stale.sentence == (
        "Changed since you looked: the time of Sample Engineer on 2024-03-05. Nothing was approved: look "
        "again and approve what it says now."
    )
    assert (_entry(small, one).state, _entry(small, two).state) == ("open", "open")
    assert _approve(small, *small.seen(one, two)).done


def test_many_changed_entries_are_counted(small: SmallFirm) -> None:
    entries = enter(small, "T", *(("1", date(2024, 3, day), 2) for day in (4, 5, 6, 7, 8)))
    seen = small.seen(*entries)
    for entry in entries:
        _write(small, entry, "1")
    assert " and 2 more. Nothing was approved" in _approve(small, *seen).sentence


def test_evidence_that_changed_since_it_was_seen_is_not_approved(small: SmallFirm) -> None:
    about = {"contract_id": small.contracts["T"], "milestone_id": small.invoices["milestone"]}
    draft_given = AchieveMilestone(**about, evidence="A draft", amount=Decimal("300.00"))
    seen = small.do(Role.coordinator, draft_given).result["version"]
    minutes = AchieveMilestone(**about, evidence="Minutes of the review", amount=Decimal("600.00"))
    now = small.do(Role.coordinator, minutes).result["version"]
    assert isinstance(seen, int)
    assert isinstance(now, int)
    stale = small.give(Role.project_manager, ApproveMilestone(**about, version=seen))
    assert (stale.done, stale.code) == (False, "changed_since_seen")
    assert stale.sentence == (
        "Changed since you looked: the evidence for “Report” is now “Minutes of the review”, for 600.00 USD. "
        "Look at it again and approve what it says now."
    )
    small.do(Role.project_manager, ApproveMilestone(**about, version=now))
    # What is approved stays so when evidence for more is sent back.
    more = AchieveMilestone(**about, evidence="The report", amount=Decimal("700.00"))
    small.do(Role.coordinator, more)
    small.do(Role.project_manager, RejectMilestone(**about, reason="Not the report."))
    with reading(small.engine, small.id) as connection:
        known = connection.execute(select(milestone.c.state).where(milestone.c.id == about["milestone_id"]))
        assert known.scalar_one() == "partly_approved"


def test_an_entry_is_named_once(small: SmallFirm) -> None:
    (one,) = enter(small, "T", ("1", DAY, 2))
    (seen,) = small.seen(one)
    with pytest.raises(ValidationError, match="named twice"):
        ApproveTime(contract_id=small.contracts["T"], entries=(seen, seen))
