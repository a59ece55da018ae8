"""Fields of an invoice of several contracts."""

from __future__ import annotations

from typing import Any

from contracts_app.documents.fields.consulting_invoice import of_consulting_invoice
from contracts_app.documents.fields.every_document import of_document, wording_of
from contracts_app.documents.group_invoice import GroupInvoiceContent
from contracts_app.domain.money import ZERO, less, opposite, total


def of_group_invoice(content: GroupInvoiceContent) -> dict[str, Any]:
    """Its sums, and the fields of each section as those of an invoice of its own."""
    say = wording_of(content)
    return {
        **of_document(content),
        "invoice": content.invoice_number,
        "group": content.group,
        "submitted_on": say.day(content.issued_on),
        "due_on": say.day(content.due_on) if content.due > ZERO else "",
        "terms": content.terms,
        "amount_due": say.money(content.due),
        "due_label": "Amount due",
        "nothing_due": content.due == ZERO,
        "has_instructions": bool(content.payment_instructions) and content.due > ZERO,
        "has_tax": any(one.tax for one in content.sections),
        "has_tax_sum": content.tax != ZERO,
        "has_deposit_sum": content.deposit != ZERO,
        "totals": {
            "net": say.amount(content.net),
            "tax": say.amount(content.tax),
            "deposit": say.amount(opposite(content.deposit)),
            "due": say.amount(content.due),
        },
        "sections": [
            {
                **of_consulting_invoice(one),
                "tax_added": say.amount(
                    less(total((one.due, one.application.deposit_applied)), one.application.line8)
                ),
                "due": say.amount(one.due),
            }
            for one in content.sections
        ],
    }
