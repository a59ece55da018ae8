"""A receipt for a payment."""

from __future__ import annotations

from typing import Any

from contracts_app.documents.contents import ReceiptContent
from contracts_app.documents.fields.every_document import called, of_document, wording_of
from contracts_app.domain.money import ZERO, total


def of_receipt(content: ReceiptContent) -> dict[str, Any]:
    """Fields of its paper and its mail."""
    say = wording_of(content)
    return {
        **of_document(content),
        "reference": content.payment_reference,
        "method": content.method,
        "received_on": say.day(content.received_on),
        "amount": say.amount(content.amount),
        "amount_money": say.money(content.amount),
        "applied": [
            {
                "invoice": line.invoice_number,
                "called": called(line.kind, line.application_number),
                "open_before": say.amount(line.open_before),
                "applied": say.amount(line.applied),
                "open_after": say.amount(line.open_after),
                "settled": line.open_after == ZERO,
            }
            for line in content.applied
        ],
        "applied_total": say.amount(total([line.applied for line in content.applied])),
        "open_total": say.amount(total([line.open_after for line in content.applied])),
        "unapplied": say.amount(content.unapplied),
        "has_unapplied": content.unapplied != ZERO,
        "still_open": any(line.open_after > ZERO for line in content.applied),
    }
