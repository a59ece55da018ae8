"""The smallest compound files that readers take: one stream, or several names without content."""

from __future__ import annotations

import struct
from collections.abc import Sequence

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(names: Sequence[str], content: bytes = b"") -> bytes:
    """Streams called `names`, each with `content` padded to what stands outside the small streams."""
    padded = content + bytes(max(4_096, -(-len(content) // _SECTOR) * _SECTOR) - len(content))
    sectors = len(padded) // _SECTOR
    fat = [_FAT, _END, *range(3, 2 + sectors), _END]
    fat += [_FREE] * (128 - len(fat))
    header = struct.pack(
        "<8s16s5H6x9I", bytes.fromhex("D0CF11E0A1B11AE1"), bytes(16), 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4_096,  # noqa: E501
        _END, 0, _END, 0,
    )  # fmt: skip
    header += struct.pack("<109I", 0, *[_FREE] * 108)
    entries = _entry("Root Entry", 5, _END, 0, child=1)
    for index, name in enumerate(names, start=1):
        right = index + 1 if index < len(names) else _FREE
        entries += _entry(name, 2, 2, len(padded), right=right)
    entries += bytes(_SECTOR - len(entries))
    return header + struct.pack("<128I", *fat) + entries + padded


def _entry(name: str, kind: int, start: int, size: int, child: int = _FREE, right: int = _FREE) -> bytes:
    spelled = (name + "\0").encode("utf-16-le")
    return struct.pack(
        "<64sHBB3I16sI16sIII", spelled, len(spelled), kind, 1, _FREE, right, child, bytes(16), 0, bytes(16),
        start, size, 0,
    )  # fmt: skip


def _record(code: int, body: bytes) -> bytes:
    return struct.pack("<HH", code, len(body)) + body


def old_workbook(*, encrypted: bool = False) -> bytes:
    """An .xls of 1997: on sheet Log a text, a number under 00000000, a date and an error; a hidden sheet."""
    globals_begin = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 1997, 0, 6))
    if encrypted:
        globals_begin += _record(0x2F, struct.pack("<HHHH", 1, 1, 1, 1) + bytes(46))
    font = _record(0x31, struct.pack("<HHHHHBBBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0, 1, 0) + b"A")
    zeros = _record(0x41E, struct.pack("<HHB", 164, 8, 0) + b"00000000")
    styles = b"".join(
        _record(0xE0, struct.pack("<HHHBBBBIIH", 0, f, 1, 0, 0, 0, 0, 0, 0, 0)) for f in (0, 164, 14)
    )

    def bound(at: int, hidden: int, name: bytes) -> bytes:
        return _record(0x85, struct.pack("<IBBBB", at, hidden, 0, len(name), 0) + name)

    book = globals_begin + font * 5 + zeros + styles
    end = _record(0x0A, b"")
    first = len(book) + len(bound(0, 0, b"Log")) + len(bound(0, 1, b"Secret")) + len(end)
    begin = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 1997, 0, 6))
    label = _record(0x204, struct.pack("<HHHHB", 0, 0, 0, 4, 0) + b"Code")
    cells = (
        label
        + _record(0x203, struct.pack("<HHHd", 1, 0, 1, 1234.0))
        + _record(0x203, struct.pack("<HHHd", 1, 1, 2, 45726.0))
        + _record(0x205, struct.pack("<HHHBB", 1, 2, 0, 0x2A, 1))
        + _record(0xE5, struct.pack("<HHHHH", 1, 0, 0, 0, 1))
    )
    log = begin + cells + end
    book += bound(first, 0, b"Log") + bound(first + len(log), 1, b"Secret") + end
    return compound(["Workbook"], book + log + begin + label + end)
