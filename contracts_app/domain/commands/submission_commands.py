"""Commands around the submission of an application: the pencil copy, and what the client says of it."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts_app.domain.canonical import ADDED_LATER
from contracts_app.domain.checking.lien_waivers import WaiverForm
from contracts_app.domain.commands.command_body import CommandBody, Reason
from contracts_app.domain.money import Amount

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class SharePencil(CommandBody):
    """Show the draft to the client before it is submitted: a marked copy, no application."""

    command: Literal["share_pencil"] = "share_pencil"
    invoice_id: UUID


class ReviseApplication(CommandBody):
    """Open a revision of an application that is with the client and not certified.

    `release`: of a retainage release, what it releases instead; the draft of any other is edited.
    """

    command: Literal["revise_application"] = "revise_application"
    invoice_id: UUID
    reason: Reason
    release: Annotated[Amount | None, ADDED_LATER] = None


class GiveWaiver(CommandBody):
    """Give a lien waiver: on condition of payment with a draft, without it once the application is paid.

    Its amount and its day are those of the application.
    """

    command: Literal["give_waiver"] = "give_waiver"
    contract_id: UUID
    invoice_id: UUID
    form: WaiverForm = WaiverForm.conditional_progress


class LineRemark(BaseModel):
    """What the client says of a line, or without one of the whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID | None = None
    remark: Said


class RemarkOnPencil(CommandBody):
    """The client's remarks on a pencil copy; they go back to whoever prepares the application."""

    command: Literal["remark_on_pencil"] = "remark_on_pencil"
    invoice_id: UUID
    pencil_id: UUID
    remarks: Annotated[tuple[LineRemark, ...], Field(min_length=1, max_length=2000)]
