"""Bytes and a file name → sheets of rows whose cells know where they stand. What is inside decides, not the
name.

Nothing here knows what a column means. Every outcome is a value: sheets, or problems that block the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath

from importers.delimited import read_delimited
from importers.problems import Place, Problem, file_problem, information
from importers.sheets import Limits, Sheet
from importers.workbook import read_workbook

_CFB = bytes.fromhex("D0CF11E0A1B11AE1")
"""Compound file: an old .xls, or an encrypted .xlsx wrapped in one."""


class Format(StrEnum):
    """What the bytes are, whatever the file is called."""

    delimited = "delimited"
    workbook = "workbook"
    none = "none"


@dataclass(frozen=True, slots=True)
class Reading:
    """The sheets of one file and what was wrong with it. With a problem that blocks the file, no sheets."""

    file_name: str
    sha256: str
    format: Format
    sheets: Sequence[Sheet]
    problems: Sequence[Problem]


def read(file_name: str, data: bytes, limits: Limits | None = None) -> Reading:
    """Read a delimited text or an XLSX workbook. Never raises on data."""
    limits = limits or Limits()
    format_, sheets, problems = _read(file_name, data, limits)
    return Reading(file_name, hashlib.sha256(data).hexdigest(), format_, sheets, problems)


def _read(file: str, data: bytes, limits: Limits) -> tuple[Format, Sequence[Sheet], Sequence[Problem]]:
    refused = _refused_unread(file, data, limits)
    if refused:
        return Format.none, (), (refused,)
    if data.startswith(b"PK"):
        sheets, problems = read_workbook(file, data, limits)
        format_ = Format.workbook
    else:
        sheets, problems = read_delimited(file, data, limits)
        format_ = Format.delimited
    return format_, sheets, (*_misnamed(file, format_), *problems)


def _refused_unread(file: str, data: bytes, limits: Limits) -> Problem | None:
    if not data:
        return file_problem(
            file,
            "empty_file",
            found="0 bytes",
            expected="a table with a header row",
            mend="Save or export the file again; this one is empty.",
        )
    if len(data) > limits.file_bytes:
        return file_problem(
            file,
            "file_too_large",
            found=f"{len(data)} bytes",
            expected=f"at most {limits.file_bytes} bytes",
            mend="Split the file, for example by month, and import the parts.",
        )
    if data.startswith(_CFB):
        return file_problem(
            file,
            "protected_or_old_workbook",
            found="a password-protected workbook or an old .xls file",
            expected="an .xlsx workbook without password, or CSV",
            mend="Open it in a spreadsheet program, take the password off and save it as .xlsx.",
        )
    if data.startswith(b"%PDF"):
        return file_problem(
            file,
            "not_a_table",
            found="a PDF document",
            expected="CSV or .xlsx",
            mend="Export the table from the program that made it, as CSV or .xlsx.",
        )
    opening = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if opening.startswith(b"<"):
        what = "a web page or XML document"
        return file_problem(
            file,
            "not_a_table",
            found=what,
            expected="CSV or .xlsx",
            mend="Open it in a spreadsheet program and save it as .xlsx or CSV.",
        )
    return None


def _misnamed(file: str, format_: Format) -> Sequence[Problem]:
    ending = PurePath(file).suffix.lower()
    workbook_name = ending in {".xlsx", ".xlsm"}
    if workbook_name == (format_ is Format.workbook) or ending not in {
        ".xlsx",
        ".xlsm",
        ".xls",
        ".csv",
        ".tsv",
    }:
        return ()
    return (
        information(
            Place(file=file),
            "misnamed",
            found=f"{format_.value} content in a file named {ending}",
            expected="an ending that says what is inside",
            mend="Nothing to do: it was read by its content.",
        ),
    )
