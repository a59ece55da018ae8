"""What is said of a file that is not read, or not read without a remark: found, expected, how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from importers.problems import Place, Problem, file_problem, information
from importers.sheets import Limits


class _Sentence(NamedTuple):
    code: str
    found: str
    expected: str
    mend: str


_TABLE = "CSV, .xlsx, .xls or .ods"
_SPLIT = "Split the file, for example by month, and import the parts."
_SAVE_AGAIN = "Open it in a spreadsheet program and save it again as .xlsx, or export the table as CSV."

_REFUSALS: Mapping[str, _Sentence] = {
    "empty_file": _Sentence(
        "empty_file",
        "",
        "a table with a header row",
        "Save or export the file again; this one is empty.",
    ),
    "file_too_large": _Sentence("file_too_large", "", "at most {file_bytes} bytes", _SPLIT),
    "not_a_table": _Sentence(
        "not_a_table", "a file that is no table", _TABLE, "Export the table again as CSV (UTF-8) or .xlsx."
    ),
    "zero_byte": _Sentence("zero_byte", "a zero byte", "text", "The file is damaged; export it again."),
    "encoding_wrong": _Sentence(
        "encoding_wrong",
        "",
        "the encoding of the file, such as utf-8 or cp1252",
        "Choose another encoding, or none, so that it is found.",
    ),
    "delimiter_wrong": _Sentence(
        "delimiter_wrong",
        "",
        "comma, semicolon, tab or pipe",
        "Choose one of them, or none, so that it is found.",
    ),
    "unclosed_quote": _Sentence(
        "unclosed_quote",
        "a quotation mark that is never closed",
        "closed quotation marks",
        "The end of the file may be missing; export it again.",
    ),
    "too_many_rows": _Sentence("too_many_rows", "more than {rows} rows", "at most {rows} rows", _SPLIT),
    "row_too_large": _Sentence(
        "row_too_large",
        "",
        "at most {columns} columns and {cell_characters} characters a cell",
        "Check whether the file is the table you meant; export it again.",
    ),
    "too_large": _Sentence(
        "too_large",
        "more text than we read",
        "at most {spooled_bytes} bytes of text in all cells",
        _SPLIT,
    ),
    "archive_bomb": _Sentence(
        "archive_bomb",
        "",
        "at most {members} parts, {unpacked_bytes} bytes and a ratio of {unpack_ratio} to 1",
        "Remove unused sheets, pictures and formats, or export the table as CSV.",
    ),
    "formats_too_large": _Sentence(
        "formats_too_large",
        "",
        "at most 8 MB of formats, names and links",
        "Copy the values into a new workbook, or export the table as CSV.",
    ),
    "damaged_workbook": _Sentence(
        "damaged_workbook",
        "an incomplete or damaged workbook",
        "an undamaged workbook",
        "The upload may have been cut off; save the workbook again and upload it anew.",
    ),
    "password_protected": _Sentence(
        "password_protected",
        "a password-protected workbook",
        "a workbook without password",
        "Open it in a spreadsheet program, take the password off and save it as .xlsx.",
    ),
    "unreadable": _Sentence(
        "workbook_unreadable", "a workbook that cannot be read", "an undamaged workbook", _SAVE_AGAIN
    ),
    "document_type": _Sentence(
        "workbook_document_type",
        "a document type declaration inside the workbook",
        "a workbook",
        "No spreadsheet program writes these; ask the sender how the file was made.",
    ),
    "nested_archive": _Sentence(
        "workbook_nested_archive",
        "another archive inside the workbook",
        "a workbook",
        "Take embedded files out of the workbook and save it again.",
    ),
    "too_large_or_damaged": _Sentence(
        "too_large_or_damaged",
        "a file that could not be read within our limits of memory and time",
        "an undamaged table",
        _SAVE_AGAIN,
    ),
}
"""By the code that the parsing process, or the look at the first bytes, gives."""

UNREAD = frozenset(one.code for one in _REFUSALS.values())
"""Codes of the problems with which a file is refused before any of its rows is known."""

_NOTES: Mapping[str, tuple[str, str]] = {
    "encoding_assumed": (
        "UTF-8",
        "Look at accented letters and currency signs; choose another encoding, or export as UTF-8.",
    ),
    "stray_quotes": (
        "doubled quotation marks inside a quoted field",
        "The fields were read as they stand; look at the texts with quotation marks.",
    ),
    "ruled_list": (
        "a table",
        "Its vertical bars were taken for the edges of the columns, quotation marks as they stand.",
    ),
}


def refusal(file: str, code: str, found: str, limits: Limits) -> Problem:
    """The problem that blocks the file. A code nobody wrote a sentence for counts as damaged."""
    said = _REFUSALS.get(code, _REFUSALS["too_large_or_damaged"])
    sizes = {name: f"{getattr(limits, name):,}" for name in Limits.__slots__}
    return file_problem(
        file,
        said.code,
        found=found or said.found.format(**sizes),
        expected=said.expected.format(**sizes),
        mend=said.mend,
    )


def note(file: str, code: str, found: str) -> Problem:
    """Something to say of a file that was read."""
    expected, mend = _NOTES[code]
    return information(Place(file=file), code, found=found, expected=expected, mend=mend)
