"""Commands on the days on which a firm does not work."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts_app.domain.commands.command_body import CommandBody
from contracts_app.domain.names import BusinessDate, Name


class Holiday(BaseModel):
    """A day on which nobody works, and what it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    day: BusinessDate
    name: Name


class SetHolidays(CommandBody):
    """Say which days of a year are holidays; they replace those of that year that were entered before."""

    command: Literal["set_holidays"] = "set_holidays"
    year: Annotated[str, Field(pattern=r"^(199\d|2[01]\d\d)$")]
    holidays: Annotated[tuple[Holiday, ...], Field(max_length=366)]
