"""`python -m bench`: run every measurement in this folder and print its figures.

A measurement is a module with `measure() -> Iterator[Figure]`. Figures are ratios or seconds on the
machine at hand; compare them with each other, not between machines.
"""

import sys
from importlib import import_module
from pathlib import Path

from bench.figure import Figure


def main() -> None:
    wanted = sys.argv[1:] or sorted(
        file.stem for file in Path(__file__).parent.glob("*.py") if file.stem not in ("__main__", "figure")
    )
    print(f"{'what':<60} {'min':>9} {'median':>9} {'max':>9} unit")
    for name in wanted:
        figure: Figure
        for figure in import_module(f"bench.{name}").measure():
            print(figure.row(), flush=True)


if __name__ == "__main__":
    main()
