"""Tables of a web page, which many programs call .xls: each outermost text of a cell where the page shows it.

Nothing is fetched, no script is run. A table in a cell is a table of its own.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from importers.parsing.frames import Cost, Frames
from importers.parsing.refusal import Refusal

_DECLARED = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_CELLS = frozenset({"td", "th"})
_SILENT = frozenset({"script", "style", "template", "noscript"})
_BREAKS = frozenset({"br", "p", "div", "li"})


def declared_encoding(data: bytes) -> str | None:
    """The encoding that the page says it has, if Python knows it."""
    match = _DECLARED.search(data[:8_192])
    if match is None:
        return None
    try:
        return codecs.lookup(match[1].decode()).name
    except LookupError:
        return None


def read_html(text: str, frames: Frames, cost: Cost) -> None:
    """Each table with text as a sheet. `Refusal` where there is none."""
    page = _Page(cost)
    page.feed(text)
    page.close()
    tables = [table for table in page.done if table.rows]
    if not tables:
        raise Refusal("not_a_table", "a web page without a table")
    for index, table in enumerate(tables, start=1):
        name = table.caption.strip() or (f"Table {index}" if len(tables) > 1 else "Table")
        frames.sheet(name)
        for number, cells in table.rows:
            frames.row(number, cells)
        frames.sheet_end(table.merged)


@dataclass(slots=True)
class _Table:
    rows: list[tuple[int, list[tuple[int, str, str]]]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    caption: str = ""
    number: int = 0
    cells: list[tuple[int, str, str]] = field(default_factory=list)
    column: int = 0
    taken: dict[int, int] = field(default_factory=dict)
    """Column → last row that a cell above reaches down into."""
    text: list[str] | None = None
    right: int = 1
    down: int = 1


class _Page(HTMLParser):
    def __init__(self, cost: Cost) -> None:
        super().__init__(convert_charrefs=True)
        self._cost = cost
        self._open: list[_Table] = []
        self._silent = 0
        self._in_caption = False
        self.done: list[_Table] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "table":
            if len(self._open) > 50:
                raise Refusal("too_large")
            self._open.append(_Table())
        elif self._open:
            table = self._open[-1]
            if tag == "tr":
                self._end_row(table)
                table.number += 1
            elif tag in _CELLS:
                self._end_cell(table)
                said = dict(attrs)
                table.right, table.down = _span(said.get("colspan")), _span(said.get("rowspan"))
                table.number = max(table.number, 1)
                table.text = []
            elif tag == "caption":
                self._in_caption = True
            elif tag in _BREAKS and table.text:
                table.text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif self._open:
            table = self._open[-1]
            if tag in _CELLS:
                self._end_cell(table)
            elif tag == "tr":
                self._end_row(table)
            elif tag == "caption":
                self._in_caption = False
            elif tag == "table":
                self._end_row(table)
                self.done.append(self._open.pop())

    def handle_data(self, data: str) -> None:
        if self._silent or not self._open:
            return
        table = self._open[-1]
        if self._in_caption:
            table.caption += data
        elif table.text is not None:
            table.text.append(data)

    def close(self) -> None:
        super().close()
        while self._open:
            self._end_row(self._open[-1])
            self.done.append(self._open.pop())

    def _end_cell(self, table: _Table) -> None:
        if table.text is None:
            return
        lines = "".join(table.text).replace("\xa0", " ").split("\n")
        text = "\n".join(line for line in (" ".join(line.split()) for line in lines) if line)
        while table.taken.get(table.column, 0) >= table.number:
            table.column += 1
        if table.column + table.right > self._cost["columns"] + 1:
            raise Refusal("row_too_large", f"row {table.number} with {table.column + table.right} columns")
        if text:
            table.cells.append((table.column, "t", text))
            if table.right > 1 or table.down > 1:
                table.merged.append(
                    (
                        table.number,
                        table.column,
                        table.number + table.down - 1,
                        table.column + table.right - 1,
                    )
                )
        for column in range(table.column, table.column + table.right):
            table.taken[column] = table.number + table.down - 1
        table.column += table.right
        table.text = None

    def _end_row(self, table: _Table) -> None:
        self._end_cell(table)
        if table.cells:
            if sum(len(one.rows) for one in (*self._open, *self.done)) >= self._cost["rows"]:
                raise Refusal("too_many_rows")
            table.rows.append((table.number, table.cells))
        table.cells = []
        table.column = 0


def _span(said: str | None) -> int:
    return max(1, int(said)) if said and said.isascii() and said.isdigit() and len(said) < 6 else 1
