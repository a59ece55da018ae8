"""What a contract requires of papers, the papers that are on file, and the exceptions that were granted."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class PaperTest(StrEnum):
    """On which days a paper must be valid, so that its gate is open."""

    both_days = "both_days"
    """On the last day of the work period and on the day of issue or payment."""
    day_of_act = "day_of_act"
    """On the day of issue or payment."""
    period_end = "period_end"
    """On the last day of the work period."""
    whole_period = "whole_period"
    """On each day of the work period; several papers may do so together."""
    once = "once"
    """It was there by the day of issue or payment, whatever period it speaks of."""


class PaperKind(StrEnum):
    """The kinds of papers that a contract may require."""

    insurance_certificate = "insurance_certificate"
    additional_insured = "additional_insured"
    stored_material_insurance = "stored_material_insurance"
    tax_form = "tax_form"
    subcontractor_verification = "subcontractor_verification"
    purchase_order = "purchase_order"
    certified_payroll = "certified_payroll"
    lower_tier_waiver = "lower_tier_waiver"
    closeout_list = "closeout_list"
    consent_of_surety = "consent_of_surety"
    affidavit_of_debts_paid = "affidavit_of_debts_paid"

    @property
    def called(self) -> str:
        """As the field calls it."""
        return _RULES[self][0]

    @property
    def test(self) -> PaperTest:
        """When it must be valid."""
        return _RULES[self][1]


_RULES: dict[PaperKind, tuple[str, PaperTest]] = {
    PaperKind.insurance_certificate: ("certificate of insurance", PaperTest.both_days),
    PaperKind.additional_insured: ("additional insured endorsement", PaperTest.both_days),
    PaperKind.stored_material_insurance: ("insurance of stored material", PaperTest.both_days),
    PaperKind.tax_form: ("tax form", PaperTest.day_of_act),
    PaperKind.subcontractor_verification: ("subcontractor verification", PaperTest.day_of_act),
    PaperKind.purchase_order: ("client purchase order", PaperTest.period_end),
    PaperKind.certified_payroll: ("certified payroll", PaperTest.whole_period),
    PaperKind.lower_tier_waiver: ("lien waiver", PaperTest.period_end),
    PaperKind.closeout_list: ("closeout list", PaperTest.once),
    PaperKind.consent_of_surety: ("consent of surety", PaperTest.once),
    PaperKind.affidavit_of_debts_paid: ("affidavit of payment of debts", PaperTest.once),
}


class Blocks(StrEnum):
    """What waits for a paper."""

    issue = "issue"
    """Any invoice of the contract goes out."""
    payment = "payment"
    """A payment of the client is applied to an invoice of the contract."""
    final_release = "final_release"
    """The invoice goes out after which the client holds no retainage any more."""

    @property
    def said(self) -> str:
        """What does not happen meanwhile, in words."""
        return _SAID[self]


_SAID: dict[Blocks, str] = {
    Blocks.issue: "issue of an invoice",
    Blocks.payment: "application of a payment",
    Blocks.final_release: "final release of retainage",
}


class Requirement(BaseModel):
    """A paper that the contract requires from a day on; `of_whom` empty: of the firm itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    kind: PaperKind
    of_whom: str = ""
    blocks: Blocks
    from_on: date

    @property
    def called(self) -> str:
        """As a sentence begins with it."""
        of = f" of {self.of_whom}" if self.of_whom else ""
        return f"{self.kind.called[0].upper()}{self.kind.called[1:]}{of}"


class Paper(BaseModel):
    """A paper on file and the days that it speaks of, both included; `valid_to` None: without an end."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: PaperKind
    of_whom: str = ""
    valid_from: date
    valid_to: date | None = None

    def covers(self, day: date) -> bool:
        """Whether it speaks of that day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class GrantedException(BaseModel):
    """Until this day, included, the requirement does not block."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    requirement_id: UUID
    until: date
