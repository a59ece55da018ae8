"""Rounding and exact allocation (docs/SPEC-money.md)."""

from contracts_app.commands_line.rules.question import Answer, Question, Rules
from contracts_app.domain import money
from contracts_app.domain.money import Amount, Rate
from contracts_app.domain.names import Currency


class ToRound(Question):
    """An amount, with as many decimals as it has."""

    amount: Amount | Rate
    currency: Currency


class Rounded(Answer):
    """The amount at its currency's scale."""

    amount: Amount


class ToAllocate(Question):
    """An amount and the weights to split it by."""

    amount: Amount
    weights: list[Amount | Rate]
    currency: Currency


class Allocated(Answer):
    """The parts, in the order of the weights; they add up to the amount."""

    parts: tuple[Amount, ...]


def _round(question: ToRound) -> Rounded:
    """An amount at its currency's minor unit, half away from zero."""
    return Rounded(amount=money.round_to(question.amount, question.currency))


def _allocate(question: ToAllocate) -> Allocated:
    """An amount split over weights so that the parts sum to it exactly (largest remainder)."""
    money.require_at_scale([question.amount], question.currency)
    parts = money.allocate(question.amount, question.weights, question.currency)
    return Allocated(parts=tuple(money.round_to(part, question.currency) for part in parts))


RULES: Rules = {"round": _round, "allocate": _allocate}
