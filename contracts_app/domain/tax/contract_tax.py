"""What a contract says of tax, and what is captured with a draft to work its tax out (docs/SPEC-tax.md).

A contract without tax terms bears no tax here: its invoices are what they were before there were any.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.law import in_place
from contracts_app.domain.money import Amount
from contracts_app.domain.names import BusinessDate
from contracts_app.domain.refusals import Refused
from contracts_app.domain.retainage.retainage_tax import TaxRegime, TaxTiming, Treatment
from contracts_app.domain.tax.reverse_charge import ReverseChargeRule, Scheme
from contracts_app.domain.tax.tax import BY_LAW, TaxCategory, TaxRate, TaxTreatment, rate_on
from contracts_app.domain.tax.tax_point import TaxDates, TaxRule, rule_for, tax_point

_JURISDICTION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,10})?\Z", re.ASCII)
Treatments = Annotated[tuple[TaxTreatment, ...], Field(min_length=1, max_length=4)]
LONGEST_NUMBER = 40


def _agree(treatments: Iterable[TaxTreatment]) -> None:
    """Raise ValueError for a jurisdiction that is none, a missing reason, or a tax named twice."""
    known = tuple(treatments)
    for one in known:
        if not _JURISDICTION.match(one.jurisdiction):
            raise ValueError("tax is of a country or a country and its part, like DE or CA-QC")
        if (one.category in BY_LAW) is not (one.reason is None):
            raise ValueError(
                "a line without tax says why (exempt, reverse charge or outside the scope), and no other does"
            )
    if len({one.tax for one in known}) < len(known):
        raise ValueError("a line bears each tax once: name the taxes apart")


class LineTaxChoice(BaseModel):
    """How one line of the schedule of values is taxed, where that is not as the contract says.

    Not `specified`: no service of the kind that the contract's reverse charge is about.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    treatments: Treatments
    specified: bool = True

    @model_validator(mode="after")
    def _sound(self) -> LineTaxChoice:
        _agree(self.treatments)
        return self


class TaxTerms(BaseModel):
    """How the lines of a contract are taxed, unless one says otherwise.

    `special_rule` names a rule of the jurisdiction that is not the ordinary one, like `periodic payments`;
    `retainage_regime` when retainage is taxed (empty: with the work), `retainage_shown` how an invoice shows
    it. `customer_in_cis` and `customer_is_end_user` are asked of building work in the United Kingdom.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    treatments: Treatments
    special_rule: Annotated[str, Field(max_length=200)] = ""
    retainage_regime: Annotated[str, Field(max_length=200)] = ""
    retainage_shown: Treatment = Treatment.information
    reverse_charge: Scheme | None = None
    customer_in_cis: bool = False
    customer_is_end_user: bool = False

    @model_validator(mode="after")
    def _sound(self) -> TaxTerms:
        _agree(self.treatments)
        reversed_already = any(one.category is TaxCategory.reverse_charge for one in self.treatments)
        if self.reverse_charge is not None and (reversed_already or len(self.treatments) > 1):
            raise ValueError(
                "under a scheme of reverse charge a line names the one tax that it would bear without it"
            )
        if bool(self.retainage_regime) is not (self.retainage_shown is Treatment.reduces_taxable_base):
            raise ValueError(
                "retainage that is taxed later reduces the taxable base, and only that does: name the regime "
                "of its tax, or let it be shown as information or an instalment"
            )
        return self

    @property
    def jurisdiction(self) -> str:
        """Whose rule dates and rounds the tax of the contract's invoices."""
        return self.treatments[0].jurisdiction


class RetainedBefore(BaseModel):
    """Retainage held on a line by the certificate before."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    amount: Amount


class DraftTax(BaseModel):
    """What decides the tax of a draft beside its terms and schedule.

    `invoiced_on` stands for any day of issue at these rates (`captured_on`), so that a draft does not change
    from one day to the next. What the tables do not have is missing here, and refused where it is needed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    invoiced_on: BusinessDate
    rule: TaxRule | None = None
    rates: tuple[TaxRate, ...] = ()
    schemes: tuple[ReverseChargeRule, ...] = ()
    regime: TaxRegime | None = None
    retained_before: tuple[RetainedBefore, ...] = ()
    our_number: Annotated[str, Field(max_length=LONGEST_NUMBER)] = ""
    our_country: str = ""
    client_number: Annotated[str, Field(max_length=LONGEST_NUMBER)] = ""
    client_country: str = ""


class TaxLaw(BaseModel):
    """The tables that a draft's tax is captured from: those of the law with a firm's own rates."""

    model_config = ConfigDict(frozen=True)
    rates: tuple[TaxRate, ...]
    rules: tuple[TaxRule, ...]
    regimes: tuple[TaxRegime, ...]
    schemes: tuple[ReverseChargeRule, ...]

    def captured_on(
        self, terms: TaxTerms, lines: Iterable[LineTaxChoice | None], period_to: date, today: date
    ) -> DraftTax:
        """What an invoice for the period to `period_to` needs, were it issued `today`. Refuses nothing."""
        treatments = dict.fromkeys(
            treatment
            for choice in (None, *lines)
            for treatment in (terms.treatments if choice is None else choice.treatments)
            if treatment.category in BY_LAW
        )
        rule = self._rule(terms, max(today, period_to))
        invoiced = max(today, period_to)
        on = _tax_date(rule, period_to, invoiced)
        found = [row for one in treatments if (row := self._rate(one, on)) is not None]
        begun = max((row.effective_from for row in found if row.effective_from <= on), default=period_to)
        regimes = in_place(self.regimes, terms.jurisdiction, invoiced)
        return DraftTax(
            # The first day that gives these rates stands for today: a day that passes changes no figure.
            invoiced_on=max(period_to, begun),
            rule=rule,
            # When a rate ends is no part of it: that it was ended since changes no figure.
            rates=tuple(dict.fromkeys(row.model_copy(update={"effective_to": None}) for row in found)),
            schemes=tuple(
                row for row in self.schemes if row.scheme is terms.reverse_charge and row.covers(on)
            ),
            regime=next((row for row in regimes if row.regime == terms.retainage_regime), None),
        )

    def _rule(self, terms: TaxTerms, on: date) -> TaxRule | None:
        try:
            return rule_for(self.rules, terms.jurisdiction, on, terms.special_rule)
        except Refused:
            return None

    def _rate(self, treatment: TaxTreatment, on: date) -> TaxRate | None:
        try:
            return rate_on(self.rates, treatment, on)
        except Refused:
            return None


def _tax_date(rule: TaxRule | None, period_to: date, invoiced: date) -> date:
    if rule is None:
        return invoiced
    dates = TaxDates(supply=period_to, invoice=invoiced)
    try:
        return tax_point(rule.tax_point, dates, rule.invoice_within_days)
    except Refused:  # by payment: nobody knows that day yet
        return invoiced


def is_deferred(regime: TaxRegime | None) -> bool:
    """Whether retainage is taxed later than the work."""
    return regime is not None and regime.timing is not TaxTiming.at_billing
