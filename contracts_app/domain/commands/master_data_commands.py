"""The second person's commands on a change of master data; the first gives the command of the change."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts_app.domain.commands.command_body import CommandBody, Reason


class AgreeToMasterChange(CommandBody):
    """Agree to a change of master data that another person proposed; it is done at once."""

    command: Literal["agree_to_master_change"] = "agree_to_master_change"
    change_id: UUID


class WithdrawMasterChange(CommandBody):
    """Drop a change of master data that was proposed, by oneself or by another."""

    command: Literal["withdraw_master_change"] = "withdraw_master_change"
    change_id: UUID
    reason: Reason
