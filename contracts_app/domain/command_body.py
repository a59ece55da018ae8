"""What every command's body is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=2000)]
Remark = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]


class CommandBody(BaseModel):
    """What the user decides, and nothing else: unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    command: str
