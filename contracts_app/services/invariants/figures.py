"""I01: an issued invoice says one thing, wherever it is said.

Lines 4 and 5 are the sums of their columns; every amount is at the currency's scale; the stored snapshot
gives the issued figures, their tax, the detail annex, the certificate and the content hash again; PDF and
workbook show the number and line 8; stored bytes and snapshots are those of their hash.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Table, select

from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.money import is_at_scale, total
from contracts_app.domain.refusals import Refused
from contracts_app.services.invariants import (
    booked,
    costs_billed,
    groups,
    invoiced,
    papers,
    taxed,
    time_billed,
)
from contracts_app.services.invariants.books import Books, Invariant, Record, Rule, apply
from contracts_app.services.invariants.report import Tally
from contracts_app.services.proving.pay_application import certificate_again
from contracts_app.store.advance_columns import as_stored
from contracts_app.store.tables import certificate_line, issued_line

_ISSUED_LINES = ("1", "2", "3", "4", "5", "5a", "5b", "6", "7", "8", "9")
_CERTIFIED_LINES = ("4", "5", "6", "7", "8", "9")
_AMOUNTS = (
    "scheduled_value", "previous", "this_period", "stored", "total", "withheld", "released", "retainage",
)  # fmt: skip
_COLUMNS = ("item_no", "description", "change_order", *_AMOUNTS)
_ISSUED = """
    SELECT i.*, s.body AS snapshot, c.invoice_id AS certified, c.decision, c.entries AS accepted,
        c.line4 AS certified4, c.line5 AS certified5, c.line6 AS certified6, c.line7 AS certified7,
        c.line8 AS certified8, c.line9 AS certified9,
        c.advance_invoiced AS certified_invoiced, c.advance_recovered AS certified_recovered
    FROM issued_invoice i
    JOIN snapshot s ON s.firm_id = i.firm_id AND s.sha256 = i.snapshot_sha256
    LEFT JOIN certificate c ON c.firm_id = i.firm_id AND c.invoice_id = i.invoice_id
    WHERE i.firm_id = :firm ORDER BY i.number
"""
_STORED = (
    Rule(
        "SELECT count(*) FROM blob WHERE firm_id = :firm",
        """SELECT sha256, 'the stored file is not the one of this hash' FROM blob
            WHERE firm_id = :firm AND encode(sha256(bytes), 'hex') <> sha256""",
    ),
    Rule(
        "SELECT count(*) FROM snapshot WHERE firm_id = :firm",
        """SELECT sha256, 'the snapshot is not the one of this hash' FROM snapshot
            WHERE firm_id = :firm AND encode(sha256(convert_to(body, 'UTF8')), 'hex') <> sha256""",
    ),
)


def check(books: Books, tally: Tally) -> None:
    """Recompute every issued invoice and certificate, then read its papers."""
    added_up = (*time_billed.ADDS_UP, *costs_billed.ADDS_UP, *groups.ADDS_UP)
    apply(books, tally, (*_STORED, *added_up, *taxed.RULES, *booked.RULES))
    time_billed.check_products(books, tally)
    as_issued = _continuations(books, issued_line)
    as_certified = _continuations(books, certificate_line)
    for row in books.each(_ISSUED):
        for reason in _wrong(books, row, as_issued[row.invoice_id], as_certified[row.invoice_id]):
            tally.broken(row.number_text, reason)
        tally.saw()
    papers.check(books, tally)


def _continuations(books: Books, table: Table) -> Mapping[UUID, list[Record]]:
    lines: dict[UUID, list[Record]] = defaultdict(list)
    ordered = select(table).where(table.c.firm_id == books.firm_id)
    for line in books.connection.execute(ordered.order_by(table.c.invoice_id, table.c.position)):
        lines[line.invoice_id].append(line)
    return lines


def _wrong(
    books: Books, row: Record, as_issued: Sequence[Record], as_certified: Sequence[Record]
) -> Iterator[str]:
    """What is wrong with one issued invoice and its certificate."""
    issued = {name: getattr(row, f"line{name}") for name in _ISSUED_LINES}
    yield from _sums_wrong("as issued", issued, as_issued, row.currency)
    certified = {name: getattr(row, f"certified{name}") for name in _CERTIFIED_LINES if row.certified}
    if certified:
        yield from _sums_wrong("as certified", certified, as_certified, row.currency)
    try:
        snapshot = Snapshot.model_validate_json(row.snapshot)
        applied = drafting.draft(snapshot)
        if drafting.content_hash(snapshot) != row.content_hash:
            yield "the content hash is not that of the snapshot"
        yield from _differences("as issued", applied, issued, as_issued)
        yield from time_billed.annex_wrong(books, row.invoice_id, applied.time)
        yield from costs_billed.costs_wrong(books, row.invoice_id, applied.costs)
        yield from taxed.wrong(books, row, "issued", snapshot, applied, row.issued_on)
        yield from booked.wrong(books, row, snapshot, applied, row.issued_on)
        yield from invoiced.wrong(books, row, "issued", snapshot, applied, row.issued_on)
        if row.deposit_applied != applied.deposit_applied:
            yield f"the deposit applied is {row.deposit_applied:f}, its snapshot gives another"
        yield from _advance_wrong("as issued", applied, (row.advance_invoiced, row.advance_recovered))
        if certified:
            again = certificate_again(snapshot, row.decision, row.accepted)
            yield from _differences("as certified", again, certified, as_certified)
            stored = row.certified_invoiced, row.certified_recovered
            yield from _advance_wrong("as certified", again, stored)
            yield from taxed.wrong(books, row, "certified", snapshot, again, row.issued_on)
            yield from invoiced.wrong(books, row, "certified", snapshot, again, row.issued_on)
    except (Refused, ValueError) as error:
        yield f"cannot be computed again from its snapshot: {error}"


def _sums_wrong(
    what: str, summary: Mapping[str, Decimal], lines: Sequence[Record], currency: str
) -> Iterator[str]:
    for name, column in (("4", "total"), ("5", "retainage")):
        if summary[name] != total([getattr(line, column) for line in lines]):
            yield f"line {name} {what} is not the sum of its column"
    amounts = [*summary.values(), *(getattr(line, name) for line in lines for name in _AMOUNTS)]
    if not all(is_at_scale(amount, currency) for amount in amounts):
        yield f"an amount {what} has more decimals than {currency} has"


def _differences(
    what: str, again: PayApplication, summary: Mapping[str, Decimal], lines: Sequence[Record]
) -> Iterator[str]:
    for name, amount in summary.items():
        if getattr(again, f"line{name}") != amount:
            yield f"line {name} {what} is {amount:f}, its snapshot gives {getattr(again, f'line{name}'):f}"
    if [line.line_id for line in again.lines] != [line.sov_line_id for line in lines]:
        yield f"the lines {what} are not those of its snapshot"
        return
    for computed, stored in zip(again.lines, lines, strict=True):
        for column in _COLUMNS:
            if getattr(computed, column) != getattr(stored, column):
                yield f"{column} of line {stored.item_no} {what} is not what its snapshot gives"


def _advance_wrong(what: str, again: PayApplication, stored: tuple[Decimal, Decimal]) -> Iterator[str]:
    if tuple(as_stored(again).values()) != stored:
        yield f"the advance payment {what} is not what its snapshot gives"


INVARIANT = Invariant(
    "I01",
    "Invoices and certificates add up and come out again from their snapshots; their papers show line 8.",
    check,
)
