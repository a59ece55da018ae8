"""Tax of a document, its totals, reverse charge and withholding (docs/SPEC-tax.md)."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from contracts_app import law
from contracts_app.commands_line.rules.question import Answer, Question, Rules
from contracts_app.domain import money
from contracts_app.domain.law import warnings
from contracts_app.domain.money import ZERO, Amount, Rate
from contracts_app.domain.names import BusinessDate, Currency
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.tax import (
    document_totals,
    invoice_tax,
    reverse_charge,
    tax,
    tax_credit,
    tax_point,
    withholding,
)
from contracts_app.domain.tax.document_totals import DocumentTotals, TaxedDocument
from contracts_app.domain.tax.invoice_tax import CapturedTax, InvoiceTax
from contracts_app.domain.tax.reverse_charge import (
    ConstructionSupply,
    CrossBorderSupply,
    ReverseCharge,
    ReverseChargeRule,
)
from contracts_app.domain.tax.tax import Rounding, TaxedAmount, TaxGroup, TaxRate, TaxTreatment
from contracts_app.domain.tax.tax_credit import CreditWanted
from contracts_app.domain.tax.tax_point import TaxDates, TaxRule, WorkDone
from contracts_app.domain.tax.withholding import Certificate, Payment, Settled, Withheld, WithholdingRate


class LineToTax(Question):
    """A line before its rate is known: one treatment for each tax it bears; `work` where it spans a change of
    the rate."""

    net: Amount
    treatments: Annotated[list[TaxTreatment], Field(min_length=1)]
    work: list[WorkDone] = Field(default_factory=list)


class ToTax(Question):
    """Lines and their tax date. `rates` replace the tables of law; `today` asks which rows want reading."""

    currency: Currency
    on: BusinessDate
    lines: Annotated[list[LineToTax], Field(min_length=1)]
    rounding: Rounding = Rounding.group
    rates: list[TaxRate] | None = None
    today: date | None = None


class Taxed(Answer):
    """The lines with their rates (a line that spans a change is several), what each rate comes to, and the
    tax of each line."""

    lines: tuple[TaxedAmount, ...]
    groups: tuple[TaxGroup, ...]
    tax: Amount
    by_line: tuple[Amount, ...]
    warnings: tuple[str, ...] = ()


class ToDate(Question):
    """What happened when, and where. `applies_to` names a special rule, e.g. `periodic payments`."""

    jurisdiction: str
    applies_to: str = ""
    dates: TaxDates
    on: BusinessDate
    today: date | None = None


class TaxDate(Answer):
    """The day whose rate applies, and how the jurisdiction rounds."""

    tax_date: date
    rounding: Rounding
    citation: str
    warnings: tuple[str, ...] = ()


class ToCredit(Question):
    """The groups of an invoice, those of the credit notes before, and what is credited now."""

    currency: Currency
    invoice: list[TaxGroup]
    credited: list[TaxGroup] = Field(default_factory=list)
    wanted: Annotated[list[CreditWanted], Field(min_length=1)]


class Credited(Answer):
    """The groups of the credit note, and what remains of the invoice after it."""

    groups: tuple[TaxGroup, ...]
    remaining: tuple[TaxGroup, ...]


class LineToCount(Question):
    """A line's quantity and price."""

    quantity: Rate
    price: Rate
    base_quantity: Rate = Decimal(1)
    allowances: Amount = ZERO
    charges: Amount = ZERO
    currency: Currency


class LineNet(Answer):
    """BT-131."""

    net: Amount


class ToReverse(Question):
    """The facts of a supply, of building work in the United Kingdom or between countries."""

    currency: Currency
    construction: ConstructionSupply | None = None
    cross_border: CrossBorderSupply | None = None


class ToWithhold(Question):
    """A payment, the scheme and the payee's standing on its day."""

    jurisdiction: str
    scheme: str
    standing: str
    on: BusinessDate
    payment: Payment
    today: date | None = None


class WithheldBy(Answer):
    """What is withheld, by which provision."""

    withheld: Withheld
    citation: str
    warnings: tuple[str, ...] = ()


class ToSettle(Question):
    """What is open on an invoice and what came in for it."""

    currency: Currency
    open: Amount
    cash: Amount = ZERO
    withheld: Amount = ZERO
    certificates: list[Certificate] = Field(default_factory=list)


class InvoiceToTax(Question):
    """What is captured with an invoice, and the net amount of each line."""

    currency: Currency
    captured: CapturedTax
    nets: Annotated[dict[UUID, Amount], Field(min_length=1)]


def _invoice_tax(question: InvoiceToTax) -> InvoiceTax:
    """The tax of a whole invoice from what was captured with it: date, rates, reverse charge and totals."""
    return invoice_tax.invoice_tax(question.captured, question.nets, question.currency)


def _tax(question: ToTax) -> Taxed:
    """Each line's tax at the rate in force on its day, summed by rate and rounded; no rate is a refusal."""
    rows = law.table("tax_rates", TaxRate) if question.rates is None else tuple(question.rates)
    lines: list[TaxedAmount] = []
    for line in question.lines:
        lines.extend(_taxed(rows, line, question.on, question.currency))
    groups = tax.groups(lines, question.currency, question.rounding)
    by_line = tax.tax_by_line(lines, question.currency, question.rounding)
    return Taxed(
        lines=tuple(lines),
        groups=groups,
        tax=money.round_to(money.total(group.amount for group in groups), question.currency),
        by_line=by_line,
        warnings=warnings(_used(rows, question), question.today) if question.today else (),
    )


def _taxed(rows: tuple[TaxRate, ...], line: LineToTax, on: date, currency: str) -> tuple[TaxedAmount, ...]:
    if line.work:
        return tax_point.split_by_work(rows, line.treatments, line.net, line.work, currency)
    taxes = tuple(tax.resolve(rows, treatment, on) for treatment in line.treatments)
    return (TaxedAmount(net=line.net, taxes=taxes),)


def _used(rows: tuple[TaxRate, ...], question: ToTax) -> list[TaxRate]:
    return [
        tax.rate_on(rows, treatment, on)
        for line in question.lines
        for treatment in line.treatments
        if treatment.category in tax.BY_LAW
        for on in ([part.on for part in line.work] or [question.on])
    ]


def _tax_point(question: ToDate) -> TaxDate:
    """The day whose rate applies: of the work, the invoice or the payment, as the jurisdiction has it."""
    rows = law.table("tax_rules", TaxRule)
    row = tax_point.rule_for(rows, question.jurisdiction, question.on, question.applies_to)
    return TaxDate(
        tax_date=tax_point.tax_point(row.tax_point, question.dates, row.invoice_within_days),
        rounding=row.rounding,
        citation=row.citation,
        warnings=warnings([row], question.today) if question.today else (),
    )


def _tax_credit(question: ToCredit) -> Credited:
    """The tax that a credit note reverses, at the rate it was charged at; never more than is left of it."""
    currency = question.currency
    given = tax_credit.credit(question.invoice, question.credited, question.wanted, currency)
    after = [*question.credited, *given]
    return Credited(
        groups=given,
        remaining=tuple(tax_credit.remaining(group, after, currency) for group in question.invoice),
    )


def _line_net(question: LineToCount) -> LineNet:
    """Quantity × price / base quantity, less allowances, plus charges, rounded once (BT-131)."""
    return LineNet(
        net=document_totals.line_net(
            question.quantity,
            question.price,
            question.currency,
            base_quantity=question.base_quantity,
            allowances=question.allowances,
            charges=question.charges,
        )
    )


def _document_totals(question: TaxedDocument) -> DocumentTotals:
    """The totals of an invoice, BT-106 to BT-115, with each rate's base and tax."""
    return document_totals.totals(question)


def _reverse_charge(question: ToReverse) -> ReverseCharge:
    """Whether the customer accounts for the tax, every condition with its outcome, and the lines after it."""
    rules = law.table("reverse_charge", ReverseChargeRule)
    if question.construction is not None and question.cross_border is None:
        return reverse_charge.uk_construction(rules, question.construction, question.currency)
    if question.cross_border is not None and question.construction is None:
        return reverse_charge.eu_services(rules, question.cross_border, question.currency)
    raise wrong_content(
        "one_supply", "Give the facts of one supply: building work, or a service between countries."
    )


def _withholding(question: ToWithhold) -> WithheldBy:
    """What a payer withholds of a payment; the invoice's total stays as it is."""
    rows = law.table("withholding", WithholdingRate)
    row = withholding.rate_for(rows, question.jurisdiction, question.scheme, question.standing, question.on)
    return WithheldBy(
        withheld=withholding.withheld(row, question.payment),
        citation=row.citation,
        warnings=warnings([row], question.today) if question.today else (),
    )


def _settle_withheld(question: ToSettle) -> Settled:
    """A receivable settled by cash and by certificates of tax withheld."""
    return withholding.settle(
        question.open, question.cash, question.withheld, question.certificates, question.currency
    )


RULES: Rules = {
    "invoice-tax": _invoice_tax,
    "tax": _tax,
    "tax-point": _tax_point,
    "tax-credit": _tax_credit,
    "line-net": _line_net,
    "document-totals": _document_totals,
    "reverse-charge": _reverse_charge,
    "withholding": _withholding,
    "settle-withheld": _settle_withheld,
}
