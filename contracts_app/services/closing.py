"""Closing an accounting month: softly, for everybody, and opening it again."""

from __future__ import annotations

from collections.abc import Mapping

from contracts_app.domain.closing import checklist
from contracts_app.domain.closing.periods import (
    PeriodState,
    called,
    last_day,
    require_earlier_closed,
    require_next,
    state_on,
)
from contracts_app.domain.commands.closing_commands import ClosePeriod, ReopenPeriod, SoftClosePeriod
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.refusals import Refused
from contracts_app.domain.transitions import ACCOUNTING_PERIOD, require
from contracts_app.services import accrual_reviews, accruals, people
from contracts_app.store import closing as store
from contracts_app.store import legal_entities
from contracts_app.store.closing_tables import accounting_period
from contracts_app.store.transaction import Transaction

_KIND = "accounting_period"


def soft_close_period(tx: Transaction, body: SoftClosePeriod) -> Outcome:
    """Close a month for all but controllers, and keep what is left to do. Raises Refused before it has ended
    for every company of the firm, and out of the order of months."""
    month, known = body.first_day, store.periods(tx.connection, tx.firm_id)
    days = [tx.today(one["time_zone"]) for one in legal_entities.every(tx.connection, tx.firm_id)]
    require_next(month, known, min(days, default=tx.today()))
    if month not in {one.month for one in known} and state_on(month, known) is PeriodState.closed:
        raise Refused(
            "period_closed", f"{called(month)} is closed with all that lies before {called(known[0].month)}."
        )
    found = _left(tx, body, PeriodState.open)
    left = {item.value: number for item, number in found.items() if number}
    row = store.find(tx.connection, tx.firm_id, month)
    if row is None:
        period_id = tx.new_id(_KIND)
        tx.create(
            accounting_period,
            _KIND,
            "soft_close_period",
            id=period_id,
            month=month,
            begun_by=people.actor(tx).id,
            begun_at=tx.clock,
            checklist=left,
            state=PeriodState.soft_closed.value,
        )
    else:
        locked = tx.lock(accounting_period, row["id"], "month")
        tx.change(
            accounting_period,
            _KIND,
            locked,
            "soft_close_period",
            ACCOUNTING_PERIOD,
            PeriodState.soft_closed.value,
            begun_by=people.actor(tx).id,
            begun_at=tx.clock,
            checklist=left,
        )
        period_id = row["id"]
    accruals.keep(tx, period_id, last_day(month), "soft_close")
    said = [checklist.in_words(item, number) for item, number in found.items() if number]
    return Outcome(done=True, result={"month": body.month, "left": said})


def close_period(tx: Transaction, body: ClosePeriod) -> Outcome:
    """Close a month for everybody. Raises Refused while an earlier one is open, for what is left and not
    accepted, and for one that was not closed softly before."""
    row = store.find(tx.connection, tx.firm_id, body.first_day)
    if row is None:
        raise _not_begun(called(body.first_day))
    locked = tx.lock(accounting_period, row["id"], "month")
    require(ACCOUNTING_PERIOD, "close_period", locked["state"], "month")
    require_earlier_closed(body.first_day, store.periods(tx.connection, tx.firm_id))
    accepted = checklist.require_done_or_accepted(
        _left(tx, body, PeriodState.soft_closed), body.accepted, called(body.first_day)
    )
    said = [one.model_dump(mode="json") for one in accepted]
    store.lock(tx, row["id"], said)
    tx.change(
        accounting_period,
        _KIND,
        locked,
        "close_period",
        ACCOUNTING_PERIOD,
        PeriodState.closed.value,
        "; ".join(f"{checklist.in_words(one.item, one.number)}: {one.reason}" for one in accepted),
    )
    accruals.keep(tx, row["id"], last_day(body.first_day), "close")
    return Outcome(done=True, result={"month": body.month})


def reopen_period(tx: Transaction, body: ReopenPeriod) -> Outcome:
    """Open a month again, softly closed or closed. Raises Refused for one that is open."""
    row = store.find(tx.connection, tx.firm_id, body.first_day)
    if row is None:
        raise _not_begun(called(body.first_day))
    locked = tx.lock(accounting_period, row["id"], "month")
    require(ACCOUNTING_PERIOD, "reopen_period", locked["state"], "month")
    if locked["state"] == PeriodState.closed:
        store.unlock(tx, row["id"], body.reason)
    tx.change(
        accounting_period,
        _KIND,
        locked,
        "reopen_period",
        ACCOUNTING_PERIOD,
        PeriodState.open.value,
        body.reason,
    )
    return Outcome(done=True, result={"month": body.month})


def _left(
    tx: Transaction, body: SoftClosePeriod | ClosePeriod, state: PeriodState
) -> Mapping[checklist.Item, int]:
    return accrual_reviews.left(tx.connection, tx.firm_id, body.first_day, state)


def _not_begun(month: str) -> Refused:
    return Refused("period_not_begun", f"{month} is open: close it softly first.")
