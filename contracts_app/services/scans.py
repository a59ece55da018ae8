"""Scanned papers and pictures that people attach: which files they may be."""

from __future__ import annotations

LARGEST = 10 * 1024 * 1024
"""Bytes; a larger file is refused before it is stored."""
CALLED = f"a PDF, PNG or JPEG of at most {LARGEST // 1024 // 1024} MB"
_TYPES = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}
"""What a file begins with, whatever its name says."""


def media_type_of(data: bytes) -> str | None:
    """The media type by what the file begins with; None for any other file."""
    return next((kind for start, kind in _TYPES.items() if data.startswith(start)), None)
