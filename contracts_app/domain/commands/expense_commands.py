"""Commands about expenses: policy, enter, per diem and mileage, correct, approve, reject."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.commands.command_body import CommandBody, Reason
from contracts_app.domain.commands.time_commands import SeenEntry
from contracts_app.domain.expenses.mileage import Journey
from contracts_app.domain.expenses.per_diem import Trip
from contracts_app.domain.expenses.policy import PolicyRule
from contracts_app.domain.money import ZERO, Amount
from contracts_app.domain.names import BusinessDate, Currency, Name
from contracts_app.domain.purchasing.by_category import require_no_overlap
from contracts_app.domain.purchasing.commitments import NotNegative
from contracts_app.domain.refusals import Refused
from contracts_app.domain.tax.currency import ExchangeRate


def _apart(rules: tuple[PolicyRule, ...]) -> tuple[PolicyRule, ...]:
    try:
        require_no_overlap(rules, "rules")
    except Refused as refused:
        raise ValueError(refused.sentence) from None
    return rules


class SetExpensePolicy(CommandBody):
    """Say what the contract lets people spend for the client, by category; it replaces what was said."""

    command: Literal["set_expense_policy"] = "set_expense_policy"
    contract_id: UUID
    rules: Annotated[tuple[PolicyRule, ...], Field(max_length=200), AfterValidator(_apart)]


class TypedExpense(BaseModel):
    """An expense as typed in, on one line of the contract, in the currency of its receipt and tax included.

    `tax_recovered` of it is no cost. A receipt in another currency has the exchange rate of its day. What the
    client does not pay says why. Below zero it gives back, and `corrects` names what it adjusts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    item_no: Name
    on: BusinessDate
    person: Name
    category: Name
    description: Annotated[str, Field(max_length=500)] = ""
    vendor: Annotated[str, Field(max_length=200)] = ""
    trip: Name | None = None
    currency: Currency | None = None
    """Left out: that of the contract."""
    amount: Amount
    tax_recovered: Amount = ZERO
    exchange: ExchangeRate | None = None
    billable: bool = True
    not_billable_reason: Annotated[str, Field(max_length=500)] = ""
    corrects: UUID | None = None

    @model_validator(mode="after")
    def _says_something(self) -> TypedExpense:
        if self.amount == ZERO:
            raise ValueError("an expense is not zero")
        if self.billable is bool(self.not_billable_reason.strip()):
            raise ValueError("an expense that the client does not pay says why, and no other does")
        return self


class EnterExpenses(CommandBody):
    """Enter expenses; they wait for the contract's project manager."""

    command: Literal["enter_expenses"] = "enter_expenses"
    contract_id: UUID
    entries: Annotated[tuple[TypedExpense, ...], Field(min_length=1, max_length=500)]


class _Allowance(CommandBody):
    contract_id: UUID
    item_no: Name
    person: Name
    category: Name
    description: Annotated[str, Field(max_length=500)] = ""


class EnterPerDiem(_Allowance):
    """Enter a trip; its allowance follows from the table of law of the place, day by day."""

    command: Literal["enter_per_diem"] = "enter_per_diem"
    trip: Trip


class EnterMileage(_Allowance):
    """Enter journeys in a private vehicle; what they are paid follows from the table of law of the place.
    `driven_before` is what this person drove in the year before the first of them."""

    command: Literal["enter_mileage"] = "enter_mileage"
    jurisdiction: Name
    vehicle: Name = "car"
    driven_before: NotNegative = ZERO
    journeys: Annotated[tuple[Journey, ...], Field(min_length=1, max_length=200)]


class CorrectExpense(CommandBody):
    """Say otherwise what was typed in, while nobody has decided on it. None takes the expense back."""

    command: Literal["correct_expense"] = "correct_expense"
    contract_id: UUID
    expense_id: UUID
    entry: TypedExpense | None
    reason: Reason


class ApproveExpenses(CommandBody):
    """The contract's project manager accepts expenses as he saw them, all or none; not those he entered."""

    command: Literal["approve_expenses"] = "approve_expenses"
    contract_id: UUID
    entries: Annotated[tuple[SeenEntry, ...], Field(min_length=1, max_length=1000)]

    @model_validator(mode="after")
    def _each_once(self) -> ApproveExpenses:
        if len({seen.id for seen in self.entries}) != len(self.entries):
            raise ValueError("an expense is named twice")
        return self


class RejectExpenses(CommandBody):
    """The contract's project manager does not accept expenses; they are never billed."""

    command: Literal["reject_expenses"] = "reject_expenses"
    contract_id: UUID
    entries: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=1000)]
    reason: Reason
