"""Tax on retainage: when it falls due under each regime, and how an invoice shows what is retained
(docs/SPEC-retainage.md, "Tax"). Regimes are rows of `contracts_app/law/retainage_tax.toml`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.law import Provision
from contracts_app.domain.money import ZERO, Amount, less, multiply, round_to, total
from contracts_app.domain.refusals import wrong_content


class TaxTiming(StrEnum):
    """When the part retained is taxed: with the work; at the earlier of its own invoice and its payment; or
    at the earlier of its payment and the end of the holdback period."""

    at_billing = "at_billing"
    invoice_or_payment = "invoice_or_payment"
    payment_or_end_of_holdback = "payment_or_end_of_holdback"


class TaxRegime(Provision):
    """A rule of when retainage is taxed. `tax_is_retained`: the client keeps back a part of the tax too."""

    regime: str
    timing: TaxTiming
    tax_is_retained: bool = True


def taxed_now(timing: TaxTiming, gross: Decimal, withheld: Decimal, released: Decimal) -> Decimal:
    """What an application is taxed on: gross work of the period, retainage withheld of it and released by it,
    amounts without tax.

    Taxed with the work, all of it at once and nothing at the release; else what is not retained, and what is
    released.
    """
    if timing is TaxTiming.at_billing:
        return gross
    return total((less(gross, withheld), released))


def tax_point(
    timing: TaxTiming,
    *,
    billed_on: date,
    invoiced_on: date | None = None,
    paid_on: date | None = None,
    holdback_ends_on: date | None = None,
) -> date | None:
    """The day on which retainage is taxed; None while nothing has happened that makes it so.

    `billed_on` is the day of the work's own invoice, `invoiced_on` that of the retainage's, `paid_on` the day
    on which the retainage is paid.
    """
    if timing is TaxTiming.at_billing:
        return billed_on
    other = invoiced_on if timing is TaxTiming.invoice_or_payment else holdback_ends_on
    return min((day for day in (paid_on, other) if day is not None), default=None)


class Treatment(StrEnum):
    """How an electronic invoice shows retainage, which its core model has no field for.

    information: full invoice, full tax; the terms of payment say what is kept back. reduces_taxable_base:
    an allowance on the document, its tax falls due with the retainage. instalment: full invoice, two amounts
    due.
    """

    information = "information"
    reduces_taxable_base = "reduces_taxable_base"
    instalment = "instalment"


class InvoiceFigures(BaseModel):
    """The totals of an invoice with retainage: sum of lines, allowance on the document, taxable base, tax,
    total, the amount due that the document states (BT-115), and of it what is due now and later."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    lines: Amount
    allowance: Amount
    taxable: Amount
    tax: Amount
    total: Amount
    amount_due: Amount
    due_now: Amount
    due_later: Amount


def invoice_figures(
    treatment: Treatment,
    timing: TaxTiming,
    net: Decimal,
    retained: Decimal,
    tax_rate: Decimal,
    currency: str,
    *,
    tax_is_retained: bool = True,
) -> InvoiceFigures:
    """The figures of an invoice of `net` (before tax) of which `retained` is kept back.

    The tax base is reduced exactly where the law taxes retainage later. `tax_is_retained`: what is kept back
    carries its tax along. Raises Refused for a treatment that the timing forbids, and for more retained than
    billed.
    """
    deferred = timing is not TaxTiming.at_billing
    if deferred is not (treatment is Treatment.reduces_taxable_base):
        raise wrong_content(
            "treatment_forbidden",
            "Retainage that is taxed later reduces the taxable base, and only that does."
            if deferred
            else "Retainage that is taxed with the work does not reduce the taxable base.",
        )
    if not ZERO <= retained <= net:
        raise wrong_content("retained_above_billed", "What is retained is part of what is billed.")
    allowance = retained if deferred else ZERO
    taxable = less(net, allowance)
    tax = round_to(multiply(taxable, tax_rate), currency)
    whole = total((taxable, tax))
    later = ZERO
    if not deferred:
        its_tax = round_to(multiply(retained, tax_rate), currency) if tax_is_retained else ZERO
        later = total((retained, its_tax))
    return InvoiceFigures(
        lines=net,
        allowance=allowance,
        taxable=taxable,
        tax=tax,
        total=whole,
        amount_due=whole,
        due_now=less(whole, later),
        due_later=later,
    )
