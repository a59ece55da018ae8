"""Where the product's time goes: `python -m bench.profiling drafting|importing [contracts or rows]`.

Prints seconds of this process and of the statements, then, from a second run, the functions by their own and
by their whole time. The profiler makes calls of small functions look dearer than they are: for proportions.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import Engine, event

from bench import drafting, firm, importing
from bench.firm import Firm
from bench.place import place
from contracts_app.settings import Settings

SHOWN = 25
STATEMENTS = 10


def main() -> None:
    """Once for the seconds, once with the profiler."""
    parser = argparse.ArgumentParser(prog="python -m bench.profiling", description=__doc__)
    parser.add_argument("what", choices=("drafting", "importing"))
    parser.add_argument("size", type=int, nargs="?", default=0, help="contracts (200) or rows (10,000)")
    chosen = parser.parse_args()
    with place() as here:
        if chosen.what == "drafting":
            made = firm.make(here, "profiled", chosen.size or 200, 100)
            work: Callable[[Settings], object] = partial(_draft, made)
        else:
            made = firm.make(here, "profiled", 1, 0)
            data = importing.sheet(chosen.size or 10_000)
            work = partial(_import, made, data)
        spent = _timed()
        with here.copied("profiled") as settings:
            began, computed = time.perf_counter(), time.process_time()
            work(settings)
            took, computed = time.perf_counter() - began, time.process_time() - computed
        waited = sum(spent.values())
        print(
            f"{took:.3f} s: {computed:.3f} s this process, {waited:.3f} s sending and waiting for statements"
        )
        for statement, seconds in sorted(spent.items(), key=lambda known: -known[1])[:STATEMENTS]:
            print(f"{seconds:8.3f} s  {statement}")
        with here.copied("profiled") as settings:
            profile = cProfile.Profile()
            profile.runcall(work, settings)
        pstats.Stats(profile).sort_stats("tottime").print_stats(SHOWN)
        pstats.Stats(profile).sort_stats("cumtime").print_stats("contracts_app|importers", SHOWN)


def _draft(made: Firm, settings: Settings) -> object:
    return drafting.by_product(settings, made)


def _import(made: Firm, data: bytes, settings: Settings) -> object:
    return importing.by_product(settings, made, data)


def _timed() -> dict[str, float]:
    """Seconds per statement (its beginning) from now on, of every engine."""
    spent: dict[str, float] = defaultdict(float)
    began = 0.0

    @event.listens_for(Engine, "before_cursor_execute")
    def before(*_: Any) -> None:
        nonlocal began
        began = time.perf_counter()

    @event.listens_for(Engine, "after_cursor_execute")
    def after(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        spent[" ".join(statement.split())[:90]] += time.perf_counter() - began

    return spent


if __name__ == "__main__":
    main()
