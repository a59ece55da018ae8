"""What a certifier answers to an application: part of it, or nothing new."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from contracts_app.domain.billing.certified_advance import not_above
from contracts_app.domain.billing.claiming import billed, claimed_entries
from contracts_app.domain.billing.drafting import draft, figures_of
from contracts_app.domain.billing.pay_application import Entry, PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.suggesting import unchanged_entries
from contracts_app.domain.money import ZERO, total
from contracts_app.domain.refusals import Refused, wrong_content


def certified(snapshot: Snapshot, entries: Sequence[Entry]) -> PayApplication:
    """The certificate: the application with the amounts accepted on the lines that are cut.

    Lines not named stay as applied for. A certifier may say that material claimed as built in is still
    stored. Raises Refused for a line that is accepted with more work, or more in all, than was applied for,
    for a certificate below zero of an application that is not, and as `draft` does.
    """
    claimed = {entry.line_id: entry for entry in claimed_entries(snapshot)}
    accepted = {entry.line_id: entry for entry in entries}
    for line_id, entry in accepted.items():
        claim = claimed.get(line_id, Entry(line_id=line_id))
        if entry.this_period > claim.this_period or _claimed(entry) > _claimed(claim):
            raise _above_applied()
    cut = tuple(accepted.pop(line_id, entry) for line_id, entry in claimed.items())
    whole = billed(snapshot)
    figures = whole.time, whole.costs, whole.maximum
    certificate = figures_of(snapshot, (*cut, *accepted.values()), *figures)
    applied = draft(snapshot)
    # Of an application that gives the client a credit (the last one, of an advance) less work is more credit.
    if certificate.line8 < ZERO <= applied.line8:
        raise wrong_content(
            "certificate_negative", "This certificate would take back money that was certified before."
        )
    # Less retainage is withheld where material is still stored.
    if certificate.earned > applied.earned:
        raise _above_applied()
    return not_above(certificate, applied, snapshot.deposit_balance)


def _above_applied() -> Refused:
    return wrong_content("certified_above_applied", ABOVE_APPLIED)


ABOVE_APPLIED = "A certificate cannot be above what was applied for."


def _claimed(entry: Entry) -> Decimal:
    return total((entry.this_period, entry.stored))


def withheld(snapshot: Snapshot) -> PayApplication:
    """The certificate that accepts nothing new: earlier work and stored material stay as certified before."""
    entries = unchanged_entries(snapshot.schedule, snapshot.previous)
    nothing_new = snapshot.model_copy(
        update={"releases": (), "time": (), "costs": (), "work_completed": False}
    )
    return figures_of(nothing_new, entries, (), ())
