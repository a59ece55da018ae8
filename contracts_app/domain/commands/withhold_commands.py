"""Commands about what a client keeps back of a payment besides retainage (docs/SPEC-withholds.md)."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts_app.domain.billing.withholds import Reference, WithholdReason
from contracts_app.domain.commands.command_body import CommandBody, Reason, Remark
from contracts_app.domain.money import Amount


class RecordWithhold(CommandBody):
    """The client keeps back part of what he owes on this invoice, for a named reason."""

    command: Literal["record_withhold"] = "record_withhold"
    invoice_id: UUID
    reason: WithholdReason
    reference: Reference = ""
    amount: Amount
    remark: Remark = ""


class ReturnWithhold(CommandBody):
    """The reason is gone: what was kept back, or part of it, is payable from today."""

    command: Literal["return_withhold"] = "return_withhold"
    invoice_id: UUID
    reason: WithholdReason
    reference: Reference = ""
    amount: Amount
    remark: Remark = ""


class ConcedeWithhold(CommandBody):
    """The client keeps it for good: the firm gives it up, with a reason."""

    command: Literal["concede_withhold"] = "concede_withhold"
    invoice_id: UUID
    reason: WithholdReason
    reference: Reference = ""
    amount: Amount
    remark: Reason
