"""Commands on processes themselves: the calendar of the practice firm, and what was parked."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts_app.domain.commands.command_body import CommandBody, Reason
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.names import BusinessDate


class MoveCalendar(CommandBody):
    """Move the practice firm's calendar forward to a date."""

    command: Literal["move_calendar"] = "move_calendar"
    to: BusinessDate


class RetryParked(CommandBody):
    """Try again what the system could not do."""

    command: Literal["retry_parked"] = "retry_parked"
    subject: Subject
    subject_id: UUID


class AbandonParked(CommandBody):
    """Give up the automatic step that the system could not do, with a reason; the process goes on."""

    command: Literal["abandon_parked"] = "abandon_parked"
    subject: Subject
    subject_id: UUID
    reason: Reason
