"""What a check finds, and what of it a contract's policy lets pass (docs/SPEC-pay-application.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, field_validator

from contracts_app.domain.money import Rate


class Finding(BaseModel):
    """Something a certifier would bounce the application for. `item_no` names the line, None the whole."""

    model_config = ConfigDict(frozen=True)
    code: str
    blocks: bool
    item_no: str | None
    sentence: str


class Severity(StrEnum):
    """What a finding does: keeps the draft from approval, is shown to the approver, or is not asked for."""

    blocks = "blocks"
    warns = "warns"
    ignored = "ignored"


REASONS: Mapping[str, Severity] = {
    "schedule_does_not_tie": Severity.blocks,
    "period_before_previous": Severity.blocks,
    "period_already_billed": Severity.blocks,
    "period_after_cut_off": Severity.blocks,
    "open_application_exists": Severity.blocks,
    "previous_changed": Severity.blocks,
    "previous_not_certified": Severity.warns,
    "change_order_not_executed": Severity.blocks,
    "change_order_after_cut_off": Severity.blocks,
    "over_scheduled_value": Severity.blocks,
    "over_contract_sum": Severity.blocks,
    "under_zero": Severity.blocks,
    "too_many_decimals": Severity.blocks,
    "stored_negative": Severity.blocks,
    "stored_without_backup": Severity.blocks,
    "stored_material_gone": Severity.warns,
    "negative_this_period": Severity.warns,
    "negative_payment_due": Severity.warns,
    "nothing_billed": Severity.blocks,
    "nothing_claimed": Severity.blocks,
    "time_after_period": Severity.blocks,
    "milestone_not_approved": Severity.blocks,
    "milestone_in_part": Severity.blocks,
    "released_more_than_held": Severity.blocks,
    "release_with_new_work": Severity.blocks,
    "release_before_completion": Severity.warns,
    "release_condition_not_met": Severity.blocks,
    "not_measured": Severity.warns,
    "does_not_multiply_out": Severity.blocks,
    "measured_beyond_estimate": Severity.warns,
    "beyond_band": Severity.warns,
    "short_of_band": Severity.warns,
    "retainage_tier_opens_again": Severity.warns,
    "waiver_missing": Severity.blocks,
    "waiver_amount_mismatch": Severity.blocks,
    "waiver_before_payment": Severity.blocks,
    "waiver_final_too_early": Severity.blocks,
    "waiver_through_date": Severity.blocks,
    "waiver_of_previous_missing": Severity.warns,
    "front_loaded": Severity.warns,
    "cap": Severity.warns,
    "exhausted": Severity.warns,
    "expired": Severity.warns,
    "exceeded": Severity.warns,
    "no_purchase_order": Severity.blocks,
    "tax_not_clear": Severity.blocks,
    "tax_number_missing": Severity.blocks,
    "reverse_charge_not_met": Severity.warns,
    "tax_law_to_read_again": Severity.warns,
    "no_exchange_rate": Severity.blocks,
    "exchange_rate_stale": Severity.warns,
    "advance_not_invoiced": Severity.warns,
    "advance_above_what_is_left": Severity.blocks,
}
"""Every reason for which a draft is sent back, and what it does where no policy says otherwise."""

ARITHMETIC = frozenset(
    {
        "schedule_does_not_tie",
        "period_before_previous",
        "period_already_billed",
        "previous_changed",
        "over_scheduled_value",
        "under_zero",
        "too_many_decimals",
        "stored_negative",
        "does_not_multiply_out",
        "released_more_than_held",
        "release_with_new_work",
        "tax_not_clear",
        "no_exchange_rate",
        "advance_above_what_is_left",
    }
)
"""Figures that are wrong whatever was agreed: no policy changes what these do."""


class Policy(BaseModel):
    """What a contract wants of the checks: another severity for some reasons, and how far a line may be
    billed ahead of its cost or its schedule before it counts as front-loaded (a fraction of one)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    severity: dict[str, Severity] = {}
    front_loaded_by: Rate = Decimal("0.20")

    @field_validator("severity")
    @classmethod
    def _open_to_choice(cls, chosen: dict[str, Severity]) -> dict[str, Severity]:
        for code in chosen:
            if code not in REASONS or code in ARITHMETIC:
                raise ValueError(f"{code} is not a reason whose severity can be chosen")
        return chosen

    def applied(self, found: Iterable[Finding]) -> tuple[Finding, ...]:
        """The findings as this policy weighs them, blocking ones first."""
        weighed = [
            finding
            if (chosen := self.severity.get(finding.code)) is None
            else finding.model_copy(update={"blocks": chosen is Severity.blocks})
            for finding in found
            if self.severity.get(finding.code) is not Severity.ignored
        ]
        return tuple(sorted(weighed, key=lambda finding: not finding.blocks))


AS_USUAL = Policy()
"""The severities of `REASONS`."""
