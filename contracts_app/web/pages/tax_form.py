"""How people type and read the tax of a contract and of its lines.

`DE` is the standard rate of Germany, `DE reduced` its reduced one; several taxes are joined by `+`
(`CA-QC standard GST + CA-QC standard QST`), what a reduced rate is for stands in brackets, and after a colon
why a line bears none: `DE exempt: § 4 no. 9 UStG`. A line leaves the place out where it is the contract's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.retainage.retainage_tax import Treatment
from contracts_app.domain.tax.contract_tax import LineTaxChoice, TaxTerms
from contracts_app.domain.tax.reverse_charge import Scheme
from contracts_app.domain.tax.tax import TaxCategory, TaxTreatment
from contracts_app.web.pages.forms import Form
from contracts_app.web.problems import FieldError, WrongBody

EXPECTED = "a place and a rate like DE, DE reduced or DE exempt: the reason"
_NOT_SPECIFIED = "not under the scheme"
_ONE = re.compile(
    r"(?:(?P<place>[A-Za-z]{2}(?:-[A-Za-z0-9]{1,10})?)(?:\s+|$))?"
    r"(?:(?P<category>standard|reduced|zero|exempt|reverse charge|outside scope)(?:\s+|$|(?=[:(])))?"
    r"(?P<tax>[^():+]*?)\s*(?:\((?P<applies_to>[^()]*)\))?\s*(?::\s*(?P<reason>.+))?",
    re.IGNORECASE,
)
SCHEMES: Mapping[str, str] = {
    "": "does not apply",
    Scheme.eu_services.value: "services to businesses in another country of the European Union",
    Scheme.uk_construction.value: "building work in the United Kingdom (CIS)",
}
RETAINAGE_SHOWN: Mapping[str, str] = {
    "information": "with the work; the invoice says what is kept back",
    "instalment": "with the work; the invoice has two amounts due",
    "reduces_taxable_base": "later, under the regime named",
}
FIELDS = (
    "tax_treatments", "tax_special_rule", "tax_retainage_regime", "tax_retainage_shown",
    "tax_reverse_charge", "tax_customer_in_cis", "tax_customer_is_end_user",
)  # fmt: skip
_WHAT = {
    TaxCategory.reverse_charge: "reverse charge",
    TaxCategory.outside_scope: "outside scope",
}


class NotATreatment(ValueError):
    """A text that says no tax."""


def treatments_of(text: str, place: str = "") -> list[dict[str, Any]]:
    """What a text says of tax, as a command takes it. Raises NotATreatment."""
    found = []
    for part in text.split(" + "):
        matched = _ONE.fullmatch(part.strip())
        if matched is None or not part.strip():
            raise NotATreatment
        said = matched.groupdict()
        jurisdiction = (said["place"] or place).upper()
        if not jurisdiction or (said["tax"] and not said["category"]):
            raise NotATreatment
        reason = (said["reason"] or "").strip() or None
        found.append(
            {
                "jurisdiction": jurisdiction,
                "category": (said["category"] or "standard").lower().replace(" ", "_"),
                "tax": said["tax"].strip(),
                "applies_to": (said["applies_to"] or "").strip(),
                "reason": reason,
            }
        )
    return found


def taxed_in(terms: ContractTerms) -> str:
    """Where a contract is taxed; nothing where its terms say nothing of tax."""
    return terms.tax.jurisdiction if terms.tax else ""


def in_words(treatments: Sequence[TaxTreatment], place: str = "") -> str:
    """The treatments as `treatments_of` reads them again; without the place where it is this one."""
    return " + ".join(_one(each, place) for each in treatments)


def _one(each: TaxTreatment, place: str) -> str:
    plain = not (each.tax or each.applies_to or each.reason)
    standard = each.category is TaxCategory.standard and plain and each.jurisdiction != place
    parts = [
        "" if each.jurisdiction == place else each.jurisdiction,
        "" if standard else _WHAT.get(each.category, each.category.value),
        each.tax,
        f"({each.applies_to})" if each.applies_to else "",
    ]
    said = " ".join(part for part in parts if part)
    return f"{said}: {each.reason}" if each.reason else said


def typed_line_tax(text: str, place: str) -> dict[str, Any] | None:
    """What a cell says of a line's tax; None for an empty one. Raises NotATreatment."""
    if not text:
        return None
    said, comma, rest = text.rpartition(",")
    apart = bool(comma) and rest.strip().lower() == _NOT_SPECIFIED
    if text.strip().lower() == _NOT_SPECIFIED:
        raise NotATreatment
    return {"treatments": treatments_of(said if apart else text, place), "specified": not apart}


def line_in_words(choice: LineTaxChoice | None, place: str = "") -> str:
    """A line's tax as `typed_line_tax` reads it again."""
    if choice is None:
        return ""
    said = in_words(choice.treatments, place)
    return said if choice.specified else f"{said}, {_NOT_SPECIFIED}"


def typed_tax(form: Form) -> dict[str, Any] | None:
    """The tax that the form says; None where no treatment is typed. Raises WrongBody."""
    text = form.get("tax_treatments", "")
    if not text:
        typed = next((name for name in FIELDS if form.get(name) not in (None, "", "no", "information")), None)
        if typed is not None:
            raise WrongBody(FieldError("tax_treatments", "", EXPECTED))
        return None
    try:
        treatments = treatments_of(text)
    except NotATreatment as error:
        raise WrongBody(FieldError("tax_treatments", text, EXPECTED)) from error
    return {
        "treatments": treatments,
        "special_rule": form.get("tax_special_rule", ""),
        "retainage_regime": form.get("tax_retainage_regime", ""),
        "retainage_shown": form.get("tax_retainage_shown") or "information",
        "reverse_charge": form.get("tax_reverse_charge") or None,
        "customer_in_cis": form.get("tax_customer_in_cis") == "yes",
        "customer_is_end_user": form.get("tax_customer_is_end_user") == "yes",
    }


def tax_as_typed(terms: TaxTerms | None) -> dict[str, str]:
    """What the fields of the form hold for these terms."""
    if terms is None:
        return dict.fromkeys(FIELDS, "")
    return {
        "tax_treatments": in_words(terms.treatments),
        "tax_special_rule": terms.special_rule,
        "tax_retainage_regime": terms.retainage_regime,
        "tax_retainage_shown": terms.retainage_shown.value,
        "tax_reverse_charge": terms.reverse_charge.value if terms.reverse_charge else "",
        "tax_customer_in_cis": "yes" if terms.customer_in_cis else "no",
        "tax_customer_is_end_user": "yes" if terms.customer_is_end_user else "no",
    }


def tax_in_words(terms: TaxTerms | None) -> list[str]:
    """What the terms say of tax, as sentences; nothing where they say nothing."""
    if terms is None:
        return []
    said = [in_words(terms.treatments)]
    if terms.special_rule:
        said.append(f"by the rule for {terms.special_rule}")
    if terms.retainage_regime:
        said.append(f"retainage is taxed later: {terms.retainage_regime}")
    if terms.retainage_shown is Treatment.instalment:
        said.append("retainage is a second amount due of the same invoice")
    if terms.reverse_charge:
        said.append(f"reverse charge: {SCHEMES[terms.reverse_charge]}")
    return said


TAX_WORDS: Mapping[str, Any] = {
    "SCHEMES": SCHEMES,
    "RETAINAGE_SHOWN": RETAINAGE_SHOWN,
    "tax_as_typed": tax_as_typed,
    "tax_in_words": tax_in_words,
    "line_tax_in_words": line_in_words,
}
"""All of it, for the templates of a contract."""
