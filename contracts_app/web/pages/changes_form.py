"""What a contract says of changes, as a form types it and as a page says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts_app.domain.changes.change_terms import ChangeTerms
from contracts_app.web.pages.change_words import PROFIT_ON
from contracts_app.web.pages.formatting import rate
from contracts_app.web.pages.forms import Form, typed_rate
from contracts_app.web.problems import together

_RATES: Mapping[str, str] = {
    "ticket_labour": "labour",
    "ticket_equipment": "equipment",
    "ticket_material": "material",
}
"""The fields of the markups on tickets."""


def typed_changes(form: Form) -> dict[str, Any] | None:
    """The terms of changes that the form says; None where it says nothing. Raises WrongBody."""
    said = [name for name in ("change_profit", *_RATES) if form.get(name)]
    if not said:
        return None
    typed = together(*(lambda name=name: typed_rate(form, name) for name in said))
    rates = dict(zip(said, typed, strict=True))
    return {
        "profit": rates.get("change_profit", "0"),
        "profit_on": form.get("change_profit_on") or "everything",
        "markups": {column: rates[name] for name, column in _RATES.items() if name in rates},
    }


def changes_as_typed(terms: ChangeTerms | None) -> dict[str, str]:
    """What the fields of the form hold for these terms."""
    if terms is None:
        return {}
    markups = {name: getattr(terms.markups, column) for name, column in _RATES.items()}
    rates = {"change_profit": terms.profit, **markups}
    typed = {name: rate(value).removesuffix(" %") for name, value in rates.items() if value}
    return {**typed, "change_profit_on": terms.profit_on.value}


def changes_in_words(terms: ChangeTerms | None) -> list[str]:
    """Each of the terms as a sentence."""
    if terms is None:
        return []
    said = []
    if terms.profit:
        said.append(f"{rate(terms.profit)} profit on change orders, {PROFIT_ON[terms.profit_on]}")
    markups = {column: getattr(terms.markups, column) for column in _RATES.values()}
    said += [f"{rate(markup)} on the {column} of tickets" for column, markup in markups.items() if markup]
    return said


FORM_WORDS: Mapping[str, Any] = {
    "PROFIT_ON": PROFIT_ON,
    "changes_as_typed": changes_as_typed,
    "changes_in_words": changes_in_words,
}
"""All of it, for the templates of a contract."""
