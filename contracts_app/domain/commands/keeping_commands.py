"""Commands of holding records, and of erasing people."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import model_validator

from contracts_app.domain.commands.command_body import CommandBody, Reason


class PlaceHold(CommandBody):
    """Hold all records of a client or of a contract, or (neither) of the whole firm: nothing of them expires,
    and nobody is erased meanwhile."""

    command: Literal["place_hold"] = "place_hold"
    reason: Reason
    client_id: UUID | None = None
    contract_id: UUID | None = None

    @model_validator(mode="after")
    def _of_one(self) -> PlaceHold:
        if self.client_id is not None and self.contract_id is not None:
            raise ValueError("name a client or a contract, not both; a second hold takes the other")
        return self


class ReleaseHold(CommandBody):
    """Release a hold; it counts once another controller has agreed."""

    command: Literal["release_hold"] = "release_hold"
    hold_id: UUID
    reason: Reason


class ErasePerson(CommandBody):
    """Erase what names a person who may sign in no longer, as far as no law keeps it; it is done once another
    controller has agreed, and cannot be undone."""

    command: Literal["erase_person"] = "erase_person"
    person_id: UUID
    reason: Reason
