"""Caps, purchase orders, notices, retainers and advance payments (docs/SPEC-caps-and-funding.md)."""

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from pydantic import Field

from contracts_app import law
from contracts_app.commands_line.rules.question import Answer, Question, Rules
from contracts_app.domain import money
from contracts_app.domain.contract import AtCap
from contracts_app.domain.funding import advances, caps, limit_notices
from contracts_app.domain.funding.advances import AdvanceTerms, Drawn, Recovery, RetainerTerms
from contracts_app.domain.funding.caps import Cap, Claim
from contracts_app.domain.funding.charges import Charge, Held
from contracts_app.domain.funding.funding import FundingTerms, OnExceed, Pool, PurchaseOrder
from contracts_app.domain.funding.limit_notices import Level, Notice, NoticeClause, Told
from contracts_app.domain.funding.limits import Ledger, Limit, Standing
from contracts_app.domain.money import Amount
from contracts_app.domain.names import BusinessDate, Currency, Name
from contracts_app.domain.refusals import wrong_content


class UnderCaps(Question):
    """Caps with what is billed under each and what approved drafts reserve; the charges that are offered, and
    what earlier invoices left over."""

    caps: tuple[Cap, ...]
    billed: dict[UUID, Amount] = Field(default_factory=dict)
    reserved: dict[UUID, Amount] = Field(default_factory=dict)
    charges: list[Charge]
    over: tuple[Held, ...] = ()
    at_cap: AtCap = AtCap.bill_to_cap
    currency: Currency


class Funded(UnderCaps):
    """The same with the client's purchase orders; what is billed and reserved is named by order line too."""

    caps: tuple[Cap, ...] = ()
    orders: list[PurchaseOrder]
    terms: FundingTerms = FundingTerms()
    invoice_date: BusinessDate


class Claimed(Answer):
    """What is claimed and billed, and how each cap stands once that is approved."""

    billed: Amount
    claim: Claim
    standing: dict[UUID, Standing]


class EarnedUnderALimit(Question):
    """A cap or an order line, what is earned under it, and the levels or the clause that sets one, as in
    force on a day; neither: the usual levels of a cap."""

    limit_id: UUID
    amount: Amount
    earned: Amount
    expected: Amount = money.ZERO
    levels: tuple[Level, ...] | None = None
    clause: Name | None = None
    on: BusinessDate | None = None
    told: tuple[Told, ...] = ()


class Notices(Answer):
    """The notices to give now, and the clause that asks for them."""

    notices: tuple[Notice, ...]
    clause: NoticeClause | None = None


class PaidAhead(Question):
    """A retainer with its balance, and invoices to be drawn from it one after the other."""

    terms: RetainerTerms = RetainerTerms()
    balance: Amount
    requested: Amount = money.ZERO
    invoices: list[Amount]


class DrawnDown(Answer):
    """What each invoice draws; a request is what would be asked for after it."""

    drawn: tuple[Drawn, ...]


class Advanced(Question):
    """An advance payment, and the work certified to date with each progress payment."""

    terms: AdvanceTerms
    contract_sum: Amount
    certified_to_date: list[Amount]
    currency: Currency


class Recovered(Answer):
    """What each payment recovers."""

    recoveries: tuple[Recovery, ...]


def _caps(question: UnderCaps) -> Claimed:
    """What an invoice bills of charges under nested caps, and what waits; the least of all caps over each."""
    return _claimed(question, None)


def _funding(question: Funded) -> Claimed:
    """What an invoice bills of charges that purchase orders pay, by order and line, and what waits."""
    lines = [(order, line) for order in question.orders for line in order.lines]
    money.require_at_scale((line.amount for _, line in lines), question.currency)
    limits = [
        Limit(
            id=line.id,
            name=f"{order.number} {line.number}",
            amount=line.amount,
            blocks=order.on_exceed is OnExceed.block,
        )
        for order, line in lines
    ]
    ledger = _ledger(question, limits)
    left = {limit.id: ledger.left(limit.id) for limit in limits}
    pool = Pool(question.orders, left, question.billed, question.terms, question.invoice_date)
    return _claimed(question, pool)


def _claimed(question: UnderCaps, pool: Pool | None) -> Claimed:
    amounts = (*(cap.amount for cap in question.caps), *(charge.amount for charge in question.charges))
    money.require_at_scale(amounts, question.currency)
    limits = [Limit(id=cap.id, name=cap.name, amount=cap.amount) for cap in question.caps]
    ledger = _ledger(question, limits)
    left = {limit.id: ledger.left(limit.id) for limit in limits}
    claim = caps.claim(
        question.caps, left, question.charges, question.over, question.at_cap, question.currency, pool
    )
    unbilled = (*claim.over, *claim.waiting)
    return Claimed(
        billed=claim.billed,
        claim=claim,
        standing={
            cap.id: _approved(ledger, cap.id, claim.uses[cap.id]).standing(
                cap.id, caps.unbilled(cap, unbilled, question.currency)
            )
            for cap in question.caps
        },
    )


def _ledger(question: UnderCaps, limits: Iterable[Limit]) -> Ledger:
    """What is reserved already stands under the id of the limit itself: whose drafts they are does not
    matter here."""
    reserved = {limit_id: {limit_id: amount} for limit_id, amount in question.reserved.items()}
    return Ledger(currency=question.currency, limits=tuple(limits), billed=question.billed, reserved=reserved)


def _approved(ledger: Ledger, limit_id: UUID, use: Decimal) -> Ledger:
    kept = {**ledger.reserved, UUID(int=0): {limit_id: use}}
    return ledger.model_copy(update={"reserved": kept})


def _cap_notices(question: EarnedUnderALimit) -> Notices:
    """Which notices are due of a limit nearly used up: each level once, and again after it was raised."""
    clause = _clause(question) if question.clause else None
    agreed = question.levels
    if agreed is None:
        usual = limit_notices.usual_levels(law.table("cap_notices", NoticeClause), question.on)
        agreed = () if clause else usual
    levels = [*agreed, *([clause.share] if clause else [])]
    notices = limit_notices.due(
        question.limit_id, question.amount, question.earned, levels, question.told, question.expected
    )
    return Notices(notices=notices, clause=clause)


def _clause(question: EarnedUnderALimit) -> NoticeClause:
    clauses: tuple[NoticeClause, ...] = law.table("cap_notices", NoticeClause)
    for row in clauses:
        if row.citation == question.clause and (question.on is None or row.covers(question.on)):
            return row
    known = ", ".join(row.citation for row in clauses)
    raise wrong_content("no_clause", f"There is no such clause in force: name one of {known}, or levels.")


def _retainer(question: PaidAhead) -> DrawnDown:
    """What invoices draw from a retainer, never below zero, and what to ask for to fill it again."""
    drawn: list[Drawn] = []
    balance = question.balance
    for invoice in question.invoices:
        drawn.append(advances.draw(question.terms, balance, invoice, question.requested))
        balance = drawn[-1].left
    return DrawnDown(drawn=tuple(drawn))


def _advance_recovery(question: Advanced) -> Recovered:
    """What each progress payment recovers of an advance: by a share of it, or by stage of the work."""
    money.require_at_scale((question.terms.amount, *question.certified_to_date), question.currency)
    return Recovered(
        recoveries=advances.schedule(
            question.terms, question.contract_sum, question.certified_to_date, question.currency
        )
    )


RULES: Rules = {
    "caps": _caps,
    "funding": _funding,
    "cap-notices": _cap_notices,
    "retainer": _retainer,
    "advance-recovery": _advance_recovery,
}
