"""The door: one file → sheets, what was settled over it, and problems. Never raises on data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePath
from typing import Literal

from importers.problems import Place, Problem, information
from importers.reading.openings import is_page, stranger
from importers.reading.own_notes import is_notes
from importers.reading.process import Answer, Question, parse
from importers.reading.sentences import note, refusal
from importers.sheets import Limits, Sheet


class Format(StrEnum):
    """What the bytes are, whatever the file is called."""

    delimited = "delimited"
    xlsx = "xlsx"
    xlsm = "xlsm"
    xls = "xls"
    ods = "ods"
    html = "html"
    none = "none"


@dataclass(frozen=True, slots=True)
class Reached:
    """One thing settled over the whole file: `encoding` or `delimiter`."""

    key: str
    value: str
    how: Literal["found", "given"]
    """Found in the file, or given by a person's answer."""
    because: str
    """Why, in words: `a byte order mark`, `99% of the rows then have 14 fields`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The sheets of one file and what was wrong with it. With a problem that blocks the file, no sheets.

    Hidden sheets are listed without rows, unless the answer `sheet` names one.
    """

    file_name: str
    sha256: str
    format: Format
    sheets: Sequence[Sheet]
    problems: Sequence[Problem]
    settled: Sequence[Reached] = ()
    mended: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Sheet → place (C7) of a cell that a person mended → what the file itself says there."""


_ENDINGS: Mapping[str, frozenset[Format]] = {
    ".xlsx": frozenset({Format.xlsx}),
    ".xlsm": frozenset({Format.xlsx, Format.xlsm}),
    ".xls": frozenset({Format.xls}),
    ".ods": frozenset({Format.ods}),
    ".csv": frozenset({Format.delimited}),
    ".tsv": frozenset({Format.delimited}),
    ".htm": frozenset({Format.html}),
    ".html": frozenset({Format.html}),
}
_WORDS: Mapping[Format, str] = {
    Format.delimited: "text",
    Format.xlsx: "an .xlsx workbook",
    Format.xlsm: "an .xlsm workbook",
    Format.xls: "an old .xls workbook",
    Format.ods: "an OpenDocument workbook",
    Format.html: "a web page",
}


def read(
    file_name: str, data: bytes, limits: Limits | None = None, answers: Mapping[str, str] | None = None
) -> Reading:
    """Read a workbook (XLSX, XLSM, XLS, ODS), a delimited text or the tables of a web page.

    `answers` may settle `encoding` (a name such as cp1252), `delimiter` (comma, semicolon, tab, pipe, or the
    sign) and `sheet` (a hidden sheet to read). Other keys are not looked at.
    """
    limits = limits or Limits()
    answers = answers or {}
    sha256 = hashlib.sha256(data).hexdigest()
    strange = _refused_unread(file_name, data, limits)
    if strange:
        return Reading(file_name, sha256, Format.none, (), (strange,))
    question = Question(
        name=PurePath(file_name).stem or file_name,
        is_page=is_page(data),
        encoding=answers.get("encoding"),
        delimiter=answers.get("delimiter"),
        sheet=answers.get("sheet"),
    )
    answer = parse(data, question, limits)
    if answer.refused:
        problem = refusal(file_name, answer.refused, answer.found, limits)
        return Reading(file_name, sha256, Format.none, (), (problem,))
    format_ = Format(answer.format)
    problems = (
        *_misnamed(file_name, format_),
        *(note(file_name, code, found) for code, found in answer.notes),
        *_hidden(file_name, answer),
    )
    settled = tuple(
        Reached(key, value, "given" if how == "given" else "found", because)
        for key, (value, how, because) in answer.settled.items()
    )
    sheets = tuple(sheet for sheet in answer.sheets if not is_notes(sheet))
    return Reading(file_name, sha256, format_, sheets, problems, settled)


def _refused_unread(file: str, data: bytes, limits: Limits) -> Problem | None:
    """What needs no reading to be refused: nothing, too much, and what its first bytes say is no table."""
    if not data:
        return refusal(file, "empty_file", "0 bytes", limits)
    if len(data) > limits.file_bytes:
        return refusal(file, "file_too_large", f"{len(data)} bytes", limits)
    what = stranger(data)
    return refusal(file, "not_a_table", what, limits) if what else None


def _misnamed(file: str, format_: Format) -> Sequence[Problem]:
    ending = PurePath(file).suffix.lower()
    if format_ in _ENDINGS.get(ending, {format_}):
        return ()
    return (
        information(
            Place(file=file),
            "misnamed",
            found=f"{_WORDS[format_]} in a file named {ending}",
            expected="an ending that says what is inside",
            mend="Nothing to do: it was read by its content.",
        ),
    )


def _hidden(file: str, answer: Answer) -> Sequence[Problem]:
    return [
        information(
            Place(file=file, sheet=sheet.name),
            "hidden_sheet",
            found=f"hidden sheet {sheet.name}",
            expected="visible sheets",
            mend="It was not read. Show the sheet and import again, or choose it, if it belongs to the data.",
        )
        for sheet in answer.sheets
        if sheet.hidden and not sheet.was_read
    ]
