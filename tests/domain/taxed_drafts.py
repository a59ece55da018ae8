"""Drafts of a taxed contract with one thing wrong about the tax, for the page of reasons."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.law import Verified
from contracts_app.domain.retainage.retainage_tax import TaxRegime
from contracts_app.domain.tax.contract_tax import TaxLaw, TaxTerms
from contracts_app.domain.tax.reverse_charge import ReverseChargeRule, Scheme
from contracts_app.domain.tax.tax import TaxCategory, TaxRate, TaxTreatment
from contracts_app.domain.tax.tax_point import TaxRule
from contracts_app.law import table
from tests.domain.agreements import claims, snapshot, sov, terms

PERIOD = date(2024, 5, 14)


def law(as_of: date = PERIOD) -> TaxLaw:
    """The tables of the law, read on this day, the standard rate of DE among them."""
    standard = TaxRate(
        jurisdiction="DE",
        category=TaxCategory.standard,
        rate=Decimal("0.19"),
        citation="UStG § 12(1)",
        effective_from=date(2021, 1, 1),
        source="by hand",
        as_of=as_of,
        verified=Verified.source,
    )
    rules = tuple(one.model_copy(update={"as_of": PERIOD}) for one in table("tax_rules", TaxRule))
    schemes = table("reverse_charge", ReverseChargeRule)
    return TaxLaw(
        rates=(standard,),
        rules=rules,
        regimes=table("retainage_tax", TaxRegime),
        schemes=tuple(one.model_copy(update={"as_of": PERIOD}) for one in schemes),
    )


def taxed(
    category: str = "standard",
    *,
    known: TaxLaw | None = None,
    scheme: Scheme | None = None,
    **parties: str,
) -> Snapshot:
    """A draft of 1.00 by a contract under the tax of DE."""
    agreed: Any = terms(
        "9",
        currency="EUR",
        tax=TaxTerms(
            treatments=(TaxTreatment(jurisdiction="DE", category=TaxCategory(category)),),
            reverse_charge=scheme,
        ),
    )
    captured = (known or law()).captured_on(agreed.tax, (), PERIOD, PERIOD)
    said = {"our_number": "DE000000000", "our_country": "DE", "client_country": "AT", **parties}
    return snapshot(
        agreed,
        [sov(1, "9")],
        claims({1: ("1", "0")}),
        period_to=PERIOD,
        tax=captured.model_copy(update=said),
    )
