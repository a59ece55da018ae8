"""Expenses billed to the client: cost plus the category's markup, within caps (docs/SPEC-expenses.md).

Amounts are in the contract's currency unless they say otherwise. An expense is claimed as it was incurred;
what is wrong with it is put right by an adjusting entry that names it. Billing is cumulative for each entry:
what it comes to within the caps by now, less what earlier invoices billed of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.money import ZERO, Amount, less, multiply, require_at_scale, round_to, total
from contracts_app.domain.names import BusinessDate, Currency, Name
from contracts_app.domain.purchasing.by_category import CategoryTerm, require_no_overlap, term_of
from contracts_app.domain.purchasing.commitments import NotNegative
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.tax.currency import ExchangeRate, convert

RATE_AT_MOST_DAYS_OLD = timedelta(days=7)
"""Over a long weekend no rate is published; the last one before it counts."""


class ExpenseRule(CategoryTerm):
    """What the contract says of a category: its markup (0.10 = 10 %), whether the client pays it, and above
    which amount a receipt is required (0: always; none: never)."""

    markup: NotNegative = ZERO
    billable: bool = True
    receipt_above: NotNegative | None = None


class Expense(BaseModel):
    """An expense in the currency of its receipt, tax included; `tax_recovered` of it is no cost.

    `corrects` names the expense that this entry adjusts (a refund is negative); such an entry takes rule,
    receipt and exchange rate from it. `receipt` is the hash of the file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    line_id: UUID
    on: BusinessDate
    person: Name
    category: Name
    description: str = ""
    vendor: str = ""
    trip: Name | None = None
    currency: Currency
    amount: Amount
    tax_recovered: Amount = ZERO
    receipt: str | None = None
    billable: bool = True
    exchange: ExchangeRate | None = None
    corrects: UUID | None = None


class ExpenseCap(BaseModel):
    """The most that is billed, markup included: of a trip, of a category, of both, or of the contract."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    amount: NotNegative
    trip: Name | None = None
    category: Name | None = None

    def covers(self, expense: Expense) -> bool:
        """Whether the expense counts towards this cap."""
        return self.trip in (None, expense.trip) and self.category in (None, expense.category)


class ExpenseBefore(BaseModel):
    """What live invoices billed of an expense so far."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    amount: Amount


class NotBilled(StrEnum):
    """Why an expense is shown but not billed."""

    not_billable = "not_billable"
    receipt_missing = "receipt_missing"
    duplicate = "duplicate"


class ExpenseBilled(BaseModel):
    """An expense on an invoice: cost + markup = earned; earned − over cap = billed to date, of which `amount`
    is billed now. An expense that is not billed shows its cost, and zero for the rest."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    line_id: UUID
    cost: Amount
    markup_rate: NotNegative
    markup: Amount
    earned: Amount
    over_cap: Amount
    billed_to_date: Amount
    amount: Amount
    not_billed: NotBilled | None = None


class ExpensesBilled(BaseModel):
    """All expenses of a contract; `amount` is what the next invoice bills."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    expenses: tuple[ExpenseBilled, ...]
    amount: Amount
    over_cap: Amount


def bill_expenses(
    expenses: Sequence[Expense],
    before: Sequence[ExpenseBefore],
    rules: Sequence[ExpenseRule],
    caps: Sequence[ExpenseCap],
    currency: Currency,
    held: Collection[UUID] = (),
) -> ExpensesBilled:
    """What the next invoice bills of the approved expenses of a contract, in the order of their days.

    Those whose id is in `held` (duplicates) are not billed. Under a cap adjusting entries come first, then
    what was billed before, then the rest by its day; what passes a cap stays unbilled and is billed when
    there is room again. Raises Refused as `priced` does, for two rules of one category and day
    (`terms_overlap`), and for something billed that is not among the expenses (`expense_missing`).
    """
    require_no_overlap(rules, "rules")
    billed_before = {part.id: part.amount for part in before}
    if not billed_before.keys() <= {expense.id for expense in expenses}:
        raise wrong_content("expense_missing", "An expense that was billed is not among those given.")
    earned = {line.id: line for line in priced(expenses, rules, currency, held)}
    ordered = sorted(expenses, key=lambda expense: (expense.on, expense.corrects is not None, expense.id))
    within = _within_caps(ordered, earned, billed_before, caps)
    lines = tuple(
        earned[expense.id].model_copy(
            update={
                "over_cap": less(earned[expense.id].earned, within[expense.id]),
                "billed_to_date": within[expense.id],
                "amount": less(within[expense.id], billed_before.get(expense.id, ZERO)),
            }
        )
        for expense in ordered
    )
    return ExpensesBilled(
        expenses=lines,
        amount=total(line.amount for line in lines),
        over_cap=total(line.over_cap for line in lines),
    )


def _within_caps(
    ordered: Sequence[Expense],
    earned: Mapping[UUID, ExpenseBilled],
    before: Mapping[UUID, Decimal],
    caps: Sequence[ExpenseCap],
) -> Mapping[UUID, Decimal]:
    room = [cap.amount for cap in caps]
    billed: dict[UUID, Decimal] = {}

    def turn(expense: Expense) -> int:
        if earned[expense.id].earned < ZERO:
            return 0
        return 1 if before.get(expense.id, ZERO) > ZERO else 2

    for expense in sorted(ordered, key=turn):
        covering = [place for place, cap in enumerate(caps) if cap.covers(expense)]
        wanted = earned[expense.id].earned
        billed[expense.id] = min([wanted, *(room[place] for place in covering)])
        for place in covering:
            room[place] = less(room[place], billed[expense.id])
    return billed


def priced(
    expenses: Sequence[Expense],
    rules: Sequence[ExpenseRule],
    currency: Currency,
    held: Collection[UUID] = (),
) -> tuple[ExpenseBilled, ...]:
    """Cost and markup of each expense, before any cap; an adjusting entry changes both of what it adjusts by
    exactly what they change to.

    Raises Refused for an expense given twice (`expense_twice`), without a rule (`no_expense_rule`), below
    zero without naming what it adjusts (`correction_without_link`), for an adjusting entry that names none
    (`corrects_nothing`) or differs from it in category, currency, trip or line (`correction_differs`), for
    more given back than was spent (`corrected_below_zero`), for digits below the currency's unit
    (`too_many_decimals`), and for a foreign receipt without the exchange rate of its day (`no_exchange_rate`,
    `rate_of_other_currencies`, `rate_from_later`, `rate_too_old`).
    """
    known = {expense.id: expense for expense in expenses}
    if len(known) < len(expenses):
        raise wrong_content("expense_twice", "An expense is there twice.")
    for expense in expenses:
        require_at_scale((expense.amount, expense.tax_recovered), expense.currency)
    families: dict[UUID, list[Expense]] = {
        expense.id: [expense] for expense in expenses if expense.corrects is None
    }
    for expense in sorted(expenses, key=lambda expense: (expense.on, expense.id)):
        if expense.corrects is not None:
            _require_adjusts(expense, known.get(expense.corrects))
            families[expense.corrects].append(expense)
    return tuple(line for family in families.values() for line in _family(family, rules, currency, held))


def _require_adjusts(expense: Expense, original: Expense | None) -> None:
    if original is None or original.corrects is not None:
        raise wrong_content(
            "corrects_nothing", "An adjusting entry names the expense itself, not another adjusting entry."
        )
    if _kind(expense) != _kind(original):
        raise wrong_content(
            "correction_differs",
            "An adjusting entry has the line, category, trip and currency of the expense that it adjusts.",
        )


def _kind(expense: Expense) -> tuple[UUID, str, str | None, str]:
    return (expense.line_id, expense.category, expense.trip, expense.currency)


def _family(
    family: Sequence[Expense], rules: Sequence[ExpenseRule], currency: Currency, held: Collection[UUID]
) -> list[ExpenseBilled]:
    """An expense and its adjusting entries, in turn: each is the change of what all so far come to."""
    original = family[0]
    if original.amount < ZERO or original.tax_recovered < ZERO:
        raise wrong_content(
            "correction_without_link", "An expense below zero names the expense that it adjusts."
        )
    rule = rule_of(rules, original.category, original.on)
    duplicate = original.id in held
    not_billed = NotBilled.duplicate if duplicate else _not_billed(original, rule, currency)
    gross = tax = cost = markup = ZERO
    lines = []
    for expense in family:
        gross, tax = total((gross, expense.amount)), total((tax, expense.tax_recovered))
        if not ZERO <= tax <= gross:
            raise wrong_content("corrected_below_zero", "More of an expense is given back than was spent.")
        cost_now = _in_contract_currency(less(gross, tax), original, currency)
        markup_now = ZERO if not_billed else round_to(multiply(cost_now, rule.markup), currency)
        lines.append(_line(expense, rule, less(cost_now, cost), less(markup_now, markup), not_billed))
        cost, markup = cost_now, markup_now
    return lines


def _line(
    expense: Expense, rule: ExpenseRule, cost: Decimal, markup: Decimal, not_billed: NotBilled | None
) -> ExpenseBilled:
    earned = ZERO if not_billed else total((cost, markup))
    return ExpenseBilled(
        id=expense.id,
        line_id=expense.line_id,
        cost=cost,
        markup_rate=ZERO if not_billed else rule.markup,
        markup=markup,
        earned=earned,
        over_cap=ZERO,
        billed_to_date=earned,
        amount=earned,
        not_billed=not_billed,
    )


def _not_billed(expense: Expense, rule: ExpenseRule, currency: Currency) -> NotBilled | None:
    if not expense.billable or not rule.billable:
        return NotBilled.not_billable
    spent = _in_contract_currency(expense.amount, expense, currency)
    if rule.receipt_above is not None and spent > rule.receipt_above and not expense.receipt:
        return NotBilled.receipt_missing
    return None


def rule_of(rules: Iterable[ExpenseRule], category: str, on: date) -> ExpenseRule:
    """The rule of this category on that day. Raises Refused (`no_expense_rule`) when there is none."""
    found = term_of(rules, category, on)
    if found is None:
        raise wrong_content(
            "no_expense_rule", f"The contract says nothing of {category} on {on}: add a rule for it."
        )
    return found


def _in_contract_currency(amount: Decimal, expense: Expense, currency: Currency) -> Decimal:
    rate = expense.exchange
    if rate is not None and expense.on - rate.on > RATE_AT_MOST_DAYS_OLD:
        raise wrong_content(
            "rate_too_old",
            f"The exchange rate is of {rate.on}: take that of {expense.on}, or the last published before it.",
        )
    return convert(amount, expense.currency, currency, rate, expense.on)
