"""Not-to-exceed amounts as a contract agrees them, and what change orders add to them.

They name lines by their item number, so that they can be agreed before there is a schedule. A line that is
billed by time has a cap of its own: its scheduled value (`SovLine.cap`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.money import ZERO, Amount
from contracts_app.domain.names import Name


class AgreedCap(BaseModel):
    """A not-to-exceed amount over the whole contract, or over the lines, roles or people that it names.

    With lines and roles it is over these roles on these lines. `expenses` says whether it includes them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: Name
    amount: Amount
    item_nos: Annotated[tuple[Name, ...], Field(max_length=200)] = ()
    roles: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    people: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    expenses: bool = True

    @model_validator(mode="after")
    def _not_negative(self) -> AgreedCap:
        if self.amount < ZERO:
            raise ValueError("a not-to-exceed amount is not negative")
        return self


class CapChange(BaseModel):
    """What a change order adds to the cap of that name, once it is executed; negative where it lowers it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    cap: Name
    amount: Amount


def named_once(caps: Sequence[AgreedCap] | Sequence[CapChange]) -> None:
    """Raise ValueError where two have one name: nobody could say which of them is raised."""
    names = [each.name if isinstance(each, AgreedCap) else each.cap for each in caps]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two not-to-exceed amounts are called {twice[0]}")
