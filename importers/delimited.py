"""CSV, TSV and their relatives. Encoding and delimiter are decided on the whole file, never on its first
rows."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from importers.problems import Place, Problem, file_problem, information
from importers.sheets import Cell, CellKind, Limits, Row, Sheet

_DELIMITERS = ",;\t|"
_MOST_RECORDS = 1_200_000
"""Rows that are looked at, empty ones too: a whole spreadsheet's, most of which a person left empty."""


class _TooManyRecords(Exception):
    """The file has more rows than a spreadsheet; reading on would only cost time and memory."""


def read_delimited(file: str, data: bytes, limits: Limits) -> tuple[Sequence[Sheet], Sequence[Problem]]:
    """One sheet, named after the file, with every cell as text."""
    text, encoding = _decode(data)
    if text is None or _looks_binary(text):
        return (), (
            file_problem(
                file,
                "not_a_table",
                found="bytes that are no text in UTF-8, UTF-16 or Windows-1252",
                expected="CSV or .xlsx",
                mend="Export the table again as CSV (UTF-8) or .xlsx.",
            ),
        )
    if "\0" in text:
        row = text[: text.index("\0")].count("\n") + 1
        return (), (
            file_problem(
                file,
                "zero_byte",
                found=f"a zero byte in row {row}",
                expected="text",
                mend="The file is damaged; export it again.",
            ),
        )
    try:
        return _table(file, text, encoding, limits)
    except _TooManyRecords:
        return (), (_too_many_rows(file, limits),)


def _table(file: str, text: str, encoding: str, limits: Limits) -> tuple[Sequence[Sheet], Sequence[Problem]]:
    text, marked, first_row = _without_separator_line(text)
    delimiter = marked or _delimiter(text)
    problems: list[Problem] = []
    if encoding == "cp1252":
        problems.append(
            information(
                Place(file=file),
                "encoding_assumed",
                found="text that is not UTF-8",
                expected="UTF-8",
                mend="It was read as Windows-1252; look at accented letters, or export as UTF-8.",
            )
        )
    try:
        records = list(_records(text, delimiter, strict=True))
    except csv.Error as fault:
        if "unexpected end" in str(fault) or "field larger" in str(fault):
            return (), (_unclosed(file),)
        try:
            records = list(_records(text, delimiter, strict=False))
        except csv.Error:
            return (), (_unclosed(file),)
        problems.append(
            information(
                Place(file=file),
                "stray_quotes",
                found="quotation marks inside fields that are not doubled",
                expected="doubled quotation marks inside a quoted field",
                mend="The fields were read as they stand; look at the texts with quotation marks.",
            )
        )
    rows: list[Row] = []
    for number, record in enumerate(records, start=first_row):
        cells = tuple(Cell(i, CellKind.text, raw) for i, raw in enumerate(record) if raw.strip())
        if not cells:
            continue
        too_big = _too_big(file, number, cells, len(rows), limits)
        if too_big:
            return (), (too_big,)
        rows.append(Row(number, cells))
    return (Sheet(PurePath(file).stem or file, rows),), problems


def _too_big(file: str, number: int, cells: Sequence[Cell], rows: int, limits: Limits) -> Problem | None:
    if rows >= limits.rows:
        return _too_many_rows(file, limits)
    if cells[-1].column >= limits.columns or any(len(c.raw) > limits.cell_characters for c in cells):
        return file_problem(
            file,
            "row_too_large",
            found=f"row {number} with {cells[-1].column + 1} columns",
            expected=f"at most {limits.columns} columns and {limits.cell_characters} characters a cell",
            mend="Check whether the file is the table you meant; export it again.",
        )
    return None


def _too_many_rows(file: str, limits: Limits) -> Problem:
    return file_problem(
        file,
        "too_many_rows",
        found=f"more than {limits.rows} rows",
        expected=f"at most {limits.rows} rows",
        mend="Split the file, for example by month, and import the parts.",
    )


def _unclosed(file: str) -> Problem:
    return file_problem(
        file,
        "unclosed_quote",
        found="a quotation mark that is never closed",
        expected="closed quotation marks",
        mend="The end of the file may be missing; export it again.",
    )


def _decode(data: bytes) -> tuple[str | None, str]:
    candidates: tuple[str, ...] = ("utf-8", "cp1252")
    if data.startswith(codecs.BOM_UTF8):
        candidates = ("utf-8-sig",)
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ("utf-16",)
    elif data.count(0) * 4 > len(data):
        # Plain letters in UTF-16 have a zero byte each: after the letter (LE) or before it (BE).
        candidates = ("utf-16-le",) if data[1::2].count(0) >= data[::2].count(0) else ("utf-16-be",)
    for encoding in candidates:
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return None, ""


def _looks_binary(text: str) -> bool:
    strange = sum(1 for c in text[:100_000] if ord(c) < 32 and c not in "\t\r\n\f\v\0")
    return strange * 50 > len(text[:100_000])


def _without_separator_line(text: str) -> tuple[str, str | None, int]:
    """Take off Excel's `sep=;` line; rows keep their numbers."""
    first, _, rest = text.partition("\n")
    line = first.strip().strip('"')
    if len(line) == 5 and line.lower().startswith("sep=") and line[4] in _DELIMITERS:
        return rest, line[4], 2
    if first.lower().rstrip("\r") == "sep=\t":
        return rest, "\t", 2
    return text, None, 1


def _delimiter(text: str) -> str:
    """The delimiter under which most rows of the whole file have the same number of fields, at least two."""

    def evidence(delimiter: str) -> tuple[float, int]:
        try:
            widths = Counter(
                len(r) for r in _records(text, delimiter, strict=False) if any(f.strip() for f in r)
            )
        except csv.Error:
            return 0.0, 0
        usual, agreeing = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        return (agreeing / widths.total(), usual) if usual > 1 else (0.0, 0)

    return max(_DELIMITERS, key=evidence)


def _records(text: str, delimiter: str, *, strict: bool) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    for number, record in enumerate(reader):
        if number == _MOST_RECORDS:
            raise _TooManyRecords
        yield record
