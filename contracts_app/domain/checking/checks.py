"""Checks before an application is submitted for approval (docs/SPEC-pay-application.md).

A finding is a value. One that blocks keeps the draft from going on until it is mended; a warning is shown
to the approver. What each reason does where no policy says otherwise stands in `finding.REASONS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from contracts_app.domain.billing.carried_credit import CreditForm
from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.milestones import outstanding_for_release
from contracts_app.domain.billing.pay_application import ContinuationLine, Kind, PayApplication, PreviousLine
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.checking.advance_checks import of_advance
from contracts_app.domain.checking.exchange_checks import of_exchange
from contracts_app.domain.checking.limit_checks import of_limits
from contracts_app.domain.checking.line_checks import of_line
from contracts_app.domain.checking.measure_checks import of_measures
from contracts_app.domain.checking.milestone_checks import of_milestones
from contracts_app.domain.checking.submission_checks import NOTHING_BESIDE, Beside, of_submission, unapproved
from contracts_app.domain.checking.tax_checks import of_tax
from contracts_app.domain.contract import ReceivableArises
from contracts_app.domain.finding import Finding, Policy
from contracts_app.domain.money import ZERO, in_words_of_a_page, less, total
from contracts_app.domain.retainage.retainage_reopened import reopened


def findings(
    snapshot: Snapshot, beside: Beside = NOTHING_BESIDE, policy: Policy | None = None
) -> tuple[Finding, ...]:
    """Everything wrong or notable about the draft that the snapshot gives, blocking findings first.

    `beside` is what the snapshot does not hold (waiver, papers, the certificate in force); what it leaves
    out is not checked. `policy` is what blocks, the contract's own choice unless another is given. Raises
    Refused as `draft` does.
    """
    policy = snapshot.terms.submission.policy if policy is None else policy
    application = draft(snapshot)
    before = {line.line_id: line for line in snapshot.previous.lines} if snapshot.previous else {}
    late = {entry.line_id for entry in snapshot.time if entry.work_date > snapshot.period_to}
    found = [*_of_orders(snapshot, application), *_of_period(snapshot)]
    for line in application.lines:
        known = before.get(line.line_id, PreviousLine(line_id=line.line_id))
        found.extend(of_line(line, known, snapshot))
        if line.line_id in late:
            found.append(_time_after_period(line, snapshot))
    found.extend(of_measures(snapshot, application))
    found.extend(of_milestones(snapshot, application))
    found.extend(of_limits(snapshot))
    found.extend(_of_sums(snapshot, application))
    if beside.must_claim and _claims_nothing(snapshot, application):
        found.append(
            _whole(
                "nothing_claimed",
                "Nothing is claimed on any line for this period: enter its work, or withdraw the draft.",
            )
        )
    found.extend(_of_tiers(snapshot))
    found.extend(of_advance(snapshot, application))
    if snapshot.kind is Kind.retainage_release:
        found.extend(_of_release(snapshot, application))
    found.extend(of_tax(snapshot, application))
    found.extend(of_exchange(snapshot, beside.today))
    found.extend(of_submission(snapshot, application, beside, policy))
    return policy.applied(found)


def blocking(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those findings that keep a draft from approval."""
    return tuple(finding for finding in found if finding.blocks)


def _whole(code: str, sentence: str, blocks: bool = True) -> Finding:
    return Finding(code=code, blocks=blocks, item_no=None, sentence=sentence)


def _of_orders(snapshot: Snapshot, application: PayApplication) -> list[Finding]:
    """Lines of change orders that are not in force; and whether the rest adds up to the contract sum."""
    currency = snapshot.terms.currency
    pending = [finding for line in application.lines if (finding := unapproved(line, snapshot))]
    left_out = {finding.item_no for finding in pending}
    scheduled = total(line.scheduled_value for line in application.lines if line.item_no not in left_out)
    if scheduled == application.line3:
        return pending
    tie = _whole(
        "schedule_does_not_tie",
        f"The schedule of values adds up to {in_words_of_a_page(scheduled, currency)}, "
        f"the contract sum to date is {in_words_of_a_page(application.line3, currency)}.",
    )
    return [tie, *pending]


def _time_after_period(line: ContinuationLine, snapshot: Snapshot) -> Finding:
    return Finding(
        code="time_after_period",
        blocks=True,
        item_no=line.item_no,
        sentence=f"Time worked after the period's end, {snapshot.period_to}, is claimed: claim time again.",
    )


def _of_period(snapshot: Snapshot) -> list[Finding]:
    previous = snapshot.previous
    if previous is None:
        return []
    if snapshot.period_to < previous.period_to:
        return [
            _whole(
                "period_before_previous",
                f"The period ends before that of application {previous.application_no}, "
                f"{previous.period_to}: choose a later end.",
            )
        ]
    if snapshot.kind is Kind.application and snapshot.period_to == previous.period_to:
        if previous.is_of_the_advance:
            return []  # it covers no period
        return [
            _whole(
                "period_already_billed",
                f"Application {previous.application_no} covers the same period: choose a later end.",
            )
        ]
    return []


def _of_sums(snapshot: Snapshot, application: PayApplication) -> list[Finding]:
    currency = snapshot.terms.currency
    found = []
    if snapshot.kind is Kind.consulting and not _bills_anything(application):
        found.append(
            _whole(
                "nothing_billed",
                "Nothing is billed for this period: claim its time or milestones, or withdraw the draft.",
            )
        )
    if application.line8 < ZERO:
        found.append(_negative(snapshot, application))
    if less(application.line4, _over_estimates(snapshot, application)) > application.line3:
        found.append(
            _whole(
                "over_contract_sum",
                f"{in_words_of_a_page(application.line4, currency)} billed to date is above the contract sum "
                f"to date, {in_words_of_a_page(application.line3, currency)}: bill the deductive change "
                "order.",
            )
        )
    return found


def _claims_nothing(snapshot: Snapshot, application: PayApplication) -> bool:
    """Whether an application leaves everything as it was certified, line 8 and stored material too."""
    stored = {line.line_id: line.stored for line in snapshot.previous.lines} if snapshot.previous else {}
    return (
        application.line8.is_zero()
        and not any(
            line.this_period or line.stored != stored.get(line.line_id, ZERO) for line in application.lines
        )
        and not any(billed.entries for billed in application.time)
    )


def _negative(snapshot: Snapshot, application: PayApplication) -> Finding:
    """Line 8 below zero is carried (carried_credit.py); not where the client owes an amount before he
    certifies it, since a lower certificate would have to take part of the credit back; nor under discounts,
    which a credit that pays later invoices does not bear."""
    terms = snapshot.terms
    if snapshot.invoicing is not None:
        return _whole(
            "negative_payment_due",
            "Line 8 is negative, and a credit is carried only where the contract is invoiced in its own "
            "currency: bill it together with later work.",
        )
    if terms.discounts is not None:
        return _whole(
            "negative_payment_due",
            "Line 8 is negative, and a credit would be carried without its discount: bill it together with "
            "later work.",
        )
    credit = in_words_of_a_page(application.line8.copy_negate(), terms.currency)
    if terms.certified_by_client and terms.receivable_arises is ReceivableArises.submission:
        return _whole(
            "negative_payment_due",
            f"Line 8 is negative: the client would be owed {credit}. Bill it together with later work.",
        )
    if terms.credit_form is CreditForm.document:
        if snapshot.exchange is not None:
            return _whole(
                "negative_payment_due",
                "Line 8 is negative, and a credit note is made only in the currency of the books: bill it "
                "together with later work.",
            )
        return _whole(
            "negative_payment_due",
            "Line 8 is negative: the client gets a credit note for it"
            + (f" of {credit}." if terms.tax is None else ", with its tax."),
            blocks=False,
        )
    return _whole(
        "negative_payment_due",
        f"Line 8 is negative: {credit} is carried and taken off what the client pays next.",
        blocks=False,
    )


def _of_tiers(snapshot: Snapshot) -> list[Finding]:
    return [
        Finding(
            code="retainage_tier_opens_again",
            blocks=False,
            item_no=opened.item_no,
            sentence=opened.sentence(snapshot.terms.currency),
        )
        for opened in reopened(snapshot)
    ]


def _of_release(snapshot: Snapshot, application: PayApplication) -> list[Finding]:
    currency = snapshot.terms.currency
    found = []
    if application.line4 < application.line3:
        found.append(
            _whole(
                "release_before_completion",
                f"The work is not finished: {in_words_of_a_page(application.line4, currency)} of "
                f"{in_words_of_a_page(application.line3, currency)} is billed, and this releases retainage.",
                blocks=False,
            )
        )
    waiting = outstanding_for_release(snapshot.milestones)
    if waiting and snapshot.release_cause is None:
        named = ", ".join(milestone.title for milestone in waiting)
        found.append(_whole("release_condition_not_met", f"Not yet approved: {named}."))
    return found


def _bills_anything(application: PayApplication) -> bool:
    """Whether any line or entry is on the invoice; entries at no charge and corrections are."""
    return (
        any(billed.entries for billed in application.time)
        or any(line.this_period or line.stored or line.released for line in application.lines)
        or not application.line8.is_zero()
    )


def _over_estimates(snapshot: Snapshot, application: PayApplication) -> Decimal:
    """What time and measured quantities have come to above estimates: it is owed although no scheduled value
    covers it."""
    estimates = {line.id for line in snapshot.schedule if line.cap is None}
    return total(
        max(less(line.total, line.scheduled_value), ZERO)
        for line in application.lines
        if line.line_id in estimates
    )
