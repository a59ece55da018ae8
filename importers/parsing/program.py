"""The program: one file on its standard input, one JSON object of limits and answers as its argument, frames
on its standard output.

It limits its own address space, processor time, open files and written files first, and gives up network,
processes and changes to files. Whatever a reader raises is a refusal; what kills it, the parent sees by the
missing last frame.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import Any, BinaryIO

from importers.parsing.confined import confine
from importers.parsing.frames import Cost, Frames
from importers.parsing.refusal import Refusal

COMPOUND = bytes.fromhex("D0CF11E0A1B11AE1")
"""How an old .xls begins, and a newer workbook locked in by a password."""


def main(argument: str) -> int:
    """Exit code 0 with a last frame, or another without."""
    asked = json.loads(argument)
    _limit(asked["cost"])
    confine()
    with open(0, "rb", closefd=False) as source:
        return respond(source, sys.stdout.buffer, asked)


def respond(source: BinaryIO, out: BinaryIO, asked: dict[str, Any]) -> int:
    """Write the frames of one file, without any limit but those of its rows and texts."""
    cost: Cost = asked["cost"]
    frames = Frames(out, cost)
    said: dict[str, Any] = {}
    try:
        said = _read(source, frames, cost, asked)
    except Refusal as refusal:
        said = {"refused": refusal.code, "found": refusal.found}
    except MemoryError:
        return 3
    except Exception as fault:  # noqa: BLE001
        # Readers raise dozens of kinds of errors on damaged files, and all of them mean the same here.
        if _is_password(fault):
            said = {"refused": "password_protected", "found": "a password-protected workbook"}
        else:
            said = {"refused": "unreadable", "found": ""}
    try:
        frames.end(**said)
    except Refusal as refusal:
        frames.end(refused=refusal.code, found=refusal.found)
    return 0


def _limit(cost: Cost) -> None:
    memory, cpu = cost["memory_bytes"], cost["cpu_seconds"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def _read(source: BinaryIO, frames: Frames, cost: Cost, asked: dict[str, Any]) -> dict[str, Any]:
    opening = source.read(512)
    source.seek(0)
    wanted = asked["sheet"]
    if opening.startswith(COMPOUND):
        from importers.parsing.xls import read_xls

        read_xls(source, frames, wanted)
        return {"format": "xls"}
    if opening.startswith(b"PK"):
        return {"format": _archive(source, frames, cost, wanted, may_bulk=asked["may_bulk"])}
    if asked["is_page"]:
        return _page(source, frames, cost, asked["encoding"])
    from importers.parsing.delimited import read_delimited

    said = read_delimited(source.read(), asked["name"], frames, asked["encoding"], asked["delimiter"])
    return {"format": "delimited", **said}


def _archive(source: BinaryIO, frames: Frames, cost: Cost, wanted: str | None, *, may_bulk: bool) -> str:
    from importers.parsing import containers

    with containers.opened(source) as archive:
        inside = containers.judge(archive, cost)
        containers.inspect(archive)
    source.seek(0)
    if inside is containers.Inside.ods:
        from importers.parsing.ods import read_ods

        read_ods(source, frames, wanted)
    else:
        from importers.parsing.xlsx import read_xlsx

        read_xlsx(source, frames, wanted, may_bulk=may_bulk)
    return inside.value


def _page(source: BinaryIO, frames: Frames, cost: Cost, given: str | None) -> dict[str, Any]:
    from importers.parsing import encodings
    from importers.parsing.html_tables import declared_encoding, read_html

    data = source.read()
    encoding = encodings.decide(data, given, declared_encoding(data))
    read_html(data.decode(encoding.codec), frames, cost)
    return {"format": "html", "encoding": [encoding.codec, encoding.how, encoding.because]}


def _is_password(fault: Exception) -> bool:
    return type(fault).__name__ == "PasswordError"
