"""Revising applications of a small firm."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.invoice_commands import EditDraft
from contracts_app.domain.commands.submission_commands import ReviseApplication
from contracts_app.domain.roles import Role
from tests.services.small_firm import SmallFirm


def revise(small: SmallFirm, invoice_id: UUID) -> Outcome:
    """What the coordinator hears who revises it."""
    body = ReviseApplication(invoice_id=invoice_id, reason="A figure is wrong")
    outcome = small.give(Role.coordinator, body)
    small.settle()
    return outcome


def revision_of(small: SmallFirm, number: str, invoice_id: UUID, work: str) -> UUID:
    """The revision that claims so much work on line 1, issued."""
    outcome = revise(small, invoice_id)
    assert outcome.done, outcome.sentence
    revision = UUID(str(outcome.result["invoice_id"]))
    entry = Entry(line_id=small.lines(number)["1"], this_period=Decimal(work))
    small.do(Role.coordinator, EditDraft(invoice_id=revision, entries=(entry,)))
    return small.issue(revision, f"{number} {work}")
