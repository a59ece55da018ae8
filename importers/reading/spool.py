"""Rows on disk that can be gone through again and again, a thousand in memory at a time."""

from __future__ import annotations

import bisect
import os
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from typing import overload

from importers.parsing.frames import EMPTY, KINDS, SEPARATOR
from importers.sheets import Cell, CellKind, Row

_KINDS = {letter: CellKind(name) for letter, name in KINDS.items()}


class Spool:
    """A file without a name that holds frames of rows; gone with the last one who reads it."""

    def __init__(self) -> None:
        number, path = tempfile.mkstemp(prefix="rows-")
        os.unlink(path)
        self._file = number
        self._size = 0
        weakref.finalize(self, os.close, number)

    def put(self, body: bytes) -> int:
        """Where the body stands."""
        at = self._size
        left = memoryview(body)
        while left:
            written = os.pwrite(self._file, left, self._size)
            self._size += written
            left = left[written:]
        return at

    def get(self, at: int, length: int) -> bytes:
        return os.pread(self._file, length, at)


class SpooledRows(Sequence[Row]):
    """The rows of one sheet. Slices are views; nothing but the frame that is being read is in memory."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._frames: list[tuple[int, int]] = []
        self._first: list[int] = []
        """Index of the first row of each frame."""
        self._start = 0
        self._stop = 0
        self._held: tuple[int, Sequence[Row]] = (-1, ())

    def add(self, at: int, length: int, count: int) -> None:
        """A frame of `count` rows more."""
        self._first.append(self._stop)
        self._frames.append((at, length))
        self._stop += count

    def __len__(self) -> int:
        return self._stop - self._start

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            return self._view(start, stop) if step == 1 else [self[i] for i in range(start, stop, step)]
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(index)
        wanted = self._start + index
        frame = bisect.bisect_right(self._first, wanted) - 1
        return self._rows(frame)[wanted - self._first[frame]]

    def __iter__(self) -> Iterator[Row]:
        if not len(self):
            return
        frame = bisect.bisect_right(self._first, self._start) - 1
        while frame < len(self._frames) and self._first[frame] < self._stop:
            rows = self._rows(frame)
            first = self._first[frame]
            yield from rows[max(self._start - first, 0) : self._stop - first]
            frame += 1

    def _view(self, start: int, stop: int) -> SpooledRows:
        view = SpooledRows(self._spool)
        view._frames, view._first = self._frames, self._first
        view._start, view._stop = self._start + start, self._start + max(start, stop)
        return view

    def _rows(self, frame: int) -> Sequence[Row]:
        held, rows = self._held
        if held != frame:
            rows = decoded(self._spool.get(*self._frames[frame]))
            self._held = (frame, rows)
        return rows


_SHAPES: dict[str, tuple[tuple[int, CellKind], ...]] = {}


def decoded(body: bytes) -> Sequence[Row]:
    """The rows of one frame."""
    texts = body.decode("utf-8", "surrogatepass").split(SEPARATOR)
    rows = []
    cells: dict[tuple[int, CellKind], dict[str, Cell]] = {}  # a column says few different things
    at, end = 0, len(texts)
    while at < end:
        shape = _shape(texts[at + 1])
        first = at + 2
        after = first + len(shape)
        found = []
        for place, text in zip(shape, texts[first:after], strict=True):
            known = cells.get(place)
            if known is None:
                known = cells[place] = {}
            cell = known.get(text)
            if cell is None:
                cell = known[text] = Cell(place[0], place[1], text)
            found.append(cell)
        rows.append(Row(int(texts[at]), tuple(found)))
        at = after
    return rows


def _shape(letters: str) -> tuple[tuple[int, CellKind], ...]:
    """Column and kind of each cell of a row."""
    known = _SHAPES.get(letters)
    if known is None:
        known = tuple((at, _KINDS[letter]) for at, letter in enumerate(letters) if letter != EMPTY)
        if len(_SHAPES) > 10_000:
            _SHAPES.clear()
        _SHAPES[letters] = known
    return known
