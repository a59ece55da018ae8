"""Drafts and milestones that wait for an approval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, exists, func, select

from contracts_app.domain.approving.deciding import Person, waits_for
from contracts_app.domain.roles import Role
from contracts_app.store.tables import (
    approval,
    contract,
    invoice,
    invoice_editor,
    milestone,
    person,
    process,
    sov_line,
)
from contracts_app.store.views.waiting import approvers_of


@dataclass(frozen=True)
class WaitingDraft:
    """A draft in review whose next step this person may take."""

    invoice_id: UUID
    kind: str
    application_no: int
    period_to: date
    contract_number: str
    contract_title: str
    prepared_by: str
    since: datetime | None
    sentence: str


@dataclass(frozen=True)
class WaitingMilestone:
    """A milestone with evidence that the project manager has not accepted yet."""

    milestone_id: UUID
    contract_id: UUID
    contract_number: str
    title: str
    item_no: str | None
    amount: Decimal
    reached: Decimal
    """How much of the amount the evidence is for."""
    version: int
    currency: str
    close_out: bool
    evidence: str
    achieved_by: str
    achieved_on: date


def drafts(connection: Connection, firm_id: UUID, takers: Sequence[Person]) -> Sequence[WaitingDraft]:
    """Drafts in review of which the first of `takers` may take an open step, for himself or in the place of
    the others, and that neither of them prepared; longest first."""
    editors = (
        select(func.array_agg(invoice_editor.c.person_id))
        .where(invoice_editor.c.firm_id == invoice.c.firm_id, invoice_editor.c.invoice_id == invoice.c.id)
        .scalar_subquery()
    )
    took_a_step = exists().where(
        approval.c.firm_id == invoice.c.firm_id,
        approval.c.invoice_id == invoice.c.id,
        approval.c.decision == "approved",
        approval.c.content_hash == invoice.c.content_hash,
        approval.c.person_id == takers[0].id,
    )
    rows = connection.execute(
        select(
            invoice.c.id,
            invoice.c.kind,
            invoice.c.application_no,
            invoice.c.period_to,
            contract.c.number,
            contract.c.title,
            contract.c.project_manager_id,
            person.c.name,
            process.c.since,
            process.c.sentence,
            process.c.for_role,
            process.c.approvers,
            editors.label("editors"),
        )
        .join(contract, (contract.c.firm_id == invoice.c.firm_id) & (contract.c.id == invoice.c.contract_id))
        .join(person, (person.c.firm_id == invoice.c.firm_id) & (person.c.id == invoice.c.prepared_by))
        .join(
            process,
            (process.c.firm_id == invoice.c.firm_id)
            & (process.c.subject == "invoice")
            & (process.c.subject_id == invoice.c.id),
        )
        .where(
            invoice.c.firm_id == firm_id,
            invoice.c.state == "in_review",
            # Else the process has not looked since the last step, and does not know whom it waits for.
            process.c.seen_version == invoice.c.version,
            process.c.for_role.in_((Role.project_manager.value, Role.controller.value)),
            ~took_a_step,
        )
        .order_by(process.c.since, contract.c.number)
    )
    return [
        WaitingDraft(
            row.id,
            row.kind,
            row.application_no,
            row.period_to,
            row.number,
            row.title,
            row.name,
            row.since,
            row.sentence or "",
        )
        for row in rows
        if waits_for(approvers_of(row), takers, row.project_manager_id, row.editors)
    ]


def milestones(connection: Connection, firm_id: UUID, person_id: UUID) -> Sequence[WaitingMilestone]:
    """Milestones said to be achieved on contracts that this person manages."""
    rows = connection.execute(
        select(
            milestone,
            contract.c.number,
            contract.c.terms["currency"].astext.label("currency"),
            person.c.name,
            sov_line.c.item_no,
        )
        .join(
            contract, (contract.c.firm_id == milestone.c.firm_id) & (contract.c.id == milestone.c.contract_id)
        )
        .join(person, (person.c.firm_id == milestone.c.firm_id) & (person.c.id == milestone.c.achieved_by))
        .outerjoin(
            sov_line, (sov_line.c.firm_id == milestone.c.firm_id) & (sov_line.c.id == milestone.c.sov_line_id)
        )
        .where(
            milestone.c.firm_id == firm_id,
            milestone.c.state == "achieved",
            contract.c.project_manager_id == person_id,
        )
        .order_by(milestone.c.achieved_on, milestone.c.title)
    )
    return [
        WaitingMilestone(
            row.id,
            row.contract_id,
            row.number,
            row.title,
            row.item_no,
            row.amount,
            row.achieved_amount,
            row.version,
            row.currency,
            row.close_out,
            row.evidence or "",
            row.name,
            row.achieved_on,
        )
        for row in rows
    ]
