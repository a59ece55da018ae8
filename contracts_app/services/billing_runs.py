"""Billing runs: drafts for all contracts that are due, in chunks; one that cannot be billed stops nobody."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.engine import RowMapping

from contracts_app.domain import drafting
from contracts_app.domain.billing_runs import (
    RUN,
    RunOutcome,
    StartBillingRun,
    judged,
    period_of,
)
from contracts_app.domain.commands import Outcome, Subject, deterministic_id, process_name
from contracts_app.domain.drafting import Snapshot
from contracts_app.domain.pay_application import PayApplication
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.services import preparing
from contracts_app.store import billing_runs, processes
from contracts_app.store.billing_tables import billing_run
from contracts_app.store.outages import is_outage, named
from contracts_app.store.transaction import Origin, Transaction, own_step, reading

CHUNK = 100
"""Contracts drafted in one transaction."""
_log = logging.getLogger(__name__)


def start_billing_run(tx: Transaction, body: StartBillingRun) -> Outcome:
    """Begin a run; one at a time."""
    if body.run_id != tx.new_id("billing_run"):
        raise wrong_content("run_id_not_from_key", "A new billing run has the id that its key gives.")
    if body.period_to > tx.today():
        raise wrong_content("period_not_ended", f"The period to {body.period_to} has not ended yet.")
    if billing_runs.running(tx.connection, tx.firm_id) is not None:
        raise Refused("run_in_progress", "Another billing run is in progress; wait until it is done.")
    _open(tx, body.run_id, body.period_to)
    return Outcome(done=True, result={"run_id": str(body.run_id)})


def start_scheduled_run(engine: Engine, firm_id: UUID, period_to: date, origin: Origin) -> UUID:
    """Begin a firm's run of a month, once; the system begins it."""
    run_id = deterministic_id(firm_id, "billing_run", f"scheduled:{period_to}")
    with own_step(engine, firm_id, f"billing-run:{period_to}", origin) as tx:
        if billing_runs.find(tx.connection, firm_id, run_id) is None:
            _open(tx, run_id, period_to)
    return run_id


def begin_due_runs(engine: Engine, today: date, origin: Origin) -> Sequence[tuple[UUID, UUID]]:
    """Begin the run to the end of last month for each live firm that has none; returns firm and run."""
    period_to = today.replace(day=1) - timedelta(days=1)
    firms = billing_runs.live_firms_without_run(engine, period_to)
    return [(firm_id, start_scheduled_run(engine, firm_id, period_to, origin)) for firm_id in firms]


def _open(tx: Transaction, run_id: UUID, period_to: date) -> None:
    tx.create(
        billing_run,
        "billing_run",
        "start_billing_run",
        id=run_id,
        period_to=period_to,
        started_by=tx.by,
        state="running",
    )
    processes.open_process(tx, Subject.billing_run, run_id)


def draft_chunk(engine: Engine, firm_id: UUID, run_id: UUID, origin: Origin) -> Sequence[str]:
    """Draft the next contracts of a run; returns the processes to start.

    All in one transaction, or, when that fails for a reason of its own making, ever fewer in one, until the
    contract at fault stands alone: it is noted as blocked, and the sets grow again.
    """
    started: list[str] = []
    done, at_once = 0, CHUNK
    while done < CHUNK:
        try:
            started += _drafted(engine, firm_id, run_id, origin, at_once)
        except Exception as error:
            if is_outage(error):
                raise
            if at_once > 1:
                _log.warning("billing run %s: one of %s cannot be drafted: %s", run_id, at_once, named(error))
                at_once //= 2
                continue
            _log.exception("billing run %s: a contract cannot be drafted", run_id)
            _block_next(engine, firm_id, run_id, origin, error)
        done += at_once
        at_once = min(2 * at_once, CHUNK - done)
    return started


def _drafted(engine: Engine, firm_id: UUID, run_id: UUID, origin: Origin, at_most: int) -> Sequence[str]:
    with own_step(engine, firm_id, f"billing-run:{run_id}", origin) as tx:
        run = _run(tx, run_id)
        rows = billing_runs.next_due(tx.connection, firm_id, run_id, at_most)
        by_period: dict[date, list[RowMapping]] = {}
        for row in rows:
            by_period.setdefault(period_of(row["terms"]["cut_off_day"], run["period_to"]), []).append(row)
        prepared: dict[UUID, Snapshot | Refused] = {}
        for period_to, of_period in by_period.items():
            prepared.update(preparing.prepare(tx, of_period, period_to))
        items = [_item(row["id"], prepared[row["id"]]) for row in rows]
        drafts = [
            preparing.Draft(row, snapshot, figures, row["prepared_by"])
            for row, (item, figures) in zip(rows, items, strict=True)
            if item["outcome"] == RunOutcome.drafted.value
            and isinstance(snapshot := prepared[row["id"]], Snapshot)
            and figures is not None
        ]
        invoice_ids = preparing.open_drafts(tx, drafts)
        for item, _ in items:
            item["invoice_id"] = invoice_ids.get(item["contract_id"])
        billing_runs.add_items(tx.connection, firm_id, run_id, [item for item, _ in items])
        return [process_name(Subject.invoice, invoice_id) for invoice_id in invoice_ids.values()] + [
            process_name(Subject.contract, contract_id) for contract_id in invoice_ids
        ]


def _item(contract_id: UUID, prepared: Snapshot | Refused) -> tuple[dict[str, Any], PayApplication | None]:
    figures = None
    if isinstance(prepared, Snapshot):
        try:
            figures = drafting.draft(prepared)
        except Refused as refused:
            prepared = refused
    outcome, sentence = judged(prepared, figures)
    drafted = outcome is RunOutcome.drafted and figures is not None
    return {
        "contract_id": contract_id,
        "outcome": outcome.value,
        "sentence": sentence,
        "amount": figures.line8 if drafted and figures else None,
    }, figures


def _block_next(engine: Engine, firm_id: UUID, run_id: UUID, origin: Origin, error: Exception) -> None:
    """Note the contract at which drafting failed; what is wrong with it is in the log."""
    with own_step(engine, firm_id, f"billing-run:{run_id}", origin) as tx:
        rows = billing_runs.next_due(tx.connection, firm_id, run_id, 1)
        items = [
            {
                "contract_id": row["id"],
                "outcome": RunOutcome.blocked.value,
                "sentence": f"It could not be drafted: {type(error).__name__}. Ask an administrator.",
            }
            for row in rows
        ]
        billing_runs.add_items(tx.connection, firm_id, run_id, items)


def left_behind(engine: Engine, firm_id: UUID, run_id: UUID) -> Sequence[str]:
    """Processes to start or wake for what the run drafted: a worker that was lost after a set was written
    never told them."""
    with reading(engine, firm_id) as connection:
        return [
            process_name(Subject(subject), subject_id)
            for subject, subject_id in billing_runs.behind(connection, firm_id, run_id)
        ]


def end_billing_run(engine: Engine, firm_id: UUID, run_id: UUID, origin: Origin) -> None:
    """The run has been through all contracts."""
    with own_step(engine, firm_id, f"billing-run:{run_id}", origin) as tx:
        run = _run(tx, run_id)
        if run["state"] == "done":
            return
        counts: Mapping[str, int] = billing_runs.outcomes(tx.connection, firm_id, run_id)
        said = ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in sorted(counts.items()))
        tx.change(
            billing_run,
            "billing_run",
            run,
            "end_billing_run",
            RUN,
            "done",
            said or "no contract was due",
            ended_at=tx.clock,
            contracts=sum(counts.values()),
        )


def _run(tx: Transaction, run_id: UUID) -> RowMapping:
    return tx.lock(billing_run, run_id, "billing run")
