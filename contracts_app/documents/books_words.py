"""What a paper says of an invoice in another currency than the books': its amounts there, and the rate."""

from __future__ import annotations

from contracts_app.documents.wording import Wording
from contracts_app.domain.money import ZERO
from contracts_app.domain.tax.books import InBooks

_LOCALE = "en_US"


def books_said(books: InBooks | None, *, drawn: bool = False) -> str:
    """`In USD, at 1.0811 USD for 1 EUR (source, day): …`; nothing in the books' currency.

    `drawn`: a deposit pays a part of it, and what is due is said before that.
    """
    if books is None:
        return ""
    if books.taken_over:
        return ""  # the contract's own amounts stand on the paper
    say, rate = Wording(_LOCALE, books.currency), books.rate
    at = f"{rate.rate:f} {rate.to} for 1 {rate.of} ({rate.source}, {say.day(rate.on)})"
    amounts = [f"due{' before the deposit' if drawn else ''} {say.amount(books.due)}"]
    if books.tax != ZERO:
        amounts = [f"without tax {say.amount(books.without_tax)}", f"tax {say.amount(books.tax)}", *amounts]
    return f"In {books.currency}, at {at}: {', '.join(amounts)}."
