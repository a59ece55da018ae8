"""The way to the next application: who can approve it, what it starts from, when its period can be billed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select, text

from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.checking import checks
from contracts_app.domain.commands.invoice_commands import (
    ApproveDraft,
    EditDraft,
    PrepareApplication,
    PrepareRelease,
    RejectDraft,
    SubmitDraft,
    WithdrawDraft,
)
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.roles import Role
from contracts_app.services import approval_chains, processes
from contracts_app.settings import Settings
from contracts_app.store import next_application
from contracts_app.store.contracts import find, terms_of
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.tables import message
from contracts_app.store.transaction import Origin, reading
from contracts_app.store.views import my_approvals
from contracts_app.store.views import worklist as worklist_view
from contracts_app.store.views.contract_sums import contract_sums
from contracts_app.store.views.waiting import why
from tests.services.small_firm import CLIENT_EMAIL, SmallFirm, found

MARCH = date(2024, 3, 31)


@pytest.fixture
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings)
    firm.open_contract("A")
    firm.go_to(date(2024, 4, 2))
    yield firm
    firm.engine.dispose()


def _sentence(small: SmallFirm, subject: str, subject_id: UUID) -> str:
    with reading(small.engine, small.id) as connection:
        waits = why(connection, small.id, subject, subject_id)
    assert waits
    assert waits.sentence
    return waits.sentence


def test_a_draft_that_its_project_manager_edited_is_not_submitted_into_a_dead_end(small: SmallFirm) -> None:
    draft = small.prepare("A", MARCH, {"2": "20000.00"})
    entry = Entry(line_id=small.lines("A")["2"], this_period=Decimal("12345.67"))
    small.do(Role.project_manager, EditDraft(invoice_id=draft, entries=(entry,)))
    refused = small.give(Role.coordinator, SubmitDraft(invoice_id=draft))
    assert (refused.done, refused.code) == (False, "nobody_can_approve")
    assert "withdraw the draft" in refused.sentence

    small.do(Role.coordinator, WithdrawDraft(invoice_id=draft, reason="Edited by its approver"))
    opened = small.do(Role.coordinator, PrepareApplication(contract_id=small.contracts["A"], period_to=MARCH))
    again = UUID(str(opened.result["invoice_id"]))
    with reading(small.engine, small.id) as connection:
        claimed = {one.line_id: one for one in current_snapshot(connection, small.id, again).entries}
    assert claimed[entry.line_id] == entry
    small.issue(again, "A1")


def test_reported_progress_goes_before_what_was_withdrawn(small: SmallFirm) -> None:
    draft = small.prepare("A", MARCH, {"2": "20000.00"})
    small.do(Role.coordinator, WithdrawDraft(invoice_id=draft, reason="All is done by now"))
    everything = small.prepare("A", MARCH)
    with reading(small.engine, small.id) as connection:
        figures = current_snapshot(connection, small.id, everything).entries
    assert sum(one.this_period for one in figures) == Decimal("100000.33")


def test_why_a_draft_came_back_is_said_where_it_waits(small: SmallFirm) -> None:
    draft = small.prepare("A", MARCH, {"2": "20000.00"})
    small.do(Role.coordinator, SubmitDraft(invoice_id=draft))
    small.do(Role.project_manager, RejectDraft(invoice_id=draft, reason="Line 2 is not half done"))
    said = _sentence(small, "invoice", draft)
    assert said.startswith("Sent back by Small Project Manager: “Line 2 is not half done”.")
    small.do(Role.coordinator, SubmitDraft(invoice_id=draft))
    assert "Sent back" not in _sentence(small, "invoice", draft)


def test_the_suggested_period_is_the_one_that_the_contract_waits_for(small: SmallFirm) -> None:
    contract_id = small.contracts["A"]
    small.go_to(date(2024, 5, 20))
    with reading(small.engine, small.id) as connection:
        agreed = find(connection, small.id, contract_id)
        assert agreed
        number = next_application.number(connection, small.id, contract_id, terms_of(agreed))
        ends = next_application.period_end(connection, small.id, contract_id, terms_of(agreed), number)
    assert f"application {number}: the period to {ends} has ended" in _sentence(
        small, "contract", contract_id
    )


def test_a_period_that_has_not_ended_says_when_it_can_be_billed(small: SmallFirm) -> None:
    for body in (
        PrepareApplication(contract_id=small.contracts["A"], period_to=date(2024, 4, 30)),
        PrepareRelease(contract_id=small.contracts["A"], period_to=date(2024, 4, 30)),
    ):
        refused = small.give(Role.coordinator, body)
        assert refused.code == "period_not_ended"
        assert "it can be billed from 2024-04-30 on" in refused.sentence
        assert "administrator can move the calendar" in refused.sentence


def test_the_contract_waits_for_the_client_while_an_application_is_there(small: SmallFirm) -> None:
    small.issue(small.prepare("A", MARCH, {"2": "20000.00"}), "A1")
    with reading(small.engine, small.id) as connection:
        waits = why(connection, small.id, "contract", small.contracts["A"])
    assert waits
    assert waits.for_role == "client"
    assert waits.sentence == "Contract A: Application 1 is with the client for certification."


def test_only_what_was_issued_is_billed_and_a_release_under_way_is_told(small: SmallFirm) -> None:
    def sums() -> list[int]:
        with reading(small.engine, small.id) as connection:
            one = contract_sums(connection, small.id)[0]
        return [int(amount) for amount in (one.billed, one.held, one.in_release)]

    draft = small.prepare("A", MARCH, {"2": "20000.00"})
    assert sums() == [0, 0, 0]
    small.issue(draft, "A1")
    assert sums() == [20000, 2000, 0]
    small.certify(draft)
    small.close_out("A")
    released = small.do(
        Role.coordinator, PrepareRelease(contract_id=small.contracts["A"], period_to=date(2024, 4, 2))
    )
    release = UUID(str(released.result["invoice_id"]))
    with reading(small.engine, small.id) as connection:
        found_here = checks.findings(current_snapshot(connection, small.id, release))
    assert [(one.code, one.blocks) for one in found_here] == [("release_before_completion", False)]
    assert sums() == [20000, 2000, 0]
    small.issue(release, "AR")
    assert sums() == [20000, 0, 2000]
    small.certify(release)
    assert sums() == [20000, 0, 0]


def test_the_worklist_shows_what_is_open_on_a_certified_application(small: SmallFirm) -> None:
    issued = small.issue(small.prepare("A", MARCH, {"2": "20000.00"}), "A1")

    def amount() -> Decimal | None:
        with reading(small.engine, small.id) as connection:
            items = worklist_view.items(connection, small.id)
        return next(one.amount for one in items if one.waiting.subject_id == issued)

    assert amount() == 18000
    assert small.certify(issued, {small.lines("A")["2"]: "15000.00"}) == 13500
    assert amount() == 13500
    small.receive(Decimal("13000.00"), date(2024, 4, 2), "WIRE-1", issued)
    assert amount() == 500


def test_what_was_just_approved_waits_for_nobody_any_more(small: SmallFirm) -> None:
    draft = small.prepare("A", MARCH, {"2": "20000.00"})
    small.do(Role.coordinator, SubmitDraft(invoice_id=draft))
    manager = small.people[Role.project_manager]

    def waiting() -> list[UUID]:
        with reading(small.engine, small.id) as connection:
            takers = approval_chains.takers(connection, small.id, manager, date(2024, 6, 3))
            rows = my_approvals.drafts(connection, small.id, takers)
        return [one.invoice_id for one in rows]

    assert waiting() == [draft]
    with reading(small.engine, small.id) as connection:
        seen = connection.execute(
            text("SELECT content_hash FROM invoice WHERE id = :id"), {"id": draft}
        ).scalar_one()
    assert small.give(Role.project_manager, ApproveDraft(invoice_id=draft, content_hash=seen)).done
    assert waiting() == []  # although its process has not looked yet
    processes.decide_next(small.engine, small.id, Subject.invoice, draft, Origin())
    assert waiting() == []


def test_whoever_can_certify_is_written_to_with_a_link_and_the_day(small: SmallFirm) -> None:
    issued = small.issue(small.prepare("A", MARCH, {"2": "20000.00"}), "A1")
    small.make_papers()
    with reading(small.engine, small.id) as connection:
        rows = connection.execute(
            select(message.c.recipient, message.c.body, message.c.state, message.c.document_id).where(
                message.c.invoice_id == issued
            )
        ).all()
    assert {row.recipient for row in rows} == {CLIENT_EMAIL, f"client@{small.id}.example"}
    for row in rows:
        assert f"{small.settings.public_url}/client/invoices/{issued}" in row.body
        assert "Your certificate is due by April 9, 2024." in row.body
        assert row.state == "sent"
        assert row.document_id
