"""Tax of a whole invoice from what is captured with its draft (docs/SPEC-tax.md).

The rows of law that were used, the dates, the parties and the rates of exchange are part of the snapshot, so
that an issued invoice can be worked out again after the law has changed. The net amounts come from the
application, discounts of the document spread over them already: which of them bear tax now is the contract's
treatment of retainage.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.money import ZERO, Amount, round_to, total
from contracts_app.domain.names import BusinessDate
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.tax.currency import DocumentRates, tax_in_its_currency
from contracts_app.domain.tax.document_totals import DocumentTotals, TaxedDocument, totals
from contracts_app.domain.tax.reverse_charge import (
    ConstructionParties,
    ConstructionSupply,
    CrossBorderParties,
    CrossBorderSupply,
    ReverseCharge,
    ReverseChargeRule,
    SupplyLine,
    eu_services,
    uk_construction,
)
from contracts_app.domain.tax.tax import (
    BY_LAW,
    LineTax,
    TaxedAmount,
    TaxRate,
    TaxTreatment,
    rate_on,
    resolve,
    tax_by_line,
)
from contracts_app.domain.tax.tax_point import TaxDates, TaxRule, WorkDone, split_by_work, tax_point


class LineTaxTerms(BaseModel):
    """How a line of the schedule of values is taxed. `specified`: a service under the reverse charge asked
    about; `work`: when it was done, where that spans a change of the rate."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    treatments: Annotated[tuple[TaxTreatment, ...], Field(min_length=1)]
    specified: bool = False
    work: tuple[WorkDone, ...] = ()


class CapturedTax(BaseModel):
    """What decides the tax of an invoice. `parties` are given where a reverse charge may apply."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    rule: TaxRule
    rates: tuple[TaxRate, ...]
    dates: TaxDates
    lines: tuple[LineTaxTerms, ...]
    parties: ConstructionParties | CrossBorderParties | None = None
    reverse_charge: tuple[ReverseChargeRule, ...] = ()
    prepaid: Amount = ZERO
    exchange: DocumentRates | None = None

    @model_validator(mode="after")
    def _each_line_once(self) -> CapturedTax:
        if len({line.line_id for line in self.lines}) < len(self.lines):
            raise ValueError("a line is taxed in one way")
        return self


class TaxOfLine(BaseModel):
    """A line's net amount and its share of the invoice's tax."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    net: Amount
    tax: Amount


class InvoiceTax(BaseModel):
    """The tax date, the totals, the tax of each line, and whether the customer accounts for the tax."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    tax_date: BusinessDate
    totals: DocumentTotals
    lines: tuple[TaxOfLine, ...]
    reverse_charge: ReverseCharge | None = None
    tax_in_its_currency: Amount | None = None


def rates_used(rows: Iterable[TaxRate], lines: Sequence[LineTaxTerms], on: date) -> tuple[TaxRate, ...]:
    """The rows to capture: each rate that a line needs on the tax date or on the days of its work, once.

    Raises Refused as `rate_on` does.
    """
    known = tuple(rows)
    used = [
        rate_on(known, treatment, day)
        for line in lines
        for treatment in line.treatments
        if treatment.category in BY_LAW
        for day in ([part.on for part in line.work] or [on])
    ]
    return tuple(dict.fromkeys(used))


def invoice_tax(captured: CapturedTax, nets: Mapping[UUID, Decimal], currency: str) -> InvoiceTax:
    """The tax of an invoice whose lines have these net amounts.

    Raises Refused for a line that nobody has said the tax of, and whatever the rules it is made of refuse.
    """
    on = tax_point(captured.rule.tax_point, captured.dates, captured.rule.invoice_within_days)
    terms = {line.line_id: line for line in captured.lines}
    pieces = [
        piece
        for line_id, net in nets.items()
        for piece in _pieces(captured, terms, line_id, net, currency, on)
    ]
    decided = _reverse_charge(captured, pieces, currency, on)
    taxed = decided.lines if decided is not None else tuple(piece.amount for piece in pieces)
    made = totals(
        TaxedDocument(
            currency=currency,
            lines=taxed,
            prepaid=captured.prepaid,
            rounding=captured.rule.rounding,
        )
    )
    shares: dict[UUID, list[Decimal]] = {line_id: [] for line_id in nets}
    for piece, tax in zip(pieces, tax_by_line(taxed, currency, captured.rule.rounding), strict=True):
        shares[piece.line_id].append(tax)
    return InvoiceTax(
        tax_date=on,
        totals=made,
        lines=tuple(
            TaxOfLine(line_id=line_id, net=nets[line_id], tax=round_to(total(each), currency))
            for line_id, each in shares.items()
        ),
        reverse_charge=decided,
        tax_in_its_currency=(
            tax_in_its_currency(made.tax, captured.exchange) if captured.exchange is not None else None
        ),
    )


class _Piece(BaseModel):
    """A line, or the part of it that bears one rate."""

    model_config = ConfigDict(frozen=True)
    line_id: UUID
    amount: TaxedAmount
    specified: bool


def _pieces(
    captured: CapturedTax,
    terms: Mapping[UUID, LineTaxTerms],
    line_id: UUID,
    net: Decimal,
    currency: str,
    on: date,
) -> list[_Piece]:
    line = terms.get(line_id)
    if line is None:
        raise wrong_content(
            "no_tax_treatment",
            "A line of this invoice does not say how it is taxed: give its tax in the schedule.",
        )
    if line.work:
        amounts = split_by_work(captured.rates, line.treatments, net, line.work, currency)
    else:
        taxes = tuple(resolve(captured.rates, treatment, on) for treatment in line.treatments)
        amounts = (TaxedAmount(net=net, taxes=taxes),)
    return [_Piece(line_id=line_id, amount=amount, specified=line.specified) for amount in amounts]


def _reverse_charge(
    captured: CapturedTax, pieces: Sequence[_Piece], currency: str, on: date
) -> ReverseCharge | None:
    if captured.parties is None:
        return None
    lines = tuple(
        SupplyLine(net=piece.amount.net, tax=_one_tax(piece.amount.taxes), specified=piece.specified)
        for piece in pieces
    )
    facts = {**captured.parties.model_dump(), "tax_date": on, "lines": lines}
    if isinstance(captured.parties, ConstructionParties):
        return uk_construction(captured.reverse_charge, ConstructionSupply.model_validate(facts), currency)
    return eu_services(captured.reverse_charge, CrossBorderSupply.model_validate(facts), currency)


def _one_tax(taxes: Sequence[LineTax]) -> LineTax:
    if len(taxes) != 1:
        raise wrong_content(
            "one_tax_for_reverse_charge", "Under a reverse charge a line bears one tax: value added tax."
        )
    return taxes[0]
