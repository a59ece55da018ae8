"""Withholds other than retainage, liquidated damages, payment estimates (docs/SPEC-withholds.md)."""

from typing import Annotated

from pydantic import Field

from contracts_app.commands_line.rules.question import Answer, Question, Rules
from contracts_app.domain.billing import withholds
from contracts_app.domain.billing.withholds import (
    ApplicationNo,
    Estimate,
    EstimateDue,
    Held,
    Payable,
    Withhold,
)
from contracts_app.domain.money import ZERO, Amount, total
from contracts_app.domain.names import Currency


class Line8(Question):
    """Line 8 of an application."""

    application_no: ApplicationNo
    line8: Amount


class ToPay(Question):
    """Applications and the ledger of withholds."""

    applications: tuple[Line8, ...]
    ledger: tuple[Withhold, ...]
    currency: Currency


class Paid(Answer):
    """What is payable on each application, and what is still withheld."""

    applications: tuple[Payable, ...]
    held: tuple[Held, ...]
    total_held: Amount


class Late(Question):
    """Days late to date, the rate per day, the cap, and what is held of them already."""

    days: Annotated[int, Field(ge=0, le=36_500)]
    rate: Amount
    cap: Amount | None = None
    already_held: Amount = ZERO
    currency: Currency


class Damages(Answer):
    """Damages to date, and what the ledger has to take in (negative: return) so that it holds them."""

    to_date: Amount
    to_enter: Amount


def _withholds(question: ToPay) -> Paid:
    """What is payable on applications after withholds and returns, and what is still withheld per reason."""
    held = withholds.held(question.ledger, question.currency)
    return Paid(
        applications=tuple(
            withholds.payable(one.application_no, one.line8, question.ledger, question.currency)
            for one in question.applications
        ),
        held=held,
        total_held=total(one.balance for one in held),
    )


def _liquidated_damages(question: Late) -> Damages:
    """Liquidated damages to date, days × rate up to a cap, and what is withheld or returned now."""
    return Damages(
        to_date=withholds.liquidated_damages(question.days, question.rate, question.cap, question.currency),
        to_enter=withholds.damages_to_enter(
            question.days, question.rate, question.cap, question.already_held, question.currency
        ),
    )


def _payment_estimate(question: Estimate) -> EstimateDue:
    """A payment estimate with its deductions and refunds in the order of the federal form."""
    return withholds.payment_estimate(question)


RULES: Rules = {
    "withholds": _withholds,
    "liquidated-damages": _liquidated_damages,
    "payment-estimate": _payment_estimate,
}
