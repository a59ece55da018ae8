"""What a person is asked where the headers of a file do not say which column is which."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from importers.columns import Column, missing
from importers.headers import HEADER_ROW, NO_HEADER, Header, likely, offered, plain, titles
from importers.problems import Decision, Place, Problem, ask, file_problem, shown
from importers.sheets import Row, Sheet, column_letter

_VALUES = 3
"""Values of a column that a question shows."""
_Asked = tuple[Problem, Decision]


@dataclass(frozen=True, slots=True)
class Found:
    """A sheet, the row that names its columns (None: no row does) and the column of each field."""

    sheet: Sheet
    header: Header | None
    fields: Mapping[str, int]

    @property
    def rows(self) -> Sequence[Row]:
        """The rows under the header."""
        return self.sheet.rows[self.header.at + 1 :] if self.header else self.sheet.rows

    def place(self, file: str) -> Place:
        """Where the header stands; without one, the first row of data."""
        row = self.header.row.number if self.header else 0
        return Place(file=file, sheet=self.sheet.name, row=row or self.rows[0].number if self.rows else None)


def not_recognised(
    file: str, found: Sequence[Found], columns: Sequence[Column], decisions: Mapping[str, str]
) -> tuple[Sequence[Problem], Sequence[Decision], int]:
    """No sheet has all the columns: ask for the header, or which columns are meant; else refuse the file.

    The problems, the questions, and the rows that wait for them.
    """
    headed = max((one for one in found if one.header), key=lambda one: len(one.fields), default=None)
    if headed is None or headed.header is None:
        tables = [one.sheet for one in found if _may_have_a_header(one.sheet)]
        if tables:
            return _asking([ask_for_header(file, tables[0], decisions)], len(tables[0].rows))
        return [_no_header(file, found, columns)], (), 0
    wanted = missing(columns, headed.fields)
    left = [text for at, text in titles(headed.header.row).items() if at not in headed.fields.values()]
    was_chosen = HEADER_ROW in decisions or not headed.header.stands_in
    if len(left) < len(wanted) and not was_chosen:
        other = likely(headed.sheet)
        if other not in (NO_HEADER, *headed.header.stands_in.split("-")):
            return _asking([ask_for_header(file, headed.sheet, decisions)], len(headed.rows))
        return [_columns_missing(file, headed.header.row, wanted)], (), 0
    names = left or list(titles(headed.header.row).values())
    asked = [
        which_column(column, names, _closest(column, index, names), headed.place(file), decisions)
        for index, column in enumerate(wanted)
    ]
    chosen = [ask_for_header(file, headed.sheet, decisions)] if HEADER_ROW in decisions else []
    return _asking([*chosen, *asked], len(headed.rows))


def _asking(asked: Sequence[_Asked], rows: int) -> tuple[Sequence[Problem], Sequence[Decision], int]:
    return [problem for problem, _ in asked], [decision for _, decision in asked], rows


def _closest(column: Column, index: int, names: Sequence[str]) -> str:
    """What we would answer: the header most like the field's name; without headers, one after the other."""
    if names[0] == "Column A":
        return names[min(index, len(names) - 1)]
    close = difflib.get_close_matches(plain(column.field), [plain(n) for n in names], n=1, cutoff=0.0)
    return next((n for n in names if close and plain(n) == close[0]), names[0])


def _may_have_a_header(sheet: Sheet) -> bool:
    """Whether there is anything to choose: more than one row, and several columns."""
    return len(sheet.rows) > 1 and any(len(row.cells) > 1 for row in offered(sheet))


def ask_for_header(file: str, sheet: Sheet, decisions: Mapping[str, str]) -> _Asked:
    """Which row names the columns."""
    rows = offered(sheet)
    first = ", ".join(cell.raw.strip() for cell in rows[0].cells)
    return ask(
        "header_open",
        HEADER_ROW,
        question="No row names the columns of this kind of file. Which one does?",
        choices=[
            *((str(row.number), f"Row {row.number}: {_said(row)}") for row in rows if row.number),
            (NO_HEADER, "None of them: the columns are called by their letters."),
        ],
        proposal=likely(sheet),
        places=[Place(file=file, sheet=sheet.name, row=rows[0].number or None)],
        found=first,
        expected="a header row",
        decisions=decisions,
    )


def _said(row: Row) -> str:
    return shown(", ".join(cell.raw.strip()[:40] for cell in row.cells[:12]))


def ask_which_is_meant(file: str, found: Found, column: Column, places: Sequence[int]) -> _Asked:
    """Which of several columns of one header a field is read from."""
    assert found.header is not None
    texts = titles(found.header.row)
    letters = " and ".join(column_letter(place) for place in places)
    return ask(
        "column_doubled",
        f"column:{column.field}",
        question=f"Several columns are called {texts[places[0]]}. Which one is {column.label}?",
        choices=[
            (texts[place], f"Column {column_letter(place)}, {texts[place]}: {_values(found, place)}")
            for place in places
        ],
        proposal=texts[places[0]],
        places=[found.place(file)],
        found=f"columns {letters} are both called {texts[places[0]]}"
        if len(places) == 2
        else f"columns {letters} are all called {texts[places[0]]}",
        expected=f"one column for {column.label}",
        decisions={},
    )


def _values(found: Found, place: int) -> str:
    """The first values of a column."""
    values = [cell.raw.strip() for row in found.rows[:20] for cell in row.cells if cell.column == place]
    return shown(", ".join(values[:_VALUES])) if values else "empty"


def answered(
    file: str, found: Found, columns: Sequence[Column], decisions: Mapping[str, str]
) -> Sequence[_Asked]:
    """The questions that were answered, so that the report keeps them."""
    assert found.header is not None
    headers = list(titles(found.header.row).values())
    which = [
        which_column(column, headers, decisions[f"column:{column.field}"], found.place(file), decisions)
        for column in columns
        if f"column:{column.field}" in decisions
    ]
    chosen = [ask_for_header(file, found.sheet, decisions)] if HEADER_ROW in decisions else []
    return [*chosen, *which]


def which_column(
    column: Column, headers: Sequence[str], proposal: str, place: Place, decisions: Mapping[str, str]
) -> _Asked:
    """Which column of the file a field is read from."""
    return ask(
        "column_missing",
        f"column:{column.field}",
        question=f"No column is known to be {column.label}. Which one is it?",
        choices=[(name, f"Column {name} is {column.label}.") for name in dict.fromkeys(headers)],
        proposal=proposal,
        places=[place],
        found=", ".join(headers),
        expected=column.example,
        decisions=decisions,
    )


def _no_header(file: str, found: Sequence[Found], columns: Sequence[Column]) -> Problem:
    first = next(
        (shown(", ".join(c.raw.strip() for c in one.sheet.rows[0].cells)) for one in found if one.sheet.rows),
        "no rows",
    )
    return file_problem(
        file,
        "header_missing",
        found=first,
        expected="a header row with " + ", ".join(c.label for c in columns if c.required),
        mend="Check that this is the right kind of file and that its first rows name the columns.",
    )


def _columns_missing(file: str, header: Row, wanted: Sequence[Column]) -> Problem:
    return file_problem(
        file,
        "column_missing",
        found=", ".join(c.raw.strip() for c in header.cells),
        expected=f"also {'; '.join(c.example for c in wanted)}",
        mend="Add the column, or export the file again with it."
        if len(wanted) == 1
        else f"Add the {len(wanted)} columns, or export the file again with them.",
    )
