"""Retainage released (docs/SPEC-retainage.md); what is withheld is part of `application`."""

from uuid import UUID

from contracts_app.commands_line.rules.question import Answer, Question, Rules
from contracts_app.domain import money, retainage_release
from contracts_app.domain.contract import Currency
from contracts_app.domain.money import Amount


class ToRelease(Question):
    """What each line holds and how much of it is released."""

    held: dict[UUID, Amount]
    amount: Amount | None = None
    currency: Currency


class Released(Answer):
    """What each line releases."""

    released: dict[UUID, Amount]


def _release(question: ToRelease) -> Released:
    """A release of retainage spread over the lines in proportion to what each holds; no amount: all."""
    released = retainage_release.release_by_line(question.held, question.amount, question.currency)
    return Released(released={key: money.round_to(part, question.currency) for key, part in released.items()})


RULES: Rules = {"release": _release}
