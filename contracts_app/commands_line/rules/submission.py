"""Revisions, stored material, carried credits, and whether an application foots
(docs/SPEC-pay-application.md)."""

from uuid import UUID

from contracts_app.commands_line.rules.question import Answer, Question, Rules
from contracts_app.domain.billing import carried_credit, revisions, stored_material
from contracts_app.domain.billing.carried_credit import CreditForm, Settled
from contracts_app.domain.billing.pay_application import (
    Entry,
    PayApplication,
    PreviousCertificate,
    PreviousLine,
)
from contracts_app.domain.billing.revisions import Chained, Retied
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.stored_material import Movement
from contracts_app.domain.checking import checks, footing
from contracts_app.domain.checking.footing import DoesNotFoot, GivenApplication
from contracts_app.domain.checking.submission_checks import NOTHING_BESIDE, Beside
from contracts_app.domain.finding import AS_USUAL, Finding, Policy
from contracts_app.domain.money import Amount
from contracts_app.domain.names import Currency


class ToSubmit(Question):
    """A draft, what lies beside it, and what the contract wants of the checks."""

    snapshot: Snapshot
    beside: Beside = NOTHING_BESIDE
    policy: Policy = AS_USUAL


class ToRevise(Question):
    """A chain of applications and the snapshot that takes the place of one of them."""

    chain: tuple[Chained, ...]
    changed: Snapshot


class Tied(Answer):
    """An application after a revision: its name, its snapshot and the figures that follow."""

    name: str
    snapshot: Snapshot
    figures: PayApplication


class Revised(Answer):
    """The chain after a revision, and the names of what stays on file without counting."""

    applications: tuple[Tied, ...]
    superseded: tuple[str, ...]


class ToCertify(Question):
    """A chain of applications and the certificate of one of them."""

    chain: tuple[Chained, ...]
    certificate: PreviousCertificate


class ToCorrect(Question):
    """A line as certified, the completed work that would have been right, and this period's claim."""

    certified: PreviousLine
    right_to_date: Amount
    work: Amount
    stored: Amount


class Stored(Question):
    """What happened to a line's stored material in a period."""

    line_id: UUID
    moved: Movement
    currency: Currency


class Claimed(Answer):
    """What the line claims, and what it earns in the period before retainage."""

    entry: Entry
    gross_this_period: Amount


class InARow(Question):
    """Line 8 of applications one after the other, and how the client wants a credit."""

    line8: tuple[Amount, ...]
    form: CreditForm = CreditForm.carried


def _submission(question: ToSubmit) -> tuple[Finding, ...]:
    """What a draft would be bounced for, given waiver, papers and progress; status 1 when one blocks."""
    return checks.findings(question.snapshot, question.beside, question.policy)


def _check_application(question: GivenApplication) -> tuple[DoesNotFoot, ...]:
    """Where an application that somebody else made does not foot; status 1 when it does not."""
    return footing.check(question)


def _revise(question: ToRevise) -> Revised:
    """A revision of an application that is not certified, and those after it tied to it again."""
    return _tied(revisions.revise(question.chain, question.changed))


def _certified_chain(question: ToCertify) -> Revised:
    """A chain once one of it is certified, perhaps for less: those that wait start from the certificate."""
    return _tied(revisions.certify(question.chain, question.certificate))


def _tied(retied: Retied) -> Revised:
    return Revised(
        applications=tuple(
            Tied(name=one.name, snapshot=one.snapshot, figures=drawn)
            for one, drawn in zip(retied.chain, revisions.figures(retied.chain), strict=True)
        ),
        superseded=tuple(one.name for one in retied.superseded),
    )


def _correction(question: ToCorrect) -> Entry:
    """How the current application mends an error in a certified one."""
    return revisions.corrected(question.certified, question.right_to_date, question.work, question.stored)


def _stored_material(question: Stored) -> Claimed:
    """Columns E and F of a line after material was stored and built in, and what the period earns on it."""
    entry = stored_material.entry_of(question.line_id, question.moved, question.currency)
    return Claimed(
        entry=entry,
        gross_this_period=stored_material.gross_this_period(
            entry.this_period, entry.stored, question.moved.stored_before
        ),
    )


def _carried_credit(question: InARow) -> tuple[Settled, ...]:
    """What a client pays on applications one after the other where a line 8 is negative."""
    return carried_credit.settle_all(question.line8, question.form)


RULES: Rules = {
    "submission": _submission,
    "check-application": _check_application,
    "revise": _revise,
    "certified-chain": _certified_chain,
    "correction": _correction,
    "stored-material": _stored_material,
    "carried-credit": _carried_credit,
}
