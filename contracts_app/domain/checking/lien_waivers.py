"""Lien waivers that go with an application: for what, how much and up to which day (California Civil Code
8132–8138 and 8124; docs/SPEC-pay-application.md)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.finding import Finding
from contracts_app.domain.money import ZERO, Amount, in_words_of_a_page
from contracts_app.domain.names import BusinessDate


class WaiverForm(StrEnum):
    """The four forms: conditional ones take effect only once the money is there, final ones waive all."""

    conditional_progress = "conditional_progress"
    unconditional_progress = "unconditional_progress"
    conditional_final = "conditional_final"
    unconditional_final = "unconditional_final"

    @property
    def unconditional(self) -> bool:
        """Whether it takes effect without any payment."""
        return self in (WaiverForm.unconditional_progress, WaiverForm.unconditional_final)

    @property
    def final(self) -> bool:
        """Whether it waives everything, whatever the day."""
        return self in (WaiverForm.conditional_final, WaiverForm.unconditional_final)


class Waiver(BaseModel):
    """A lien waiver as it lies with an application. `through` is the day up to which work is waived; a final
    form has none."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    form: WaiverForm = WaiverForm.conditional_progress
    amount: Amount
    through: BusinessDate | None = None


def of_waiver(application: PayApplication, waiver: Waiver) -> Sequence[Finding]:
    """What a reviewer sends a waiver back for: its amount is not line 8, it is unconditional although nothing
    is paid yet, it is final although something is left, or it waives work up to another day."""
    currency = application.currency
    found: list[Finding] = []

    def report(code: str, sentence: str) -> None:
        found.append(Finding(code=code, blocks=True, item_no=None, sentence=sentence))

    if waiver.amount != application.line8:
        report(
            "waiver_amount_mismatch",
            f"The lien waiver is for {in_words_of_a_page(waiver.amount, currency)}, line 8 is "
            f"{in_words_of_a_page(application.line8, currency)}: make the waiver again for line 8.",
        )
    if waiver.form.unconditional:
        report(
            "waiver_before_payment",
            "The lien waiver is unconditional and this application is not paid: give a conditional one, and "
            "the unconditional one once the money is there.",
        )
    if waiver.form.final and application.line9 > ZERO:
        report(
            "waiver_final_too_early",
            f"The lien waiver is final and {in_words_of_a_page(application.line9, currency)} is left to "
            "bill, retainage included: give a progress waiver.",
        )
    if not waiver.form.final and waiver.through != application.period_to:
        report(
            "waiver_through_date",
            f"The lien waiver goes through {waiver.through or 'no day'}, the period ends on "
            f"{application.period_to}: make it through that day.",
        )
    return found
