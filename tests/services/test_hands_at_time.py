"""Whoever moves time that a draft claims changes that draft, so he does not approve it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.every_command import Body
from contracts_app.domain.commands.invoice_commands import (
    ApproveDraft,
    PrepareApplication,
    SubmitDraft,
    WithdrawDraft,
)
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.commands.time_commands import (
    ApproveTime,
    ClaimTime,
    EnterTime,
    HoldTime,
    ReleaseTime,
    TransferTime,
    TypedTime,
    WriteTime,
)
from contracts_app.domain.roles import Role
from contracts_app.services.sign_in import add_person
from contracts_app.settings import Settings
from contracts_app.store import invoice_approvals, invoices, processes
from contracts_app.store.transaction import Origin, own_step, reading
from tests.services.small_firm import SmallFirm, found
from tests.services.small_time_contract import HOUR, open_time_contract, work

MARCH = date(2024, 3, 31)
DAY = date(2024, 3, 4)


@pytest.fixture
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A firm with one contract billed by time, in June."""
    firm = found(settings, f"Hands {uuid4()}")
    open_time_contract(firm, "T")
    firm.go_to(date(2024, 6, 3))
    yield firm
    firm.engine.dispose()


def _another(small: SmallFirm, name: str, *roles: Role) -> SmallFirm:
    """The same firm, given commands by one more person, who holds these roles."""
    with own_step(small.engine, small.id, name, Origin()) as tx:
        person_id = add_person(
            tx,
            name=f"Small {name.title()}",
            email=f"{name}@{small.id}.example",
            password_hash="nobody signs in here",
            roles=roles,
        )
    return replace(small, people={**small.people, **dict.fromkeys(roles, person_id)})


def _type(small: SmallFirm, day: date, *hours: int, **said: str) -> Outcome:
    typed = tuple(
        TypedTime(item_no="1", person="Sample Engineer", work_date=day, seconds=each * HOUR, **said)
        for each in hours
    )
    return small.give(Role.coordinator, EnterTime(contract_id=small.contracts["T"], entries=typed))


def test_typed_time_stays_within_a_day_and_the_contract(small: SmallFirm) -> None:
    early = _type(small, date(2024, 2, 18), 1)
    assert (early.done, early.code) == (False, "work_before_contract")
    assert "2024-02-18 is before the contract, which is dated 2024-02-19" in early.sentence
    together = _type(small, DAY, 13, 12)
    assert (together.done, together.code) == (False, "day_over_24_hours")
    assert _type(small, DAY, 13).done
    more = _type(small, DAY, 12)
    assert (more.done, more.code) == (False, "day_over_24_hours")
    assert more.sentence.startswith("Sample Engineer would have 25.00 hours on 2024-03-04")
    assert _type(small, DAY, -2, description="Counted twice").done
    assert _type(small, DAY, 12).done


def _in_review(small: SmallFirm) -> UUID:
    body = PrepareApplication(contract_id=small.contracts["T"], period_to=MARCH)
    invoice_id = UUID(str(small.do(Role.coordinator, body).result["invoice_id"]))
    small.do(Role.coordinator, SubmitDraft(invoice_id=invoice_id))
    return invoice_id


def _content(small: SmallFirm, invoice_id: UUID) -> str:
    with reading(small.engine, small.id) as connection:
        row = invoices.find(connection, small.id, invoice_id)
    assert row is not None
    return str(row["content_hash"])


def _changes(contract_id: UUID, entry: UUID) -> dict[str, Body]:
    why = {"contract_id": contract_id, "reason": "As agreed."}
    return {
        "down": WriteTime(**why, entry_id=entry, seconds=HOUR),
        "up": WriteTime(**why, entry_id=entry, seconds=3 * HOUR),
        "hold": HoldTime(**why, entries=(entry,)),
        "transfer": TransferTime(**why, entries=(entry,), item_no="2"),
    }


@pytest.mark.parametrize("change", ["down", "up", "hold", "transfer"])
def test_a_project_manager_who_moves_time_of_a_draft_does_not_approve_it(
    small: SmallFirm, change: str
) -> None:
    one, _ = work(small, "T", ("1", DAY, 2), ("1", DAY, 1))
    invoice_id = _in_review(small)
    small.do(Role.project_manager, _changes(small.contracts["T"], one)[change])
    approve = ApproveDraft(invoice_id=invoice_id, content_hash=_content(small, invoice_id))
    refused = small.give(Role.project_manager, approve)
    assert (refused.done, refused.code) == (False, "not_allowed")
    assert "You prepared or edited this draft" in refused.sentence
    with reading(small.engine, small.id) as connection:
        waiting = processes.find(connection, small.id, Subject.invoice, invoice_id)
    assert waiting is not None
    assert waiting["for_role"] == "coordinator"
    assert "withdraw the draft and open a new one" in waiting["sentence"]

    small.do(Role.coordinator, WithdrawDraft(invoice_id=invoice_id, reason="The project manager wrote."))
    again = _in_review(small)
    approve = ApproveDraft(invoice_id=again, content_hash=_content(small, again))
    assert small.give(Role.project_manager, approve).done


def test_a_coordinator_who_moves_time_leaves_the_approval_to_the_project_manager(small: SmallFirm) -> None:
    one, _ = work(small, "T", ("1", DAY, 2), ("1", DAY, 1))
    invoice_id = _in_review(small)
    small.do(Role.coordinator, _changes(small.contracts["T"], one)["down"])
    approve = ApproveDraft(invoice_id=invoice_id, content_hash=_content(small, invoice_id))
    assert small.give(Role.project_manager, approve).done


def test_whoever_wrote_up_time_approves_no_draft_that_claims_it(small: SmallFirm) -> None:
    both = _another(small, "both", Role.coordinator, Role.controller)
    (one,) = work(small, "T", ("1", DAY, 2))
    up = WriteTime(contract_id=small.contracts["T"], entry_id=one, seconds=9 * HOUR, reason="As agreed.")
    both.do(Role.coordinator, up)
    small.do(Role.project_manager, ApproveTime(contract_id=small.contracts["T"], entries=small.seen(one)))
    for _ in range(2):  # as prepared, and as claimed again
        invoice_id = _in_review(small)
        with reading(small.engine, small.id) as connection:
            assert both.people[Role.controller] in invoice_approvals.editors(connection, small.id, invoice_id)
        small.do(Role.coordinator, ClaimTime(invoice_id=invoice_id))
        small.do(Role.coordinator, WithdrawDraft(invoice_id=invoice_id, reason="Again."))


@pytest.mark.parametrize("change", ["down", "up", "hold", "transfer", "release"])
def test_time_is_moved_by_the_contracts_own_project_manager(small: SmallFirm, change: str) -> None:
    other = _another(small, "other", Role.project_manager)
    (one,) = work(small, "T", ("1", DAY, 2))
    contract_id = small.contracts["T"]
    known = {
        **_changes(contract_id, one),
        "release": ReleaseTime(contract_id=contract_id, entries=(one,)),
    }
    refused = other.give(Role.project_manager, known[change])
    assert (refused.done, refused.code) == (False, "not_allowed")
    assert refused.sentence == "Time is moved by a coordinator or by the contract's own project manager."
    assert small.give(Role.project_manager, known[change]).done
