"""What people may ask of a contract's expenses and rates, and of tax that its client withholds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from contracts_app.domain.commands.every_command import Body
from contracts_app.domain.commands.expense_commands import (
    ApproveExpenses,
    CorrectExpense,
    EnterExpenses,
    EnterMileage,
    EnterPerDiem,
    RejectExpenses,
    SetExpensePolicy,
    TypedExpense,
)
from contracts_app.domain.commands.rate_commands import RaiseRates
from contracts_app.domain.commands.settlement_commands import SettleWithheld
from contracts_app.domain.commands.time_commands import SeenEntry
from contracts_app.domain.expenses.mileage import Journey
from contracts_app.domain.expenses.per_diem import DayAway, Trip
from contracts_app.domain.expenses.policy import PolicyRule
from contracts_app.domain.time.rate_increase import Increase
from tests.services.contract_facts import Facts, Pick, asked, one_of

CATEGORIES = ("meals", "mileage", "per diem")
WHO: Mapping[str, Any] = {"item_no": "1", "person": "Sample Engineer"}
"""Whose expenses they are, and the line on which they stand."""


@asked
def set_expense_policy(now: Facts, pick: Pick) -> Body:
    rules = tuple(PolicyRule(category=one, effective_from=date(2024, 1, 1)) for one in CATEGORIES)
    return SetExpensePolicy(contract_id=now.contract_id, rules=pick((rules, rules[:1])))


@asked
def enter_expenses(now: Facts, pick: Pick) -> Body:
    return EnterExpenses(contract_id=now.contract_id, entries=(_typed(now, pick),))


@asked
def correct_expense(now: Facts, pick: Pick) -> Body:
    return CorrectExpense(
        contract_id=now.contract_id,
        expense_id=_expense(now, pick, "open")["id"],
        entry=pick((_typed(now, pick), None)),
        reason="Read wrongly.",
    )


@asked
def approve_expenses(now: Facts, pick: Pick) -> Body:
    known = _expense(now, pick, "open")
    seen = SeenEntry(id=known["id"], version=known["version"])
    return ApproveExpenses(contract_id=now.contract_id, entries=(seen,))


@asked
def reject_expenses(now: Facts, pick: Pick) -> Body:
    return RejectExpenses(
        contract_id=now.contract_id, entries=(_expense(now, pick, "open")["id"],), reason="Not of this job."
    )


@asked
def enter_per_diem(now: Facts, pick: Pick) -> Body:
    days = (DayAway(on=now.today, locality=pick(("M&IE 68", "Nowhere"))),)
    trip = Trip(jurisdiction="US", days=days, hours=14)
    return EnterPerDiem(contract_id=now.contract_id, category="per diem", trip=trip, **WHO)


@asked
def enter_mileage(now: Facts, pick: Pick) -> Body:
    journey = Journey(on=now.today, distance=Decimal(pick((100, 1))))
    return EnterMileage(
        contract_id=now.contract_id, category="mileage", jurisdiction="US", journeys=(journey,), **WHO
    )


@asked
def raise_rates(now: Facts, pick: Pick) -> Body:
    return RaiseRates(
        contract_id=now.contract_id,
        increase=Increase(effective_from=now.today, by_rate=Decimal(pick(("0.10", "-2")))),
        reason="As every year.",
    )


@asked
def settle_withheld(now: Facts, pick: Pick) -> Body:
    return SettleWithheld(
        client_id=now.people.client_id,
        invoice_id=one_of(sorted(now.owed), pick),
        jurisdiction="US",
        scheme="backup",
        standing="no_tin",
        certificate=f"CERT-{now.number}",
        amount=Decimal(pick(("10.00", "1000.00"))),
        paid_on=now.today,
    )


def _typed(now: Facts, pick: Pick) -> TypedExpense:
    return TypedExpense(
        on=now.today,
        category=pick(("meals", "golf")),
        description=f"Dinner {now.number}",
        amount=Decimal(pick(("20.00", "-5.00"))),
        **WHO,
    )


def _expense(now: Facts, pick: Pick, *states: str) -> Mapping[str, Any]:
    return one_of([row for row in now.expenses if row["state"] in states] or now.expenses, pick)
