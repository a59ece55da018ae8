"""What the pages call the parts of a change order."""

from __future__ import annotations

from collections.abc import Mapping

from contracts_app.domain.changes.change_pricing import ChangeItem
from contracts_app.web.pages.formatting import money

EFFECTS: Mapping[str, str] = {
    "adds": "adds",
    "saves": "is saved",
    "adds_priced": "adds, its markup included",
    "saves_priced": "is saved, its markup included",
}
"""What a cost of a change order does: the value of the choice, and its words."""
PROFIT_ON: Mapping[str, str] = {
    "everything": "on additions and deductions alike",
    "additions": "on additions only",
    "net_increase": "on a net increase only",
}
"""What of a change order bears profit."""
EMPTY_ITEM: Mapping[str, str] = {"what": "", "cost": "", "effect": "adds"}


def shown_item(item: ChangeItem, currency: str) -> dict[str, str]:
    """An item as the cells of the grid."""
    effect = "saves" if item.deducts else "adds"
    return {
        "what": item.what,
        "cost": money(item.amount, currency),
        "effect": f"{effect}_priced" if item.with_profit else effect,
    }
