"""What a command may say has a size: no text, list or number of it grows without end.

What was stored before a size was set is still read as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from contracts_app.domain import canonical
from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.commands.every_command import Body
from contracts_app.domain.expenses.mileage import Journey
from contracts_app.domain.expenses.per_diem import Trip
from contracts_app.domain.tax.tax import TaxTreatment

SIZED_BY = {
    "string": {"maxLength", "pattern", "format", "enum", "const"},
    "array": {"maxItems"},
    "integer": {"maximum", "exclusiveMaximum", "enum", "const"},
}
DAY = {"on": "2024-10-07", "locality": "M&IE 68"}
DRIVEN = {"on": "2024-10-07", "distance": "10"}


def _unsized(node: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(known := node.get("type"), str) and SIZED_BY.get(known, {"type"}).isdisjoint(node):
            yield f"{'/'.join(path)}: {known}"
        for name, part in node.items():
            yield from _unsized(part, (*path, name))
    elif isinstance(node, list):
        for part in node:
            yield from _unsized(part, path)


def test_everything_that_a_command_says_has_a_size() -> None:
    models = TypeAdapter(Body).json_schema()["$defs"]
    assert len(models) > 100
    unsized = [
        f"{name}/{one}" for name, model in models.items() for one in _unsized(model.get("properties", {}))
    ]
    assert not unsized


@pytest.mark.parametrize(
    ("model", "known", "field", "most", "too_much"),
    [
        (Trip, {"jurisdiction": "US", "days": [DAY]}, "jurisdiction", "U" * 200, "U" * 201),
        (Journey, DRIVEN, "description", "d" * 500, "d" * 501),
        (TaxTreatment, {"jurisdiction": "GB"}, "jurisdiction", "G" * 200, "G" * 201),
        (TaxTreatment, {"jurisdiction": "GB"}, "tax", "V" * 200, "V" * 201),
        (TaxTreatment, {"jurisdiction": "GB"}, "applies_to", "b" * 200, "b" * 201),
        (Entry, {"line_id": str(UUID(int=1))}, "fraction_to_date", "100", "100.000000000001"),
        (Entry, {"line_id": str(UUID(int=1))}, "fraction_this_period", "-100", "-100.01"),
    ],
)
def test_the_size_itself_fits_and_a_bit_more_does_not(
    model: type[BaseModel], known: dict[str, Any], field: str, most: str, too_much: str
) -> None:
    said = model.model_validate(known | {field: most})
    assert str(getattr(said, field)) == most
    with pytest.raises(ValidationError, match=field):
        model.model_validate(known | {field: too_much})


def test_what_was_stored_before_is_read_and_hashed_as_it_was() -> None:
    """A slip of 2,500 %, a place written with blanks: sizes are set, nothing is trimmed."""
    slip = Entry.model_validate({"line_id": str(UUID(int=1)), "fraction_to_date": "25"})
    assert slip.fraction_to_date == Decimal(25)
    place = TaxTreatment.model_validate({"jurisdiction": " gb ", "tax": " VAT", "applies_to": "bridges "})
    assert canonical.text(place) == (
        '{"applies_to":"bridges ","category":"standard","jurisdiction":" gb ","reason":null,"tax":" VAT"}'
    )
