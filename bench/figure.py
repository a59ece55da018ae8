"""One measured figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from statistics import median


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


def exponent(what: str, small: tuple[int, Sequence[float]], large: tuple[int, Sequence[float]]) -> Figure:
    """The power of the size that time grows with: 1 is in proportion, 2 is with its square."""
    grown = log(large[0] / small[0])
    return Figure(
        what,
        [log(more / less) / grown for less, more in zip(small[1], large[1], strict=True)],
        "(exponent)",
    )
