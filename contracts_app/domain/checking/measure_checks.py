"""Checks of lines that are paid by measure (docs/SPEC-bases.md)."""

from __future__ import annotations

from collections.abc import Iterator

from contracts_app.domain.billing.pay_application import ContinuationLine, Entry, PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.unit_price import UnitPrice, in_words, measured
from contracts_app.domain.finding import Finding
from contracts_app.domain.money import in_words_of_a_page


def of_measures(snapshot: Snapshot, application: PayApplication) -> Iterator[Finding]:
    """What is wrong or notable about the lines of unit prices."""
    agreed = {line.id: line.unit_price for line in snapshot.schedule if line.unit_price is not None}
    entries = {entry.line_id: entry for entry in snapshot.entries}
    for line in application.lines:
        terms = agreed.get(line.line_id)
        if terms is not None:
            entry = entries.get(line.line_id, Entry(line_id=line.line_id))
            yield from _of_line(line, terms, entry, application.currency)


def _of_line(line: ContinuationLine, terms: UnitPrice, entry: Entry, currency: str) -> Iterator[Finding]:
    def finding(code: str, sentence: str, blocks: bool = False) -> Finding:
        return Finding(code=code, blocks=blocks, item_no=line.item_no, sentence=sentence)

    if entry.quantity_to_date is None:
        if line.completed:
            yield finding(
                "not_measured",
                f"{in_words_of_a_page(line.completed, currency)} of work is billed to date without a "
                f"measured quantity: this line is paid by the {terms.unit}.",
            )
        return
    done = measured(terms, entry.quantity_to_date, currency, finally_measured=entry.finally_measured)
    if done.amount != line.completed:
        yield finding(
            "does_not_multiply_out",
            f"{in_words(entry.quantity_to_date, terms.unit)} come to "
            f"{in_words_of_a_page(done.amount, currency)}, the work billed to date is "
            f"{in_words_of_a_page(line.completed, currency)}: enter the quantity again.",
            blocks=True,
        )
    if entry.quantity_to_date > terms.estimated_quantity:
        yield finding(
            "measured_beyond_estimate",
            f"Measured are {in_words(entry.quantity_to_date, terms.unit)}, estimated were "
            f"{in_words(terms.estimated_quantity, terms.unit)}: paid is what is measured.",
        )
    band = terms.variation
    if band is not None and done.beyond and band.price_above is None:
        yield finding(
            "beyond_band",
            f"{in_words(done.beyond, terms.unit)} are beyond the agreed band of variation: either party may "
            "ask for another price for them; until one is agreed they are billed at the unit price.",
        )
    if band is not None and done.short and band.price_short is None:
        yield finding(
            "short_of_band",
            f"The final measure is {in_words(done.short, terms.unit)} short of the agreed band of variation: "
            "either party may ask for an adjustment.",
        )
