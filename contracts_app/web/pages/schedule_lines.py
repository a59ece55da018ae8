"""A line of the schedule of values as people type it, and as the grid shows it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from contracts_app.domain.billing.recurring import RecurringTerms, whole_term
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.billing.unit_price import UnitPrice
from contracts_app.domain.commands.agreement_commands import ScheduleRow
from contracts_app.store.views import schedule_page
from contracts_app.web.pages import cost_terms
from contracts_app.web.pages.agreed_words import BASES, basis_key
from contracts_app.web.pages.cost_terms import COST_COLUMNS, shown_terms, typed_terms
from contracts_app.web.pages.formatting import money, price, quantity
from contracts_app.web.pages.formatting import rate as in_percent
from contracts_app.web.pages.forms import typed_rate
from contracts_app.web.pages.tax_form import NotATreatment, line_in_words, typed_line_tax
from contracts_app.web.pages.typed_amounts import NotAnAmount, number, percentage
from contracts_app.web.pages.typed_rows import Row
from contracts_app.web.problems import WrongBody, together

Terms = TypeVar("Terms", bound=BaseModel)
Line = ScheduleRow | schedule_page.ScheduleRow
"""A line as it is said, or as it is stored."""
MEASURE_COLUMNS: Mapping[str, str] = {
    "unit": "Unit",
    "estimated_quantity": "Estimate",
    "price": "Unit price",
    "band": "Band, ± %",
    "price_above": "Price above the band",
    "price_short": "Price for a shortfall",
}
"""Shown where a line is billed by unit price."""
FEE_COLUMNS: Mapping[str, str] = {
    "per_period": "Per period",
    "months": "Months",
    "anchor": "A period begins",
    "starts_on": "First day",
    "ends_on": "Last day",
    "due": "Due",
}
"""Shown where a line is a fee for each period."""
LINE_COLUMNS: Mapping[str, str] = {
    "item_no": "Item",
    "description": "Description",
    "scheduled_value": "Value",
    "basis": "Billed",
    "retainage_rate": "Retainage, %",
    **MEASURE_COLUMNS,
    **FEE_COLUMNS,
    **COST_COLUMNS,
    "tax": "Tax",
}
DUE: Mapping[str, str] = {"end": "when it has ended", "start": "in advance"}
"""When a period is due."""


def typed_line(row: Row, currency: str, taxed_in: str = "") -> dict[str, Any]:
    """A row as a line of `set_schedule`. Raises WrongBody with every cell that is wrong.

    The value of a line of unit prices, or of a fee with a last day, may be left out: it follows. `taxed_in`
    is where the contract is taxed.
    """
    item_no, description, billed, rate, tax = together(
        lambda: row.text("item_no"),
        lambda: row.text("description"),
        lambda: _billed(row, currency),
        lambda: _own_rate(row),
        lambda: _tax(row, taxed_in),
    )
    return {"item_no": item_no, "description": description, "retainage_rate": rate, "tax": tax, **billed}


def _tax(row: Row, taxed_in: str) -> dict[str, Any] | None:
    try:
        return typed_line_tax(row.cells.get("tax", ""), taxed_in)
    except NotATreatment as error:
        raise row.wrong(
            "tax", "a rate like reduced, or exempt: the reason; empty: as the contract"
        ) from error


def _billed(row: Row, currency: str) -> dict[str, Any]:
    """The basis of a line, what that needs, and the value."""
    basis, value = together(lambda: _basis(row), lambda: _value(row, currency))
    unit_price = _unit_price(row) if basis[0] is Basis.unit_price else None
    recurring = _recurring(row, currency) if basis[0] is Basis.recurring else None
    cost_plus = typed_terms(row, currency) if basis[0] is Basis.cost_plus else None
    if value is None:
        follows = unit_price.scheduled_value(currency) if unit_price else None
        if recurring is not None:
            follows = whole_term(recurring, currency)
        value = row.amount("scheduled_value", currency) if follows is None else f"{follows:f}"
    return {
        "scheduled_value": value,
        "basis": basis[0].value,
        "not_to_exceed": basis[1],
        "unit_price": unit_price.model_dump(mode="json") if unit_price else None,
        "recurring": recurring.model_dump(mode="json") if recurring else None,
        "cost_plus": cost_plus.model_dump(mode="json") if cost_plus else None,
    }


def _value(row: Row, currency: str) -> str | None:
    """The value as typed; None where it was left out and may follow from the line's terms."""
    follows = row.cells.get("basis") in (Basis.unit_price.value, Basis.recurring.value)
    return (
        None if follows and not row.cells.get("scheduled_value") else row.amount("scheduled_value", currency)
    )


def shown_line(line: Line, currency: str, taxed_in: str = "") -> dict[str, str]:
    """A line as the cells of the grid; `taxed_in` is where the contract is taxed."""
    return {
        "item_no": line.item_no,
        "description": line.description,
        "scheduled_value": money(line.scheduled_value, currency),
        "basis": basis_key(line.basis, line.not_to_exceed),
        "retainage_rate": in_percent(line.retainage_rate).removesuffix(" %"),
        **_shown_measure(line.unit_price),
        **_shown_fee(line.recurring, currency),
        **shown_terms(line.cost_plus, currency),
        "tax": line_in_words(line.tax, taxed_in),
    }


def empty_line(*, consulting: bool) -> dict[str, str]:
    """The cells of a row in which nothing was typed yet."""
    return {
        **dict.fromkeys(LINE_COLUMNS, ""),
        "basis": "time_and_materials" if consulting else "lump_sum",
        "due": "end",
        "portion": "work",
    }


def terms_in_words(line: Line, currency: str) -> str:
    """What a line says of its unit price, fee, costs or own tax, in a few words; nothing for other lines."""
    said = _basis_in_words(line, currency)
    tax = f"tax: {line_in_words(line.tax)}" if line.tax else ""
    return "; ".join(part for part in (said, tax) if part)


def _basis_in_words(line: Line, currency: str) -> str:
    if line.cost_plus is not None:
        return cost_terms.terms_in_words(line.cost_plus, currency)
    if line.unit_price is not None:
        agreed = line.unit_price
        said = f"{quantity(agreed.estimated_quantity)} {agreed.unit} at {price(agreed.price)}"
        band = agreed.variation
        return said if band is None else f"{said}, band +{in_percent(band.above)} −{in_percent(band.below)}"
    if line.recurring is not None:
        fee = line.recurring
        every = "month" if fee.months == 1 else f"{fee.months} months"
        until = f" to {fee.ends_on}" if fee.ends_on else ""
        return f"{money(fee.amount, currency)} every {every} from {fee.first_day}{until}"
    return ""


def _shown_measure(agreed: UnitPrice | None) -> dict[str, str]:
    if agreed is None:
        return dict.fromkeys(MEASURE_COLUMNS, "")
    band = agreed.variation
    return {
        "unit": agreed.unit,
        "estimated_quantity": quantity(agreed.estimated_quantity),
        "price": price(agreed.price),
        "band": _shown_band(band.above, band.below) if band else "",
        "price_above": price(band.price_above) if band else "",
        "price_short": price(band.price_short) if band else "",
    }


def _shown_band(above: Decimal, below: Decimal) -> str:
    both = [in_percent(part).removesuffix(" %") for part in (above, below)]
    return both[0] if above == below else "/".join(both)


def _shown_fee(agreed: RecurringTerms | None, currency: str) -> dict[str, str]:
    if agreed is None:
        return {**dict.fromkeys(FEE_COLUMNS, ""), "due": "end"}
    return {
        "per_period": money(agreed.amount, currency),
        "months": str(agreed.months),
        "anchor": agreed.anchor.isoformat(),
        "starts_on": agreed.starts_on.isoformat() if agreed.starts_on else "",
        "ends_on": agreed.ends_on.isoformat() if agreed.ends_on else "",
        "due": "start" if agreed.in_advance else "end",
    }


def _basis(row: Row) -> tuple[Basis, bool, str]:
    known = BASES.get(row.cells.get("basis", ""))
    if known is None:
        raise row.wrong("basis", "one of the list")
    return known


def _own_rate(row: Row) -> str | None:
    text = row.cells.get("retainage_rate", "")
    if not text:
        return None
    try:
        return typed_rate({"retainage_rate": text}, "retainage_rate")
    except WrongBody as wrong:
        raise row.wrong("retainage_rate", wrong.errors[0].expected) from wrong


def _unit_price(row: Row) -> UnitPrice:
    unit, estimated, unit_price, band, above, short = together(
        lambda: row.text("unit"),
        lambda: _number(row, "estimated_quantity", "a quantity like 120.5"),
        lambda: _number(row, "price", "a price like 47.85"),
        lambda: _band(row),
        lambda: _optional(row, "price_above"),
        lambda: _optional(row, "price_short"),
    )
    if band is None and (above is not None or short is not None):
        raise row.wrong("band", "the band beyond which that price applies, like 15")
    variation = None
    if band is not None:
        variation = {"above": band[0], "below": band[1], "price_above": above, "price_short": short}
    return _agreed(
        row,
        UnitPrice,
        {"unit": unit, "price": unit_price, "estimated_quantity": estimated, "variation": variation},
        {"variation": "band"},
    )


def _recurring(row: Row, currency: str) -> RecurringTerms:
    per_period, anchor, starts_on, ends_on, months = together(
        lambda: row.amount("per_period", currency),
        lambda: row.day("anchor"),
        lambda: row.day("starts_on"),
        lambda: row.day("ends_on"),
        lambda: _months(row),
    )
    if anchor is None:
        raise row.wrong("anchor", "a date like 2025-01-31")
    if row.cells.get("due", "end") not in DUE:
        raise row.wrong("due", "one of the list")
    return _agreed(
        row,
        RecurringTerms,
        {
            "amount": per_period,
            "anchor": anchor,
            "months": months,
            "starts_on": starts_on,
            "ends_on": ends_on,
            "in_advance": row.cells.get("due") == "start",
        },
        {"amount": "per_period"},
    )


def _months(row: Row) -> int:
    text = row.cells.get("months", "") or "1"
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:3]) <= 12:
        raise row.wrong("months", "a number of months from 1 to 12")
    return int(text)


def _number(row: Row, column: str, expected: str) -> str:
    text = row.cells.get(column, "")
    try:
        return f"{number(text):f}"
    except NotAnAmount as error:
        raise row.wrong(column, expected) from error


def _optional(row: Row, column: str) -> str | None:
    return _number(row, column, "a price like 47.85") if row.cells.get(column) else None


def _band(row: Row) -> Sequence[str] | None:
    """`15` for both sides, `25/10` for above and below; None where no band is agreed."""
    text = row.cells.get("band", "")
    if not text:
        return None
    parts = text.split("/")
    try:
        if len(parts) > 2:
            raise NotAnAmount
        fractions = [f"{percentage(part):f}" for part in parts]
    except NotAnAmount as error:
        raise row.wrong("band", "a percentage like 15, or above/below like 25/15") from error
    return [fractions[0], fractions[-1]]


def _agreed(row: Row, model: type[Terms], values: Mapping[str, object], columns: Mapping[str, str]) -> Terms:
    """The terms with these values. Raises WrongBody for the first cell that makes none."""
    try:
        return model.model_validate(values)
    except ValidationError as wrong:
        error = wrong.errors(include_url=False)[0]
        place = str(error["loc"][0]) if error["loc"] else "ends_on"
        said = error["msg"].removeprefix("Value error, ")
        column = columns.get(place, place)
        raise row.wrong(column if column in LINE_COLUMNS else "basis", said) from wrong
