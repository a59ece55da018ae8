"""What is open at cut-over, as a row says it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

from contracts_app.domain.money import ZERO
from importers.entries import Entry


class OpenReceivable(Entry):
    """What is open on one invoice at cut-over, or, with `unapplied`, cash that stands on none.

    `original` is what the invoice came to when it was issued, where the file says it.
    """

    settled: ClassVar[frozenset[str]] = frozenset({"owed_to"})

    number: str
    client: str
    issued_on: date
    due_on: date | None = None
    original: Decimal | None = None
    balance: Decimal
    retainage: Decimal = ZERO
    unapplied: bool = False
    currency: str | None = None
    description: str | None = None
    owed_to: str | None = None
    """The company of the firm that is owed, once it is settled."""
