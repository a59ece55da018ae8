"""What holds for a whole file, and how it was reached."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

How = Literal["found", "profile", "asked", "given"]
"""Found in the file; fixed by its source's profile; asked and still open; given by a person."""


class Settled(BaseModel):
    """One decision over the whole file. No value: nothing in the file depends on it, or it is still open."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    value: str | None
    how: How
