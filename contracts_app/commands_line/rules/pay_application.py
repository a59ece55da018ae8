"""Applications, certificates, what is found in a draft, and deposits (docs/SPEC-pay-application.md)."""

from typing import Annotated

from pydantic import Field

from contracts_app.commands_line.rules.question import Answer, Question, Rules
from contracts_app.domain.billing import certifying, drafting
from contracts_app.domain.billing.pay_application import Entry, PayApplication, deposit_applied
from contracts_app.domain.billing.projection import Projected, ShareOfWork, project
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.checking import checks
from contracts_app.domain.commands.invoice_commands import Certification
from contracts_app.domain.finding import Finding
from contracts_app.domain.money import Amount, less


class ToCertify(Question):
    """An application and the client's answer to it."""

    snapshot: Snapshot
    decision: Certification
    lines: tuple[Entry, ...] = ()


class ToProject(Question):
    """The next application's snapshot, and how much of every line is done in each period."""

    snapshot: Snapshot
    share: ShareOfWork
    applications: Annotated[int, Field(ge=1, le=36)] = 3


class ContentHash(Answer):
    """SHA-256 of a snapshot and its figures, in hexadecimal."""

    content_hash: str


class PaidAhead(Question):
    """What is left of a deposit, and line 8 of an invoice."""

    balance: Amount
    line8: Amount


class DrawnDown(Answer):
    """What the deposit pays, what is due after it and what is left of it."""

    applied: Amount
    due: Amount
    left: Amount


def _application(question: Snapshot) -> PayApplication:
    """An application for payment, columns A-I and lines 1-9, from a snapshot."""
    return drafting.draft(question)


def _content_hash(question: Snapshot) -> ContentHash:
    """The hash to which an approval of this snapshot is bound."""
    return ContentHash(content_hash=drafting.content_hash(question))


def _findings(question: Snapshot) -> tuple[Finding, ...]:
    """What a certifier would bounce a draft for, blocking findings first; status 1 when one blocks."""
    return tuple(checks.findings(question))


def _certificate(question: ToCertify) -> PayApplication:
    """The certificate of an application: in_full, less on the lines named, or withheld."""
    if question.decision is Certification.withheld:
        return certifying.withheld(question.snapshot)
    accepted = question.lines if question.decision is Certification.less else ()
    return certifying.certified(question.snapshot, accepted)


def _deposit(question: PaidAhead) -> DrawnDown:
    """The part of an invoice that a deposit pays, what is due after it and what is left of the deposit."""
    applied = deposit_applied(question.balance, question.line8)
    return DrawnDown(applied=applied, due=less(question.line8, applied), left=less(question.balance, applied))


def _project(question: ToProject) -> tuple[Projected, ...]:
    """The next applications if work goes on as assumed: what terms do, before anybody signs them."""
    return project(question.snapshot, question.share, question.applications)


RULES: Rules = {
    "application": _application,
    "content-hash": _content_hash,
    "findings": _findings,
    "certificate": _certificate,
    "deposit": _deposit,
    "project": _project,
}
