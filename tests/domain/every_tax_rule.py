"""One pass over the rules of tax, currency and discounts, for tests that change what surrounds them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from contracts_app.domain import law
from contracts_app.domain.tax import (
    currency,
    discounts,
    document_totals,
    early_payment,
    invoice_tax,
    reverse_charge,
    tax,
    tax_credit,
    tax_point,
    withholding,
)
from contracts_app.domain.time import rate_increase
from contracts_app.domain.time.rate_card import RateRow

DAY = date(2026, 11, 22)
OF_LAW = {
    "citation": "An Act",
    "effective_from": date(2020, 1, 1),
    "source": "The gazette",
    "as_of": date(2025, 1, 1),
    "verified": "uncertain",
}
RATE = tax.TaxRate.model_validate({**OF_LAW, "jurisdiction": "GB", "category": "standard", "rate": "0.08875"})
REVERSED = reverse_charge.ReverseChargeRule.model_validate(
    {
        **OF_LAW,
        "jurisdiction": "GB",
        "scheme": "uk_construction",
        "wording": "Reverse charge",
        "disregard": "0.05",
    }
)
KEPT = withholding.WithholdingRate.model_validate(
    {
        **OF_LAW,
        "jurisdiction": "GB",
        "scheme": "cis",
        "standing": "net",
        "rate": "0.20",
        "withheld_from": "less_materials",
        "currency": "GBP",
    }
)
RULE = tax_point.TaxRule.model_validate(
    {**OF_LAW, "jurisdiction": "GB", "rounding": "group", "tax_point": "supply"}
)
TAXED = invoice_tax.LineTaxTerms(
    line_id=UUID(int=1), treatments=(tax.TaxTreatment(jurisdiction="GB"),), specified=True
)


def every_tax_rule() -> Mapping[str, object]:
    """What the rules give for amounts long enough to suffer from five digits."""
    asked = tax.TaxTreatment(jurisdiction="GB")
    work = [
        tax_point.WorkDone(on=date(2026, 1, day), share=Decimal(share)) for day, share in ((1, 1), (2, 2))
    ]
    charged = tax.resolve([RATE], asked, DAY)
    lines = tuple(
        tax.TaxedAmount(net=Decimal(net), taxes=(charged,)) for net in ("1234567.89", "-7654.32", "0.07")
    )
    document = document_totals.TaxedDocument(
        currency="GBP",
        lines=lines,
        allowances=(
            document_totals.AllowanceOrCharge(amount=Decimal("123.45"), taxes=(charged,), reason="x"),
        ),
        prepaid=Decimal("123456.78"),
        rounding=tax.Rounding.line,
    )
    made = document_totals.totals(document)
    supply = reverse_charge.ConstructionSupply(
        tax_date=DAY,
        supplier_vat_registered=True,
        customer_vat_registered=True,
        customer_cis_registered=True,
        end_user_in_writing=False,
        lines=tuple(reverse_charge.SupplyLine(net=line.net, tax=charged, specified=True) for line in lines),
    )
    at = currency.ExchangeRate(of="USD", to="GBP", rate=Decimal("0.607213"), on=DAY, source="Bank")
    owed = currency.Receivable(currency="USD", functional="GBP", open=Decimal("1234567.89"), booked_at=at)
    later = at.model_copy(update={"rate": Decimal("0.608191")})
    bands = discounts.VolumeDiscount.model_validate(
        {"mode": "marginal", "bands": [{"above": "1000.01", "rate": "0.033333"}]}
    )
    terms = early_payment.EarlyPaymentTerms(rate=Decimal("0.02"), days=10)
    agreed = early_payment.early_payment(
        [early_payment.DiscountableGroup(net=Decimal("1234567.89"), rate=Decimal("0.21"))], terms, DAY, "GBP"
    )
    card = [RateRow(rate=Decimal("123.456789"), effective_from=date(2026, 1, 1))]
    increase = rate_increase.Increase(effective_from=DAY, by_rate=Decimal("0.033333"), step=Decimal("0.05"))
    credited = tax_credit.credit(
        made.groups,
        [],
        [tax_credit.CreditWanted(rate=charged.rate, base=Decimal("123456.78"))],
        "GBP",
    )
    captured = invoice_tax.CapturedTax(
        rule=RULE,
        rates=invoice_tax.rates_used([RATE], [TAXED], DAY),
        dates=tax_point.TaxDates(supply=DAY),
        lines=(TAXED,),
        parties=reverse_charge.ConstructionParties.model_validate(
            supply.model_dump(exclude={"tax_date", "lines"})
        ),
        reverse_charge=(REVERSED,),
    )
    return {
        "invoice": invoice_tax.invoice_tax(captured, {TAXED.line_id: Decimal("1234567.89")}, "GBP"),
        "split": tax_point.split_by_work([RATE], [asked], Decimal("1234567.89"), work, "GBP"),
        "tax date": tax_point.tax_point(tax_point.TaxPoint.earliest, tax_point.TaxDates(supply=DAY), 14),
        "totals": made,
        "by group": document_totals.totals(document_totals.rounded_by_group(document)),
        "by line": tax.tax_by_line(lines, "GBP", tax.Rounding.group),
        "line": document_totals.line_net(
            Decimal("123456.789"), Decimal("0.00101"), "GBP", base_quantity=Decimal(7)
        ),
        "credited": credited,
        "reversed": reverse_charge.uk_construction([REVERSED], supply, "GBP"),
        "withheld": withholding.withheld(
            KEPT,
            withholding.Payment(net=Decimal("1234567.89"), tax=Decimal("1.23"), materials=Decimal("7654.32")),
        ),
        "settled": withholding.settle(
            Decimal("1234567.89"), Decimal("123456.78"), Decimal("0.01"), [], "GBP"
        ),
        "realized": currency.realized(owed, Decimal("123456.78"), later, DAY),
        "revalued": currency.revalued(owed, later, DAY),
        "volume": discounts.volume_discount(bands, Decimal("1234567.89"), Decimal("-7654.32"), "GBP"),
        "courtesy": discounts.document_discount(
            [line.net for line in lines], [True] * 3, "GBP", rate=Decimal("0.033333")
        ),
        "early": agreed,
        "paid early": early_payment.settled_by(
            Decimal("123456.78"), DAY, agreed, Decimal("1234567.89"), "GBP"
        ),
        "raised": rate_increase.raised(card, increase),
        "warned": law.warnings([RATE], date(2026, 6, 1)),
    }
