"""Checks that compare a draft with what lies beside it: the last certificate, change orders, the lien
waiver, the papers for stored material, cost and schedule (docs/SPEC-pay-application.md)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.billing.pay_application import (
    ContinuationLine,
    PayApplication,
    PreviousCertificate,
    PreviousLine,
)
from contracts_app.domain.billing.schedule_of_values import ChangeOrder, ChangeOrderState
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.stored_material import Backup, backup_lacking
from contracts_app.domain.checking.lien_waivers import Waiver, of_waiver
from contracts_app.domain.finding import Finding, Policy
from contracts_app.domain.money import ZERO, Rate, in_words_of_a_page, less, multiply
from contracts_app.domain.names import BusinessDate, Name


class LineProgress(BaseModel):
    """How far a line is by other measures, as fractions of one: its cost spent, its place in the
    schedule. `of_contract`: nobody knows them by line, and they are those of the contract."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    cost: Rate | None = None
    schedule: Rate | None = None
    of_contract: bool = False


class Beside(BaseModel):
    """What a snapshot does not hold and a certifier looks at. What is None or empty is not checked.

    `last_certificate` is the one in force now (the snapshot holds the one that was in force when it was
    captured); `not_certified` is the application before, where line 7 takes what it applied for;
    `open_applications` names the contract's other applications that are not certified; `cut_off`
    is the last day that this application may cover; `waiver_needed` says that one goes with it; `backup` are
    the papers for stored material; `unwaived` is the application before, where it is paid and its
    unconditional waiver is not there; `must_claim` says that an application which changes nothing is a
    mistake; `today` is the day of business where a rate of exchange is that of the day of issue.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    last_certificate: PreviousCertificate | None = None
    not_certified: Name | None = None
    open_applications: tuple[Name, ...] = ()
    cut_off: BusinessDate | None = None
    waiver: Waiver | None = None
    waiver_needed: bool = False
    unwaived: Name | None = None
    backup: tuple[Backup, ...] | None = None
    off_site_authorised: bool = False
    progress: tuple[LineProgress, ...] = ()
    must_claim: bool = False
    today: BusinessDate | None = None


NOTHING_BESIDE = Beside()
_TENTH = Decimal("0.1")
_OWN = Context(prec=60, traps=[])
"""So that a percentage reads the same whatever Decimal context the caller's thread has."""


def unapproved(line: ContinuationLine, snapshot: Snapshot) -> Finding | None:
    """A line of a change order that is not in force at the end of the period: it may not be billed yet."""
    if line.change_order is None:
        return None
    order = next((each for each in snapshot.change_orders if each.number == line.change_order), None)
    billed = in_words_of_a_page(line.total, snapshot.terms.currency)
    if order is None or order.state is not ChangeOrderState.executed or order.executed_on is None:
        return _found(
            "change_order_not_executed",
            f"Change order {line.change_order} is {_standing(order)} and {billed} is billed on it: take its "
            "line off this application until it is executed.",
            line,
        )
    if order.executed_on > snapshot.period_to:
        return _found(
            "change_order_after_cut_off",
            f"Change order {order.number} was executed on {order.executed_on}, after the period's end, "
            f"{snapshot.period_to}, and {billed} is billed on it: bill it on the next application.",
            line,
        )
    return None


def _standing(order: ChangeOrder | None) -> str:
    if order is None:
        return "not among the contract's change orders"
    return "not executed yet" if order.state is ChangeOrderState.executed else order.state.value


def of_previous(snapshot: Snapshot, beside: Beside) -> Sequence[Finding]:
    """Where the draft starts from other figures than the certificate in force says."""
    certificate = beside.last_certificate
    if certificate is None:
        return ()
    currency = snapshot.terms.currency
    found = []
    line7 = snapshot.previous.line6 if snapshot.previous else ZERO
    if line7 != certificate.line6:
        found.append(
            _found(
                "previous_changed",
                f"Line 7 is {in_words_of_a_page(line7, currency)}, the certificate of application "
                f"{certificate.application_no} says {in_words_of_a_page(certificate.line6, currency)}: draft "
                "again from the certificate.",
            )
        )
    item_of = {line.id: line.item_no for line in snapshot.schedule}
    drafted = {line.line_id: line for line in snapshot.previous.lines} if snapshot.previous else {}
    certified = {line.line_id: line for line in certificate.lines}
    for line_id in {**certified, **drafted}:
        was = certified.get(line_id, PreviousLine(line_id=line_id)).completed
        now = drafted.get(line_id, PreviousLine(line_id=line_id)).completed
        if was != now:
            found.append(
                Finding(
                    code="previous_changed",
                    blocks=True,
                    item_no=item_of.get(line_id),
                    sentence=f"Work completed before is {in_words_of_a_page(now, currency)}, the certificate "
                    f"of application {certificate.application_no} says {in_words_of_a_page(was, currency)}: "
                    "draft again from the certificate.",
                )
            )
    return found


def of_submission(
    snapshot: Snapshot, application: PayApplication, beside: Beside, policy: Policy
) -> Sequence[Finding]:
    """Everything about the draft that needs more than the draft."""
    currency = snapshot.terms.currency
    found = list(of_previous(snapshot, beside))
    if beside.not_certified is not None:
        found.append(
            _found(
                "previous_not_certified",
                f"{beside.not_certified} is not certified yet; line 7 takes it as applied for. If less is "
                "certified, this one follows as a revision.",
                blocks=False,
            )
        )
    if beside.open_applications:
        found.append(
            _found(
                "open_application_exists",
                f"{', '.join(beside.open_applications)} is not certified yet: one application of a contract "
                "is open at a time; have it certified, or withdraw or revise it.",
            )
        )
    if beside.cut_off is not None and snapshot.period_to > beside.cut_off:
        found.append(
            _found(
                "period_after_cut_off",
                f"The period ends on {snapshot.period_to}, after the cut-off, {beside.cut_off}: end it there "
                "and bill later work on the next application.",
            )
        )
    if beside.waiver_needed and beside.waiver is None and application.line8 > ZERO:
        found.append(
            _found(
                "waiver_missing",
                f"The lien waiver for {in_words_of_a_page(application.line8, currency)} is not there: make "
                "it on this page.",
            )
        )
    if beside.waiver is not None:
        found.extend(of_waiver(application, beside.waiver))
    if beside.unwaived is not None and snapshot.previous:
        found.append(
            _found(
                "waiver_of_previous_missing",
                f"{beside.unwaived[0].upper()}{beside.unwaived[1:]} is paid and its unconditional lien "
                "waiver is not there: add it.",
                blocks=False,
            )
        )
    for line in application.lines:
        found.extend(_backed(line, beside, currency))
        found.extend(_front_loaded(line, beside, policy))
    return found


def _backed(line: ContinuationLine, beside: Beside, currency: str) -> Sequence[Finding]:
    if beside.backup is None:
        return ()
    lacking = backup_lacking(
        line.stored,
        [part for part in beside.backup if part.line_id == line.line_id],
        off_site_authorised=beside.off_site_authorised,
        currency=currency,
    )
    if not lacking:
        return ()
    return (
        _found(
            "stored_without_backup",
            f"{in_words_of_a_page(line.stored, currency)} of stored material is billed, but "
            f"{'; '.join(lacking)}: add the papers, or bill the material when it is built in.",
            line,
        ),
    )


def _front_loaded(line: ContinuationLine, beside: Beside, policy: Policy) -> Sequence[Finding]:
    known = next((each for each in beside.progress if each.line_id == line.line_id), None)
    billed = line.fraction if known else None
    if known is None or billed is None:
        return ()
    whose = "the contract's" if known.of_contract else "its"
    return tuple(
        _found(
            "front_loaded",
            f"{_percent(billed)} % of this line is billed, and {_percent(measured)} % {of_what}: show what "
            "is behind it, or bill less.",
            line,
            blocks=False,
        )
        for measured, of_what in (
            (known.cost, f"of {whose} cost is spent"),
            (
                known.schedule,
                "of the contract's time has passed" if known.of_contract else "is due by the schedule",
            ),
        )
        if measured is not None and less(billed, measured) > policy.front_loaded_by
    )


def _percent(fraction: Decimal) -> str:
    return f"{multiply(fraction, Decimal(100)).quantize(_TENTH, ROUND_HALF_UP, _OWN):f}"


def _found(code: str, sentence: str, line: ContinuationLine | None = None, *, blocks: bool = True) -> Finding:
    return Finding(code=code, blocks=blocks, item_no=line.item_no if line else None, sentence=sentence)
