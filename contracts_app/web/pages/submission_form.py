"""What a contract wants of its applications before they go out, as a form types it and as a page says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts_app.domain.checking.submission_terms import SubmissionTerms
from contracts_app.domain.finding import ARITHMETIC, REASONS, Severity
from contracts_app.web.pages.formatting import rate
from contracts_app.web.pages.forms import Form, typed_rate, whole_number

ASKED = "submission_asked"
"""The field by which a form says that it asks for these terms: a box that is not ticked is not sent."""
SEVERITIES: Mapping[str, str] = {
    "": "as usual",
    Severity.blocks.value: "must be mended",
    Severity.warns.value: "is shown",
    Severity.ignored.value: "is not looked for",
}
_BOXES: Mapping[str, str] = {
    "backup_needed": "stored material needs its papers (location, invoice, bill of sale, insurance)",
    "off_site_authorised": "material may be stored off the site",
    "waivers": "a conditional lien waiver goes with each application",
    "ends_at_cut_off": "a period ends on the cut-off day or before it",
    "compares_progress": "what a line bills is compared with the contract's time and cost",
    "signed_by_hand": "applications are signed by hand: places for signature, name, title and date",
    "notarised": "they are sworn before a notary too: state, county, day, end of the commission",
}
_REASONS: Mapping[str, str] = {
    "advance_not_invoiced": "work is billed before the advance payment is invoiced",
    "beyond_band": "more is measured than the agreed band of variation",
    "cap": "a not-to-exceed limit holds something back",
    "change_order_after_cut_off": "a change order executed after the period is billed",
    "change_order_not_executed": "a change order that is not executed is billed",
    "exceeded": "a purchase order of the client is exceeded",
    "exchange_rate_stale": "the exchange rate is older than agreed",
    "exhausted": "nothing is left on a purchase order of the client",
    "expired": "no purchase order of the client is valid on the day",
    "front_loaded": "a line is billed ahead of cost or time",
    "measured_beyond_estimate": "more is measured than was estimated",
    "milestone_in_part": "a milestone is billed in part",
    "milestone_not_approved": "a milestone that is not approved is billed",
    "negative_payment_due": "line 8 is below zero",
    "negative_this_period": "work billed before is taken back",
    "no_purchase_order": "no purchase order of the client takes the work",
    "not_measured": "work paid by quantity is billed without a measured quantity",
    "nothing_billed": "an invoice bills nothing",
    "nothing_claimed": "an application claims nothing",
    "open_application_exists": "too many applications wait for their certificate",
    "over_contract_sum": "more is billed than the contract sum",
    "period_after_cut_off": "the period ends after the cut-off",
    "previous_not_certified": "the application before is not certified yet",
    "release_before_completion": "retainage is released before the work is finished",
    "release_condition_not_met": "retainage is released before its condition is met",
    "retainage_tier_opens_again": "completion falls back, and a higher rate of retainage holds again",
    "reverse_charge_not_met": "the conditions of the reverse charge are not met",
    "short_of_band": "less is measured than the agreed band of variation",
    "stored_material_gone": "stored material has gone and was not built in",
    "stored_without_backup": "stored material lacks papers",
    "tax_law_to_read_again": "the rule of tax law should be read again",
    "tax_number_missing": "a tax number is missing",
    "time_after_period": "time worked after the period is billed",
    "waiver_amount_mismatch": "the lien waiver is not for line 8",
    "waiver_before_payment": "the lien waiver is unconditional before payment",
    "waiver_final_too_early": "the lien waiver is final before the end",
    "waiver_missing": "the lien waiver is not there",
    "waiver_of_previous_missing": "the unconditional waiver of the application before is not there",
    "waiver_through_date": "the lien waiver goes through another day",
}


def reasons() -> Mapping[str, str]:
    """The reasons whose weight a contract may choose, in words, by their words."""
    free = {code: _REASONS[code] for code in REASONS if code not in ARITHMETIC}
    return dict(sorted(free.items(), key=lambda each: each[1]))


def typed_submission(form: Form) -> dict[str, Any]:
    """The terms that the form says; nothing where it does not ask for them. Raises WrongBody."""
    if ASKED not in form:
        return {}
    chosen = {code: form[f"policy_{code}"] for code in reasons() if form.get(f"policy_{code}")}
    policy: dict[str, Any] = {"severity": chosen}
    if form.get("front_loaded_by"):
        policy["front_loaded_by"] = typed_rate(form, "front_loaded_by")
    boxes = {name: form.get(name) == "yes" for name in _BOXES}
    waiting = {"uncertified": whole_number(form, "uncertified", 1, 12)} if form.get("uncertified") else {}
    return {"submission": {"policy": policy, **boxes, **waiting}}


def usual(code: str) -> str:
    """What a reason does where the contract chooses nothing."""
    return SEVERITIES[REASONS[code].value]


def submission_in_words(terms: SubmissionTerms) -> list[str]:
    """What is agreed beside the usual, each as a sentence."""
    said = [words for name, words in _BOXES.items() if getattr(terms, name)]
    said += [
        f"{reasons().get(code, code)}: {SEVERITIES[severity.value]}"
        for code, severity in sorted(terms.policy.severity.items())
    ]
    if terms.uncertified > 1:
        said.append(f"up to {terms.uncertified} applications may wait for their certificate at a time")
    if terms.policy.front_loaded_by != SubmissionTerms().policy.front_loaded_by:
        said.append(f"ahead means by more than {rate(terms.policy.front_loaded_by)}")
    return said


FORM_WORDS: Mapping[str, Any] = {
    "CHECK_BOXES": _BOXES,
    "CHECK_REASONS": reasons(),
    "CHECK_SEVERITIES": SEVERITIES,
    "check_usual": usual,
    "submission_in_words": submission_in_words,
}
"""All of it, for the templates of a contract."""
