"""A firm's own rates of tax beside those of the tables of law (docs/SPEC-tax.md)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.tax.tax import TaxCategory, TaxRate

Key = tuple[str, str, TaxCategory, str]
"""Jurisdiction, tax, category, and what a rate is for."""


def key_of(row: TaxRate) -> Key:
    """What a rate is a rate of: two rows of one key never hold on one day."""
    return row.jurisdiction, row.tax, row.category, row.applies_to


def with_own(law: Sequence[TaxRate], own: Sequence[TaxRate]) -> tuple[TaxRate, ...]:
    """The rates that a firm bills by: its own, and of the law's those that it has not taken over.

    From the first day of a firm's own rate on, the law's rows of the same key no longer count: the firm keeps
    that rate itself, its end included.
    """
    begins: dict[Key, date] = {}
    for row in own:
        key = key_of(row)
        begins[key] = min(begins.get(key, row.effective_from), row.effective_from)
    kept = []
    for row in law:
        first = begins.get(key_of(row))
        if first is None or (row.effective_to is not None and row.effective_to <= first):
            kept.append(row)
        elif row.effective_from < first:
            kept.append(row.model_copy(update={"effective_to": first}))
    return (*kept, *own)


def require_later(known: Sequence[TaxRate], added: TaxRate) -> TaxRate | None:
    """The row that the new one ends: that of its key that is in force, or None.

    Raises Refused for a rate that begins no later than one of its key that is there: what was billed by a
    rate stays explained by it.
    """
    same = sorted((row for row in known if key_of(row) == key_of(added)), key=lambda row: row.effective_from)
    if not same:
        return None
    last = same[-1]
    if added.effective_from <= last.effective_from:
        raise wrong_content(
            "tax_rate_known",
            f"There is a {added.category} rate for {added.jurisdiction} from {last.effective_from} already: "
            "begin the new one later, or withdraw that one.",
        )
    return last if last.covers(added.effective_from) else None
