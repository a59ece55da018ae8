"""What every command's body is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=2000)]
Remark = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Version = Annotated[int, Field(ge=1, le=2**31 - 1)]
"""The version of a record that somebody saw; each change of the record raises it."""


class CommandBody(BaseModel):
    """What the user decides, and nothing else: unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    command: str
