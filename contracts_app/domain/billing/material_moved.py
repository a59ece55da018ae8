"""What a person states of a line's stored material in a period, and of the other work on it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.money import ZERO, Amount


class MaterialMoved(BaseModel):
    """Material that came in, was built in, or left otherwise (returned, spoiled), and work without material.

    E and F follow from it and from what was stored before (`stored_material.entry_of`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    received: Amount = ZERO
    built_in: Amount = ZERO
    removed: Amount = ZERO
    work: Amount = ZERO
