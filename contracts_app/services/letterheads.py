"""Who writes to whom: the legal entity and the client as papers and letters show them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine import RowMapping

from contracts_app.documents.contents import Party
from contracts_app.domain.billing.bill_to import BillTo


def of_client(row: RowMapping) -> Party:
    """A client, from its row."""
    return Party(name=row["name"], address=_lines(row["address"]), email=row["email"] or "")


def billed_to(owner: RowMapping, to: BillTo | None) -> Party:
    """Whom an invoice is addressed to: the client, or the address that its lines are billed to."""
    if to is None:
        return of_client(owner)
    return Party(name=to.addressee, address=_lines(to.address), email=to.email or owner["email"] or "")


def of_legal_entity(row: RowMapping) -> Party:
    """A legal entity of the firm, from its row."""
    return Party(
        name=row["name"],
        address=_lines(row["address"]),
        email=row["email"],
        tax_id=row["tax_id"] or "",
    )


def taxed(party: Party, number: str | None) -> Party:
    """The party with the tax number that an invoice was issued with; None where it says nothing of tax."""
    return party if number is None else party.model_copy(update={"tax_id": number})


def instructions(row: RowMapping | Mapping[str, Any]) -> tuple[str, ...]:
    """Where to pay, line by line: as the legal entity says now, or as an issued invoice said."""
    return _lines(row["payment_instructions"])


def greeting(owner: RowMapping) -> str:
    """How a letter to a client begins."""
    return f"To {owner['name']}," if owner["name"] else "Good day,"


def _lines(address: str | None) -> tuple[str, ...]:
    return tuple(line for line in (address or "").splitlines() if line.strip())
