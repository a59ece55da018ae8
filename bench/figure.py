"""One measured figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """Several runs of one thing, in one unit."""

    what: str
    runs: Sequence[float]
    unit: str = "s"

    def row(self) -> str:
        """A line of the table."""
        shown = "".join(f" {value:>9.3f}" for value in (min(self.runs), median(self.runs), max(self.runs)))
        return f"{self.what:<60}{shown} {self.unit}"
