"""The addresses that lines of a contract are billed to, as a form types them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts_app.domain.billing.bill_to import REST, Addresses
from contracts_app.web.pages.forms import Form

ROWS = 2
_NAME = "address_name_"


def typed_addresses(form: Form) -> Mapping[str, Any]:
    """The addresses as the form says them; nothing where the form does not ask."""
    numbers = sorted(
        int(name.removeprefix(_NAME))
        for name in form
        if name.startswith(_NAME) and name.removeprefix(_NAME).isdecimal()
    )
    if not numbers:
        return {}
    each = [
        {
            "name": form[f"{_NAME}{place}"],
            "item_nos": [
                one.strip() for one in form.get(f"address_lines_{place}", "").split(",") if one.strip()
            ],
            "addressee": form.get(f"addressee_{place}", ""),
            "address": form.get(f"address_{place}", ""),
            "email": form.get(f"address_email_{place}") or None,
        }
        for place in numbers
        if form.get(f"{_NAME}{place}")
    ]
    return {"bill_to": {"each": each} if each else None}


def _items(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def as_typed(terms: Addresses | None) -> Mapping[str, Any]:
    """What the fields of the form hold for these terms, by name; `rows` are the numbers of its rows."""
    each = terms.each if terms else ()
    found: dict[str, Any] = {"rows": range(1, max(ROWS, len(each) + 1) + 1)}
    for place, one in enumerate(each, start=1):
        found |= {
            f"address_name_{place}": one.name,
            f"address_lines_{place}": ", ".join(one.item_nos),
            f"addressee_{place}": one.addressee,
            f"address_{place}": one.address,
            f"address_email_{place}": one.email or "",
        }
    return found


def called(name: str | None) -> str:
    """Whom an invoice is for, where a contract has several addresses; empty where it has one."""
    if name is None:
        return ""
    return "the client itself" if name == REST else name


FORM_WORDS: Mapping[str, Any] = {"addresses_as_typed": as_typed}
"""All of it, for the templates of a contract."""
