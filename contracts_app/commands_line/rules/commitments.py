"""Bills of vendors matched and passed on, and retainage of subcontractors (docs/SPEC-commitments.md)."""

from uuid import UUID

from pydantic import Field

from contracts_app import law
from contracts_app.commands_line.rules.question import Answer, Question, Rules
from contracts_app.domain.money import ZERO, Amount, total
from contracts_app.domain.names import BusinessDate, Currency
from contracts_app.domain.purchasing import (
    bill_match,
    commitment_position,
    duplicates,
    pass_through,
    subcontract_retainage,
)
from contracts_app.domain.purchasing.bill_match import BillMatch
from contracts_app.domain.purchasing.commitment_position import Position
from contracts_app.domain.purchasing.commitments import (
    Commitment,
    Inspection,
    Receipt,
    VendorBill,
    VendorCredit,
)
from contracts_app.domain.purchasing.duplicates import Duplicate
from contracts_app.domain.purchasing.pass_through import CostLine, MarkupRate, PassedBefore, PassThrough
from contracts_app.domain.purchasing.subcontract_retainage import HeldOfSub, retainage_payable
from contracts_app.domain.retainage.retainage import LineWork, Sums
from contracts_app.domain.retainage.retainage_law import ContractFacts, LawFinding, RetainageProvision
from contracts_app.domain.retainage.retainage_terms import RetainageTerms


class ToMatch(Question):
    """A commitment with what arrived, what an inspection accepted, and what was billed and credited."""

    commitment: Commitment
    receipts: list[Receipt] = Field(default_factory=list)
    inspections: list[Inspection] = Field(default_factory=list)
    bills: list[VendorBill]
    credits: list[VendorCredit] = Field(default_factory=list)


class Matched(Answer):
    """The bills with what is matched and disputed, those that were there before, where each line of the
    commitment stands, and the costs that a client's contract is charged with."""

    bills: tuple[BillMatch, ...]
    duplicates: tuple[Duplicate, ...]
    positions: tuple[Position, ...]
    costs: tuple[CostLine, ...]


class ToPassOn(Question):
    """Vendors' lines as they stand, what of them was passed on before, and the markups of the contract."""

    lines: list[CostLine]
    before: list[PassedBefore] = Field(default_factory=list)
    rates: list[MarkupRate]
    currency: Currency


class SubLine(Question):
    """A line of a subcontract: its sum, its matched cost to date and what was released of its retainage."""

    line_id: UUID
    value: Amount
    matched: Amount
    released: Amount = ZERO


class OfASub(Question):
    """The retainage terms of the prime contract and of the subcontract (none: the prime's), what the law asks
    of the subcontract, and its lines."""

    prime: RetainageTerms
    sub: RetainageTerms | None = None
    facts: ContractFacts
    today: BusinessDate
    lines: list[SubLine] = Field(default_factory=list)


class SubRetainage(Answer):
    """What is to be said of the rates, and what is held and payable of each line."""

    findings: tuple[LawFinding, ...]
    lines: tuple[HeldOfSub, ...]


def _match(question: ToMatch) -> Matched:
    """Vendors' bills matched two, three or four ways with tolerances; bills of one number are held."""
    order = question.commitment
    found = duplicates.duplicate_bills(question.bills, order.currency)
    held = {duplicate.id for duplicate in found if duplicate.certain}
    matches = bill_match.match(
        order, question.receipts, question.inspections, question.bills, question.credits, held
    )
    return Matched(
        bills=matches,
        duplicates=found,
        positions=commitment_position.positions(order, question.receipts, question.inspections, matches),
        costs=pass_through.cost_lines(order, question.bills, question.credits, matches),
    )


def _pass_through(question: ToPassOn) -> PassThrough:
    """Matched costs of vendors passed on with their markup, once; a credit takes back cost and markup."""
    return pass_through.pass_through(question.lines, question.before, question.rates, question.currency)


def _subcontract_retainage(question: OfASub) -> SubRetainage:
    """Retainage held of a subcontractor, and whether its rate is above the prime contract's or the law's."""
    terms = question.sub if question.sub is not None else question.prime
    rows = law.table("retainage", RetainageProvision)
    lines = [
        LineWork(line.line_id, None, line.matched, ZERO, value=line.value, released=line.released)
        for line in question.lines
    ]
    whole = total(line.value for line in question.lines)
    return SubRetainage(
        findings=subcontract_retainage.findings(question.prime, terms, question.facts, rows, question.today),
        lines=retainage_payable(terms, lines, Sums(whole, whole), question.facts.currency),
    )


RULES: Rules = {
    "match": _match,
    "pass-through": _pass_through,
    "subcontract-retainage": _subcontract_retainage,
}
