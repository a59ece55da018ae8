"""What was agreed, in words, and the choices that the forms of a contract offer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.checking.submission_terms import NOTHING_ASKED
from contracts_app.domain.contract import HourRounding, MinimumPer
from contracts_app.web.pages import address_form, changes_form, maximum_form, overtime_form
from contracts_app.web.pages.advance_form import ADVANCE_WORDS
from contracts_app.web.pages.discounts_form import DISCOUNT_WORDS
from contracts_app.web.pages.early_payment_form import EARLY_WORDS
from contracts_app.web.pages.exchange_form import EXCHANGE_WORDS
from contracts_app.web.pages.formatting import hours
from contracts_app.web.pages.limits_form import FORM_WORDS as LIMIT_WORDS
from contracts_app.web.pages.retainage_form import FORM_WORDS
from contracts_app.web.pages.submission_form import FORM_WORDS as SUBMISSION_WORDS
from contracts_app.web.pages.tax_form import TAX_WORDS

BASES: Mapping[str, tuple[Basis, bool, str]] = {
    "lump_sum": (Basis.lump_sum, True, "fixed sum, as the work is reported"),
    "milestone": (Basis.milestone, True, "fixed sum, by milestones"),
    "percent_complete": (Basis.percent_complete, True, "fixed sum, percent complete"),
    "unit_price": (Basis.unit_price, False, "unit price, as measured"),
    "recurring": (Basis.recurring, True, "a fee for each period"),
    "time_and_materials": (Basis.time_and_materials, True, "by time, not to exceed"),
    "time_estimate": (Basis.time_and_materials, False, "by time, an estimate"),
    "cost_plus": (Basis.cost_plus, True, "cost plus a fee, not to exceed"),
    "cost_estimate": (Basis.cost_plus, False, "cost plus a fee, an estimate"),
}
"""What a line can be billed by: basis, whether its value is a limit, and the words for both."""
_ESTIMATES: Mapping[str, str] = {
    Basis.time_and_materials: "time_estimate",
    Basis.cost_plus: "cost_estimate",
}
ROUNDINGS: Mapping[str, str] = {
    "1": "as worked",
    "36": "to the nearest hundredth of an hour",
    "360": "to the nearest tenth of an hour (6 minutes)",
    "360-up": "up to the next tenth of an hour (6 minutes)",
    "900": "to the nearest quarter of an hour",
    "900-up": "up to the next quarter of an hour",
    "1800": "to the nearest half hour",
    "3600": "to the nearest hour",
    "3600-up": "up to the next hour",
}
AT_CAP: Mapping[str, str] = {
    "bill_to_cap": "billed up to the limit; the rest waits until it is raised",
    "hold_whole_entries": "billed by whole entries that fit under the limit",
}
DETAIL: Mapping[str, str] = {
    "entry": "every entry",
    "person_and_day": "a line for each person's day",
    "person": "a line for each person and rate",
    "line": "one sum for each line",
}
BACKUP: Mapping[str, str] = {
    "no": "nothing more",
    "yes": "every entry as an annex",
}
OWED: Mapping[str, str] = {
    "certification": "once the client has certified it",
    "submission": "at submission; the client certifies it too",
    "issue": "when it is issued; nobody certifies",
}
_ROUNDING = re.compile(r"([0-9]{1,4})(-up)?(?:-least-([0-9]{1,5})-(entry|day))?\Z", re.ASCII)


def basis_key(basis: str, not_to_exceed: bool) -> str:
    """The choice of `BASES` that a line has."""
    return _ESTIMATES.get(basis, str(basis)) if not not_to_exceed else str(basis)


def basis_in_words(basis: str, not_to_exceed: bool) -> str:
    """What a line is billed by."""
    return BASES[basis_key(basis, not_to_exceed)][2]


def rounding_key(rounding: HourRounding) -> str:
    """The value of the choice that a rounding is."""
    least = f"-least-{rounding.minimum_seconds}-{rounding.minimum_per}" if rounding.minimum_seconds else ""
    return f"{rounding.unit_seconds}{'-up' if rounding.up else ''}{least}"


def rounding_in_words(rounding: HourRounding) -> str:
    """How time is rounded."""
    known = ROUNDINGS.get(rounding_key(rounding.model_copy(update={"minimum_seconds": 0})))
    unit = known or f"{'up to the next' if rounding.up else 'to the nearest'} {rounding.unit_seconds} seconds"
    if not rounding.minimum_seconds:
        return unit
    whose = "a person's day" if rounding.minimum_per is MinimumPer.day else "each entry"
    return f"{unit}, at least {hours(rounding.minimum_seconds)} h for {whose}"


def roundings_with(current: HourRounding | None) -> Mapping[str, str]:
    """The choices, and what is agreed if it is none of them."""
    agreed = {rounding_key(current): rounding_in_words(current)} if current else {}
    return {**ROUNDINGS, **agreed}


def rounding_of(key: str) -> dict[str, object] | None:
    """The rounding that a choice means, as a command takes it; None for no such choice."""
    matched = _ROUNDING.match(key)
    if matched is None:
        return None
    rounding: dict[str, object] = {"unit_seconds": int(matched[1]), "up": matched[2] is not None}
    if matched[3] is not None:
        rounding |= {"minimum_seconds": int(matched[3]), "minimum_per": matched[4]}
    return rounding


def owed_key(receivable_arises: str, certified_by_client: bool) -> str:
    """The choice of `OWED` that terms have."""
    return str(receivable_arises) if certified_by_client else "issue"


WORDS: Mapping[str, Any] = {
    "BASES": BASES,
    "AT_CAP": AT_CAP,
    "OWED": OWED,
    "DETAIL": DETAIL,
    "BACKUP": BACKUP,
    "basis_key": basis_key,
    "basis_in_words": basis_in_words,
    "rounding_key": rounding_key,
    "rounding_in_words": rounding_in_words,
    "roundings_with": roundings_with,
    "owed_key": owed_key,
    **FORM_WORDS,
    **overtime_form.FORM_WORDS,
    **address_form.FORM_WORDS,
    **changes_form.FORM_WORDS,
    **SUBMISSION_WORDS,
    "NOTHING_ASKED": NOTHING_ASKED,
    **LIMIT_WORDS,
    **TAX_WORDS,
    **maximum_form.FORM_WORDS,
    **ADVANCE_WORDS,
    **EARLY_WORDS,
    **EXCHANGE_WORDS,
    **DISCOUNT_WORDS,
}
"""All of it, for the templates of a contract."""
