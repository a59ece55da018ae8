"""What the law of the place says of a contract's terms (docs/SPEC-law.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from contracts_app.domain.changes.extra_work import FeeOnMaterials, material_limits
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.law import Provision, in_place
from contracts_app.domain.receivables import reply_law
from contracts_app.domain.retainage.retainage_law import (
    ContractFacts,
    LawFinding,
    RetainageProvision,
    findings,
)
from contracts_app.domain.retainage.retainage_terms import LawPolicy, Mark, Works
from contracts_app.law import table


def facts_of(terms: ContractTerms, line_rates: Iterable[Decimal] = ()) -> ContractFacts:
    """What the law asks of a contract; `line_rates` are the rates that lines have of their own."""
    return ContractFacts(
        contract_date=terms.contract_date,
        contract_sum=terms.original_sum,
        currency=terms.currency,
        line_rates=tuple(line_rates),
    )


def of_terms(terms: ContractTerms, line_rates: Iterable[Decimal], today: date) -> Sequence[LawFinding]:
    """Where terms go beyond the law of the place, blocking findings first, and which tables want to be read
    again; none where the terms name no place or the policy is off."""
    rows = table("retainage", RetainageProvision)
    found = findings(terms.retainage, rows, facts_of(terms, line_rates), today)
    found = (*found, *_of_materials(terms, today), *_of_replies(terms, today))
    return sorted(found, key=lambda one: not one.blocks)


def _of_materials(terms: ContractTerms, today: date) -> Iterator[LawFinding]:
    """A markup on the material of tickets that a federal contract for time and materials does not pay."""
    place = terms.retainage.law
    if place is None or place.policy is LawPolicy.off or terms.changes is None:
        return
    if place.works is not Works.federal or Mark.time_and_materials not in place.marks:
        return
    rows = in_place(table("fee_on_materials", FeeOnMaterials), place.jurisdiction, terms.contract_date)
    for row in rows:
        for sentence in material_limits(terms.changes.markups, [row]):
            yield LawFinding(
                code="markup_above_law",
                blocks=place.policy is LawPolicy.block,
                citation=row.citation,
                sentence=sentence,
            )
        yield from _stale(row, today)


def _of_replies(terms: ContractTerms, today: date) -> Iterator[LawFinding]:
    """More days to reply than the law gives the client; the parties may agree so, so it only warns."""
    place = terms.retainage.law
    if place is None or place.policy is LawPolicy.off or not terms.certified_by_client:
        return
    rows = in_place(table("reply_days", reply_law.ReplyProvision), place.jurisdiction, terms.contract_date)
    days = terms.certification_days
    for row in reply_law.exceeded(days, place.works, rows):
        yield LawFinding(
            code="reply_beyond_law",
            blocks=False,
            citation=row.citation,
            sentence=reply_law.sentence(days, row),
        )
        yield from _stale(row, today)


def _stale(row: Provision, today: date) -> Iterator[LawFinding]:
    if row.is_stale(today):
        yield LawFinding(
            code="law_to_be_read_again",
            blocks=False,
            citation=row.citation,
            sentence=f"{row.citation} was last read on {row.as_of}: see whether it still says so.",
        )
