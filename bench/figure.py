"""One measured figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from statistics import mean, median


@dataclass(frozen=True)
class Figure:
    """Several runs of one thing, in one unit."""

    what: str
    runs: Sequence[float]
    unit: str = "s"
    aim: float | None = None
    """The median shall not be above it."""

    @property
    def median(self) -> float:
        """The value in the middle."""
        return median(self.runs)

    def row(self) -> str:
        """A line of the table."""
        shown = "".join(f" {value:>11,.3f}" for value in (min(self.runs), self.median, max(self.runs)))
        aimed = (
            ""
            if self.aim is None
            else f"  aim {self.aim:g}: {'met' if self.median <= self.aim else 'NOT MET'}"
        )
        return f"{self.what:<72}{shown} {self.unit}{aimed}"


def ratio(what: str, of: Sequence[float], to: Sequence[float], aim: float | None = None) -> Figure:
    """How many times as long the one took as the other, pair by pair: each pair was run back to back."""
    return Figure(what, [one / other for one, other in zip(of, to, strict=True)], "×", aim)


def per_second(what: str, count: int, runs: Sequence[float], unit: str) -> Figure:
    """How many of them a second."""
    return Figure(what, [count / seconds for seconds in runs], f"{unit}/s")


def exponent(what: str, taken: Sequence[tuple[int, Sequence[float]]]) -> Figure:
    """The power of the size that time grows with: 1 is in proportion, 2 is with its square.

    `taken` has seconds for each size. For every run the straight line through log size and log time that
    leaves the smallest squares; through two sizes it is the line between them.
    """
    sizes = [log(size) for size, _ in taken]
    middle = mean(sizes)
    spread = sum((size - middle) ** 2 for size in sizes)
    runs = zip(*(seconds for _, seconds in taken), strict=True)
    return Figure(
        what,
        [
            sum((size - middle) * log(seconds) for size, seconds in zip(sizes, run, strict=True)) / spread
            for run in runs
        ],
        "(exponent)",
    )
