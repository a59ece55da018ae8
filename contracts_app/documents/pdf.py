"""DOCX → PDF: the port, the choice of converter, and the guard that reads every PDF back."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pypdfium2

from contracts_app.documents.packages import OUTPUT_LIMIT, check_package, words_of

_LONG_WORD = 16
# What pdfium returns for a hyphen at the end of a line.
_BROKEN_HYPHEN = {0xFFFE: "-", 0x0002: "-"}
_SHORTEST_PIECE = 4


class PdfFailed(Exception):
    """No PDF was made, or one that does not show what the DOCX says. The text says which and why."""


@dataclass(frozen=True)
class Pdf:
    """A PDF and the program, with version, that made it."""

    data: bytes
    made_by: str


class PdfRenderer(Protocol):
    """Turns DOCX files into PDFs, in order. Raises PdfFailed; checks nothing of what the PDFs say."""

    def convert(self, documents: Sequence[bytes]) -> list[Pdf]: ...


def to_pdf(documents: Sequence[bytes], renderer: PdfRenderer) -> list[Pdf]:
    """Convert, then read every PDF back: each word of the DOCX must be in it (PdfFailed otherwise)."""
    for document in documents:
        check_package(document, limit=OUTPUT_LIMIT)
    made = renderer.convert(documents)
    for document, pdf in zip(documents, made, strict=True):
        missing = missing_words(document, pdf.data)
        if missing:
            raise PdfFailed(f"{pdf.made_by} left out of the PDF: {', '.join(missing[:10])}")
    return made


def missing_words(document: bytes, pdf: bytes) -> tuple[str, ...]:
    """Words of the DOCX that the PDF does not contain; white space, case and line ends do not count."""
    text = _plain(text_of(pdf))
    return tuple(word for word in dict.fromkeys(words_of(document)) if not _is_in(_plain(word), text))


def text_of(pdf: bytes) -> str:
    """The text of all pages."""
    try:
        opened = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise PdfFailed("the converter made no readable PDF") from error
    try:
        texts = []
        for page in opened:
            reader = page.get_textpage()
            texts.append(reader.get_text_bounded().translate(_BROKEN_HYPHEN))
            reader.close()
            page.close()
        return "\n".join(texts)
    finally:
        opened.close()


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(
        letter for letter in folded if not letter.isspace() and unicodedata.category(letter)[0] != "C"
    )


def _is_in(word: str, text: str) -> bool:
    """Whether the word is there in one piece.

    A very long word without digits may also be there in a few long pieces: a narrow column breaks it over
    lines, and the PDF then tells them between those of the neighbouring columns. Figures and numbers never.
    """
    if word in text:
        return True
    if len(word) < _LONG_WORD or any(letter.isdigit() for letter in word):
        return False
    start = 0
    while start < len(word):
        end = len(word)
        while end - start >= _SHORTEST_PIECE and word[start:end] not in text:
            end -= 1
        if end - start < _SHORTEST_PIECE:
            return False
        start = end
    return True
