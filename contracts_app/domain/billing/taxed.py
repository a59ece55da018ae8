"""The tax of an application for payment, consulting invoice, release or certificate (docs/SPEC-tax.md).

Retainage comes off what is due. It comes off what is taxed only under a regime that taxes it later; then the
tax follows the money: an application is taxed on its work less what it withholds, a release on what it gives
back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.billing.pay_application import ContinuationLine, PayApplication
from contracts_app.domain.billing.retainage_shown import RetainageShown, shown
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.canonical import ADDED_LATER
from contracts_app.domain.money import ZERO, Amount, less, round_to, total
from contracts_app.domain.names import BusinessDate, Name
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.domain.tax.agreed_discounts import discounts
from contracts_app.domain.tax.contract_tax import DraftTax, TaxTerms, is_deferred
from contracts_app.domain.tax.invoice_tax import CapturedTax, InvoiceTax, LineTaxTerms, invoice_tax
from contracts_app.domain.tax.reverse_charge import (
    ConstructionParties,
    CrossBorderParties,
    CustomerTax,
    Scheme,
)
from contracts_app.domain.tax.tax import CODES, TaxCategory, TaxGroup
from contracts_app.domain.tax.tax_point import TaxDates, TaxPoint


class TaxedLine(BaseModel):
    """What is taxed of a line now, and its tax."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    net: Amount
    tax: Amount


class DocumentTax(BaseModel):
    """What an invoice or certificate says of tax; all amounts in the contract's currency.

    `net` is what is taxed, discounts taken off, `gross` with its tax. `retained` is the part of `gross` that
    the client keeps back (negative where it gives back what was taxed before); `due` = gross less retained is
    line 8 less the discount, with the tax. `retainage` says how what this invoice withholds or gives back is
    shown: None where there is none, and on invoices issued before it was said.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    tax_date: BusinessDate
    net: Amount
    tax: Amount
    gross: Amount
    retained: Amount
    due: Amount
    discount: Amount = ZERO
    retainage: Annotated[RetainageShown | None, ADDED_LATER] = None
    groups: tuple[TaxGroup, ...]
    lines: tuple[TaxedLine, ...]
    wording: tuple[Name, ...] = ()
    customer_tax: tuple[CustomerTax, ...] = ()
    unmet: tuple[str, ...] = ()
    """Conditions of the contract's reverse charge that are not met; without any it applies."""


def tax_of(
    snapshot: Snapshot, figures: PayApplication, invoiced_on: date | None = None
) -> DocumentTax | None:
    """The tax and the discounts of these figures; None where the contract says nothing of either.

    `figures` are the snapshot's application or its certificate. `invoiced_on` is the day of issue, once it is
    known. Raises Refused for a rate, a rule or a number that is missing, as `invoice_tax` does.
    """
    terms, captured = snapshot.terms.tax, snapshot.tax
    if terms is None or captured is None:
        return None if snapshot.terms.discounts is None else without_tax(snapshot, figures, invoiced_on)
    off = discounted(snapshot, figures)
    nets = taxed_amounts(snapshot, figures)
    made = invoice_tax(_captured(snapshot, terms, captured, invoiced_on), nets, figures.currency)
    tax, discount = made.totals.tax, round_to(total(off.values()), figures.currency)
    net, due = made.totals.net, round_to(less(total((figures.line8, tax)), discount), figures.currency)
    retained = round_to(less(made.totals.gross, due), figures.currency)
    return DocumentTax(
        tax_date=made.tax_date,
        net=net,
        tax=tax,
        gross=made.totals.gross,
        retained=retained,
        due=due,
        discount=discount,
        retainage=shown(
            terms.retainage_shown,
            deferred=is_deferred(captured.regime),
            work=round_to(less(total(_work(snapshot, figures).values()), discount), figures.currency),
            taxed=net,
            kept_back=retained,
        ),
        groups=tuple(group for group in made.totals.groups if group.base or group.amount),
        lines=tuple(TaxedLine(line_id=one.line_id, net=one.net, tax=one.tax) for one in made.lines),
        wording=_wording(made),
        customer_tax=made.reverse_charge.customer_tax if made.reverse_charge else (),
        unmet=tuple(
            one.says for one in (made.reverse_charge.conditions if made.reverse_charge else ()) if not one.met
        ),
    )


def without_tax(snapshot: Snapshot, figures: PayApplication, invoiced_on: date | None = None) -> DocumentTax:
    """What discounts leave of an invoice that bears no tax."""
    discount = round_to(total(discounted(snapshot, figures).values()), figures.currency)
    net = round_to(less(total(_work(snapshot, figures).values()), discount), figures.currency)
    due = round_to(less(figures.line8, discount), figures.currency)
    return DocumentTax(
        tax_date=invoiced_on or snapshot.period_to,
        net=net,
        tax=round_to(ZERO, figures.currency),
        gross=net,
        retained=round_to(less(net, due), figures.currency),
        due=due,
        discount=discount,
        groups=(),
        lines=(),
    )


def discounted(snapshot: Snapshot, figures: PayApplication) -> Mapping[UUID, Decimal]:
    """What comes off each line by the discounts agreed; nothing where there are none. Raises Refused."""
    terms = snapshot.terms.discounts
    if terms is None:
        return {}
    before, work = _billed_before(snapshot), _work(snapshot, figures)
    amounts = discounts(
        terms,
        [line.item_no for line in figures.lines],
        [before.get(line.line_id, ZERO) for line in figures.lines],
        [work[line.line_id] for line in figures.lines],
        figures.currency,
    )
    return {line.line_id: amount for line, amount in zip(figures.lines, amounts, strict=True)}


def _billed_before(snapshot: Snapshot) -> Mapping[UUID, Decimal]:
    return {
        line.line_id: total((line.completed, line.stored))
        for line in (snapshot.previous.lines if snapshot.previous else ())
    }


def _work(snapshot: Snapshot, figures: PayApplication) -> Mapping[UUID, Decimal]:
    """The work of this invoice, stored material included, line by line."""
    before = _billed_before(snapshot)
    return {line.line_id: less(line.total, before.get(line.line_id, ZERO)) for line in figures.lines}


def tax_if_clear(snapshot: Snapshot, figures: PayApplication) -> DocumentTax | None:
    """The tax of a draft; None where there is none, or where it is not clear: the checks say why."""
    try:
        return tax_of(snapshot, figures)
    except Refused:
        return None


def taxed_amounts(snapshot: Snapshot, figures: PayApplication) -> Mapping[UUID, Decimal]:
    """What is taxed of each line now: the work of this invoice less its discount, less what is withheld of it
    where that is taxed later. Lines of which nothing is taxed are left out, unless it is all of them."""
    deferred = snapshot.tax is not None and is_deferred(snapshot.tax.regime)
    of_work, off = _work(snapshot, figures), discounted(snapshot, figures)
    retained = (
        {one.line_id: one.amount for one in snapshot.tax.retained_before} if snapshot.tax and deferred else {}
    )

    def taxed(line: ContinuationLine) -> Decimal:
        work = less(of_work[line.line_id], off.get(line.line_id, ZERO))
        if not deferred:
            return work
        return less(work, less(line.retainage, retained.get(line.line_id, ZERO)))

    nets = {line.line_id: taxed(line) for line in figures.lines}
    return {line_id: net for line_id, net in nets.items() if net} or dict(list(nets.items())[:1])


def asked_of_lines(snapshot: Snapshot, figures: PayApplication, *, taxed: bool) -> Mapping[UUID, Decimal]:
    """What of each line is in the document's amount without tax, line by line: what is taxed or, of a
    document that says no tax, the work of this invoice less its discount. It adds up to `DocumentTax.net`."""
    if taxed and snapshot.terms.tax is not None and snapshot.tax is not None:
        return taxed_amounts(snapshot, figures)
    off = discounted(snapshot, figures)
    work = _work(snapshot, figures)
    return {line_id: less(amount, off.get(line_id, ZERO)) for line_id, amount in work.items()}


def _captured(
    snapshot: Snapshot, terms: TaxTerms, captured: DraftTax, invoiced_on: date | None
) -> CapturedTax:
    if captured.rule is None:
        named = f" for {terms.special_rule}" if terms.special_rule else ""
        raise wrong_content(
            "no_tax_rule",
            f"The tables do not say how {terms.jurisdiction} rounds and dates its tax{named}: correct the "
            "jurisdiction or the special rule in the contract's terms.",
        )
    if terms.retainage_regime and captured.regime is None:
        raise wrong_content(
            "no_tax_regime",
            f"The tables do not know the regime “{terms.retainage_regime}” of tax on retainage for "
            f"{terms.jurisdiction}: correct it in the contract's terms.",
        )
    invoiced = invoiced_on or captured.invoiced_on
    # By payment: the invoice bears the rate of its own day until a payment shows another.
    dates = (
        TaxDates(payment=invoiced)
        if captured.rule.tax_point is TaxPoint.payment
        else TaxDates(supply=snapshot.period_to, invoice=invoiced)
    )
    return CapturedTax(
        rule=captured.rule,
        rates=captured.rates,
        dates=dates,
        lines=tuple(
            LineTaxTerms(
                line_id=line.id,
                treatments=line.tax.treatments if line.tax else terms.treatments,
                specified=line.tax.specified if line.tax else terms.reverse_charge is not None,
            )
            for line in snapshot.schedule
        ),
        parties=_parties(terms, captured),
        reverse_charge=captured.schemes,
    )


def _parties(terms: TaxTerms, captured: DraftTax) -> ConstructionParties | CrossBorderParties | None:
    if terms.reverse_charge is Scheme.uk_construction:
        return ConstructionParties(
            supplier_vat_registered=bool(captured.our_number),
            customer_vat_registered=bool(captured.client_number),
            customer_cis_registered=terms.customer_in_cis,
            end_user_in_writing=terms.customer_is_end_user,
        )
    if terms.reverse_charge is Scheme.eu_services:
        if not captured.client_country:
            raise wrong_content(
                "client_country_missing",
                "Whether the reverse charge applies depends on the client's country: enter it with the "
                "client's record.",
            )
        return CrossBorderParties(
            supplier_country=captured.our_country,
            customer_country=captured.client_country,
            customer_is_business=True,
            customer_vat_number=captured.client_number,
            taxed_where_customer_is=True,
        )
    return None


def _wording(made: InvoiceTax) -> tuple[str, ...]:
    """Why no tax is charged, once each, as the invoice must say it."""
    said = [group.reason for group in made.totals.groups if group.reason]
    if made.reverse_charge is not None and made.reverse_charge.wording:
        said.append(made.reverse_charge.wording)
    return tuple(dict.fromkeys(said))


def is_reversed(taxed: DocumentTax) -> bool:
    """Whether the client accounts for tax of this document."""
    return any(group.code == CODES[TaxCategory.reverse_charge] for group in taxed.groups)
