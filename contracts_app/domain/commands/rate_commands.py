"""The command that raises the rates of a contract in force from a day on."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from contracts_app.domain.commands.command_body import CommandBody, Reason
from contracts_app.domain.time.rate_increase import Increase

SeenRates = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class RaiseRates(CommandBody):
    """Raise (or lower) the rates of a contract in force from a day on; work before it keeps its rates.

    `seen` is the digest of the new rates as the preview showed them; where they would be others by now,
    nothing is done.
    """

    command: Literal["raise_rates"] = "raise_rates"
    contract_id: UUID
    increase: Increase
    reason: Reason
    seen: SeenRates | None = None
