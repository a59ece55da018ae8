"""Cost plus, guaranteed maximum price and savings (docs/SPEC-cost-plus.md)."""

from datetime import date
from uuid import UUID

from contracts_app import law
from contracts_app.commands_line.rules.question import Answer, Question, Rules
from contracts_app.domain.billing.schedule_of_values import ChangeOrder, in_force
from contracts_app.domain.changes.sov_revision import Revision
from contracts_app.domain.cost_plus import cost_plus, fees, guaranteed_maximum, savings
from contracts_app.domain.cost_plus.cost_plus import CostBefore, CostBilled, CostEntry
from contracts_app.domain.cost_plus.fees import (
    CostStanding,
    FeeReserveLimit,
    FeeTerms,
)
from contracts_app.domain.cost_plus.guaranteed_maximum import (
    GmpBilled,
    Lesser,
    Portion,
    Spread,
    TrackedPortion,
)
from contracts_app.domain.cost_plus.savings import FinalAccounting, SavingsTerms
from contracts_app.domain.law import in_force as provisions_in_force
from contracts_app.domain.money import (
    ZERO,
    Amount,
    Fraction,
    UnsignedAmount,
)
from contracts_app.domain.names import BusinessDate, Currency


class Costs(Question):
    """The fee agreed, the costs offered and what was billed before. With `jurisdiction` the reserve is held
    against the law on the day of the contract."""

    line_id: UUID
    terms: FeeTerms
    entries: list[CostEntry]
    before: CostBefore = CostBefore()
    period_to: BusinessDate
    expected_cost: UnsignedAmount | None = None
    completed: Fraction | None = None
    currency: Currency
    jurisdiction: str | None = None
    contract_date: BusinessDate | None = None


class CostsBilled(Answer):
    """What the line bills, and sentences for what the reserve passes of the law."""

    billed: CostBilled
    beyond_law: tuple[str, ...]


class UnderMaximum(Question):
    """The maximum price as signed with its portions (those of executed change orders too) and the fee's
    share; what moved since; and where the work stands.

    Portions have their shares before any transfer. `fee` is the fee to date on their cost.
    """

    original_maximum: Amount
    change_orders: tuple[ChangeOrder, ...] = ()
    portions: list[Portion]
    fee_share: Amount
    transfers: tuple[Revision, ...] = ()
    period_to: BusinessDate
    fee: Amount
    fee_follows_cost: bool = True
    lesser: Lesser = Lesser.of_the_whole
    retained: Amount = ZERO
    shortfall: Amount = ZERO
    before: Amount = ZERO
    currency: Currency


class UnderMaximumBilled(Answer):
    """The application, what of it stands on each portion, and the allowances and contingency after every
    transfer."""

    billed: GmpBilled
    spread: Spread
    tracked: tuple[TrackedPortion, ...]


class AtTheEnd(Question):
    """Final cost and fee, the maximum price as change orders moved it, and how savings are split."""

    cost: Amount
    fee: Amount
    maximum: Amount
    terms: SavingsTerms
    work_completed: bool
    allowances_left: UnsignedAmount = ZERO
    before: Amount = ZERO
    currency: Currency


def _cost_plus(question: Costs) -> CostsBilled:
    """What a cost-plus line bills: allowable costs net of recoverable tax, and the fee to date on them."""
    billed = cost_plus.bill(
        question.line_id,
        question.terms,
        question.entries,
        question.before,
        question.currency,
        period_to=question.period_to,
        expected_cost=question.expected_cost,
        completed=question.completed,
    )
    return CostsBilled(billed=billed, beyond_law=_beyond_law(question))


def _beyond_law(question: Costs) -> tuple[str, ...]:
    on: date | None = question.contract_date
    if question.jurisdiction is None or on is None:
        return ()
    limits = provisions_in_force(law.table("fee_reserve", FeeReserveLimit), question.jurisdiction, on)
    whole = fees.total_fee(question.terms.fee, CostStanding(expected_cost=question.expected_cost))
    return fees.reserve_limits(question.terms, whole, limits, question.currency)


def _gmp(question: UnderMaximum) -> UnderMaximumBilled:
    """What an application bills under a guaranteed maximum price: the least of work, cost and maximum."""
    orders = in_force(question.change_orders, question.period_to)
    maximum = guaranteed_maximum.maximum_price(question.original_maximum, orders)
    transfers = [each for each in question.transfers if each.effective_on <= question.period_to]
    portions = tuple(question.portions)
    for revision in transfers:
        portions = guaranteed_maximum.transfer(portions, revision, question.currency)
    guaranteed_maximum.require_allocated(maximum, portions, question.fee_share, question.currency)
    billed = guaranteed_maximum.progress(
        portions,
        question.fee,
        maximum,
        question.currency,
        lesser=question.lesser,
        fee_follows_cost=question.fee_follows_cost,
        retained=question.retained,
        shortfall=question.shortfall,
        before=question.before,
    )
    return UnderMaximumBilled(
        billed=billed,
        spread=guaranteed_maximum.spread(
            portions, question.fee, billed, question.currency, lesser=question.lesser
        ),
        tracked=guaranteed_maximum.tracked(portions, transfers),
    )


def _savings(question: AtTheEnd) -> FinalAccounting:
    """Final accounting under a maximum price: savings split by share, or the overrun absorbed."""
    return savings.final_accounting(
        question.cost,
        question.fee,
        question.maximum,
        question.terms,
        question.currency,
        work_completed=question.work_completed,
        allowances_left=question.allowances_left,
        before=question.before,
    )


RULES: Rules = {"cost-plus": _cost_plus, "gmp": _gmp, "savings": _savings}
