"""Commands on an invoice: prepare its draft, approve it, issue it, certify it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.billing.stored_material import Backup
from contracts_app.domain.canonical import ADDED_LATER
from contracts_app.domain.commands.command_body import CommandBody, Reason, Remark
from contracts_app.domain.contract import RetainageRate
from contracts_app.domain.money import Amount
from contracts_app.domain.names import BusinessDate, Name

Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class PrepareApplication(CommandBody):
    """Open the next application for payment (or consulting invoice), prefilled with what can be billed."""

    command: Literal["prepare_application"] = "prepare_application"
    contract_id: UUID
    period_to: BusinessDate
    complete: bool = False
    """Claim the whole balance of every line (the final application)."""
    only_with_work: Annotated[bool, ADDED_LATER] = False
    """Refuse an empty draft, as a billing run does; else it is opened for what is typed into it."""
    bill_to: Annotated[Name | None, ADDED_LATER] = None
    """Of a contract with several addresses: which one. Left out: the first with something to bill."""


class PrepareRelease(CommandBody):
    """Open a retainage release invoice: of an amount, of a part of what is held (a fraction of one), of all
    that named lines hold, or without any of them of all that is held."""

    command: Literal["prepare_release"] = "prepare_release"
    contract_id: UUID
    period_to: BusinessDate
    amount: Amount | None = None
    part: Annotated[RetainageRate | None, ADDED_LATER] = None
    item_nos: Annotated[tuple[Name, ...], Field(max_length=2000), ADDED_LATER] = ()
    by_events: Annotated[bool, ADDED_LATER] = False
    """What the events of the terms that are reached release."""
    security: Annotated[Name | None, ADDED_LATER] = None
    """What the security of this reference replaces."""

    @model_validator(mode="after")
    def _one_way(self) -> PrepareRelease:
        ways = (self.amount, self.part, self.item_nos or None, self.by_events or None, self.security)
        if sum(way is not None for way in ways) > 1:
            raise ValueError("a release is an amount, a part, named lines, by events or by a security")
        return self


class EditDraft(CommandBody):
    """Replace what the draft claims, line by line; lines not named keep what they have."""

    command: Literal["edit_draft"] = "edit_draft"
    invoice_id: UUID
    entries: Annotated[tuple[Entry, ...], Field(min_length=1, max_length=2000)]
    period_to: BusinessDate | None = None
    backup: Annotated[tuple[Backup, ...] | None, Field(max_length=500), ADDED_LATER] = None
    """The papers for stored material, all of them; left out they stay as they are."""


class SubmitDraft(CommandBody):
    """Hand the draft over for approval."""

    command: Literal["submit_draft"] = "submit_draft"
    invoice_id: UUID


class ApproveDraft(CommandBody):
    """Approve the content with this hash, as seen."""

    command: Literal["approve_draft"] = "approve_draft"
    invoice_id: UUID
    content_hash: Hash
    remark: Remark = ""


class LineRemark(BaseModel):
    """What is wrong with a line of a draft, or why less of it is certified."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    reason: Reason


class RejectDraft(CommandBody):
    """Send the draft back to its preparer, with a reason, and with one for each line that it is about."""

    command: Literal["reject_draft"] = "reject_draft"
    invoice_id: UUID
    reason: Reason
    lines: Annotated[tuple[LineRemark, ...], Field(max_length=500), ADDED_LATER] = ()


class WithdrawDraft(CommandBody):
    """Give up a draft that has no number yet."""

    command: Literal["withdraw_draft"] = "withdraw_draft"
    invoice_id: UUID
    reason: Reason


class IssueInvoice(CommandBody):
    """Take the number, post retainage and receivable, and submit the application to the client."""

    command: Literal["issue_invoice"] = "issue_invoice"
    invoice_id: UUID


class Certification(StrEnum):
    """The certifier's decision (A201 9.4)."""

    in_full = "in_full"
    less = "less"
    withheld = "withheld"


class CertifyApplication(CommandBody):
    """The client certifies in full, less by line with a reason, or withholds all."""

    command: Literal["certify_application"] = "certify_application"
    invoice_id: UUID
    decision: Certification
    lines: Annotated[tuple[Entry, ...], Field(max_length=2000)] = ()
    """Only for `less`: the amounts accepted on the lines that are cut."""
    reason: Remark = ""
    """Needed unless certified in full, or where each line that is cut has a reason of its own."""
    line_reasons: Annotated[tuple[LineRemark, ...], Field(max_length=2000), ADDED_LATER] = ()
    """Why less is accepted on a line; only of lines that are cut, each once."""
