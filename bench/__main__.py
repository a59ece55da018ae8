"""`python -m bench [name ...]`: run measurements of this folder and print their figures.

A measurement is a module with `measure(size) -> Iterator[Figure]`. Every baseline runs in the same minutes on
the same servers as the product, in turns with it. Ratios can be compared between machines, seconds cannot.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
from importlib import import_module

from bench.figure import Figure
from bench.size import FULL, SMALL

MEASUREMENTS = ("drafting", "issuing", "importing", "starting", "auditing")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure, and print ratios.")
    parser.add_argument(
        "names", nargs="*", metavar="name", help=f"of {', '.join(MEASUREMENTS)}; without: all"
    )
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--small", action="store_true", help="a quick look (the default)")
    sizes.add_argument("--full", action="store_true", help="the sizes that the aims are said for")
    chosen = parser.parse_args()
    unknown = set(chosen.names) - set(MEASUREMENTS)
    if unknown:
        parser.error(f"no measurement {', '.join(sorted(unknown))}")
    for name in [name for name in os.environ if name.startswith("CONTRACTS_")]:
        del os.environ[name]  # a measurement has servers of its own
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that its servers are stopped
    size = FULL if chosen.full else SMALL
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f} at the start, Python {platform.python_version()}, {size}")
    print(f"{'what':<72} {'min':>11} {'median':>11} {'max':>11} unit")
    for name in chosen.names or MEASUREMENTS:
        figure: Figure
        for figure in import_module(f"bench.{name}").measure(size):
            print(figure.row(), flush=True)


if __name__ == "__main__":
    main()
