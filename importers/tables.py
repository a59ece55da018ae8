"""Which column is which field: by header, under any of its usual names, in any order, below any title rows;
and the rows under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from importers.columns import Column, missing
from importers.headers import HEADER_ROW, candidates, letter_meant, plain, repeated, spelled, titles
from importers.problems import Decision, Place, Problem, information
from importers.records import Records
from importers.sheets import Row, Sheet
from importers.which_columns import Found, answered, ask_which_is_meant, not_recognised

_A_HEADER = 2
"""Fields that a row must name before it is taken for the header."""


@dataclass(frozen=True, slots=True)
class Table:
    """The data rows of all sheets that have the header."""

    records: Records
    problems: Sequence[Problem]
    decisions: Sequence[Decision] = ()
    header_rows: Sequence[str] = ()
    """The rows of the headers, of each sheet that was read; `2-3` where it stands in two, empty without."""
    waiting_rows: int = 0
    """Rows that cannot be read until a person says which column is which."""
    provisional: bool = False
    """Whether the records are read as proposed, and wait until an open decision is taken."""


def recognise(
    file: str, sheets: Sequence[Sheet], columns: Sequence[Column], decisions: Mapping[str, str]
) -> Table:
    """Find the header in each sheet and read the rows under it."""
    asked = {
        c.field: plain(decisions[f"column:{c.field}"]) for c in columns if f"column:{c.field}" in decisions
    }
    found = [_found(sheet, columns, asked, decisions.get(HEADER_ROW)) for sheet in sheets]
    usable = [
        one for one in found if one.header is not None and one.fields and not missing(columns, one.fields)
    ]
    if not usable:
        refused, questions, waiting = not_recognised(file, found, columns, decisions)
        return Table(Records((), columns), refused, questions, waiting_rows=waiting)
    records = Records([(one.sheet, one.header, one.fields) for one in usable if one.header], columns)
    problems: list[Problem] = []
    questions = []
    for one in usable:
        problems.extend(_left_out(file, one))
        for problem, decision in _doubled(file, one, columns, asked):
            if decision.key not in {each.key for each in questions}:
                problems.append(problem)
                questions.append(decision)
    read = {one.sheet.name for one in usable}
    problems.extend(
        information(
            Place(file=file, sheet=one.sheet.name),
            "sheet_without_header",
            found=f"sheet {one.sheet.name}",
            expected="a sheet with the header of this kind of file",
            mend="It was not read.",
        )
        for one in found
        if one.sheet.name not in read and one.sheet.rows
    )
    for problem, decision in answered(file, usable[0], columns, decisions):
        problems.append(problem)
        questions.append(decision)
    rows = [one.header.stands_in for one in usable if one.header is not None]
    return Table(records, problems, questions, rows, provisional=any(each.is_open for each in questions))


def fields_known(sheets: Sequence[Sheet], columns: Sequence[Column]) -> int:
    """How many of the columns the best header of the sheets names."""
    return max((len(_found(sheet, columns, {}, None).fields) for sheet in sheets), default=0)


def fields_named(row: Row, columns: Sequence[Column]) -> Mapping[str, int]:
    """The fields that a header names, and where each stands."""
    return _fields(row, columns, {})


def _found(sheet: Sheet, columns: Sequence[Column], asked: Mapping[str, str], chosen: str | None) -> Found:
    """The row that names the most fields, or that a person chose, and where each field stands."""
    best = Found(sheet, None, {})
    for header in candidates(sheet, chosen):
        fields = _fields(header.row, columns, asked)
        fewest = _A_HEADER if chosen is None and header.stands_in else 0
        # Of two that name as many, the first; but one row is a plainer header than two.
        least = (len(best.fields), not best.header.is_split) if best.header else (fewest, False)
        if (len(fields), not header.is_split) > least or (best.header is None and len(fields) == fewest):
            best = Found(sheet, header, fields)
    return best


def _fields(row: Row, columns: Sequence[Column], asked: Mapping[str, str]) -> Mapping[str, int]:
    names = spelled(row)
    fields: dict[str, int] = {}
    for column in columns:
        at = _column_of(column, names, asked)
        if at is not None and at not in fields.values():
            fields[column.field] = at
    return fields


def _column_of(column: Column, names: Mapping[str, int], asked: Mapping[str, str]) -> int | None:
    wanted = (asked[column.field],) if column.field in asked else column.spellings
    at = next((names[name] for name in wanted if name in names), None)
    if at is not None or column.only is None or column.field in asked:
        return at
    return next((index for name in wanted if (index := letter_meant(name)) is not None), None)


def _left_out(file: str, found: Found) -> Sequence[Problem]:
    assert found.header is not None
    texts = titles(found.header.row)
    ignored = [text for column, text in texts.items() if column not in found.fields.values()]
    if not ignored:
        return ()
    return (
        information(
            Place(file=file, sheet=found.sheet.name, row=found.header.row.number),
            "columns_ignored",
            found=", ".join(ignored),
            expected="columns of this kind of file",
            mend="Nothing to do if they do not matter here.",
        ),
    )


def _doubled(
    file: str, found: Found, columns: Sequence[Column], asked: Mapping[str, str]
) -> Sequence[tuple[Problem, Decision]]:
    """Questions about fields whose header several columns have, and of which none was named by its number."""
    assert found.header is not None
    same = {places[0]: (name, places) for name, places in repeated(found.header.row).items()}
    return [
        ask_which_is_meant(file, found, column, same[found.fields[column.field]][1])
        for column in columns
        if column.field not in asked
        and found.fields.get(column.field) in same
        and f"{same[found.fields[column.field]][0]}1" not in column.spellings
    ]
