"""One line of a budget as its file says it."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from contracts_app.domain.money import ZERO, total
from importers.entries import Entry


class BudgetLine(Entry):
    """One cost code, all amounts of cost. `revised` is the budget as it now stands; `to_complete` what is
    still to be spent. `line` is what the code is called through all its editions."""

    settled: ClassVar[frozenset[str]] = frozenset({"line", "edition"})

    cost_code: str
    cost_type: str | None = None
    description: str | None = None
    original: Decimal
    changes: Decimal = ZERO
    revised: Decimal
    committed: Decimal | None = None
    actual: Decimal | None = None
    to_complete: Decimal | None = None
    line: str = ""
    edition: int = 1

    @property
    def at_completion(self) -> Decimal:
        """What the code will have cost in all: spent and still to spend, else the revised budget."""
        if self.actual is None or self.to_complete is None:
            return self.revised
        return total((self.actual, self.to_complete))
