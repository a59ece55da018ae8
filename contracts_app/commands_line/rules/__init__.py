"""Every rule that `contracts calc` works out, by name: a question of one type, an answer of another.

A module for each part of the trade; its `RULES` are added here and nowhere else.
"""

from __future__ import annotations

from typing import Any, get_type_hints

from pydantic import TypeAdapter

from contracts_app.commands_line.rules import (
    amounts,
    bases,
    change_orders,
    commitments,
    cost_plus,
    currency,
    discounts,
    expenses,
    funding,
    pay_application,
    receivables,
    retainage,
    submission,
    tax,
    time,
    withholds,
    work_in_progress,
)
from contracts_app.commands_line.rules.question import Rules

RULES: Rules = {
    **amounts.RULES,
    **pay_application.RULES,
    **submission.RULES,
    **withholds.RULES,
    **bases.RULES,
    **retainage.RULES,
    **receivables.RULES,
    **time.RULES,
    **tax.RULES,
    **currency.RULES,
    **discounts.RULES,
    **funding.RULES,
    **cost_plus.RULES,
    **change_orders.RULES,
    **commitments.RULES,
    **expenses.RULES,
    **work_in_progress.RULES,
}


def question_of(rule: str) -> TypeAdapter[Any]:
    """What the rule reads. Raises KeyError for a rule that is not there."""
    return TypeAdapter(get_type_hints(RULES[rule], include_extras=True)["question"])


def answer_of(rule: str) -> TypeAdapter[Any]:
    """What the rule gives. Raises KeyError for a rule that is not there."""
    return TypeAdapter(get_type_hints(RULES[rule], include_extras=True)["return"])


def described(rule: str) -> dict[str, object]:
    """The rule with the JSON Schema of its question and of its answer."""
    return {
        "rule": rule,
        "says": RULES[rule].__doc__,
        "reads": question_of(rule).json_schema(),
        "gives": answer_of(rule).json_schema(mode="serialization"),
    }
