"""I01: an issued invoice says one thing, wherever it is said.

Lines 4 and 5 are the sums of their columns; every amount is at the currency's scale; the stored snapshot
gives the issued figures, their tax, the detail annex, the certificate and the content hash again; PDF and
workbook show the number and line 8; stored bytes and snapshots are those of their hash.
"""

from __future__ import annotations

import io
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from openpyxl import load_workbook
from sqlalchemy import Table, select

from contracts_app.documents.continuation_sheet import SUMMARY
from contracts_app.documents.pdf import PdfFailed, text_of
from contracts_app.documents.wording import Wording
from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.money import is_at_scale, total
from contracts_app.domain.refusals import Refused
from contracts_app.services.invariants import booked, costs_billed, groups, invoiced, taxed, time_billed
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
_PAPER = """
    SELECT d.id, d.invoice_id, d.media_type, b.bytes, i.number_text, i.line8, i.currency
    FROM document d
    JOIN issued_invoice i ON i.firm_id = d.firm_id AND i.invoice_id = d.invoice_id
    JOIN blob b ON b.firm_id = d.firm_id AND b.sha256 = d.sha256
    WHERE d.firm_id = :firm AND d.id = :document
"""
_PAPERS = """
    SELECT d.id FROM document d
    JOIN issued_invoice i ON i.firm_id = d.firm_id AND i.invoice_id = d.invoice_id
    WHERE d.firm_id = :firm AND d.kind <> 'pencil_copy' ORDER BY i.number, d.kind
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
    for row in books.rows(_ISSUED):
        for reason in _wrong(books, row, as_issued[row.invoice_id], as_certified[row.invoice_id]):
            tally.broken(row.number_text, reason)
        tally.saw()
    for known in books.rows(_PAPERS):  # one at a time: files are large
        paper = books.row(_PAPER, document=known.id)
        for reason in _paper_wrong(paper):
            tally.broken(paper.number_text, reason)
        tally.saw()


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


def _paper_wrong(paper: Record) -> Iterator[str]:
    """What a stored file does not show that it should: the number and line 8."""
    data = bytes(paper.bytes)
    if paper.media_type == "application/pdf":
        try:
            shown = _plain(text_of(data))
        except PdfFailed as error:
            yield f"document {paper.id}: {error}"
            return
        amount = _plain(Wording("en_US", paper.currency).amount(paper.line8))
        if _plain(paper.number_text) not in shown:
            yield f"document {paper.id}: the PDF does not show the number {paper.number_text}"
        if amount not in shown:
            yield f"document {paper.id}: the PDF does not show line 8, {amount}"
    elif paper.media_type.endswith("spreadsheetml.sheet"):
        try:
            number, line8 = _summary_of(data)
        except (zipfile.BadZipFile, KeyError, ValueError) as error:
            yield f"document {paper.id}: the workbook cannot be read: {error}"
            return
        if paper.number_text not in number:
            yield f"document {paper.id}: the workbook does not show the number {paper.number_text}"
        if line8 != paper.line8:
            yield f"document {paper.id}: line 8 of the workbook is {line8}"


def _plain(shown: str) -> str:
    return "".join(shown.split())


def _summary_of(workbook: bytes) -> tuple[str, Decimal | None]:
    """What the summary sheet says about itself, and its line 8."""
    book = load_workbook(io.BytesIO(workbook), read_only=True, data_only=True)
    try:
        rows = [tuple(row) for row in book[SUMMARY].iter_rows(max_col=3, values_only=True)]
    finally:
        book.close()
    about = " ".join(str(row[0]) for row in rows[:3])
    amounts = [row[2] for row in rows if row[0] == "8"]
    if len(amounts) != 1 or amounts[0] is None:
        return about, None
    # A workbook keeps numbers in binary; to the fourth decimal that is exact for every amount we store.
    return about, Decimal(str(amounts[0])).quantize(Decimal("0.0001"))


INVARIANT = Invariant(
    "I01",
    "Invoices and certificates add up and come out again from their snapshots; their papers show line 8.",
    check,
)
