"""Stored material of a draft, as its pages show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from contracts_app.domain.billing.material_moved import MaterialMoved
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.stored_material import Place, missing_papers
from contracts_app.domain.money import ZERO, less, total
from contracts_app.web.pages.formatting import FILTERS
from contracts_app.web.pages.forms import Form
from contracts_app.web.pages.typed_rows import rows_shown

MOVED: Mapping[str, str] = {
    "line": "Line",
    "received": "Came in",
    "built_in": "Built in",
    "removed": "Left otherwise",
    "work": "Other work",
}
PAPERS: Mapping[str, str] = {
    "of_line": "Line",
    "amount": "Amount",
    "place": "Stored",
    "location": "Location",
    "invoice": "Supplier's invoice",
    "title": "Bill of sale or title",
    "insurance": "Insurance",
}
PLACES: Mapping[str, str] = {Place.on_site.value: "on the site", Place.off_site.value: "off the site"}


@dataclass(frozen=True)
class StoredLine:
    """Stored material of a line: before, what moved as far as somebody said it, and now.

    `papers_for` is what the papers cover, `missing` which of them are not there.
    """

    item_no: str
    description: str
    before: Decimal
    moved: MaterialMoved | None
    now: Decimal
    papers_for: Decimal
    missing: Sequence[str]

    @property
    def change(self) -> Decimal:
        """How much more is stored than before."""
        return less(self.now, self.before)


def stored_lines(snapshot: Snapshot, figures: PayApplication) -> Sequence[StoredLine]:
    """The lines that have, had or move stored material."""
    before = {line.line_id: line.stored for line in snapshot.previous.lines} if snapshot.previous else {}
    moved = {entry.line_id: entry.material for entry in snapshot.entries}
    found = []
    for line in figures.lines:
        papers = [part for part in snapshot.backup if part.line_id == line.line_id]
        was = before.get(line.line_id, ZERO)
        if was or line.stored or moved.get(line.line_id) or papers:
            found.append(
                StoredLine(
                    line.item_no,
                    line.description,
                    was,
                    moved.get(line.line_id),
                    line.stored,
                    total(part.amount for part in papers),
                    sorted({name for part in papers for name in missing_papers(part)}),
                )
            )
    return found


def material_data(snapshot: Snapshot, figures: PayApplication, typed: Form | None) -> dict[str, Any]:
    """What the form of stored material shows: what was typed and refused, else what is stored."""
    item_of = {line.id: line.item_no for line in snapshot.schedule}
    money = FILTERS["amount_typed"]
    shown = stored_lines(snapshot, figures)

    def of(amount: Decimal | None) -> str:
        return str(money(amount, figures.currency)) if amount else ""

    moved = [
        {
            "line": one.item_no,
            **{name: of(getattr(one.moved, name) if one.moved else None) for name in list(MOVED)[1:]},
        }
        for one in shown
    ]
    papers = [
        {
            "of_line": item_of.get(part.line_id, ""),
            "amount": of(part.amount),
            "place": part.place.value,
            **{name: getattr(part, name) for name in ("location", "invoice", "title", "insurance")},
        }
        for part in snapshot.backup
    ]
    return {
        "stored_lines": shown,
        "moved_rows": rows_shown(typed, moved, dict.fromkeys(MOVED, ""), 1),
        "paper_rows": rows_shown(typed, papers, dict.fromkeys(PAPERS, ""), 1),
        "PLACES": PLACES,
        "material_before": {one.item_no: one.before for one in shown},
    }
