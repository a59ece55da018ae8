"""What the server adds to a command, and what comes of it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts_app.domain import canonical
from contracts_app.domain.commands.command_body import CommandBody

Key = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class Envelope(BaseModel):
    """What the server adds to a command. `by` is None only for the system's own automatic steps."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    firm_id: UUID
    by: UUID | None
    key: Key
    signed_in: Annotated[str, StringConstraints(max_length=40)]
    body: CommandBody

    @property
    def effect_key(self) -> str:
        """Unique per firm: whoever gives the command, and the key he gave it under."""
        return f"{self.by or 'system'}:{self.key}"

    @property
    def body_hash(self) -> str:
        """The same key with another body is refused."""
        return canonical.digest(self.body)

    @property
    def update_id(self) -> str:
        """Temporal's update id: the key and the body, so that another body is not answered from history."""
        return canonical.digest([self.effect_key, self.body_hash])


class Outcome(BaseModel):
    """What came of a command: done with a result, or refused with a sentence. Stored under its key."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    done: bool
    code: str = "done"
    sentence: str = ""
    status: int = 200
    result: dict[str, str | int | bool | list[str] | None] = Field(default_factory=dict)
    start: tuple[str, ...] = ()
    """Processes that came into being: `invoice/6f…`; the workflow that did the command starts them."""
    wake: tuple[str, ...] = ()
    """Processes whose waiting this command may have ended."""
