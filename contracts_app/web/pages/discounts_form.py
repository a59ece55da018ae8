"""Discounts on the invoices of a contract, as a form types them and as a page says them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contracts_app.domain.tax.agreed_discounts import DiscountTerms
from contracts_app.domain.tax.discounts import BandMode
from contracts_app.web.pages.formatting import amount_typed, rate
from contracts_app.web.pages.forms import Form, typed_amount, typed_rate
from contracts_app.web.problems import FieldError, WrongBody

BAND_MODES: Mapping[str, str] = {
    BandMode.marginal.value: "of the part above each amount",
    BandMode.whole.value: "of all that is billed, once it is above the amount",
}
_BANDS = "amounts and percentages like 50000: 2; 100000: 3"
_LINES = "item numbers and percentages like 1: 10; 3: 0"


def typed_discounts(form: Form, currency: str) -> dict[str, Any] | None:
    """The discounts that the form says; None where none is typed. Raises WrongBody."""
    found: dict[str, Any] = {}
    if form.get("discount_courtesy"):
        found["courtesy"] = typed_rate(form, "discount_courtesy")
    if form.get("discount_lines"):
        found["lines"] = [
            {"item_no": item, "rate": percent}
            for item, percent in _pairs(form, "discount_lines", _LINES, lambda text: text)
        ]
    if form.get("discount_bands"):
        found["volume"] = {
            "mode": form.get("discount_mode") or BandMode.marginal.value,
            "bands": [
                {"above": above, "rate": percent}
                for above, percent in _pairs(
                    form, "discount_bands", _BANDS, lambda text: typed_amount({"a": text}, "a", currency)
                )
            ],
        }
    return found or None


def _pairs(form: Form, name: str, expected: str, read: Callable[[str], str]) -> list[tuple[str, str]]:
    text = form[name]
    found = []
    try:
        for part in text.split(";"):
            left, colon, percent = part.rpartition(":")
            if not colon or not left.strip():
                raise WrongBody(FieldError(name, text, expected))
            found.append((read(left.strip()), typed_rate({name: percent.strip()}, name)))
    except WrongBody as wrong:
        raise WrongBody(FieldError(name, text, expected)) from wrong
    return found


def discounts_as_typed(terms: DiscountTerms | None, currency: str) -> dict[str, str]:
    """What the fields of the form hold for these discounts."""
    names = ("discount_courtesy", "discount_lines", "discount_bands", "discount_mode")
    if terms is None:
        return dict.fromkeys(names, "")
    volume = terms.volume
    return {
        "discount_courtesy": _percent(terms.courtesy) if terms.courtesy else "",
        "discount_lines": "; ".join(f"{one.item_no}: {_percent(one.rate)}" for one in terms.lines),
        "discount_bands": "; ".join(
            f"{amount_typed(band.above, currency) or '0'}: {_percent(band.rate)}"
            for band in (volume.bands if volume else ())
        ),
        "discount_mode": volume.mode.value if volume else "",
    }


def discounts_in_words(terms: DiscountTerms, currency: str) -> list[str]:
    """Each discount as a sentence, in the order in which they come off."""
    typed = discounts_as_typed(terms, currency)
    said = [f"line {one.item_no}: {_percent(one.rate)} % off" for one in terms.lines if one.rate]
    said += [f"line {one.item_no}: bears no discount" for one in terms.lines if not one.rate]
    if terms.volume:
        said.append(f"by volume, {BAND_MODES[terms.volume.mode]}: {typed['discount_bands']} %")
    if terms.courtesy:
        said.append(f"{_percent(terms.courtesy)} % courtesy on what is left")
    return said


def _percent(fraction: Any) -> str:
    return rate(fraction).removesuffix(" %") or "0"


DISCOUNT_WORDS: Mapping[str, Any] = {
    "BAND_MODES": BAND_MODES,
    "discounts_as_typed": discounts_as_typed,
    "discounts_in_words": discounts_in_words,
}
"""All of it, for the templates of a contract."""
