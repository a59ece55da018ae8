"""What a contract lets people spend for the client, and what is found when an expense is held against it
(docs/SPEC-expenses.md, *In the product*)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.expenses.expenses import Expense, ExpenseRule, NotBilled, priced
from contracts_app.domain.money import ZERO, in_words_of_a_page, total
from contracts_app.domain.purchasing.by_category import CategoryTerm, term_of
from contracts_app.domain.purchasing.commitments import NotNegative
from contracts_app.domain.purchasing.duplicates import duplicate_receipts


class PolicyRule(CategoryTerm):
    """What the contract says of a category: whether the client pays it, above which amount a receipt is
    needed (0: always; none: never), and above which amount an expense is pointed out (none: never).

    The markup is the fee of the line of the contract on which the expense is billed.
    """

    billable: bool = True
    receipt_above: NotNegative | None = None
    at_most: NotNegative | None = None


class Found(BaseModel):
    """What is wrong with an expense (it `blocks` the approval) or to be looked at, and how it is mended."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    expense_id: UUID
    code: str
    sentence: str
    blocks: bool


class Cost(BaseModel):
    """What an expense costs in the contract's currency, net of tax that is recovered, and why the client does
    not pay it (empty: he does)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    amount: Decimal
    not_billable: str = ""


def check(
    expenses: Sequence[Expense], rules: Sequence[PolicyRule], currency: str
) -> Mapping[UUID, tuple[Found, ...]]:
    """What is to be said of each of a contract's expenses, in the order in which they came in."""
    found: dict[UUID, list[Found]] = {expense.id: [] for expense in expenses}
    known = {expense.id: expense for expense in expenses}
    for duplicate in duplicate_receipts(expenses):
        first = known[duplicate.of]
        of = f"{first.person}, {first.on}, {in_words_of_a_page(first.amount, first.currency)}"
        sentence = (
            f"Its receipt is that of another expense ({of}): take one of them back."
            if duplicate.certain
            else f"Vendor, day and amount are those of another expense ({of}): see that it is not the same."
        )
        code = "duplicate" if duplicate.certain else "looks_like_another"
        found[duplicate.id].append(
            Found(expense_id=duplicate.id, code=code, sentence=sentence, blocks=duplicate.certain)
        )
    for expense in expenses:
        found[expense.id] += _by_rule(expense, rules, currency)
    return {key: tuple(each) for key, each in found.items()}


def _by_rule(expense: Expense, rules: Sequence[PolicyRule], currency: str) -> Iterable[Found]:
    rule = term_of(rules, expense.category, expense.on)
    if rule is None:
        sentence = f"The contract says nothing of {expense.category} on {expense.on}: add a rule for it."
        yield Found(expense_id=expense.id, code="no_expense_rule", sentence=sentence, blocks=True)
        return
    if expense.corrects is not None:
        return
    spent = expense.amount
    if expense.exchange is not None:
        spent = total(line.cost for line in priced([_whole(expense)], [_as_rule(rule)], currency))
    billed = expense.billable and rule.billable
    if billed and rule.receipt_above is not None and spent > rule.receipt_above and not expense.receipt:
        sentence = (
            f"A receipt is needed above {in_words_of_a_page(rule.receipt_above, currency)}: attach it, or "
            "say why the client does not pay this."
        )
        yield Found(expense_id=expense.id, code="receipt_missing", sentence=sentence, blocks=True)
    if rule.at_most is not None and spent > rule.at_most:
        sentence = (
            f"Above what is usual for {expense.category}, {in_words_of_a_page(rule.at_most, currency)}."
        )
        yield Found(expense_id=expense.id, code="above_usual", sentence=sentence, blocks=False)
    if expense.billable and not rule.billable:
        sentence = f"The client does not pay {expense.category}: it is recorded and not billed."
        yield Found(expense_id=expense.id, code="client_does_not_pay", sentence=sentence, blocks=False)


def cost_of(
    expense: Expense, family: Sequence[Expense], rules: Sequence[PolicyRule], currency: str, reason: str = ""
) -> Cost:
    """What an expense costs beside the approved ones of its family (what it adjusts and their adjusting
    entries). Raises Refused as `expenses.priced` does."""
    lines = priced([*family, expense], [_as_rule(rule) for rule in rules], currency)
    line = next(each for each in lines if each.id == expense.id)
    not_billable = reason
    if line.not_billed is NotBilled.not_billable and not reason:
        not_billable = f"The contract does not pay {expense.category}."
    return Cost(amount=line.cost, not_billable=not_billable)


def _whole(expense: Expense) -> Expense:
    """The expense as it was spent: what needs a receipt is asked of the whole, tax included."""
    return expense.model_copy(update={"tax_recovered": ZERO})


def _as_rule(rule: PolicyRule) -> ExpenseRule:
    """The rule as the rules of expenses read it; the receipt is asked for before."""
    return ExpenseRule(
        category=rule.category,
        effective_from=rule.effective_from,
        effective_to=rule.effective_to,
        billable=rule.billable,
    )
