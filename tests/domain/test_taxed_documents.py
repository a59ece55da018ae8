"""Applications under tax with discounts and retainage, in the invoice's currency and in that of the books,
worked by hand.

Work of 2,000 and 1,000 after 1,000 and 500; 10 % of all that is billed to date off from 2,500 on: 450 of
4,500, nothing of the 1,500 before, shared as the work, 300 and 150. Taxed are 1,700 at 20 % and 850 at 5 %.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts_app.domain.billing.booked import booked, booked_if_known
from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.invoiced import in_invoice_currency, invoiced_if_known, owed_for
from contracts_app.domain.billing.pay_application import PreviousCertificate, PreviousLine
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.taxed import DocumentTax, asked_of_lines, is_reversed, tax_of
from contracts_app.domain.money import total
from contracts_app.domain.refusals import Refused
from contracts_app.domain.retainage.retainage_tax import TaxRegime, Treatment
from contracts_app.domain.tax.agreed_discounts import DiscountTerms
from contracts_app.domain.tax.books import DraftExchange, RateDay
from contracts_app.domain.tax.contract_tax import LineTaxChoice, RetainedBefore, TaxLaw, TaxTerms
from contracts_app.domain.tax.currency import ExchangeRate
from contracts_app.domain.tax.discounts import Band, BandMode, VolumeDiscount
from contracts_app.domain.tax.invoicing import DraftInvoicing
from contracts_app.domain.tax.reverse_charge import ReverseChargeRule, Scheme
from contracts_app.domain.tax.tax import TaxCategory, TaxRate, TaxTreatment
from contracts_app.domain.tax.tax_point import TaxPoint, TaxRule
from contracts_app.law import table
from tests.domain.agreements import claims, decimals, identity, snapshot, sov, terms

PERIOD, ISSUED = date(2024, 5, 14), date(2024, 5, 20)
ONE, TWO = identity("line 1"), identity("line 2")
STANDARD = TaxTreatment(jurisdiction="GB", category=TaxCategory.standard)
REDUCED = LineTaxChoice(treatments=(TaxTreatment(jurisdiction="GB", category=TaxCategory.reduced),))
BY_VOLUME = DiscountTerms(
    volume=VolumeDiscount(mode=BandMode.whole, bands=(Band(above=Decimal(2500), rate=Decimal("0.10")),))
)
BEFORE = PreviousCertificate(
    application_no=1,
    period_to=date(2024, 4, 14),
    line6=Decimal(1350),
    lines=(
        PreviousLine(line_id=ONE, completed=Decimal(1000)),
        PreviousLine(line_id=TWO, completed=Decimal(500)),
    ),
)


def document(taxed: TaxTerms | None, off: DiscountTerms | None = BY_VOLUME, **more: Any) -> Snapshot:
    """The second application of two lines, in pounds, 10 % retainage."""
    law = TaxLaw(
        rates=table("tax_rates", TaxRate),
        rules=table("tax_rules", TaxRule),
        regimes=table("retainage_tax", TaxRegime),
        schemes=table("reverse_charge", ReverseChargeRule),
    )
    if taxed is not None:
        held = (
            RetainedBefore(line_id=ONE, amount=Decimal(100)),
            RetainedBefore(line_id=TWO, amount=Decimal(50)),
        )
        captured = law.captured_on(taxed, (REDUCED,), PERIOD, PERIOD)
        more = {"tax": captured.model_copy(update={"retained_before": held}), **more}
    return snapshot(
        terms("10000", currency="GBP", tax=taxed, discounts=off),
        [sov(1, "6000"), sov(2, "4000").model_copy(update={"tax": REDUCED if taxed else None})],
        claims({1: ("2000", "0"), 2: ("1000", "0")}),
        number=2,
        period_to=PERIOD,
        previous=BEFORE,
        **more,
    )


def taxed_of(drawn: Snapshot, on: date | None = None) -> DocumentTax:
    found = tax_of(drawn, draft(drawn), on)
    assert found is not None
    return found


AS_INSTALMENT = TaxTerms(treatments=(STANDARD,), retainage_shown=Treatment.instalment)
TAXED_LATER = TaxTerms(
    treatments=(STANDARD,),
    special_rule="periodic payments",
    retainage_regime="regulation_93",
    retainage_shown=Treatment.reduces_taxable_base,
)


def test_retainage_that_is_taxed_with_the_work_is_paid_later() -> None:
    """Tax 340 + 42.50; of 2,932.50 with tax the 300 of retainage is due later: 2,700 - 450 + 382.50 now."""
    found = taxed_of(document(AS_INSTALMENT), ISSUED)
    assert (found.net, found.tax, found.gross) == decimals("2550", "382.50", "2932.50")
    assert (found.discount, found.retained, found.due) == decimals("450", "300", "2632.50")
    assert [(one.line_id, one.net, one.tax) for one in found.lines] == [
        (ONE, *decimals("1700", "340")),
        (TWO, *decimals("850", "42.50")),
    ]
    assert found.retainage is not None
    assert (found.retainage.treatment, found.retainage.withheld) == (Treatment.instalment, Decimal(300))
    assert found.tax_date == ISSUED  # VAT Act 1994 s. 6: within fourteen days of the supply
    assert taxed_of(document(AS_INSTALMENT)).tax_date == PERIOD


def test_retainage_that_is_taxed_later_reduces_what_is_taxed() -> None:
    """300 and 150 held after 100 and 50: 200 and 100 less to tax, 1,500 and 750 (VAT Regulations reg. 93)."""
    found = taxed_of(document(TAXED_LATER), ISSUED)
    assert [(one.line_id, one.net) for one in found.lines] == [(ONE, Decimal(1500)), (TWO, Decimal(750))]
    assert (found.net, found.tax, found.gross) == decimals("2250", "337.50", "2587.50")
    assert (found.retained, found.due) == decimals("0", "2587.50")
    assert found.retainage is not None
    assert found.retainage.treatment is Treatment.reduces_taxable_base
    assert found.retainage.withheld == Decimal(300)
    assert found.tax_date == ISSUED


def test_a_line_that_held_nothing_before_is_taxed_less_all_that_it_holds() -> None:
    drawn = document(TAXED_LATER, None)
    assert drawn.tax is not None
    first = drawn.model_copy(update={"tax": drawn.tax.model_copy(update={"retained_before": ()})})
    assert [one.net for one in taxed_of(first).lines] == [Decimal(1700), Decimal(850)]


def test_by_payment_the_invoice_bears_the_rate_of_its_own_day() -> None:
    drawn = document(AS_INSTALMENT)
    assert drawn.tax is not None
    assert drawn.tax.rule is not None
    rule = drawn.tax.rule.model_copy(update={"tax_point": TaxPoint.payment})
    paid = drawn.model_copy(update={"tax": drawn.tax.model_copy(update={"rule": rule})})
    assert (taxed_of(paid).tax_date, taxed_of(paid, ISSUED).tax_date) == (PERIOD, ISSUED)


@pytest.mark.parametrize(
    ("lacks", "code"), [({"rule": None}, "no_tax_rule"), ({"regime": None}, "no_tax_regime")]
)
def test_what_the_tables_do_not_say_is_refused(lacks: dict[str, Any], code: str) -> None:
    drawn = document(TAXED_LATER)
    assert drawn.tax is not None
    unknown = drawn.model_copy(update={"tax": drawn.tax.model_copy(update=lacks)})
    with pytest.raises(Refused) as refused:
        tax_of(unknown, draft(unknown))
    assert refused.value.code == code


def test_tax_terms_without_what_was_captured_say_no_tax() -> None:
    drawn = document(AS_INSTALMENT, None).model_copy(update={"tax": None})
    assert tax_of(drawn, draft(drawn)) is None


def rate(of: str, to: str, value: str) -> ExchangeRate:
    return ExchangeRate(of=of, to=to, rate=Decimal(value), on=PERIOD, source="Central bank")


def in_euros(known: ExchangeRate | None, books: str = "GBP") -> DraftInvoicing:
    return DraftInvoicing(currency="EUR", functional=books, rate_of=RateDay.period_end, rate=known)


POUND = rate("GBP", "EUR", "1.2")


def test_an_invoice_in_euros_of_a_contract_in_pounds() -> None:
    """1,700 and 850 at 1.2 are 2,040 and 1,020; tax 408 + 51; before tax 2,250 is 2,700: due 3,159."""
    drawn = document(AS_INSTALMENT, invoicing=in_euros(POUND))
    figures, taxed = draft(drawn), taxed_of(drawn)
    made = in_invoice_currency(drawn, figures, taxed)
    assert made is not None
    assert (made.lines, made.net, made.tax) == (decimals("2040", "1020"), *decimals("3060", "459"))
    assert (made.gross, made.retained, made.due) == decimals("3519", "360", "3159")
    assert invoiced_if_known(drawn, figures, taxed) == made
    assert owed_for(drawn, figures, taxed) == Decimal(3159)
    in_pounds = booked(drawn, figures, taxed)
    assert in_pounds is not None
    assert (in_pounds.due, in_pounds.tax, in_pounds.currency) == (*decimals("2632.50", "382.50"), "GBP")


def test_an_invoice_in_euros_whose_retainage_is_taxed_later() -> None:
    """1,500 and 750 at 1.2 are 1,800 and 900; tax 360 + 45; nothing of 3,105 is kept back."""
    drawn = document(TAXED_LATER, invoicing=in_euros(POUND))
    made = in_invoice_currency(drawn, draft(drawn), taxed_of(drawn))
    assert made is not None
    assert (made.lines, made.net, made.tax) == (decimals("1800", "900"), *decimals("2700", "405"))
    assert (made.retained, made.due) == decimals("0", "3105")


def test_what_is_invoiced_without_tax_is_the_work_less_its_discount() -> None:
    """1,700 and 850 at 1.2; line 8 of 2,700 less 450 is 2,250: 2,700 due, 360 kept back."""
    drawn = document(None, invoicing=in_euros(POUND))
    figures = draft(drawn)
    taxed = tax_of(drawn, figures)
    made = in_invoice_currency(drawn, figures, taxed)
    assert made is not None
    assert (made.lines, made.net, made.tax) == (decimals("2040", "1020"), *decimals("3060", "0"))
    assert (made.retained, made.due) == decimals("360", "2700")
    plain = document(None, None, invoicing=in_euros(POUND))
    assert tax_of(plain, draft(plain)) is None
    assert owed_for(plain, draft(plain), None) == Decimal(3240)
    assert invoiced_if_known(plain, draft(plain), None) == in_invoice_currency(plain, draft(plain), None)


def test_books_in_a_third_currency_are_of_the_invoice() -> None:
    """3,159 and 459 of euros at 1.1."""
    exchange = DraftExchange(functional="USD", rate_of=RateDay.period_end, rate=rate("EUR", "USD", "1.1"))
    drawn = document(AS_INSTALMENT, invoicing=in_euros(POUND, "USD"), exchange=exchange)
    found = booked_if_known(drawn, draft(drawn), taxed_of(drawn))
    assert found is not None
    assert (found.due, found.tax, found.currency) == (*decimals("3474.90", "504.90"), "USD")


def test_what_is_owed_in_pounds_is_owed_with_its_tax() -> None:
    drawn, untaxed = document(AS_INSTALMENT), document(None, None)
    assert owed_for(drawn, draft(drawn), taxed_of(drawn)) == Decimal("2632.50")
    assert owed_for(untaxed, draft(untaxed), None) == Decimal(2700)
    assert in_invoice_currency(drawn, draft(drawn), taxed_of(drawn)) is None
    assert invoiced_if_known(drawn, draft(drawn), taxed_of(drawn)) is None
    assert booked(drawn, draft(drawn), taxed_of(drawn)) is None


def test_without_a_rate_or_a_clear_tax_nothing_is_invoiced() -> None:
    unknown, unclear = (document(AS_INSTALMENT, invoicing=in_euros(one)) for one in (None, POUND))
    assert invoiced_if_known(unknown, draft(unknown), taxed_of(unknown)) is None
    assert invoiced_if_known(unclear, draft(unclear), None) is None
    for made in (in_invoice_currency, booked):
        with pytest.raises(Refused, match="no rate from GBP to EUR on or before 2024-05-14") as refused:
            made(unknown, draft(unknown), taxed_of(unknown))
        assert refused.value.code == "no_exchange_rate"


@pytest.mark.parametrize("taxed", [AS_INSTALMENT, TAXED_LATER, None])
@pytest.mark.parametrize("off", [BY_VOLUME, None])
def test_what_is_asked_of_the_lines_is_the_amount_without_tax(
    taxed: TaxTerms | None, off: DiscountTerms | None
) -> None:
    drawn = document(taxed, off)
    figures = draft(drawn)
    made = tax_of(drawn, figures)
    asked = asked_of_lines(drawn, figures, taxed=made is not None)
    assert total(asked.values()) == (figures.line4 - 1500 if made is None else made.net)


BUILDER = TaxTerms(treatments=(STANDARD,), reverse_charge=Scheme.uk_construction, customer_in_cis=True)


@pytest.mark.parametrize(
    ("lacks", "change", "tax"),
    [
        ({}, {}, "0"),
        ({"our_number": ""}, {}, "382.50"),
        ({"client_number": ""}, {}, "382.50"),
        ({}, {"customer_in_cis": False}, "382.50"),
        ({}, {"customer_is_end_user": True}, "382.50"),
    ],
)
def test_building_work_is_reversed_where_all_that_the_law_asks_is_met(
    lacks: dict[str, str], change: dict[str, bool], tax: str
) -> None:
    """VAT Act 1994 s. 55A: both registered for VAT, the client in the CIS and no end user in writing."""
    drawn = document(BUILDER.model_copy(update=change))
    assert drawn.tax is not None
    known = {"our_number": "GB100", "client_number": "GB200", **lacks}
    drawn = drawn.model_copy(update={"tax": drawn.tax.model_copy(update=known)})
    found = taxed_of(drawn)
    assert (found.tax, is_reversed(found), bool(found.unmet)) == (Decimal(tax), tax == "0", tax != "0")
    assert bool(found.wording) is (tax == "0")
