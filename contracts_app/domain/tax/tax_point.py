"""The tax date: when tax arises, and work that spans a change of the rate (docs/SPEC-tax.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.law import Provision, in_place
from contracts_app.domain.money import ZERO, Rate, allocate, round_to, total
from contracts_app.domain.names import BusinessDate
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.domain.tax.tax import LineTax, Rounding, TaxedAmount, TaxRate, TaxTreatment, resolve


class TaxPoint(StrEnum):
    """What makes tax arise: the work, the invoice, the payment, or the earlier of several of them."""

    supply = "supply"
    invoice = "invoice"
    payment = "payment"
    invoice_or_payment = "invoice_or_payment"
    earliest = "earliest"


class TaxRule(Provision):
    """How a jurisdiction rounds and dates its tax.

    `applies_to` is empty for the ordinary rule; `invoice_within_days` lets an invoice that follows the work
    within so many days set the date instead of the work (the tax point `earliest` only).
    """

    applies_to: str = ""
    rounding: Rounding
    tax_point: TaxPoint
    invoice_within_days: Annotated[int, Field(ge=0, le=366)] = 0


class TaxDates(BaseModel):
    """What happened when, as far as it has: the work was done, the invoice issued, the payment received."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    supply: BusinessDate | None = None
    invoice: BusinessDate | None = None
    payment: BusinessDate | None = None


def rule_for(rows: Iterable[TaxRule], jurisdiction: str, on: date, applies_to: str = "") -> TaxRule:
    """The rule of the jurisdiction, else of its country. Raises Refused when there is none."""
    for row in in_place(rows, jurisdiction, on):
        if row.applies_to == applies_to:
            return row
    raise wrong_content(
        "no_tax_rule",
        f"The tables do not say how {jurisdiction} rounds and dates its tax on {on}; add the rule with "
        "its source.",
    )


def tax_point(rule: TaxPoint, dates: TaxDates, invoice_within_days: int = 0) -> date:
    """The day whose rate applies. Raises Refused while nothing has happened that makes tax arise."""
    if rule is TaxPoint.earliest:
        return _earliest(dates, invoice_within_days)
    of_rule = {
        TaxPoint.supply: (dates.supply,),
        TaxPoint.invoice: (dates.invoice,),
        TaxPoint.payment: (dates.payment,),
        TaxPoint.invoice_or_payment: (dates.invoice, dates.payment),
    }[rule]
    known = [day for day in of_rule if day is not None]
    if not known:
        raise _no_tax_point(rule)
    return min(known)


def _earliest(dates: TaxDates, invoice_within_days: int) -> date:
    done = dates.supply
    before = [
        day for day in (dates.invoice, dates.payment) if day is not None and (done is None or day <= done)
    ]
    if before:
        return min(before)
    if done is None:
        raise _no_tax_point(TaxPoint.earliest)
    # Payment after the work no longer sets the date; an invoice still does, while it is soon enough.
    if dates.invoice is not None and dates.invoice <= done + timedelta(days=invoice_within_days):
        return dates.invoice
    return done


def _no_tax_point(rule: TaxPoint) -> Refused:
    return wrong_content(
        "no_tax_point",
        f"Nothing has happened yet that makes tax arise by {rule.replace('_', ' ')}: give the date.",
    )


class WorkDone(BaseModel):
    """A share of the work and the day by which it was done; shares are weights, e.g. 40 and 60."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    on: BusinessDate
    share: Rate

    @model_validator(mode="after")
    def _not_negative(self) -> WorkDone:
        if self.share < ZERO:
            raise ValueError("a share of the work is not negative")
        return self


def split_by_work(
    rows: Sequence[TaxRate],
    asked: Sequence[TaxTreatment],
    net: Decimal,
    work: Sequence[WorkDone],
    currency: str,
) -> tuple[TaxedAmount, ...]:
    """An amount whose work spans a change of the rate, as one amount for each rate, summing to it exactly.

    Each part of the work bears the rates of the day it was done. Raises Refused for a day without a rate and
    for shares that are all zero.
    """
    by_taxes: dict[tuple[LineTax, ...], list[Decimal]] = {}
    for part in work:
        taxes = tuple(resolve(rows, treatment, part.on) for treatment in asked)
        by_taxes.setdefault(taxes, []).append(part.share)
    nets = allocate(net, [total(shares) for shares in by_taxes.values()], currency)
    return tuple(
        TaxedAmount(net=round_to(part, currency), taxes=taxes)
        for taxes, part in zip(by_taxes, nets, strict=True)
    )
