"""The practice firm's calendar."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from contracts_app.domain import business_time
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.process_commands import MoveCalendar
from contracts_app.domain.refusals import Refused
from contracts_app.store import firms, processes
from contracts_app.store.transaction import Transaction

MORNING = time(9, 0)
"""A moved calendar stands at nine in the morning, an hour after dated work falls due."""


def move_calendar(tx: Transaction, body: MoveCalendar) -> Outcome:
    """Make it nine in the morning of a later day; every process of the firm looks at its deadline again."""
    row = firms.lock(tx)
    if row["kind"] != "practice":
        raise Refused("live_calendar", "Only a practice firm's calendar can be moved.")
    target = datetime.combine(body.to, MORNING, ZoneInfo(row["time_zone"]))
    shift = business_time.shift_to(target, tx.clock, row["shift_seconds"])
    firms.move(tx, row, shift)
    tx.record(
        "firm",
        tx.firm_id,
        row["version"] + 1,
        "move_calendar",
        row["state"],
        row["state"],
        {"shift_seconds": row["shift_seconds"]},
        {"shift_seconds": shift},
        f"to {body.to}",
    )
    return Outcome(
        done=True,
        result={"today": body.to.isoformat()},
        wake=tuple(processes.running(tx.connection, tx.firm_id)),
    )
