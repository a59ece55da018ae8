"""Tax of a document: categories, the rate in force on a day, and what each rate comes to (docs/SPEC-tax.md).

A rate is found by jurisdiction, category and the tax date; no rate on that day is a refusal, never zero. Tax
is summed by (tax, code, rate) and rounded once for each such group, as EN 16931 wants it (BT-117), or on each
line where the jurisdiction's rule says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.law import Provision
from contracts_app.domain.money import (
    ZERO,
    Amount,
    Fraction,
    largest_remainder,
    multiply,
    require_at_scale,
    round_to,
    total,
)
from contracts_app.domain.names import Name
from contracts_app.domain.refusals import wrong_content

TaxFraction = Fraction


class TaxCategory(StrEnum):
    """How a line is taxed. Zero-rated work is taxed, at nothing; exempt work is not taxed, for a reason."""

    standard = "standard"
    reduced = "reduced"
    zero = "zero"
    exempt = "exempt"
    reverse_charge = "reverse_charge"
    outside_scope = "outside_scope"


CODES = {
    TaxCategory.standard: "S",
    TaxCategory.reduced: "S",
    TaxCategory.zero: "Z",
    TaxCategory.exempt: "E",
    TaxCategory.reverse_charge: "AE",
    TaxCategory.outside_scope: "O",
}
"""The code of each category on an electronic invoice (UNTDID 5305; BT-95, BT-102, BT-118, BT-151)."""

CHARGED = frozenset({TaxCategory.standard, TaxCategory.reduced})
BY_LAW = CHARGED | {TaxCategory.zero}
"""Categories whose rate the law names; the others bear none."""


class Rounding(StrEnum):
    """Where tax is rounded: once for each group of one rate, or on each line."""

    group = "group"
    line = "line"


class TaxRate(Provision):
    """A rate of a tax in a jurisdiction. `applies_to` tells reduced rates of one country apart."""

    tax: Name = "VAT"
    category: TaxCategory
    applies_to: str = ""
    rate: TaxFraction

    @model_validator(mode="after")
    def _charged(self) -> TaxRate:
        if self.category not in BY_LAW or (self.rate > ZERO) != (self.category in CHARGED):
            raise ValueError(
                "standard and reduced rates are above zero, the zero rate is zero, others have none"
            )
        return self


Short = Annotated[str, Field(max_length=200)]
"""As it is, also where a name would be trimmed or refused: hashes of stored schedules rest on it."""


class TaxTreatment(BaseModel):
    """What a line says of its tax before its tax date is known.

    `tax` is needed where a jurisdiction has several (GST and QST), `applies_to` where it has several reduced
    rates, `reason` for a line that is exempt, under reverse charge or outside the scope.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    jurisdiction: Short
    category: TaxCategory = TaxCategory.standard
    tax: Short = ""
    applies_to: Short = ""
    reason: Name | None = None


class LineTax(BaseModel):
    """One tax of one line at its rate. `customer_rate` is the rate at which the customer accounts for the tax
    of a line under reverse charge; it is shown and never charged."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    tax: Name = "VAT"
    category: TaxCategory = TaxCategory.standard
    rate: TaxFraction = ZERO
    reason: Name | None = None
    customer_rate: TaxFraction = ZERO

    @model_validator(mode="after")
    def _agree(self) -> LineTax:
        if (self.rate > ZERO) != (self.category in CHARGED):
            raise ValueError("a standard or reduced rate is above zero, and no other category bears a rate")
        if (self.reason is None) != (self.category in BY_LAW):
            raise ValueError(
                "a line without tax says why: exempt, reverse charge or outside scope, and no other"
            )
        if self.customer_rate > ZERO and self.category is not TaxCategory.reverse_charge:
            raise ValueError("only under reverse charge does the customer account for the tax")
        return self

    @property
    def code(self) -> str:
        """The category on an electronic invoice."""
        return CODES[self.category]


class TaxedAmount(BaseModel):
    """The net amount of a line, an allowance (negative) or a charge, with its taxes."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    net: Amount
    taxes: Annotated[tuple[LineTax, ...], Field(max_length=4)] = ()

    @model_validator(mode="after")
    def _each_once(self) -> TaxedAmount:
        if len({tax.tax for tax in self.taxes}) < len(self.taxes):
            raise ValueError("a line bears each tax once")
        return self


class TaxGroup(BaseModel):
    """What one rate of one tax comes to: BT-116 (base) and BT-117 (amount) of a document."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    tax: Name
    code: str
    rate: TaxFraction
    base: Amount
    amount: Amount
    reason: str = ""

    @property
    def key(self) -> tuple[str, str, Decimal]:
        """What tells groups of a document apart: an electronic invoice has one for each code and rate."""
        return (self.tax, self.code, self.rate)


def rate_on(rows: Iterable[TaxRate], asked: TaxTreatment, on: date) -> TaxRate:
    """The rate in force on the tax date for exactly this jurisdiction.

    Raises Refused when there is none, or more than one and the line does not say which.
    """
    found = [
        row
        for row in rows
        if (row.jurisdiction, row.category) == (asked.jurisdiction, asked.category) and row.covers(on)
    ]
    wanted = [row for row in found if asked.tax in ("", row.tax) and asked.applies_to in ("", row.applies_to)]
    # A rate for something named is not the general one; where it is the only one it is meant all the same.
    general = [row for row in wanted if not row.applies_to]
    matching = general if general and not asked.applies_to else wanted
    if not matching:
        raise wrong_content(
            "no_tax_rate",
            f"The tables have no {asked.category} rate for {asked.jurisdiction} on {on}; add the rate with "
            "its source, or give the line another category.",
        )
    if len(matching) > 1:
        named = "; ".join(f"{row.tax} {row.applies_to or 'in general'}" for row in matching)
        raise wrong_content(
            "tax_rate_not_clear",
            f"{asked.jurisdiction} has several {asked.category} rates on {on} ({named}): "
            "say which on the line.",
        )
    return matching[0]


def resolve(rows: Iterable[TaxRate], asked: TaxTreatment, on: date) -> LineTax:
    """The tax of a line on its tax date. Raises Refused as `rate_on` does, and for a missing reason."""
    if asked.category in BY_LAW:
        row = rate_on(rows, asked, on)
        return LineTax(tax=row.tax, category=row.category, rate=row.rate)
    if asked.reason is None:
        raise wrong_content(
            "tax_reason_missing", "A line without tax says why: give the reason that the invoice will show."
        )
    return LineTax(tax=asked.tax or "VAT", category=asked.category, reason=asked.reason)


def groups(amounts: Sequence[TaxedAmount], currency: str, rounding: Rounding) -> tuple[TaxGroup, ...]:
    """Base and tax for each tax, code and rate, in the order in which the document first names them.

    Reasons of one group are joined, since a document shows one group for each code and rate. Raises Refused
    for a net amount with more decimals than the currency has.
    """
    require_at_scale((one.net for one in amounts), currency)
    found: dict[tuple[str, str, Decimal], list[tuple[Decimal, LineTax]]] = {}
    for one in amounts:
        for tax in one.taxes:
            found.setdefault((tax.tax, tax.code, tax.rate), []).append((one.net, tax))
    return tuple(
        TaxGroup(
            tax=tax,
            code=code,
            rate=rate,
            base=round_to(total(net for net, _ in members), currency),
            amount=_amount([net for net, _ in members], rate, currency, rounding),
            reason="; ".join(dict.fromkeys(each.reason for _, each in members if each.reason)),
        )
        for (tax, code, rate), members in found.items()
    )


def _amount(nets: Sequence[Decimal], rate: Decimal, currency: str, rounding: Rounding) -> Decimal:
    if rounding is Rounding.line:
        return total(round_to(multiply(net, rate), currency) for net in nets)
    return round_to(multiply(total(nets), rate), currency)


def tax_by_line(amounts: Sequence[TaxedAmount], currency: str, rounding: Rounding) -> tuple[Decimal, ...]:
    """The tax of each line; the lines add up to the groups exactly.

    Rounded on the group, the tax of a line is its share by largest remainder: for display and for the share
    of a line that is credited, never summed to make the document's tax.
    """
    parts: list[list[Decimal]] = [[] for _ in amounts]
    members: dict[tuple[str, str, Decimal], list[int]] = {}
    for index, one in enumerate(amounts):
        for tax in one.taxes:
            members.setdefault((tax.tax, tax.code, tax.rate), []).append(index)
    for group in groups(amounts, currency, rounding):
        indexes = members[group.key]
        exact = [multiply(amounts[index].net, group.rate) for index in indexes]
        shares = (
            [round_to(each, currency) for each in exact]
            if rounding is Rounding.line
            else largest_remainder(exact, group.amount, currency)
        )
        for index, share in zip(indexes, shares, strict=True):
            parts[index].append(share)
    return tuple(round_to(total(each), currency) for each in parts)
