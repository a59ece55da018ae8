"""What an invoice comes to in the currency of the books, computed again."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from contracts_app.domain.billing.booked import booked
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.taxed import tax_of
from contracts_app.domain.tax.books import InBooks
from contracts_app.domain.tax.currency import convert
from contracts_app.services.proving.proof import Compared
from contracts_app.store.views.stored_invoice import StoredInvoice

_SAID = {"due": "amount due", "tax": "tax", "without_tax": "amount without tax"}


def compare(
    known: StoredInvoice, snapshot: Snapshot, applied: PayApplication, agreed: Decimal | None
) -> Iterator[Compared]:
    """Rate and amounts of the document, and what its receivable was booked with; `agreed` is what that arose
    with in the contract's currency. Raises Refused where there is no rate."""
    again = booked(snapshot, applied, tax_of(snapshot, applied, known.issued["issued_on"]))
    stored = known.books
    if again is None or stored is None:
        if again is not None or stored is not None:
            yield Compared("currency of the books", stored and stored["currency"], again and again.currency)
        return
    yield Compared("currency of the books", stored["currency"], again.currency)
    yield Compared("rate of exchange", stored["rate"], again.rate.rate)
    yield Compared("day of the rate", stored["rate_on"], again.rate.on)
    yield Compared("source of the rate", stored["source"], again.rate.source)
    yield Compared("which day's rate it is", stored["rate_of"], again.rate_of.value)
    for name, said in _SAID.items():
        yield Compared(f"{said} in the books", stored[name], getattr(again, name))
    yield Compared("taken over from the contract", stored["taken_over"], again.taken_over)
    yield Compared(
        "receivable in the books",
        known.owed_in_books["amount"] if known.owed_in_books else None,
        _carried(known, again, agreed),
    )


def _carried(known: StoredInvoice, again: InBooks, agreed: Decimal | None) -> Decimal | None:
    """What the receivable arose with, at the document's rate, or as the contract says it."""
    arose = [row["amount"] for row in known.receivable_entries if row["cause"] == "arises"]
    if not arose:
        return None
    if again.taken_over:
        return agreed
    return convert(arose[0], again.owed_in, again.currency, again.rate, again.rate.on)
