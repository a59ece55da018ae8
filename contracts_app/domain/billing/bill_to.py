"""Several invoices from one contract: lines that are billed to an address of their own.

Each invoice of the contract bills the lines of one address and leaves all others as they were, so there is
one ledger for each line however many papers a period has (docs/SPEC-time-and-materials.md, rule 23).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.addresses import EmailAddress, PostalAddress
from contracts_app.domain.names import Name

REST = ""
"""The name of the invoice for the lines that no address has: it goes to the client itself."""


class BillTo(BaseModel):
    """An address, and the lines whose invoices go to it. `name` is what it is called on the contract."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: Name
    item_nos: Annotated[tuple[Name, ...], Field(min_length=1, max_length=200)]
    addressee: Name
    address: PostalAddress = ""
    email: EmailAddress | None = None
    """Where its invoices are mailed; None: to the client's billing address."""


class Addresses(BaseModel):
    """The addresses of a contract; no line has two."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    each: Annotated[tuple[BillTo, ...], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _apart(self) -> Addresses:
        if len({one.name.casefold() for one in self.each}) < len(self.each):
            raise ValueError("an address is named twice")
        items = [item for one in self.each for item in one.item_nos]
        if len(set(items)) < len(items):
            raise ValueError("a line is billed to one address")
        return self

    def named(self, name: str) -> BillTo | None:
        """The address of that name; None for the client itself and for none such."""
        return next((one for one in self.each if one.name == name), None)

    def of_line(self, item_no: str) -> str:
        """The name of the address that a line is billed to; `REST` for the client itself."""
        return next((one.name for one in self.each if item_no in one.item_nos), REST)

    def names(self, item_nos: Iterable[str]) -> Sequence[str]:
        """The addresses that these lines are billed to, the client itself last."""
        used = {self.of_line(item_no) for item_no in item_nos}
        return [one.name for one in self.each if one.name in used] + ([REST] if REST in used else [])
