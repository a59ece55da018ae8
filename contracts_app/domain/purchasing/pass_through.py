"""Costs of vendors passed on to the client: matched cost × (1 + markup), once (docs/SPEC-commitments.md).

Cumulative for each line of a vendor's bill: what it comes to by now, less what earlier invoices passed on. So
a credit, a dispute that is settled and a return all come back with exactly their markup, in whatever order
the papers and the drafts come. Amounts are in the contract's currency.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.money import (
    ZERO,
    Amount,
    Rate,
    fraction_of,
    less,
    multiply,
    require_at_scale,
    round_to,
    total,
)
from contracts_app.domain.names import BusinessDate, Currency, Name
from contracts_app.domain.purchasing.bill_match import BillMatch
from contracts_app.domain.purchasing.by_category import CategoryTerm, require_no_overlap, term_of
from contracts_app.domain.purchasing.commitments import (
    Commitment,
    NetLine,
    NotNegative,
    VendorBill,
    VendorCredit,
    net_of_credits,
)
from contracts_app.domain.refusals import wrong_content


class MarkupRate(CategoryTerm):
    """A markup on costs of a category dated so; a fraction of the cost (0.10 = 10 %), 0 where cost is passed
    on as it is."""

    rate: NotNegative


class CostLine(BaseModel):
    """A line of a vendor's bill as it stands: `cost` is what is matched of it to date, net of credits,
    without tax that is recovered. `dated` (the bill's date) and `category` find its markup; a fee bears
    none."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    line_id: UUID
    """The line of the client's contract that it is passed on to."""
    category: Name
    dated: BusinessDate
    cost: Amount
    is_fee: bool = False
    description: str = ""


class PassedBefore(BaseModel):
    """What live invoices passed on of a vendor's line so far."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    line_id: UUID
    cost: Amount
    markup: Amount


class PassedOn(BaseModel):
    """What an invoice passes on of a vendor's line; negative where it takes back. cost + markup = amount."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    line_id: UUID
    rate: Rate
    cost_to_date: Amount
    markup_to_date: Amount
    cost: Amount
    markup: Amount
    amount: Amount


class PassThrough(BaseModel):
    """Everything that an invoice passes on."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    lines: tuple[PassedOn, ...]
    cost: Amount
    markup: Amount
    amount: Amount


def pass_through(
    lines: Sequence[CostLine],
    before: Sequence[PassedBefore],
    rates: Sequence[MarkupRate],
    currency: Currency,
) -> PassThrough:
    """What the next invoice passes on: for each vendor's line its cost and markup to date less those passed
    on before. Lines of which nothing changed are left out; a line that is no longer there is taken back.

    Raises Refused for a line given twice (`passed_on_twice`), one that moved to another line of the contract
    while something of it is billed (`billed_elsewhere`), and a cost without a rate (`no_markup_rate`): no
    rate is never taken for zero.
    """
    require_no_overlap(rates, "markups")
    known = {line.id: line for line in lines}
    passed = {part.id: part for part in before}
    if len(known) < len(lines) or len(passed) < len(before):
        raise wrong_content("passed_on_twice", "A line of a vendor's bill is there twice.")
    require_at_scale((line.cost for line in lines), currency)
    found = [_passed_on(line, passed.get(line.id), rates, currency) for line in lines]
    found += [_taken_back(part) for part in before if part.id not in known]
    changed = tuple(line for line in found if line.cost != ZERO or line.markup != ZERO)
    return PassThrough(
        lines=changed,
        cost=round_to(total(line.cost for line in changed), currency),
        markup=round_to(total(line.markup for line in changed), currency),
        amount=round_to(total(line.amount for line in changed), currency),
    )


def _passed_on(
    line: CostLine, before: PassedBefore | None, rates: Sequence[MarkupRate], currency: Currency
) -> PassedOn:
    if before is not None and before.line_id != line.line_id:
        raise wrong_content(
            "billed_elsewhere",
            "Part of a vendor's cost is billed on another line of the contract: credit it there first.",
        )
    rate = ZERO if line.is_fee else markup_rate(rates, line.category, line.dated)
    cost_before, markup_before = (before.cost, before.markup) if before else (ZERO, ZERO)
    markup = round_to(multiply(line.cost, rate), currency)
    return _difference(line.id, line.line_id, rate, line.cost, markup, cost_before, markup_before)


def _taken_back(before: PassedBefore) -> PassedOn:
    return _difference(before.id, before.line_id, ZERO, ZERO, ZERO, before.cost, before.markup)


def _difference(
    key: UUID,
    line_id: UUID,
    rate: Decimal,
    cost_to_date: Decimal,
    markup_to_date: Decimal,
    cost_before: Decimal,
    markup_before: Decimal,
) -> PassedOn:
    cost, markup = less(cost_to_date, cost_before), less(markup_to_date, markup_before)
    return PassedOn(
        id=key,
        line_id=line_id,
        rate=rate,
        cost_to_date=cost_to_date,
        markup_to_date=markup_to_date,
        cost=cost,
        markup=markup,
        amount=total((cost, markup)),
    )


def markup_rate(rates: Iterable[MarkupRate], category: str, on: date) -> Decimal:
    """The rate of this category on that day. Raises Refused (`no_markup_rate`) when there is none."""
    found = term_of(rates, category, on)
    if found is None:
        raise wrong_content(
            "no_markup_rate",
            f"The contract names no markup for {category} on {on}: add one (0 passes the cost on as it is).",
        )
    return found.rate


def cost_lines(
    commitment: Commitment,
    bills: Sequence[VendorBill],
    memos: Sequence[VendorCredit],
    matches: Iterable[BillMatch],
) -> tuple[CostLine, ...]:
    """The matched lines of a commitment's bills that the client pays: those whose line of the commitment
    names a line of the contract, also where nothing is matched any more.

    Tax that is not recovered is cost, in proportion to what is matched.
    """
    ordered = {line.id: line for line in commitment.lines}
    dated = {bill.id: bill.dated for bill in bills}
    net = net_of_credits(bills, memos, commitment.currency)
    result = []
    for found in matches:
        for line in found.lines:
            order = ordered.get(line.commitment_line_id) if line.commitment_line_id else None
            if order is None or order.sov_line_id is None:
                continue
            tax = _matched_tax(net[line.bill_line_id], line.matched_amount, commitment.currency)
            result.append(
                CostLine(
                    id=line.bill_line_id,
                    line_id=order.sov_line_id,
                    category=order.category,
                    dated=dated[found.bill_id],
                    cost=total((line.matched_amount, tax)),
                    is_fee=order.is_fee,
                    description=order.description,
                )
            )
    return tuple(result)


def _matched_tax(net: NetLine, matched: Decimal, currency: str) -> Decimal:
    if net.amount == ZERO:
        return ZERO
    return round_to(fraction_of(net.tax_not_recoverable, matched, net.amount), currency)
