"""The guarded child: starts `importers.parsing`, takes its frames, and knows when it died.

A hostile file can abort its parser or eat all memory; no `except` helps against that, another process does.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from importers.parsing.frames import HEAD, Cost
from importers.reading.spool import Spool, SpooledRows
from importers.sheets import Limits, Merged, Row, Sheet

_ROOT = Path(__file__).resolve().parents[2]
_RUN = (
    "import sys; sys.path.insert(0, sys.argv[1]); from importers.parsing.program import main; "
    "sys.exit(main(sys.argv[2]))"
)
_COSTS = tuple(Cost.__annotations__)
_LEAST_CPU_SECONDS = 8
_BYTES_A_SECOND = 250_000
_UNPACKED_A_BYTE = 20
"""A sheet of numbers and short texts unpacks to some eight times its size."""
_MEMORY_A_BYTE = 50
_MOST_MEMORY = 1_700_000_000
"""The quick reader of workbooks holds a sheet whole: a million rows of nine columns take it 850 MB."""
_HELD_ROWS = 20_000
"""Sheets of at most so many rows are kept in memory: most files, and they are gone through several times."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the child needs to know besides the bytes."""

    name: str
    is_page: bool
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    may_bulk: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What the child said. `refused` is a code that `sentences` knows; then there are no sheets."""

    format: str = ""
    sheets: Sequence[Sheet] = ()
    settled: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    notes: Sequence[tuple[str, str]] = ()
    refused: str = ""
    found: str = ""


class _Broken(Exception):
    """The child ended without its last frame."""


def parse(data: bytes, question: Question, limits: Limits) -> Answer:
    """Run the child over `data`; a second time without the fast reader where that one died."""
    with tempfile.TemporaryFile() as source:
        source.write(data)
        source.flush()
        for asked in (question, replace(question, may_bulk=False)):
            try:
                return _run(source, len(data), asked, limits)
            except _Broken:
                if not data.startswith(b"PK\x03\x04"):
                    break
    return Answer(refused="too_large_or_damaged")


def _run(source: IO[bytes], size: int, question: Question, limits: Limits) -> Answer:
    source.seek(0)
    process = subprocess.Popen(
        [sys.executable, "-I", "-B", "-c", _RUN, str(_ROOT), json.dumps(asked_of(question, limits, size))],
        stdin=source,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},  # the parser needs none of our addresses and secrets
        cwd="/",
    )
    assert process.stdout is not None
    clock = threading.Timer(limits.wall_seconds, process.kill)
    clock.start()
    try:
        with process.stdout as out:
            return answer_in(out)
    finally:
        clock.cancel()
        process.kill()
        process.wait()


def asked_of(question: Question, limits: Limits, size: int) -> dict[str, Any]:
    """The argument of the program for a file of `size` bytes."""
    cost = {name: getattr(limits, name) for name in _COSTS}
    # A small file that keeps a reader busy for long is damaged or hostile.
    cost["cpu_seconds"] = min(limits.cpu_seconds, _LEAST_CPU_SECONDS + size // _BYTES_A_SECOND)
    cost["memory_bytes"] = max(limits.memory_bytes, min(_MEMORY_A_BYTE * size, _MOST_MEMORY))
    cost["unpacked_bytes"] = max(limits.unpacked_bytes, _UNPACKED_A_BYTE * size)
    return {"cost": cost, **asdict(question)}


def answer_in(out: IO[bytes]) -> Answer:
    """The answer that the frames in `out` hold."""
    return _Frames(out).answer()


class _Frames:
    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._spool = Spool()
        self._sheets: list[Sheet] = []

    def answer(self) -> Answer:
        rows = SpooledRows(self._spool)
        begun: dict[str, Any] = {}
        while True:
            letter, length, count = HEAD.unpack(self._exactly(HEAD.size))
            if letter == b"R":
                rows.add(self._spool.put(self._exactly(length)), length, count)
                continue
            said = self._said(length)
            if "sheet" in said:
                begun = said
                rows = SpooledRows(self._spool)
            elif "merged" in said:
                self._sheets.append(_sheet(begun, rows, said["merged"]))
            else:
                return self._end(said["end"])

    def _end(self, said: dict[str, Any]) -> Answer:
        if "refused" in said:
            return Answer(refused=said["refused"], found=said["found"])
        settled: dict[str, tuple[str, str, str]] = {}
        for key in ("encoding", "delimiter"):
            if key in said:
                value, how, because = said[key]
                settled[key] = (value, how, because)
        notes = [(one["code"], one["found"]) for one in said.get("notes", ())]
        return Answer(said["format"], tuple(self._sheets), settled, notes)

    def _said(self, length: int) -> dict[str, Any]:
        try:
            said = json.loads(self._exactly(length))
        except ValueError as fault:
            raise _Broken from fault
        if not isinstance(said, dict):
            raise _Broken
        return said

    def _exactly(self, length: int) -> bytes:
        body = self._out.read(length)
        if len(body) != length:
            raise _Broken
        return body


def _sheet(begun: Mapping[str, Any], spooled: SpooledRows, merged: Sequence[Sequence[int]]) -> Sheet:
    rows: Sequence[Row] = tuple(spooled) if len(spooled) <= _HELD_ROWS else spooled
    return Sheet(
        begun["sheet"],
        rows,
        hidden=begun["hidden"],
        merged=tuple(Merged(*one) for one in merged),
        was_read=begun["read"],
    )
