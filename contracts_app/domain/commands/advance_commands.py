"""The command about an advance payment; how it is recovered stands in the terms."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts_app.domain.commands.command_body import CommandBody
from contracts_app.domain.names import Name


class PrepareAdvance(CommandBody):
    """Open the invoice of the advance payment that the terms agree. `guarantee` is the reference of what the
    client holds for it."""

    command: Literal["prepare_advance"] = "prepare_advance"
    contract_id: UUID
    guarantee: Name | None = None
