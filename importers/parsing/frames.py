"""What the program writes and its parent reads: frames of rows, flat in memory on both sides.

A frame is one letter, the length of its body and (for rows) how many there are, then the body. `J` is one
JSON object: a sheet begins, a sheet ends, the file ends. `R` are up to 1,000 rows. Texts of rows are joined
by the zero character, which no readable cell holds: number, kinds (one letter for each column, a dot where
the cell is empty), then the texts. Unlike `marshal` they
may come from a process that a hostile file has taken over.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import Any, BinaryIO, TypedDict

from importers.parsing.refusal import Refusal

HEAD = struct.Struct(">cII")
ROWS_A_FRAME = 1_000
SEPARATOR = "\0"

KINDS = {
    "t": "text",
    "n": "number",
    "d": "date",
    "m": "datetime",
    "h": "time",
    "l": "duration",
    "b": "boolean",
    "e": "error",
    "f": "formula",
}
"""The letter of each kind of cell, and its name."""
EMPTY = "."

Cells = Sequence[tuple[int, str, str]]
"""Column from 0 in rising order, letter of the kind, text: only cells that are not empty."""


class Cost(TypedDict):
    """What one file may cost, as the parent says it."""

    rows: int
    columns: int
    cell_characters: int
    unpacked_bytes: int
    unpack_ratio: int
    members: int
    spooled_bytes: int
    memory_bytes: int
    cpu_seconds: int


class Frames:
    """Writes sheets row by row and holds them to the limits. Over one, `Refusal` (too_large)."""

    def __init__(self, out: BinaryIO, cost: Cost) -> None:
        self._out = out
        self._cost = cost
        self._texts: list[str] = []
        self._held = 0
        self._rows = 0
        self._spooled = 0

    def sheet(self, name: str, *, hidden: bool = False, read: bool = True) -> None:
        """A sheet begins; a hidden one that nobody named is only listed."""
        self._json({"sheet": name, "hidden": hidden, "read": read})

    def row(self, number: int, cells: Cells) -> None:
        """One row by its number from 1, unless all its cells are empty."""
        if not cells:
            return
        self._room(number, cells[-1][0], max(len(text) for _, _, text in cells))
        kinds = ""
        for column, kind, _ in cells:
            kinds += EMPTY * (column - len(kinds)) + kind
        self._add(number, kinds, [text for _, _, text in cells])

    def texts(self, number: int, record: Sequence[str]) -> None:
        """One row whose cells are all text; those of white space alone are empty."""
        texts = [text for text in record if text and not text.isspace()]
        if not texts:
            return
        if len(texts) == len(record):
            kinds = "t" * len(record)
        else:
            kinds = "".join("t" if text and not text.isspace() else EMPTY for text in record).rstrip(EMPTY)
        self._room(number, len(kinds) - 1, max(map(len, texts)))
        self._add(number, kinds, texts)

    def sheet_end(self, merged: Sequence[tuple[int, int, int, int]] = ()) -> None:
        """The sheet is read. Merged: first row (from 1), first column (from 0), last row, last column."""
        self._flush()
        self._json({"merged": list(merged)})

    def end(self, **said: Any) -> None:
        """The whole file is read, or refused; without this frame the parent knows that we died."""
        if "refused" in said:
            self._texts, self._held = [], 0
        self._flush()
        self._json({"end": said})
        self._out.flush()

    def _room(self, number: int, column: int, longest: int) -> None:
        if self._rows >= self._cost["rows"]:
            raise Refusal("too_many_rows")
        if column >= self._cost["columns"] or longest > self._cost["cell_characters"]:
            raise Refusal("row_too_large", f"row {number} with {column + 1} columns, {longest} characters")
        self._rows += 1

    def _add(self, number: int, kinds: str, texts: Sequence[str]) -> None:
        self._texts.append(str(number))
        self._texts.append(kinds)
        self._texts.extend(texts)
        self._held += 1
        if self._held == ROWS_A_FRAME or len(self._texts) > 50_000:
            self._flush()

    def _flush(self) -> None:
        if not self._held:
            return
        body = SEPARATOR.join(self._texts)
        if body.count(SEPARATOR) != len(self._texts) - 1:
            raise Refusal("zero_byte")
        self._write(b"R", body.encode("utf-8", "surrogatepass"), self._held)
        self._texts = []
        self._held = 0

    def _json(self, said: dict[str, Any]) -> None:
        self._write(b"J", json.dumps(said).encode(), 0)

    def _write(self, letter: bytes, body: bytes, count: int) -> None:
        self._spooled += len(body)
        if count and self._spooled > self._cost["spooled_bytes"]:
            raise Refusal("too_large")
        self._out.write(HEAD.pack(letter, len(body), count))
        self._out.write(body)
