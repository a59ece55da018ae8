"""An application whose line 8 is negative (docs/SPEC-pay-application.md).

It stays an application: its line 6 becomes line 7 of the next, as always. The money that the client is owed
is carried and taken off the next payments; a credit document is made only where the client wants one.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.money import ZERO, Amount, less, opposite
from contracts_app.domain.refusals import wrong_content


class CreditForm(StrEnum):
    """How a client wants to get back what an application takes back: off his next payments, or by a credit
    document for the whole amount."""

    carried = "carried"
    document = "document"


class Settled(BaseModel):
    """What one application makes the client pay, what he is credited by a document, and what is carried."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line8: Amount
    payable: Amount
    credit_document: Amount
    carried: Amount


def settle(line8: Decimal, carried_before: Decimal, form: CreditForm) -> Settled:
    """What of an application is paid, given the credit that earlier ones left.

    A negative line 8 is carried or, where the client wants it so, credited by a document; a positive one pays
    off what is carried first. `payable` is never negative. Raises Refused for a carried credit below zero.
    """
    if carried_before < ZERO:
        raise wrong_content("credit_below_zero", "A credit that is carried is not negative.")
    if form is CreditForm.document and line8 < ZERO:
        return Settled(line8=line8, payable=ZERO, credit_document=opposite(line8), carried=carried_before)
    due = less(line8, carried_before)
    return Settled(
        line8=line8,
        payable=max(due, ZERO),
        credit_document=ZERO,
        carried=opposite(min(due, ZERO)),
    )


def settle_all(line8s: Sequence[Decimal], form: CreditForm) -> tuple[Settled, ...]:
    """A chain of applications settled one after the other.

    Σ payable − Σ credit documents − what is carried at the end = Σ line 8 = line 6 of the last.
    """
    settled: list[Settled] = []
    for line8 in line8s:
        settled.append(settle(line8, settled[-1].carried if settled else ZERO, form))
    return tuple(settled)
