"""What every document says: who writes to whom, in which currency, what an invoice is called."""

from __future__ import annotations

from typing import Any

from contracts_app.documents.contents import Party, _Document
from contracts_app.documents.wording import CALLED, Wording
from contracts_app.domain.billing.pay_application import Kind


def of_document(content: _Document) -> dict[str, Any]:
    """Fields that every template gets."""
    return {
        "firm": _party(content.firm),
        "client": _party(content.client),
        "currency": content.currency,
        "payment_instructions": list(content.payment_instructions),
        "has_instructions": bool(content.payment_instructions),
        "hash": content.content_sha256[:12],
    }


def _party(party: Party) -> dict[str, Any]:
    reach = " · ".join(part for part in (party.contact, party.email, party.phone) if part)
    return {
        "name": party.name,
        "address": list(party.address),
        "address_line": ", ".join(party.address),
        "contact": party.contact,
        "email": party.email,
        "phone": party.phone,
        "reach": reach,
        "tax_id": party.tax_id,
    }


def called(kind: Kind, number: int | None) -> str:
    """`Application 3`; nothing without a number."""
    return "" if number is None else f"{CALLED[kind]} {number}"


def wording_of(content: _Document) -> Wording:
    """How this document writes amounts and dates."""
    return Wording(content.locale, content.currency)
