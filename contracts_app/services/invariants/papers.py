"""Part of I01: the papers of an issued invoice show its number and line 8."""

from __future__ import annotations

import io
from collections.abc import Iterator
from decimal import Decimal

from python_calamine import CalamineError, CalamineWorkbook, WorksheetNotFound

from contracts_app.documents.continuation_sheet import SUMMARY
from contracts_app.documents.pdf import PdfFailed, text_of
from contracts_app.documents.wording import Wording
from contracts_app.services.invariants.books import Books, Record
from contracts_app.services.invariants.report import Tally

_PAPERS = """
    SELECT d.id, d.media_type, b.bytes, i.number_text, i.line8, i.currency
    FROM document d
    JOIN issued_invoice i ON i.firm_id = d.firm_id AND i.invoice_id = d.invoice_id
    JOIN blob b ON b.firm_id = d.firm_id AND b.sha256 = d.sha256
    WHERE d.firm_id = :firm AND d.kind <> 'pencil_copy'
"""
_FILES_AT_ONCE = 50
"""Files are large, and a firm has very many of them."""


def check(books: Books, tally: Tally) -> None:
    """Read every paper of every issued invoice."""
    for paper in books.each(_PAPERS, at_once=_FILES_AT_ONCE):
        for reason in _wrong(paper):
            tally.broken(paper.number_text, reason)
        tally.saw()


def _wrong(paper: Record) -> Iterator[str]:
    """What a stored file does not show that it should."""
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
        except (CalamineError, WorksheetNotFound) as error:
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
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(workbook)).get_sheet_by_name(SUMMARY)
    rows = sheet.to_python(skip_empty_area=False)
    about = " ".join(str(row[0]) for row in rows[:3])
    amounts = [row[2] for row in rows if row[0] == "8"]
    if len(amounts) != 1 or not isinstance(amounts[0], int | float):
        return about, None
    # A workbook keeps numbers in binary; to the fourth decimal that is exact for every amount we store.
    return about, Decimal(str(amounts[0])).quantize(Decimal("0.0001"))
