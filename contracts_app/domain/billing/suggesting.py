"""What a new application claims before anybody edits it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from contracts_app.domain.billing import recurring
from contracts_app.domain.billing.milestones import Milestone, approved_amounts
from contracts_app.domain.billing.pay_application import Entry, PreviousCertificate, PreviousLine
from contracts_app.domain.billing.schedule_of_values import Basis, SovLine
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.stated import worked_out
from contracts_app.domain.money import ZERO, less, total


def unchanged_entries(schedule: Sequence[SovLine], previous: PreviousCertificate | None) -> tuple[Entry, ...]:
    """Entries that leave the work as certified before: nothing new, stored material where it was."""
    stored = {line.line_id: line.stored for line in previous.lines} if previous else {}
    return tuple(Entry(line_id=line.id, stored=stored.get(line.id, ZERO)) for line in schedule)


def suggested_entries(
    schedule: Sequence[SovLine],
    previous: PreviousCertificate | None,
    reported: Mapping[UUID, Decimal],
    not_certified: Mapping[UUID, Decimal],
    milestones: Sequence[Milestone] = (),
    *,
    complete: bool,
    by_rule: Mapping[UUID, Entry] | None = None,
) -> tuple[Entry, ...]:
    """What a new application claims before anybody edits it.

    Per line: the work reported for the period, and again what the prior certificate cut from the last
    application. `complete` claims the whole balance instead. Stored material stays until it is incorporated.
    A milestone line claims what its approved milestones come to and was not billed before, whatever its
    scheduled value: a change order that raises it brings nothing until a milestone is planned. A line billed
    by time or at cost claims its entries (`claimable`), nothing by hand. `by_rule` are `entries_by_rule`; a
    line of unit prices that was never measured has no balance to claim.
    """
    ruled = by_rule or {}
    approved = approved_amounts(milestones)
    before = {line.line_id: line for line in previous.lines} if previous else {}
    entries = []
    for line in schedule:
        known = before.get(line.id, PreviousLine(line_id=line.id))
        if line.basis is Basis.cost_plus:
            entries.append(ruled.get(line.id, Entry(line_id=line.id)))
        elif line.basis is Basis.time_and_materials:
            entries.append(Entry(line_id=line.id))
        elif line.basis is Basis.milestone:
            unbilled = less(approved.get(line.id, ZERO), known.completed)
            entries.append(Entry(line_id=line.id, this_period=max(unbilled, ZERO)))
        elif line.id in ruled and line.id not in reported:
            entries.append(ruled[line.id])
        elif complete and line.basis is not Basis.unit_price:
            entries.append(Entry(line_id=line.id, this_period=less(line.scheduled_value, known.completed)))
        else:
            claimed = total((reported.get(line.id, ZERO), not_certified.get(line.id, ZERO)))
            entries.append(Entry(line_id=line.id, this_period=claimed, stored=known.stored))
    return tuple(entries)


def entries_by_rule(
    snapshot: Snapshot, claimed_before: Mapping[UUID, Entry], taking_back: Collection[UUID] = ()
) -> Mapping[UUID, Entry]:
    """The entries of lines that claim something without anybody typing it; line → entry.

    A recurring fee claims what is due by the end of the period and not billed; a line of unit prices what the
    quantity of its last claim comes to, which is nothing new unless a certificate cut it; a line billed at
    cost is as far complete as its last claim said. A line of `taking_back`, which a revision left below what
    is billed of it, takes the difference back. All start from the prior certificate, so that asking again
    gives the same.
    """
    before = {line.line_id: line for line in snapshot.previous.lines} if snapshot.previous else {}
    currency = snapshot.terms.currency
    found: dict[UUID, Entry] = {}
    for line in snapshot.schedule:
        known = before.get(line.id, PreviousLine(line_id=line.id))
        last = claimed_before.get(line.id)
        if line.cost_plus is not None:
            said = None if last is None else last.fraction_to_date
            found[line.id] = Entry(line_id=line.id, fraction_to_date=said)
        elif line.recurring is not None:
            owed = recurring.unbilled(line.recurring, snapshot.period_to, known.completed, currency)
            found[line.id] = Entry(line_id=line.id, this_period=owed, stored=known.stored)
        elif line.unit_price is not None and last is not None and last.quantity_to_date is not None:
            again = last.model_copy(update={"this_period": ZERO, "stored": known.stored})
            found[line.id] = worked_out(line, known.completed, again, currency)
        elif line.id in taking_back:
            beyond = less(line.scheduled_value, known.completed, known.stored)
            if beyond < ZERO:
                found[line.id] = Entry(line_id=line.id, this_period=beyond, stored=known.stored)
    return found
