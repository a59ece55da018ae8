"""Invoices in another currency than the books': each has its rate, and comes out of it again.

A receivable is booked at the rate of its invoice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from contracts_app.domain.billing.booked import booked
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.taxed import tax_of
from contracts_app.domain.money import multiply, round_to
from contracts_app.services.invariants.books import Books, Record, Rule

RULES = (
    Rule(
        "SELECT count(*) FROM issued_invoice WHERE firm_id = :firm",
        """SELECT i.number_text, 'is in ' || coalesce(d.currency, i.currency)
            || ', the books of who bills are in ' || e.currency
            || CASE WHEN b.invoice_id IS NULL THEN ', and it has no rate'
                ELSE ', and it has a rate to ' || b.currency END
        FROM issued_invoice i JOIN legal_entity e ON e.firm_id = i.firm_id AND e.id = i.legal_entity_id
        LEFT JOIN document_books b ON b.firm_id = i.firm_id AND b.invoice_id = i.invoice_id
        LEFT JOIN document_invoiced d ON d.firm_id = i.firm_id AND d.invoice_id = i.invoice_id
            AND d.stage = 'issued'
        WHERE i.firm_id = :firm AND b.currency IS DISTINCT FROM
            CASE WHEN coalesce(d.currency, i.currency) <> e.currency THEN e.currency END""",
    ),
    Rule(
        "SELECT count(*) FROM receivable WHERE firm_id = :firm",
        """SELECT i.number_text, 'and its receivable are not booked at one rate'
        FROM receivable r JOIN issued_invoice i ON i.firm_id = r.firm_id AND i.invoice_id = r.invoice_id
        LEFT JOIN document_books b ON b.firm_id = i.firm_id AND b.invoice_id = i.invoice_id
        LEFT JOIN receivable_books o ON o.firm_id = r.firm_id AND o.receivable_id = r.id
        WHERE r.firm_id = :firm AND (b.currency, b.rate) IS DISTINCT FROM (o.currency, o.rate)""",
    ),
)
_KEPT = "SELECT * FROM document_books WHERE firm_id = :firm AND invoice_id = :invoice"
_OWED = """
    SELECT o.currency, o.rate, o.amount, e.amount AS arose, CASE WHEN b.taken_over THEN
            CASE WHEN e.certificate_invoice_id IS NULL THEN b.due
                ELSE c.line8 + coalesce(t.tax - t.discount, 0) END END AS agreed
    FROM receivable r
    JOIN document_books b ON b.firm_id = r.firm_id AND b.invoice_id = r.invoice_id
    LEFT JOIN certificate c ON c.firm_id = r.firm_id AND c.invoice_id = r.invoice_id
    LEFT JOIN document_tax t ON t.firm_id = r.firm_id AND t.invoice_id = r.invoice_id
        AND t.stage = 'certified'
    JOIN receivable_books o ON o.firm_id = r.firm_id AND o.receivable_id = r.id
    JOIN receivable_entry e ON e.firm_id = r.firm_id AND e.receivable_id = r.id AND e.cause = 'arises'
    WHERE r.firm_id = :firm AND r.invoice_id = :invoice
"""


def wrong(
    books: Books, row: Record, snapshot: Snapshot, figures: PayApplication, issued_on: date
) -> Iterator[str]:
    """What an invoice was booked with and does not come out of its snapshot or its rate."""
    again = booked(snapshot, figures, tax_of(snapshot, figures, issued_on))
    if again is None:
        return
    for kept in books.rows(_KEPT, invoice=row.invoice_id):
        stored = (kept.rate, kept.rate_on, kept.source, kept.due, kept.tax, kept.without_tax, kept.taken_over)
        made = (
            again.rate.rate,
            again.rate.on,
            again.rate.source,
            again.due,
            again.tax,
            again.without_tax,
            again.taken_over,
        )
        if stored != made:
            yield "its rate or its amounts in the books are not those of its snapshot"
    for owed in books.rows(_OWED, invoice=row.invoice_id):
        if owed.agreed is not None:
            if owed.amount != owed.agreed:
                yield f"its receivable is booked with {owed.amount}, and its contract says {owed.agreed}"
        elif owed.amount != round_to(multiply(owed.arose, owed.rate), owed.currency):
            yield f"its receivable is booked with {owed.amount}, which is not {owed.arose} at {owed.rate}"
