"""Drafts under review when something else moves: sent back, resubmitted, the contract changed below them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from contracts_app.domain.billing.drafting import content_hash, draft
from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.commands.cash_commands import ReceivePayment
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.import_commands import PostImport
from contracts_app.domain.commands.invoice_commands import (
    ApproveDraft,
    EditDraft,
    IssueInvoice,
    RejectDraft,
    SubmitDraft,
)
from contracts_app.domain.commands.milestone_commands import PlanMilestone
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.roles import Role
from contracts_app.services import imports, processes, quiet
from contracts_app.settings import Settings
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.tables import approval, invoice, process
from contracts_app.store.transaction import Origin, reading
from tests.services.small_firm import CHANGE_ORDERS, SmallFirm, found

PERIOD = date(2024, 3, 31)


@pytest.fixture
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings)
    firm.open_contract("A")
    firm.go_to(date(2024, 4, 2))
    yield firm
    firm.engine.dispose()


def state_and_hash(small: SmallFirm, invoice_id: UUID) -> tuple[str, str]:
    with reading(small.engine, small.id) as connection:
        row = connection.execute(
            select(invoice.c.state, invoice.c.content_hash).where(invoice.c.id == invoice_id)
        ).one()
        assert row.state == "draft" or row.content_hash == content_hash(
            current_snapshot(connection, small.id, invoice_id)
        ), "what is shown as the content's hash is the content's hash"
    return row.state, row.content_hash


def approve(small: SmallFirm, role: Role, invoice_id: UUID) -> Outcome:
    _, seen = state_and_hash(small, invoice_id)
    outcome = small.give(role, ApproveDraft(invoice_id=invoice_id, content_hash=seen))
    small.settle()
    return outcome


def sentence(small: SmallFirm, invoice_id: UUID) -> str:
    with reading(small.engine, small.id) as connection:
        told: str = connection.execute(
            select(process.c.sentence).where(process.c.subject_id == invoice_id)
        ).scalar_one()
    return told


def test_a_draft_that_was_sent_back_after_approval_and_resubmitted_unchanged_is_approved_again(
    small: SmallFirm,
) -> None:
    invoice_id = small.prepare("A", PERIOD, {"1": "1000.00"})
    small.do(Role.coordinator, SubmitDraft(invoice_id=invoice_id))
    assert approve(small, Role.project_manager, invoice_id).done
    small.do(Role.project_manager, RejectDraft(invoice_id=invoice_id, reason="Wait for the photographs"))
    small.do(Role.coordinator, SubmitDraft(invoice_id=invoice_id))

    assert not small.give(Role.coordinator, IssueInvoice(invoice_id=invoice_id)).done
    assert "waits for the approval of Small Project Manager" in sentence(small, invoice_id)
    again = approve(small, Role.project_manager, invoice_id)

    assert again.done, again.sentence
    small.do(Role.coordinator, IssueInvoice(invoice_id=invoice_id))


def test_an_amount_edited_and_set_back_is_approved_again(small: SmallFirm) -> None:
    invoice_id = small.prepare("A", PERIOD, {"1": "1000.00"})
    line = small.lines("A")["1"]
    small.do(Role.coordinator, SubmitDraft(invoice_id=invoice_id))
    assert approve(small, Role.project_manager, invoice_id).done
    for amount in ("1100.00", "1000.00"):
        entry = Entry.model_validate({"line_id": line, "this_period": amount})
        small.do(Role.coordinator, EditDraft(invoice_id=invoice_id, entries=(entry,)))
    small.do(Role.coordinator, SubmitDraft(invoice_id=invoice_id))
    again = approve(small, Role.project_manager, invoice_id)
    assert again.done, again.sentence
    with reading(small.engine, small.id) as connection:
        given = connection.execute(select(approval.c.id).where(approval.c.invoice_id == invoice_id)).all()
    assert len(given) == 2


@pytest.mark.parametrize("approved_before", [False, True])
def test_a_change_order_posted_below_a_draft_in_review_asks_its_approvers_again(
    small: SmallFirm, approved_before: bool
) -> None:
    invoice_id = small.prepare("A", PERIOD, {"1": "1000.00"})
    small.do(Role.coordinator, SubmitDraft(invoice_id=invoice_id))
    if approved_before:
        assert approve(small, Role.project_manager, invoice_id).done
    small.post("change_orders", "A", CHANGE_ORDERS)

    state, _ = state_and_hash(small, invoice_id)
    assert state == "in_review"
    assert "waits for the approval of Small Project Manager" in sentence(small, invoice_id)
    assert quiet.open_work_of(small.engine, small.id) == []
    again = approve(small, Role.project_manager, invoice_id)
    assert again.done, again.sentence
    small.do(Role.coordinator, IssueInvoice(invoice_id=invoice_id))


def test_a_milestone_planned_below_an_approved_draft_asks_its_approvers_again(small: SmallFirm) -> None:
    invoice_id = small.prepare("A", PERIOD, {"1": "1000.00"})
    small.do(Role.coordinator, SubmitDraft(invoice_id=invoice_id))
    assert approve(small, Role.project_manager, invoice_id).done
    planned = small.do(
        Role.coordinator,
        PlanMilestone.model_validate(
            {"contract_id": small.contracts["A"], "title": "Ducts tested", "item_no": "2", "amount": "500.00"}
        ),
    )
    assert f"invoice/{invoice_id}" in planned.wake
    assert state_and_hash(small, invoice_id)[0] == "in_review"


def test_a_draft_cannot_be_moved_into_the_future(small: SmallFirm) -> None:
    invoice_id = small.prepare("A", PERIOD, {"1": "1000.00"})
    entry = Entry.model_validate({"line_id": small.lines("A")["1"], "this_period": "1000.00"})
    outcome = small.give(
        Role.coordinator,
        EditDraft(invoice_id=invoice_id, entries=(entry,), period_to=date(2024, 12, 31)),
    )
    assert (outcome.done, outcome.code) == (False, "period_not_ended")


def test_an_edit_that_moves_the_period_sees_the_change_orders_of_the_new_period(small: SmallFirm) -> None:
    small.post("change_orders", "A", CHANGE_ORDERS)  # CO-1 is in force from 2024-03-11
    invoice_id = small.prepare("A", date(2024, 3, 1), {"1": "1000.00"})
    line = small.lines("A")["CO-1"]
    entry = Entry.model_validate({"line_id": line, "this_period": "100.00"})
    outcome = small.give(
        Role.coordinator, EditDraft(invoice_id=invoice_id, entries=(entry,), period_to=PERIOD)
    )
    assert outcome.done, outcome.sentence
    with reading(small.engine, small.id) as connection:
        figures = draft(current_snapshot(connection, small.id, invoice_id))
    assert outcome.result["line8"] == f"{figures.line8:f}"
    assert figures.line4 == 1100

    back = small.give(
        Role.coordinator,
        EditDraft(
            invoice_id=invoice_id,
            period_to=date(2024, 3, 1),
            entries=(Entry.model_validate({"line_id": small.lines("A")["1"], "this_period": "1000.00"}),),
        ),
    )
    with reading(small.engine, small.id) as connection:
        figures = draft(current_snapshot(connection, small.id, invoice_id))
    assert back.result["line8"] == f"{figures.line8:f}"


def test_amounts_beyond_all_measure_are_refused_not_tried_for_ever(small: SmallFirm) -> None:
    invoice_id = small.prepare("A", PERIOD, {"1": "1000.00"})
    entries = tuple(
        Entry.model_validate({"line_id": line, "this_period": "99999999999999.99"})
        for line in small.lines("A").values()
    )
    outcome = small.give(Role.coordinator, EditDraft(invoice_id=invoice_id, entries=entries))
    assert (outcome.done, outcome.code) == (False, "amount_too_large")


def test_a_contract_that_got_new_work_is_not_closed(small: SmallFirm) -> None:
    """All is billed, released and paid, and closing is decided; before that, a change order comes in."""
    last = small.issue(small.prepare("A", PERIOD), "A1")
    owed = small.certify(last)
    release = small.release("A", date(2024, 4, 2), "AR")
    owed += small.certify(release)
    import_id = imports.receive(
        small.engine,
        firm_id=small.id,
        by=small.people[Role.coordinator],
        key="late change orders",
        kind="change_orders",
        contract_id=small.contracts["A"],
        file_name="late.csv",
        data=CHANGE_ORDERS.encode(),
    )
    small.settle()
    paid = ReceivePayment(
        client_id=small.client_id,
        amount=owed,
        currency="USD",
        received_on=date(2024, 4, 2),
        reference="WIRE-1",
    )
    assert small.give(Role.coordinator, paid).done
    subject_id = small.contracts["A"]
    decided = processes.decide_next(small.engine, small.id, Subject.contract, subject_id, Origin())
    assert decided.next.step == "close_contract"
    posted = small.give(Role.coordinator, PostImport(import_id=import_id))
    assert posted.done, posted.sentence

    processes.close_contract(small.engine, small.id, subject_id, Origin())

    small.settle()
    assert "waits for application" in sentence(small, subject_id)
