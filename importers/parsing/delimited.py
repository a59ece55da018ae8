"""CSV, TSV and their relatives, and printed lists ruled with vertical bars, row by row."""

from __future__ import annotations

import csv
import io
from typing import Any, TextIO

from importers.parsing import delimiters, encodings
from importers.parsing.frames import Frames
from importers.parsing.refusal import Refusal


def read_delimited(
    data: bytes, name: str, frames: Frames, given_encoding: str | None, given_delimiter: str | None
) -> dict[str, Any]:
    """One sheet called `name`; gives what was settled and what there is to say of the file."""
    encoding = encodings.decide(data, given_encoding)

    def again() -> TextIO:
        return io.TextIOWrapper(io.BytesIO(data), encoding.codec, newline="")

    _inspect(again, encoding.codec)
    delimiter = delimiters.decide(again, given_delimiter)
    is_strict = delimiter.is_ruled or _is_strict(data, again, delimiter)
    frames.sheet(name)
    with again() as text:
        try:
            for number, record in enumerate(
                delimiters.records(text, delimiter, strict=is_strict and not delimiter.is_ruled), start=1
            ):
                if number > delimiter.skip:
                    frames.texts(number, record)
        except csv.Error as fault:
            raise Refusal("unclosed_quote") from fault
    frames.sheet_end()
    return {
        "encoding": [encoding.codec, encoding.how, encoding.because],
        "delimiter": [delimiters.NAMES[delimiter.sign], delimiter.how, delimiter.because],
        "notes": _notes(encoding, delimiter, is_strict),
    }


def _inspect(again: Any, codec: str) -> None:
    """Refuse what is no text: zero characters anywhere, many control characters at the beginning."""
    rows = 0
    with again() as text:
        piece = text.read(100_000)
        strange = sum(1 for c in piece if ord(c) < 32 and c not in "\t\r\n\f\v\0")
        if strange * 50 > len(piece):
            raise Refusal("not_a_table", f"bytes that are no text in {codec.upper()}")
        while piece:
            at = piece.find("\0")
            if at >= 0:
                raise Refusal("zero_byte", f"a zero byte in row {rows + piece.count(chr(10), 0, at) + 1}")
            rows += piece.count("\n")
            piece = text.read(1 << 20)


def _is_strict(data: bytes, again: Any, delimiter: delimiters.Delimiter) -> bool:
    """Whether all quotation marks stand where they belong. `Refusal` where one is never closed."""
    if b'"' not in data:
        return True
    try:
        with again() as text:
            for _ in delimiters.records(text, delimiter, strict=True):
                pass
    except csv.Error as fault:
        if "unexpected end" in str(fault) or "field larger" in str(fault):
            raise Refusal("unclosed_quote") from fault
        return False
    return True


def _notes(
    encoding: encodings.Encoding, delimiter: delimiters.Delimiter, is_strict: bool
) -> list[dict[str, str]]:
    notes = []
    if encoding.is_assumed:
        label = encodings.OFFERED.get(encoding.codec, encoding.codec)
        notes.append({"code": "encoding_assumed", "found": f"{encoding.codec} ({label})"})
    if not is_strict:
        notes.append({"code": "stray_quotes", "found": "quotation marks inside fields that are not doubled"})
    if delimiter.is_ruled:
        notes.append({"code": "ruled_list", "found": "a printed list with vertical bars"})
    return notes
