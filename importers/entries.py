"""What a row becomes: a typed, frozen entry that knows its file, sheet, row and cells, and its identity."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from json.encoder import encode_basestring
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.canonical import digest_of_text
from importers.cells_of_row import SourceCells


class Kind(StrEnum):
    """The kinds of file that can be imported."""

    contract = "contract"
    schedule_of_values = "schedule_of_values"
    change_orders = "change_orders"
    application_totals = "application_totals"
    application_lines = "application_lines"
    labour_log = "labour_log"
    deliveries = "deliveries"
    timesheet = "timesheet"
    expenses = "expenses"
    purchase_orders = "purchase_orders"
    client_purchase_orders = "client_purchase_orders"
    receipts = "receipts"
    vendor_bills = "vendor_bills"
    open_receivables = "open_receivables"
    clients = "clients"
    contacts = "contacts"
    budget = "budget"
    pay_application = "pay_application"
    bid_tabulation = "bid_tabulation"
    opening_balances = "opening_balances"
    milestones = "milestones"
    rate_cards = "rate_cards"


TAKEN_IN: tuple[Kind, ...] = (
    Kind.contract,
    Kind.schedule_of_values,
    Kind.change_orders,
    Kind.application_totals,
    Kind.application_lines,
    Kind.labour_log,
    Kind.deliveries,
    Kind.timesheet,
    Kind.expenses,
    Kind.purchase_orders,
    Kind.client_purchase_orders,
    Kind.receipts,
    Kind.vendor_bills,
    Kind.clients,
    Kind.contacts,
    Kind.open_receivables,
    Kind.pay_application,
    Kind.opening_balances,
    Kind.milestones,
    Kind.rate_cards,
    Kind.bid_tabulation,
    Kind.budget,
)
"""The kinds whose rows can be posted. Of a file of another kind it can be seen what it says."""

OF_THE_FIRM: frozenset[Kind] = frozenset({Kind.contract, Kind.clients, Kind.contacts, Kind.open_receivables})
"""The kinds that are imported into no contract."""


class SourceRef(BaseModel):
    """Where an entry was read: the file by hash, sheet, row, and for each field its cell (A1) and raw
    text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file_sha256: str
    file_name: str
    sheet: str
    row: int
    cells: SourceCells
    mended: Mapping[str, str] = {}
    """Field → what the file says in a cell that a person mended: `cells` has what was meant."""

    @property
    def words(self) -> str:
        """`march.xlsx, sheet Time, row 7`."""
        return words_of(self.file_name, self.sheet, self.row)


def words_of(file_name: str, sheet: str, row: int) -> str:
    """Where a row stands, as `SourceRef.words`."""
    of_sheet = f", sheet {sheet}" if sheet else ""
    return f"{file_name}{of_sheet}, row {row}"


class Entry(BaseModel):
    """A typed row. `external_id` is its identity in the system it came from.

    `content` is what the row says, in one spelling for each value, so that the same row in another order,
    under
    other headers or in another file format gives the same `content_key`. Fields that a decision settles
    (`settled`) are no part of it: the file says the same whatever was decided. Nor are those that may change
    in the source without any effect here (`passing`). A field that entries came to know `later` is part of it
    only where it says something, so that rows imported before stay the same rows.

    `corrects` is the id of the imported entry that this one is a correction of, where a person said so.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    settled: ClassVar[frozenset[str]] = frozenset()
    passing: ClassVar[frozenset[str]] = frozenset()
    later: ClassVar[frozenset[str]] = frozenset()

    external_id: str
    contract_external_id: str
    source: SourceRef
    corrects: str | None = None

    def content(self) -> dict[str, str]:
        """Field → canonical text. Decimal without trailing zeros, dates as ISO, text in NFC, none as ''."""
        left_out = self.settled | self.passing | _BESIDE
        return {
            name: canonical(getattr(self, name))
            for name in sorted(type(self).model_fields)
            if name not in left_out and not (name in self.later and getattr(self, name) is None)
        }

    def content_text(self) -> str:
        """The canonical JSON of the content."""
        said = self.__dict__
        members = [
            (member_again if type(value) in OFTEN else member)(name, value)
            for name, is_later in names_of_content(type(self))
            if not ((value := said[name]) is None and is_later)
        ]
        return "{" + ",".join(members) + "}"

    @property
    def content_key(self) -> str:
        """SHA-256 of the canonical content."""
        return digest_of_text(self.content_text())


_BESIDE = frozenset({"source", "corrects"})
"""Fields that are nothing the row says."""
OFTEN = frozenset({int, bool, date, Decimal, type(None)})
"""Types of which a table has few different values; texts are as quickly written again as looked up."""


@cache
def names_of_content(model: type[Entry]) -> Sequence[tuple[str, bool]]:
    """The fields that are what the row says, by name, each with whether entries came to know it later."""
    left_out = model.settled | model.passing | _BESIDE
    return [(name, name in model.later) for name in sorted(model.model_fields) if name not in left_out]


def member(name: str, value: object) -> str:
    """A member of the canonical JSON."""
    return f"{encode_basestring(name)}:{encode_basestring(canonical(value))}"


member_again = lru_cache(maxsize=20_000, typed=True)(member)


def canonical(value: object) -> str:
    """One spelling for a value: 8, 8.0 and 8.00 are '8'; white space and composed letters are normalised."""
    if value is None:
        return ""
    if type(value) is str and value.isascii():  # nearly all texts: nothing to compose
        return " ".join(value.split())
    if isinstance(value, Decimal):
        if value == 0:
            return "0"
        written = format(value, "f")
        return written.rstrip("0").rstrip(".") if "." in written else written
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return json.dumps([canonical(item) for item in value], ensure_ascii=False)
    return " ".join(unicodedata.normalize("NFC", str(value)).split())
