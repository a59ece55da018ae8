"""Runs an expression where every clock, chance, environment and file raises.

`python -m tests.domain.poisoned ACT`. Everything is imported first; from then on only the rules run.
"""

import builtins
import os
import pathlib  # noqa: F401 (the controls use it)
import random
import socket  # noqa: F401
import subprocess  # noqa: F401
import sys
import time
import uuid  # noqa: F401
from datetime import UTC, date, datetime  # noqa: F401
from types import FrameType
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from tests.domain.every_rule import ZONE, every_rule

CLOCKS = {"now", "utcnow", "today"}
MODULES = {"time", "posix", "_random", "_socket", "_io", "io"}
HAPPENINGS = ("open", "os.", "socket.", "subprocess.", "time.", "import")


class Impure(BaseException):
    """A rule touched the world; not an Exception, so that nothing swallows it."""


def _refuse(*_args: object, **_more: object) -> NoReturn:
    raise Impure


def _on_call(_frame: FrameType, event: str, called: Any) -> None:
    if event != "c_call":
        return
    owner = getattr(called, "__self__", None)
    of_a_clock = isinstance(owner, type) and issubclass(owner, date) and called.__name__ in CLOCKS
    if of_a_clock or isinstance(owner, random.Random) or called.__module__ in MODULES:
        raise Impure(f"{called!r} was called")


def _on_event(event: str, _details: tuple[Any, ...]) -> None:
    if event.startswith(HAPPENINGS):
        raise Impure(event)


class _NoEnvironment(dict[str, str]):
    __getitem__ = get = _refuse


def main(act: str) -> None:
    """Poison the world, then evaluate `act`."""
    every_rule()  # loads what pydantic builds on first use
    ZoneInfo(ZONE)  # the rules of a zone are data of the Python distribution, read once
    code = compile(act, "act", "eval")
    for name in ("time", "time_ns", "monotonic", "perf_counter", "sleep", "localtime", "gmtime"):
        setattr(time, name, _refuse)
    vars(os)["environ"] = _NoEnvironment()
    os.urandom = _refuse
    builtins.open = _refuse
    sys.addaudithook(_on_event)
    sys.setprofile(_on_call)
    try:
        result = eval(code)
    finally:
        sys.setprofile(None)
    sys.stdout.write(f"{result}\n")


if __name__ == "__main__":
    main(sys.argv[1])
