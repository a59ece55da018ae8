"""What a consulting invoice says beside its figures: phases, amendments, milestones billed, the deposit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from contracts_app.documents.consulting_invoice import Amendment, BilledMilestone, PhaseTerms
from contracts_app.domain.billing import claiming, drafting
from contracts_app.domain.billing.milestones import gained
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.funding.advances import top_up
from contracts_app.domain.funding.limit_standings import LimitShare, shares
from contracts_app.domain.money import ZERO, less, total
from contracts_app.store import contracts, invoices


def consulting(connection: Connection, firm_id: UUID, captured: Snapshot) -> Mapping[str, Any]:
    """The parts of a ConsultingInvoiceContent that other documents do not have."""
    items = {line.id: line.item_no for line in captured.schedule}
    return {
        "phases": tuple(
            PhaseTerms(
                line_id=line.id,
                basis=line.basis,
                not_to_exceed=line.not_to_exceed,
                before=_billed_before(captured, line.id),
            )
            for line in captured.schedule
        ),
        "amendments": tuple(
            Amendment(
                number=order.number,
                title=order.title,
                executed_on=order.executed_on,
                amount=order.amount,
                raises=items.get(order.raises, "") if order.raises else "",
            )
            for order in captured.change_orders
            if order.executed_on is not None
        ),
        "milestones": _milestones(connection, firm_id, captured),
        "hour_rounding": captured.terms.hour_rounding,
        "deposit_before": captured.deposit_balance,
        "detail": captured.terms.detail,
        "limits": limit_shares(captured),
        "only": captured.addressed.line_ids if captured.addressed else None,
        "retainer_request": _to_fill(captured),
    }


def _to_fill(captured: Snapshot) -> Decimal:
    """What the client is asked for, to fill the retainer again after this invoice."""
    agreed = captured.terms.retainer
    if agreed is None:
        return ZERO
    drawn = drafting.draft(captured).deposit_applied
    return top_up(agreed, less(captured.deposit_balance, drawn))


def limit_shares(captured: Snapshot) -> tuple[LimitShare, ...]:
    """What the invoice bills under caps over several phases and on purchase orders, where there are any."""
    if captured.limits is None:
        return ()
    return shares(claiming.asked_of_limits(captured), claiming.claim_under_limits(captured))


def _billed_before(captured: Snapshot, line_id: UUID) -> Decimal:
    lines = captured.previous.lines if captured.previous else ()
    return total(
        amount for line in lines if line.line_id == line_id for amount in (line.completed, line.stored)
    )


def _milestones(connection: Connection, firm_id: UUID, captured: Snapshot) -> tuple[BilledMilestone, ...]:
    """The milestones approved since the invoice before: those that this one bills."""
    by_milestone = {line.id for line in captured.schedule if line.basis is Basis.milestone}
    if not by_milestone:
        return ()
    before = snapshot_before(connection, firm_id, captured)
    parts = gained(captured.milestones, before.milestones if before else ())
    approved = contracts.approval_days(connection, firm_id, captured.contract_id)
    return tuple(
        BilledMilestone(
            line_id=known.line_id,
            title=known.title,
            approved_on=approved.get(known.id),
            amount=parts[known.id],
            whole=known.amount,
        )
        for known in captured.milestones
        if known.line_id in by_milestone and parts.get(known.id, ZERO) > ZERO
    )


def snapshot_before(connection: Connection, firm_id: UUID, captured: Snapshot) -> Snapshot | None:
    """What the invoice before this one was computed from; None for the first."""
    if captured.previous is None:
        return None
    number = captured.previous.application_no
    earlier = invoices.of_contract(connection, firm_id, captured.contract_id)
    found = [known["id"] for known in earlier if known["application_no"] == number]
    return invoices.stored_snapshot(connection, firm_id, found[0]) if found else None
