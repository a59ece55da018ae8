"""A credit note."""

from __future__ import annotations

from typing import Any

from contracts_app.documents.credit_note import CreditNoteContent
from contracts_app.documents.fields.every_document import called, of_document, wording_of
from contracts_app.domain.money import ZERO


def of_credit_note(content: CreditNoteContent) -> dict[str, Any]:
    """Fields of its paper and its mail."""
    say = wording_of(content)
    return {
        **of_document(content),
        "number": content.number,
        "issued_on": say.day(content.issued_on),
        "invoice": content.invoice_number,
        "invoiced_on": say.day(content.invoiced_on),
        "called": called(content.kind, content.application_number),
        "contract": {"number": content.contract_number, "title": content.contract_title},
        "net": say.amount(content.net),
        "has_tax": content.tax != ZERO,
        "tax": say.amount(content.tax),
        "amount": say.amount(content.amount),
        "amount_money": say.money(content.amount),
    }
