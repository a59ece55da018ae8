"""An evergreen retainer: what the client keeps paid ahead."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, model_validator

from contracts_app.domain.money import ZERO, Amount


class RetainerTerms(BaseModel):
    """An evergreen retainer is topped up to `minimum` once less than `request_below` is left (not given: once
    less than the minimum is left)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    minimum: Amount = ZERO
    request_below: Amount | None = None

    @model_validator(mode="after")
    def _sensible(self) -> RetainerTerms:
        if not ZERO <= (self.request_below or ZERO) <= self.minimum:
            raise ValueError("a retainer's minimum is not negative, and it is requested below that or less")
        return self
