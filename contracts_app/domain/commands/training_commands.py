"""Commands on people who are being trained."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts_app.domain.commands.command_body import CommandBody, Reason
from contracts_app.domain.names import BusinessDate


class BeginTraining(CommandBody):
    """Say that a coordinator is being trained, from one day to another, both included, and by whom: he hands
    no draft in himself."""

    command: Literal["begin_training"] = "begin_training"
    person_id: UUID
    mentor_id: UUID
    from_on: BusinessDate
    to_on: BusinessDate
    reason: Reason


class EndTraining(CommandBody):
    """Let somebody who was being trained hand drafts in himself, from now on."""

    command: Literal["end_training"] = "end_training"
    training_id: UUID
    reason: Reason
