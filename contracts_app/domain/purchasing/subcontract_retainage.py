"""Retainage that we hold of a subcontractor: by default the terms that the client has with us
(docs/SPEC-commitments.md).

Where a law forbids a rate above the prime contract's, `retainage_law` says so; a higher rate without such a
law is pointed out, since what the client pays then does not cover what the subcontractor waits for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.money import (
    ZERO,
    Amount,
    in_percent,
    less,
    multiply,
    require_at_scale,
    round_to,
    total,
)
from contracts_app.domain.names import Currency
from contracts_app.domain.purchasing.standing import Book
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.retainage import retainage_law, retainage_tiers
from contracts_app.domain.retainage.retainage import LineWork, Sums, retained
from contracts_app.domain.retainage.retainage_law import ContractFacts, LawFinding, RetainageProvision
from contracts_app.domain.retainage.retainage_terms import RetainageTerms


class HeldOfSub(BaseModel):
    """What of a subcontract's line is matched, withheld, released, held and payable, to date:
    withheld − released = held, matched − held = payable."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    matched: Amount
    withheld: Amount
    released: Amount
    held: Amount
    payable: Amount


def findings(
    prime: RetainageTerms,
    sub: RetainageTerms,
    facts: ContractFacts,
    rows: Sequence[RetainageProvision],
    today: date,
) -> tuple[LawFinding, ...]:
    """What is to be said of a subcontract's retainage beside the prime contract's; what blocks comes first.

    `facts` are the subcontract's (its date and sum); a subcontract that names no law is under the prime's.
    """
    under = sub if sub.law is not None else sub.model_copy(update={"law": prime.law})
    asked = facts.model_copy(update={"rate_above": max(_rates(prime))})
    by_law = retainage_law.findings(under, rows, asked, today)
    if any(finding.code == "rate_above_prime" for finding in by_law):
        return by_law
    return (*by_law, *_pointed_out(prime, sub))


def _pointed_out(prime: RetainageTerms, sub: RetainageTerms) -> Sequence[LawFinding]:
    pairs = (
        ("completed work", sub.rate_completed, prime.rate_completed),
        ("stored material", sub.rate_stored, prime.rate_stored),
    )
    return [
        LawFinding(
            code="above_prime",
            blocks=False,
            citation="",
            sentence=f"On {what} {in_percent(rate)} is withheld of the subcontractor; the client "
            f"withholds {in_percent(own)} of us.",
        )
        for what, rate, own in pairs
        if rate > own
    ]


def _rates(terms: RetainageTerms) -> Sequence[Decimal]:
    tiers = retainage_tiers.steps(terms)
    return [rate for tier in tiers for rate in (tier.rate_completed, tier.rate_stored)]


def retainage_payable(
    terms: RetainageTerms, lines: Sequence[LineWork], sums: Sums, currency: Currency
) -> tuple[HeldOfSub, ...]:
    """Per line of a subcontract what is held and payable; `completed` of each line is its matched cost.

    Raises Refused (`release_exceeds_held`) when more is released than was withheld, or less than nothing.
    """
    require_at_scale((amount for line in lines for amount in (line.completed, line.released)), currency)
    standing = retained(terms, lines, sums, currency)
    result = []
    for line in lines:
        withheld, released = standing.withheld[line.line_id], standing.released[line.line_id]
        held = less(withheld, released)
        if not ZERO <= released <= withheld:
            raise wrong_content(
                "release_exceeds_held", "No more retainage is released to a subcontractor than is held."
            )
        result.append(
            HeldOfSub(
                line_id=line.line_id,
                matched=line.completed,
                withheld=withheld,
                released=released,
                held=held,
                payable=less(line.completed, held),
            )
        )
    return tuple(result)


def terms_of(prime: RetainageTerms, rate: Decimal | None) -> RetainageTerms:
    """The terms of a subcontract: its own rate, else the rates that the client has with us. Tiers and caps of
    the prime contract are measured on its sum and are not taken over."""
    if rate is not None:
        return RetainageTerms(rate_completed=rate, rate_stored=rate)
    return RetainageTerms(rate_completed=prime.rate_completed, rate_stored=prime.rate_stored, law=prime.law)


def held_of(book: Book, terms: RetainageTerms, released: Mapping[UUID, Decimal]) -> tuple[HeldOfSub, ...]:
    """Per line of the order what is held and payable of its approved bills. Raises as `retainage_payable`."""
    currency = book.order.currency
    approved = set(book.approved)
    matched = {
        line.id: total(
            each.matched_amount
            for found in book.matches
            if found.bill_id in approved
            for each in found.lines
            if each.commitment_line_id == line.id
        )
        for line in book.order.lines
    }
    values = {
        line.id: round_to(multiply(line.quantity, line.unit_price), currency) for line in book.order.lines
    }
    whole = total(values.values())
    lines = [
        LineWork(
            line.id, None, matched[line.id], ZERO, value=values[line.id], released=released.get(line.id, ZERO)
        )
        for line in book.order.lines
    ]
    return retainage_payable(terms, lines, Sums(whole, whole), currency)
