"""Which lines of a contract an invoice bills, where they are billed to several addresses."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.billing.bill_to import Addresses
from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.billing.schedule_of_values import SovLine


class Addressed(BaseModel):
    """Which lines an invoice bills, and to which address (`REST`: the client itself)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    line_ids: tuple[UUID, ...]


def addressed(addresses: Addresses | None, name: str | None, schedule: Iterable[SovLine]) -> Addressed | None:
    """The lines of an invoice to this address; None where an invoice bills the whole contract."""
    if addresses is None or name is None:
        return None
    own = tuple(line.id for line in schedule if addresses.of_line(line.item_no) == name)
    return Addressed(name=name, line_ids=own)


def own_entries(
    entries: Iterable[Entry], unchanged: Iterable[Entry], to: Addressed | None
) -> tuple[Entry, ...]:
    """The entries of the lines that the invoice bills; all others as they were."""
    if to is None:
        return tuple(entries)
    before = {entry.line_id: entry for entry in unchanged}
    own = set(to.line_ids)
    return tuple(entry if entry.line_id in own else before[entry.line_id] for entry in entries)
