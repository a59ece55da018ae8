"""Reverse charge: the customer accounts for the tax, and the invoice charges none (docs/SPEC-tax.md).

Each scheme is a list of conditions over the facts of a supply; all of them met, it applies. The answer names
every condition with its outcome, so that a person sees why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from contracts_app.domain.law import Provision, in_force
from contracts_app.domain.money import ZERO, Amount, multiply, round_to, total
from contracts_app.domain.names import BusinessDate, Name
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.tax.tax import CHARGED, LineTax, TaxCategory, TaxedAmount, TaxFraction


class Scheme(StrEnum):
    """Which reverse charge: UK building and construction services, or services between EU member states."""

    uk_construction = "uk_construction"
    eu_services = "eu_services"


class ReverseChargeRule(Provision):
    """What the law says of a scheme: from when, the words of the invoice, the share that is disregarded, and
    the countries among which it works."""

    scheme: Scheme
    wording: Name
    disregard: TaxFraction = ZERO
    members: tuple[Annotated[str, Field(pattern="^[A-Z]{2}$")], ...] = ()


class Condition(BaseModel):
    """One condition and whether the facts meet it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    code: str
    says: str
    met: bool


class SupplyLine(BaseModel):
    """A line with the tax that it would bear. `specified` says that it is a service of the kind that the
    scheme names, with the material that belongs to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    net: Amount
    tax: LineTax
    specified: bool


class ConstructionParties(BaseModel):
    """Who buys and sells building work in the United Kingdom.

    `end_user_in_writing`: the customer has said in writing that he is an end user or intermediary supplier.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    supplier_vat_registered: bool
    customer_vat_registered: bool
    customer_cis_registered: bool
    end_user_in_writing: bool


class CrossBorderParties(BaseModel):
    """Who buys and sells a service between countries. `taxed_where_customer_is`: the general rule for
    services to businesses applies; it does not to work on land, which is taxed where the land lies."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    supplier_country: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    customer_country: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    customer_is_business: bool
    customer_vat_number: str = ""
    taxed_where_customer_is: bool


class ConstructionSupply(ConstructionParties):
    """The facts of an invoice for building work in the United Kingdom."""

    tax_date: BusinessDate
    lines: Annotated[tuple[SupplyLine, ...], Field(min_length=1)]


class CrossBorderSupply(CrossBorderParties):
    """The facts of an invoice for a service between countries."""

    tax_date: BusinessDate
    lines: Annotated[tuple[SupplyLine, ...], Field(min_length=1)]


class CustomerTax(BaseModel):
    """Tax that the customer accounts for at one rate: shown on the invoice, not charged by it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    rate: TaxFraction
    base: Amount
    amount: Amount


class ReverseCharge(BaseModel):
    """Whether it applies, why, the lines with the tax they now bear, and what the customer accounts for."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    applies: bool
    conditions: tuple[Condition, ...]
    lines: tuple[TaxedAmount, ...]
    wording: str
    customer_tax: tuple[CustomerTax, ...]


Facts = TypeVar("Facts")


class _Test(Generic[Facts]):
    def __init__(self, code: str, says: str, met: Callable[[Facts, ReverseChargeRule], bool]) -> None:
        self.code, self.says, self.met = code, says, met

    def of(self, facts: Facts, rule: ReverseChargeRule) -> Condition:
        return Condition(code=self.code, says=self.says, met=self.met(facts, rule))


def _is_specified(line: SupplyLine) -> bool:
    return line.specified and line.tax.category in CHARGED


def _above_disregard(facts: ConstructionSupply, rule: ReverseChargeRule) -> bool:
    """Whether the part under the charge is more than the share that is disregarded; a credit counts as the
    invoice does that it takes back."""
    specified = total(line.net for line in facts.lines if _is_specified(line)).copy_abs()
    whole = total(line.net for line in facts.lines).copy_abs()
    return specified > multiply(whole, rule.disregard)


_UK: Sequence[_Test[ConstructionSupply]] = (
    _Test(
        "construction_service",
        "A line is a construction service reported under CIS, at a standard or reduced rate",
        lambda facts, _: any(_is_specified(line) for line in facts.lines),
    ),
    _Test("supplier_registered", "We are registered for VAT", lambda facts, _: facts.supplier_vat_registered),
    _Test(
        "customer_registered",
        "The customer is registered for VAT",
        lambda facts, _: facts.customer_vat_registered,
    ),
    _Test(
        "customer_in_cis",
        "The customer is registered for CIS",
        lambda facts, _: facts.customer_cis_registered,
    ),
    _Test(
        "not_end_user",
        "The customer has not said in writing that he is an end user or intermediary",
        lambda facts, _: not facts.end_user_in_writing,
    ),
    _Test("above_disregard", "The part under the charge is above the disregarded share", _above_disregard),
)

_EU: Sequence[_Test[CrossBorderSupply]] = (
    _Test(
        "service",
        "A line is a service, at a standard or reduced rate",
        lambda facts, _: any(_is_specified(line) for line in facts.lines),
    ),
    _Test(
        "supplier_in_union",
        "We are established in a member state",
        lambda facts, rule: facts.supplier_country in rule.members,
    ),
    _Test(
        "customer_in_union",
        "The customer is established in a member state",
        lambda facts, rule: facts.customer_country in rule.members,
    ),
    _Test(
        "other_country",
        "The customer is in another country than we are",
        lambda facts, _: facts.customer_country != facts.supplier_country,
    ),
    _Test("business", "The customer is a business", lambda facts, _: facts.customer_is_business),
    _Test(
        "vat_number", "His VAT number is on file", lambda facts, _: bool(facts.customer_vat_number.strip())
    ),
    _Test(
        "general_rule",
        "The service is taxed where the customer is",
        lambda facts, _: facts.taxed_where_customer_is,
    ),
)


def uk_construction(
    rules: Sequence[ReverseChargeRule], supply: ConstructionSupply, currency: str
) -> ReverseCharge:
    """The UK domestic reverse charge (VAT Act 1994 s. 55A, SI 2019/892).

    Where it applies, the whole invoice follows, other taxable lines too; zero-rated, exempt and other lines
    stay as they are, since nobody accounts for tax on them.
    """
    rule = _rule(rules, Scheme.uk_construction, "GB", supply.tax_date)
    conditions = tuple(test.of(supply, rule) for test in _UK) if rule else (_not_in_force(supply.tax_date),)
    lines = _lines(supply.lines, conditions, rule, whole_invoice=True)
    return _decision(conditions, rule, lines, currency)


def eu_services(
    rules: Sequence[ReverseChargeRule], supply: CrossBorderSupply, currency: str
) -> ReverseCharge:
    """Services between businesses of two member states (Directive 2006/112/EC art. 44 and 196).

    Only lines that are such services follow; the others are taxed as they would be. At which rate the
    customer accounts for the tax is his country's business, so no amount of his is shown.
    """
    rule = _rule(rules, Scheme.eu_services, "EU", supply.tax_date)
    conditions = tuple(test.of(supply, rule) for test in _EU) if rule else (_not_in_force(supply.tax_date),)
    lines = _lines(supply.lines, conditions, rule, whole_invoice=False)
    return _decision(conditions, rule, lines, currency)


def _rule(
    rules: Sequence[ReverseChargeRule], scheme: Scheme, jurisdiction: str, on: date
) -> ReverseChargeRule | None:
    return next((row for row in in_force(rules, jurisdiction, on) if row.scheme is scheme), None)


def _not_in_force(on: date) -> Condition:
    return Condition(code="in_force", says=f"The scheme is in force on {on}", met=False)


def _lines(
    lines: Sequence[SupplyLine],
    conditions: Sequence[Condition],
    rule: ReverseChargeRule | None,
    *,
    whole_invoice: bool,
) -> tuple[TaxedAmount, ...]:
    if any(line.tax.category is TaxCategory.reverse_charge for line in lines):
        raise wrong_content(
            "already_reversed", "Give each line the tax that it would bear without the reverse charge."
        )
    applies = all(condition.met for condition in conditions)
    taxed = []
    for line in lines:
        follows = line.tax.category in CHARGED if whole_invoice else _is_specified(line)
        tax = line.tax
        if rule is not None and applies and follows:
            tax = LineTax(
                tax=tax.tax,
                category=TaxCategory.reverse_charge,
                reason=rule.wording,
                customer_rate=tax.rate if whole_invoice else ZERO,
            )
        taxed.append(TaxedAmount(net=line.net, taxes=(tax,)))
    return tuple(taxed)


def _decision(
    conditions: tuple[Condition, ...],
    rule: ReverseChargeRule | None,
    lines: tuple[TaxedAmount, ...],
    currency: str,
) -> ReverseCharge:
    applies = all(condition.met for condition in conditions)
    return ReverseCharge(
        applies=applies,
        conditions=conditions,
        lines=lines,
        wording=rule.wording if rule is not None and applies else "",
        customer_tax=customer_tax(lines, currency),
    )


def customer_tax(lines: Sequence[TaxedAmount], currency: str) -> tuple[CustomerTax, ...]:
    """What the customer accounts for, rounded once for each rate."""
    nets: dict[Decimal, list[Decimal]] = {}
    for line in lines:
        for tax in line.taxes:
            if tax.customer_rate > ZERO:
                nets.setdefault(tax.customer_rate, []).append(line.net)
    return tuple(
        CustomerTax(
            rate=rate,
            base=round_to(total(each), currency),
            amount=round_to(multiply(total(each), rate), currency),
        )
        for rate, each in nets.items()
    )
