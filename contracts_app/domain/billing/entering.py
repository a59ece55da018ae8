"""Entries as somebody puts them into a draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from contracts_app.domain.billing.pay_application import Entry, PreviousLine
from contracts_app.domain.billing.schedule_of_values import Basis, SovLine
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.stated import worked_out
from contracts_app.domain.billing.stored_material import moved

_TYPED = (Basis.lump_sum, Basis.percent_complete, Basis.unit_price, Basis.cost_plus)
"""Bases of lines that somebody enters for each period."""


def as_stated(snapshot: Snapshot, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Entries as somebody states them, with the amounts that percentages and quantities come to.

    One that says exactly what the snapshot has is left as it is: an amount once worked out stays, although
    the scheduled value has changed since. Raises Refused as `worked_out` does; a line that is not in the
    schedule is left to `draft` to refuse.
    """
    lines = {line.id: line for line in snapshot.schedule}
    kept = {entry.line_id: entry for entry in snapshot.entries}
    before = {line.line_id: line for line in snapshot.previous.lines} if snapshot.previous else {}
    currency = snapshot.terms.currency

    def stated(entry: Entry) -> Entry:
        if entry == kept.get(entry.line_id) or entry.line_id not in lines:
            return entry
        known = before.get(entry.line_id, PreviousLine(line_id=entry.line_id))
        if lines[entry.line_id].cost_plus is not None:  # how far the work is complete is no amount
            return entry
        if entry.material is not None:
            return moved(known, entry, currency)
        return worked_out(lines[entry.line_id], known.completed, entry, currency)

    return tuple(stated(entry) for entry in entries)


def as_typed_before(
    schedule: Sequence[SovLine], entries: Sequence[Entry], typed: Mapping[UUID, Entry]
) -> tuple[Entry, ...]:
    """Entries with what somebody typed into the draft that was given up before this one.

    Say because the project manager had edited it, so that nobody could approve it. Milestones, time and
    recurring fees are not typed: they claim what is approved or due by now.
    """
    kept = {line.id for line in schedule if line.basis in _TYPED}
    return tuple(typed.get(entry.line_id, entry) if entry.line_id in kept else entry for entry in entries)
