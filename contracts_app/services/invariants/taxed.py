"""Tax of issued invoices and certificates: groups add up to it, gross is net with tax, due is line 8 with it.

What an invoice's snapshot gives again is looked at with its other figures (`figures`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.billing.retainage_shown import RetainageShown
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.taxed import tax_of
from contracts_app.services.invariants.books import Books, Record, Rule
from contracts_app.store.taxes import FACTS

_COUNT = "SELECT count(*) FROM document_tax WHERE firm_id = :firm"
RULES = (
    Rule(
        _COUNT,
        """SELECT i.number_text, 'its tax is ' || t.tax || ' ' || t.stage || ', its groups come to '
            || coalesce(sum(g.amount), 0)
        FROM document_tax t JOIN issued_invoice i ON i.firm_id = t.firm_id AND i.invoice_id = t.invoice_id
        LEFT JOIN document_tax_group g ON g.firm_id = t.firm_id AND g.invoice_id = t.invoice_id
            AND g.stage = t.stage
        WHERE t.firm_id = :firm
        GROUP BY i.number_text, t.stage, t.tax HAVING coalesce(sum(g.amount), 0) <> t.tax""",
    ),
    Rule(
        _COUNT,
        """SELECT i.number_text, t.stage || ': ' || t.net || ' and tax of ' || t.tax || ' make '
            || t.gross || ', of which ' || t.due || ' is due'
        FROM document_tax t JOIN issued_invoice i ON i.firm_id = t.firm_id AND i.invoice_id = t.invoice_id
        LEFT JOIN certificate c ON c.firm_id = t.firm_id AND c.invoice_id = t.invoice_id
        WHERE t.firm_id = :firm AND (t.gross <> t.net + t.tax OR t.due <> t.gross - t.retained
            OR t.due <> t.tax - t.discount + CASE t.stage WHEN 'issued' THEN i.line8 ELSE c.line8 END)""",
    ),
    Rule(
        _COUNT,
        """SELECT i.number_text, 'says something of tax, its snapshot nothing'
        FROM document_tax t JOIN issued_invoice i ON i.firm_id = t.firm_id AND i.invoice_id = t.invoice_id
        JOIN snapshot s ON s.firm_id = i.firm_id AND s.sha256 = i.snapshot_sha256
        WHERE t.firm_id = :firm AND s.body::jsonb -> 'tax' IS NULL
            AND s.body::jsonb -> 'terms' -> 'discounts' IS NULL""",
    ),
)
_KEPT = "SELECT * FROM document_tax WHERE firm_id = :firm AND invoice_id = :invoice AND stage = :stage"
_GROUPS = """
    SELECT tax, code, rate, base, amount, reason FROM document_tax_group
    WHERE firm_id = :firm AND invoice_id = :invoice AND stage = :stage ORDER BY position
"""


def wrong(
    books: Books, row: Record, stage: str, snapshot: Snapshot, figures: PayApplication, issued_on: date
) -> Iterator[str]:
    """What is stored of an invoice's tax, as issued or certified, and does not come out of its snapshot."""
    again = tax_of(snapshot, figures, issued_on)
    if again is None:
        return
    kept = books.rows(_KEPT, invoice=row.invoice_id, stage=stage)
    if not kept:
        yield f"the tax as {stage} is not stored"
        return
    for name in FACTS:
        if getattr(kept[0], name) != getattr(again, name):
            said = f"{name.replace('_', ' ')} as {stage} is {getattr(kept[0], name)}"
            yield f"{said}, its snapshot gives another"
    if kept[0].retainage_shown is not None:  # not kept for invoices issued before
        told = RetainageShown(treatment=kept[0].retainage_shown, withheld=kept[0].retainage_withheld)
        if told != again.retainage:
            yield f"its retainage as {stage} is shown otherwise than its snapshot gives"
    groups = [tuple(group) for group in books.rows(_GROUPS, invoice=row.invoice_id, stage=stage)]
    made = [(one.tax, one.code, one.rate, one.base, one.amount, one.reason) for one in again.groups]
    if groups != made:
        yield f"the rates of tax as {stage} are not those of its snapshot"
