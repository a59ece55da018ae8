"""The classes of overtime of a contract, as a form types them and as a page says them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts_app.domain.contract import OvertimeClass, OvertimeConvention, OvertimeTerms
from contracts_app.web.pages.formatting import price, rate
from contracts_app.web.pages.forms import Form, typed_rate
from contracts_app.web.pages.typed_amounts import NotAnAmount, number
from contracts_app.web.problems import FieldError, WrongBody

ROWS = 2
CONVENTIONS: Mapping[str, str] = {
    "factor": "the bill rate times a factor",
    "flat_rate": "a flat rate of the rate card",
    "markup_on_pay": "what overtime is paid, times a factor, and a markup",
}
APPROVALS: Mapping[str, str] = {
    "yes": "once it is approved; else the regular rate",
    "no": "without approval",
}
_NAME = "overtime_name_"


def typed_overtime(form: Form) -> Mapping[str, Any]:
    """The terms of overtime as the form says them; nothing where the form does not ask. Raises WrongBody."""
    numbers = sorted(
        int(name.removeprefix(_NAME))
        for name in form
        if name.startswith(_NAME) and name.removeprefix(_NAME).isdecimal()
    )
    if not numbers:
        return {}
    classes = [_typed(form, place) for place in numbers if form.get(f"{_NAME}{place}")]
    return {"overtime": {"classes": classes} if classes else None}


def _typed(form: Form, place: int) -> dict[str, Any]:
    convention = form.get(f"overtime_convention_{place}") or OvertimeConvention.factor.value
    typed: dict[str, Any] = {
        "name": form[f"{_NAME}{place}"],
        "convention": convention,
        "needs_approval": form.get(f"overtime_approval_{place}", "yes") == "yes",
    }
    if convention != OvertimeConvention.flat_rate:
        typed["factor"] = _factor(form, f"overtime_factor_{place}")
    if convention == OvertimeConvention.markup_on_pay:
        typed["markup"] = typed_rate(form, f"overtime_markup_{place}")
    return typed


def _factor(form: Form, name: str) -> str:
    text = form.get(name, "")
    try:
        if not text:
            raise NotAnAmount
        return f"{number(text):f}"
    except NotAnAmount as error:
        raise WrongBody(FieldError(name, text, "a factor like 1.5")) from error


def as_typed(terms: OvertimeTerms | None) -> Mapping[str, Any]:
    """What the fields of the form hold for these terms, by name; `rows` are the numbers of its rows."""
    classes = terms.classes if terms else ()
    found: dict[str, Any] = {"rows": range(1, max(ROWS, len(classes) + 1) + 1)}
    for place, each in enumerate(classes, start=1):
        found |= {
            f"overtime_name_{place}": each.name,
            f"overtime_convention_{place}": each.convention.value,
            f"overtime_factor_{place}": "" if each.factor is None else price(each.factor),
            f"overtime_markup_{place}": rate(each.markup).removesuffix(" %"),
            f"overtime_approval_{place}": "yes" if each.needs_approval else "no",
        }
    return found


def in_words(each: OvertimeClass) -> str:
    """What an hour of the class is billed at."""
    if each.convention is OvertimeConvention.flat_rate:
        how = "its flat rate on the rate card"
    elif each.convention is OvertimeConvention.markup_on_pay:
        how = f"pay × {price(each.factor)} and {rate(each.markup)}"
    else:
        how = f"the bill rate × {price(each.factor)}"
    return f"{each.name}: {how}{', once approved' if each.needs_approval else ''}"


FORM_WORDS: Mapping[str, Any] = {
    "OVERTIME_CONVENTIONS": CONVENTIONS,
    "OVERTIME_APPROVALS": APPROVALS,
    "overtime_as_typed": as_typed,
    "overtime_in_words": in_words,
}
"""All of it, for the templates of a contract."""
