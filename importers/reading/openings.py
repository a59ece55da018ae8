"""What a file's first bytes say that it is, before anything reads it."""

from __future__ import annotations

import re

_STRANGERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG\r\n", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\0", "a picture"),
    (b"MM\0*", "a picture"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"\x1f\x8b\x08", "a packed file (gzip)"),
    (b"BZh", "a packed file (bzip2)"),
    (b"\xfd7zXZ\0", "a packed file (xz)"),
    (b"7z\xbc\xaf\x27\x1c", "a packed file (7z)"),
    (b"Rar!\x1a\x07", "a packed file (RAR)"),
    (b"\x28\xb5\x2f\xfd", "a packed file (zstd)"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3\0", "a database"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"MIME-Version:", "a web archive"),
)
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|table|meta|style|div|!--)\b", re.IGNORECASE)
_PAGE_LATER = re.compile(rb"<(?:html|table)\b", re.IGNORECASE)
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_JSON = re.compile(rb'(?:\{\s*["}]|\[\s*(?:\{|\[|"[^"\n]{0,80}"\s*[,\]]\s*["\n]))')


def stranger(data: bytes) -> str | None:
    """What the file is, if it can be no table: words for the report."""
    for opening, what in _STRANGERS:
        # A short opening alone would refuse a table whose first header begins so.
        if data.startswith(opening) and (len(opening) > 2 or b"\0" in data[:512]):
            return what
    opening = _plain(data)
    if opening.startswith(b"<") and not is_page(data):
        if b"urn:schemas-microsoft-com:office:spreadsheet" in opening:
            return "an XML spreadsheet of 2003"
        return "an XML document"
    if _JSON.match(opening) and data.rstrip()[-1:] in (b"}", b"]"):
        return "a JSON file"
    return None


def is_page(data: bytes) -> bool:
    """Whether it is a web page, as many programs name .xls. With entities of its own it is none for us."""
    opening = _plain(data)
    if not opening.startswith(b"<") or _ENTITY.search(opening):
        return False
    if opening.startswith((b"<?xml", b"<!DOCTYPE", b"<!doctype")):
        return bool(_PAGE_LATER.search(opening))
    return bool(_PAGE.match(opening))


def _plain(data: bytes) -> bytes:
    """The first bytes without marks, blanks and the zero bytes of UTF-16."""
    return data[:4_096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
