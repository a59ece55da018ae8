"""Withholds other than retainage: a signed ledger, and what is payable after it (docs/SPEC-withholds.md).

A client may keep back part of a payment for a named reason (liquidated damages, a stop notice, a missing
document) and pays it when the reason is gone. That changes no line of the application: line 8 is what was
earned and certified, and `payable` is what of it is paid now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from contracts_app.domain.money import (
    ZERO,
    Amount,
    in_words_of_a_page,
    is_at_scale,
    less,
    multiply,
    opposite,
    round_to,
    total,
)
from contracts_app.domain.names import one_line
from contracts_app.domain.refusals import wrong_content


class WithholdReason(StrEnum):
    """Why part of a payment is kept back: the reasons of A201 9.5.1, and those of public payment
    estimates."""

    missing_document = "missing_document"
    liquidated_damages = "liquidated_damages"
    labor_compliance = "labor_compliance"
    equal_opportunity = "equal_opportunity"
    defective_work = "defective_work"
    third_party_claim = "third_party_claim"
    stop_notice = "stop_notice"
    subcontractors_unpaid = "subcontractors_unpaid"
    unpaid_balance_short = "unpaid_balance_short"
    damage = "damage"
    delay = "delay"
    repeated_failure = "repeated_failure"
    unacceptable_progress = "unacceptable_progress"
    other = "other"

    @property
    def said(self) -> str:
        """The reason as a sentence shows it."""
        return self.value.replace("_", " ")


ApplicationNo = Annotated[int, Field(ge=1, le=9999)]
Reference = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(one_line)]


class Withhold(BaseModel):
    """One entry of the ledger: positive is withheld from this application's payment, negative is returned
    with it. `reference` tells two withholds for one reason apart, e.g. the number of a stop notice."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    application_no: ApplicationNo
    reason: WithholdReason
    reference: Reference = ""
    amount: Amount


Cause = tuple[WithholdReason, str]
"""What a withhold is returned against: its reason and its reference."""


class Payable(BaseModel):
    """What is paid on one application: line 8 − withheld + returned."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    application_no: ApplicationNo
    line8: Amount
    withheld: Amount
    returned: Amount
    payable: Amount


class Held(BaseModel):
    """What is still withheld for a reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    reason: WithholdReason
    reference: str
    balance: Amount


def balances(ledger: Sequence[Withhold], currency: str) -> Mapping[Cause, Decimal]:
    """What is withheld per reason and reference after every entry, in the order of the ledger.

    Raises Refused for an entry of zero or with too many decimals, and when at the end of an application more
    was returned for a reason than was withheld for it.
    """
    held: dict[Cause, Decimal] = {}
    for entry in ledger:
        if entry.amount.is_zero():
            raise wrong_content("withhold_of_zero", "An entry of the ledger withholds or returns an amount.")
        if not is_at_scale(entry.amount, currency):
            raise wrong_content(
                "too_many_decimals", f"{entry.amount:f} has more decimals than {currency} has."
            )
        held.setdefault((entry.reason, entry.reference), ZERO)
    for number in sorted({entry.application_no for entry in ledger}):
        for entry in ledger:
            if entry.application_no == number:
                cause = (entry.reason, entry.reference)
                held[cause] = total((held[cause], entry.amount))
        for (reason, reference), balance in held.items():
            if balance < ZERO:
                named = f"{reason.said} {reference}".strip()
                raise wrong_content(
                    "return_exceeds_withheld",
                    f"Application {number} returns {in_words_of_a_page(opposite(balance), currency)} more "
                    f"for {named} than was withheld: return at most what is held.",
                )
    return held


def held(ledger: Sequence[Withhold], currency: str) -> tuple[Held, ...]:
    """What is still withheld, reasons in the order in which they came up. Raises as `balances` does."""
    return tuple(
        Held(reason=reason, reference=reference, balance=balance)
        for (reason, reference), balance in balances(ledger, currency).items()
    )


def payable(application_no: int, line8: Decimal, ledger: Sequence[Withhold], currency: str) -> Payable:
    """What is paid on an application: line 8, less what it withholds, plus what it returns.

    Raises Refused as `balances` does, and when more is withheld than there is to pay: the rest waits for
    the next payment.
    """
    balances(ledger, currency)
    mine = [entry.amount for entry in ledger if entry.application_no == application_no]
    withheld = total(amount for amount in mine if amount > ZERO)
    returned = opposite(total(amount for amount in mine if amount < ZERO))
    most = max(total((line8, returned)), ZERO)
    if withheld > most:
        raise wrong_content(
            "withhold_exceeds_payment",
            f"{in_words_of_a_page(withheld, currency)} cannot be withheld from a payment of "
            f"{in_words_of_a_page(most, currency)}: withhold that much now and the rest from the next.",
        )
    return Payable(
        application_no=application_no,
        line8=line8,
        withheld=withheld,
        returned=returned,
        payable=less(total((line8, returned)), withheld),
    )


def liquidated_damages(days: int, rate: Decimal, cap: Decimal | None, currency: str) -> Decimal:
    """Liquidated damages to date: calendar days late × the rate per day, at most the cap. Rounded once.

    Raises Refused for days, a rate or a cap below zero.
    """
    if days < 0 or rate < ZERO or (cap is not None and cap < ZERO):
        raise wrong_content(
            "damages_below_zero", "Days late, the rate per day and the cap of damages are not negative."
        )
    damages = round_to(multiply(Decimal(days), rate), currency)
    return damages if cap is None else min(damages, round_to(cap, currency))


def damages_to_enter(
    days: int, rate: Decimal, cap: Decimal | None, already_held: Decimal, currency: str
) -> Decimal:
    """What the ledger has to take in so that it holds the damages to date: a return where time was extended.

    `days` are those to date, not those of the period, so a day is never charged twice. Raises as
    `liquidated_damages` does.
    """
    return less(liquidated_damages(days, rate, cap, currency), already_held)


class Estimate(BaseModel):
    """The figures that a payment estimate starts from, as a federal form asks for them (ENG Form 93, item
    14): earnings to date, what earlier estimates deducted, retained and paid, and what this one does."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    earnings_to_date: Amount
    previous_deductions: Amount = ZERO
    previous_retained: Amount = ZERO
    previous_payments: Amount = ZERO
    retained: Amount = ZERO
    deductions: Amount = ZERO
    retainage_refunded: Amount = ZERO
    other_refunds: Amount = ZERO


class EstimateDue(BaseModel):
    """A payment estimate worked out (ENG Form 93, items 14 D–L and 15).

    `total_deductions_held` continues 14 A on the next estimate: previous deductions + these − other refunds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    previous_earnings: Amount
    earnings_this_period: Amount
    deducted_this_period: Amount
    refunded_this_period: Amount
    due: Amount
    total_retained: Amount
    total_paid: Amount
    total_deductions_held: Amount


def payment_estimate(given: Estimate) -> EstimateDue:
    """Deductions in the order of the federal form: earnings this period, less what is retained, less other
    deductions, plus retainage refunded, plus other refunds.

    Raises Refused when more is refunded than earlier estimates and this one hold back.
    """
    previous = total((given.previous_deductions, given.previous_retained, given.previous_payments))
    earned = less(given.earnings_to_date, previous)
    deducted = total((given.retained, given.deductions))
    refunded = total((given.retainage_refunded, given.other_refunds))
    due = total((less(earned, deducted), refunded))
    retained = less(total((given.previous_retained, given.retained)), given.retainage_refunded)
    deductions = less(total((given.previous_deductions, given.deductions)), given.other_refunds)
    if min(retained, deductions) < ZERO:
        raise wrong_content(
            "refund_exceeds_held", "More is refunded than was held back: refund at most what is held."
        )
    return EstimateDue(
        previous_earnings=previous,
        earnings_this_period=earned,
        deducted_this_period=deducted,
        refunded_this_period=refunded,
        due=due,
        total_retained=retained,
        total_paid=total((given.previous_payments, due)),
        total_deductions_held=deductions,
    )
