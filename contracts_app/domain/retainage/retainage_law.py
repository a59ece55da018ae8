"""Retainage and the law of the place: what it limits, what it demands, and by when it is released
(docs/SPEC-retainage.md, "Law"). The numbers are rows of `contracts_app/law/retainage.toml`. Not legal advice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts_app.domain import law
from contracts_app.domain.money import ZERO, Amount, Rate, in_percent, in_words_of_a_page, multiply, share
from contracts_app.domain.names import BusinessDate, Currency
from contracts_app.domain.retainage import retainage_tiers
from contracts_app.domain.retainage.retainage_terms import (
    GoverningLaw,
    LawPolicy,
    RetainageRate,
    RetainageTerms,
    TierMode,
    Works,
)


class Trigger(StrEnum):
    """From what a deadline for release counts."""

    completion = "completion"
    substantial_completion = "substantial_completion"
    practical_completion = "practical_completion"
    final_approval = "final_approval"
    release_approved = "release_approved"
    final_rates_proposed = "final_rates_proposed"
    holdback_notice = "holdback_notice"
    own_contract_only = "own_contract_only"


class RetainageProvision(law.Provision):
    """A limit of retainage, or a rule of its release.

    `rate_cap` is the most of each payment, `total_cap` the most of the contract price, `amount_cap` the most
    in money; `nothing_above` the completion from which on nothing more is withheld; `must_hold` the least.
    Rows of one `choice` are alternatives. `price_from` and `price_below` bound the contract sum, in
    `currency`. `only_for` names what the contract must be marked as. `release_days` count from
    `release_trigger`; `disputed_at_most` is the multiple of a disputed amount that may be kept.
    `no_more_than_above`: a subcontract's rate is at most the prime contract's.
    """

    applies_to: Annotated[tuple[Works, ...], Field(min_length=1)]
    only_for: str = ""
    choice: str = ""
    binding: bool = True
    price_from: Amount | None = None
    price_below: Amount | None = None
    currency: Currency | None = None
    rate_cap: RetainageRate | None = None
    total_cap: RetainageRate | None = None
    amount_cap: Amount | None = None
    nothing_above: RetainageRate | None = None
    must_hold: RetainageRate | None = None
    no_more_than_above: bool = False
    exempt: tuple[str, ...] = ()
    release_days: Annotated[int, Field(ge=0, le=3660)] | None = None
    release_trigger: Trigger | None = None
    release_part: RetainageRate | None = None
    disputed_at_most: Rate | None = None
    interest_per_month: Rate | None = None


class ContractFacts(BaseModel):
    """What the law asks of a contract. `line_rates` are rates of single lines; `marks` say what it is beside
    its works (`time_and_materials`, `fixed_fee`, `federal_transport_funds`); `rate_above` is the rate of the
    contract above this one, where it is a subcontract."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    contract_date: BusinessDate
    contract_sum: Amount
    currency: Currency
    line_rates: tuple[RetainageRate, ...] = ()
    marks: frozenset[str] = frozenset()
    rate_above: RetainageRate | None = None


class LawFinding(BaseModel):
    """Terms that go beyond the law, or a table that wants to be read again. `blocks` follows the contract's
    policy; a stale table never blocks."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    code: str
    blocks: bool
    citation: str
    sentence: str


class Deadline(BaseModel):
    """By when retainage is released under a provision, and what a month's delay costs."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    citation: str
    due_on: date
    interest_per_month: Rate | None


def applicable(
    rows: Sequence[RetainageProvision], place: GoverningLaw, facts: ContractFacts
) -> Sequence[RetainageProvision]:
    """The binding provisions for a contract: of its jurisdiction and of the country it is part of, in force
    on the contract date, for its works, price and marks."""
    country = place.jurisdiction.partition("-")[0]
    return tuple(
        row
        for jurisdiction in dict.fromkeys((place.jurisdiction, country))
        for row in law.in_force(rows, jurisdiction, facts.contract_date)
        if row.binding
        and place.works in row.applies_to
        and (not row.only_for or row.only_for in {*facts.marks, *place.marks})
        and _in_band(row, facts)
    )


def _in_band(row: RetainageProvision, facts: ContractFacts) -> bool:
    if row.price_from is None and row.price_below is None:
        return True
    return (
        row.currency == facts.currency
        and (row.price_from is None or facts.contract_sum >= row.price_from)
        and (row.price_below is None or facts.contract_sum < row.price_below)
    )


def findings(
    terms: RetainageTerms, rows: Sequence[RetainageProvision], facts: ContractFacts, today: date
) -> tuple[LawFinding, ...]:
    """Where terms go beyond the law of the place, blocking findings first; none where the terms name no place
    or the policy is off."""
    place = terms.law
    if place is None or place.policy is LawPolicy.off:
        return ()
    found: list[LawFinding] = []
    known = applicable(rows, place, facts)
    choices: dict[str, list[list[LawFinding]]] = {}
    for row in known:
        # What nobody is sure of does not keep anybody from a contract.
        certain = row.verified is not law.Verified.uncertain
        against = list(_against(row, terms, facts, certain and place.policy is LawPolicy.block))
        if row.choice:
            choices.setdefault(row.choice, []).append(against)
        else:
            found.extend(against)
    for alternatives in choices.values():
        if all(alternatives):  # none of them is met
            fewest: list[LawFinding] = min(alternatives, key=len)
            found.extend(fewest)
    stale = {row.citation: row for row in known if row.is_stale(today)}
    found.extend(
        LawFinding(
            code="law_to_be_read_again",
            blocks=False,
            citation=row.citation,
            sentence=f"{row.citation} was last read on {row.as_of}: see whether it still says so.",
        )
        for row in stale.values()
    )
    return tuple(sorted(found, key=lambda finding: not finding.blocks))


def _against(
    row: RetainageProvision, terms: RetainageTerms, facts: ContractFacts, blocks: bool
) -> Iterator[LawFinding]:
    def finding(code: str, sentence: str) -> LawFinding:
        return LawFinding(
            code=code, blocks=blocks, citation=row.citation, sentence=f"{sentence} ({row.citation})"
        )

    highest = max(_rates(terms, facts))
    if row.rate_cap is not None and highest > row.rate_cap:
        yield finding(
            "rate_above_law",
            f"Up to {in_percent(highest)} is withheld; the law allows at most {in_percent(row.rate_cap)}.",
        )
    most = most_held(terms, facts.contract_sum)
    if row.total_cap is not None and most > multiply(facts.contract_sum, row.total_cap):
        yield finding(
            "total_above_law",
            f"As much as {in_words_of_a_page(most, facts.currency)} may be held; the law lets at most "
            f"{in_percent(row.total_cap)} of the contract price be held, "
            f"{in_words_of_a_page(multiply(facts.contract_sum, row.total_cap), facts.currency)}.",
        )
    elsewhere = max(_other_rates(terms, facts), default=ZERO)
    allowed = [] if row.total_cap is None else [row.total_cap]
    if row.amount_cap is not None and row.currency == facts.currency and facts.contract_sum > ZERO:
        allowed.append(share(row.amount_cap, facts.contract_sum))
    told = row.rate_cap is not None and highest > row.rate_cap
    if not told and any(elsewhere > most_allowed for most_allowed in allowed):
        yield finding(
            "part_above_law",
            f"Stored material, a line or a change order bears {in_percent(elsewhere)}: what is held in all "
            f"may pass {in_percent(min(allowed))} of the contract price, the most that the law lets be held.",
        )
    if row.amount_cap is not None and row.currency == facts.currency and most > row.amount_cap:
        yield finding(
            "total_above_law",
            f"As much as {in_words_of_a_page(most, facts.currency)} may be held; the law lets at most "
            f"{in_words_of_a_page(row.amount_cap, facts.currency)} be held.",
        )
    if row.nothing_above is not None and _later_rate(terms, row.nothing_above) > ZERO:
        yield finding(
            "withheld_after_law_stops",
            f"From {in_percent(row.nothing_above)} completion on the law lets nothing more be withheld.",
        )
    lowest = min(_rates(terms, facts))
    if row.must_hold is not None and lowest < row.must_hold:
        yield finding(
            "below_what_law_holds",
            f"As little as {in_percent(lowest)} is withheld; the law demands {in_percent(row.must_hold)}.",
        )
    demanded = ZERO if row.must_hold is None else multiply(facts.contract_sum, row.must_hold)
    if row.must_hold is not None and lowest >= row.must_hold and terms.cap is not None and most < demanded:
        yield finding(
            "below_what_law_holds",
            f"Withholding stops at {in_words_of_a_page(most, facts.currency)}; the law demands "
            f"{in_percent(row.must_hold)} of the work, {in_words_of_a_page(demanded, facts.currency)} of the "
            "whole.",
        )
    if row.no_more_than_above and facts.rate_above is not None and highest > facts.rate_above:
        yield finding(
            "rate_above_prime",
            f"Up to {in_percent(highest)} is withheld; the contract above has "
            f"{in_percent(facts.rate_above)}.",
        )


def _rates(terms: RetainageTerms, facts: ContractFacts) -> Sequence[Decimal]:
    """Every rate that the terms withhold at."""
    tiers = retainage_tiers.steps(terms)
    orders = [one.rate for one in terms.change_order_rates]
    if terms.change_order_rate is not None:
        orders.append(terms.change_order_rate)
    both = [rate for tier in tiers for rate in (tier.rate_completed, tier.rate_stored)]
    return [*both, *orders, *facts.line_rates]


def _other_rates(terms: RetainageTerms, facts: ContractFacts) -> Sequence[Decimal]:
    """The rates that `most_held` leaves out: of stored material, of lines and of change orders."""
    on_completed = {tier.rate_completed for tier in retainage_tiers.steps(terms)}
    return [rate for rate in _rates(terms, facts) if rate not in on_completed]


def _later_rate(terms: RetainageTerms, completion: Decimal) -> Decimal:
    """The highest rate on work above a completion."""
    tiers = retainage_tiers.steps(terms)
    reached = [tier for tier in tiers if tier.above <= completion][-1:]
    later = [tier for tier in tiers if tier.above > completion]
    return max(tier.rate_completed for tier in (*reached, *later))


def most_held(terms: RetainageTerms, contract_sum: Decimal) -> Decimal:
    """The most that the contract's rates hold of completed work on the way to completion, exact; a release
    not counted. The cap measured on the sum given."""
    tiers = retainage_tiers.steps(terms)
    points = [*(tier.above for tier in tiers[1:]), Decimal(1)]
    if terms.tiers is not None and terms.tiers.mode is TierMode.step_down:
        held = [
            multiply(multiply(contract_sum, point), tier.rate_completed)
            for tier, point in zip(tiers, points, strict=True)
        ]
        most = max(held)
    else:
        most = retainage_tiers.borne(terms, contract_sum, ZERO, contract_sum).completed
    if terms.cap is None:
        return most
    cap = terms.cap.amount
    return min(most, multiply(contract_sum, terms.cap.fraction or ZERO) if cap is None else cap)


def deadlines(
    rows: Sequence[RetainageProvision],
    place: GoverningLaw,
    facts: ContractFacts,
    reached: Mapping[Trigger, date],
) -> tuple[Deadline, ...]:
    """By when the law wants retainage released, given when what it counts from happened, earliest first."""
    found = [
        Deadline(
            citation=row.citation,
            due_on=reached[row.release_trigger] + timedelta(days=row.release_days),
            interest_per_month=row.interest_per_month,
        )
        for row in applicable(rows, place, facts)
        if row.release_days is not None and row.release_trigger is not None and row.release_trigger in reached
    ]
    return tuple(sorted(found, key=lambda deadline: deadline.due_on))


def overdue(
    known: Sequence[Deadline], held: Decimal, today: date, policy: LawPolicy, currency: str
) -> tuple[LawFinding, ...]:
    """What should have been released by today and is still held."""
    if policy is LawPolicy.off or held <= ZERO:
        return ()
    return tuple(
        LawFinding(
            code="release_overdue",
            blocks=policy is LawPolicy.block,
            citation=deadline.citation,
            sentence=f"{in_words_of_a_page(held, currency)} is held that was to be released by "
            f"{deadline.due_on} ({deadline.citation}).",
        )
        for deadline in known
        if deadline.due_on < today
    )
