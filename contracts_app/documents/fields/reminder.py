"""A reminder of overdue invoices."""

from __future__ import annotations

from typing import Any

from contracts_app.documents.contents import ReminderContent
from contracts_app.documents.fields.every_document import called, of_document, wording_of
from contracts_app.domain.money import ZERO


def of_reminder(content: ReminderContent) -> dict[str, Any]:
    """Fields of its paper and its mail."""
    say = wording_of(content)
    return {
        **of_document(content),
        "as_of": say.day(content.as_of),
        "level": str(content.level),
        "invoices": [
            {
                "invoice": line.invoice_number,
                "called": called(line.kind, line.application_number),
                "contract": line.contract_number,
                "issued_on": say.short_day(line.issued_on),
                "due_on": say.short_day(line.due_on),
                "days": str(line.days_past_due),
                "original": say.amount(line.original),
                "paid": say.amount(line.paid),
                "open": say.amount(line.open),
            }
            for line in content.invoices
        ],
        "many": len(content.invoices) > 1,
        "total": say.amount(content.total_overdue),
        "total_money": say.money(content.total_overdue),
        "retainage_held": say.money(content.retainage_held),
        "has_retainage": content.retainage_held > ZERO,
    }
