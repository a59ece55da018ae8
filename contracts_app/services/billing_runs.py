"""Billing runs: drafts for all contracts that are due, in chunks; one that cannot be billed stops nobody."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.billing_runs import RUN, RunOutcome, StartBillingRun, judged, period_of
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.subjects import Subject, deterministic_id, process_name
from contracts_app.domain.contract import AtCap
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.services import preparing
from contracts_app.store import billing_runs, processes
from contracts_app.store.billing_tables import billing_run
from contracts_app.store.outages import constraint_broken, is_outage, named
from contracts_app.store.transaction import Origin, Transaction, own_step, reading
from contracts_app.store.views import unbilled

CHUNK = 100
"""Contracts drafted in one transaction."""
WAITED = "wait_for_other_run"
"""Noted of a month's run that another run kept from beginning."""
_log = logging.getLogger(__name__)


def start_billing_run(tx: Transaction, body: StartBillingRun) -> Outcome:
    """Begin a run over the contracts that are due now; one run at a time."""
    if body.run_id != tx.new_id("billing_run"):
        raise wrong_content("run_id_not_from_key", "A new billing run has the id that its key gives.")
    if body.period_to > tx.today():
        raise wrong_content("period_not_ended", f"The period to {body.period_to} has not ended yet.")
    hindrance = _open(tx, body.run_id, body.period_to)
    if hindrance is not None:
        raise Refused("run_in_progress", hindrance)
    return Outcome(done=True, result={"run_id": str(body.run_id)})


def start_scheduled_run(engine: Engine, firm_id: UUID, period_to: date, origin: Origin) -> UUID | None:
    """Begin a firm's run of a month, once; the system begins it.

    None while another run of the firm is going on; that is noted, once.
    """
    run_id = deterministic_id(firm_id, "billing_run", f"scheduled:{period_to}")
    with own_step(engine, firm_id, f"billing-run:{period_to}", origin) as tx:
        if billing_runs.find(tx.connection, firm_id, run_id) is not None:
            return run_id
        hindrance = _open(tx, run_id, period_to)
        if hindrance is None:
            return run_id
        name = process_name(Subject.billing_run, run_id)
        if not billing_runs.is_told(tx.connection, firm_id, name, WAITED):
            tx.record("process", name, 0, WAITED, None, None, {}, {"period_to": period_to}, hindrance)
    return None


@dataclass(frozen=True)
class DueRuns:
    """The month's runs that were begun, firm and run, and how many firms' could not begin yet."""

    begun: Sequence[tuple[UUID, UUID]]
    held_up: int


def begin_due_runs(engine: Engine, today: date, origin: Origin) -> DueRuns:
    """Begin the run to the end of last month for each live firm that has none.

    A firm whose run cannot be begun keeps no other firm from its own.
    """
    period_to = today.replace(day=1) - timedelta(days=1)
    begun: list[tuple[UUID, UUID]] = []
    held_up = 0
    for firm_id in billing_runs.live_firms_without_run(engine, period_to):
        try:
            run_id = start_scheduled_run(engine, firm_id, period_to, origin)
        except Exception as error:
            if is_outage(error):
                raise
            _log.exception("the billing run to %s of firm %s cannot begin", period_to, firm_id)
            run_id = None
        if run_id is None:
            held_up += 1
        else:
            begun.append((firm_id, run_id))
    return DueRuns(begun, held_up)


def _open(tx: Transaction, run_id: UUID, period_to: date) -> str | None:
    """Open a run, or a sentence on the one that is going on."""
    while True:
        other = billing_runs.going_on(tx.connection, tx.firm_id)
        if other is None and billing_runs.open_run(tx, run_id, period_to):
            break
        if other is not None:  # else another began and ended just now
            return (
                f"The billing run to {other['period_to']} that {other['started_by'] or 'the system'} started "
                f"is going on ({other['done']} of {other['contracts']} "
                f"contract{'' if other['contracts'] == 1 else 's'}); only one can go on at a time."
            )
    processes.open_process(tx, Subject.billing_run, run_id)
    return None


def draft_chunk(engine: Engine, firm_id: UUID, run_id: UUID, origin: Origin) -> Sequence[str]:
    """Draft the next contracts of a run; returns the processes to start."""
    with reading(engine, firm_id) as connection:
        contract_ids = billing_runs.left(connection, firm_id, run_id, CHUNK)
    return _draft(engine, firm_id, run_id, origin, contract_ids)


def _draft(
    engine: Engine, firm_id: UUID, run_id: UUID, origin: Origin, contract_ids: Sequence[UUID]
) -> Sequence[str]:
    """Draft these contracts in one transaction; when it fails for a reason of its own making, each half by
    itself, until the contract at fault stands alone: it is noted as blocked."""
    if not contract_ids:
        return []
    try:
        return _drafted(engine, firm_id, run_id, origin, contract_ids)
    except Exception as error:
        if is_outage(error):
            raise
        if len(contract_ids) == 1:
            _log.exception("billing run %s: contract %s cannot be drafted", run_id, contract_ids[0])
            _block(engine, firm_id, run_id, origin, contract_ids[0], error)
            return []
        _log.warning(
            "billing run %s: one of %s cannot be drafted: %s", run_id, len(contract_ids), named(error)
        )
    middle = len(contract_ids) // 2
    return [
        *_draft(engine, firm_id, run_id, origin, contract_ids[:middle]),
        *_draft(engine, firm_id, run_id, origin, contract_ids[middle:]),
    ]


def _drafted(
    engine: Engine, firm_id: UUID, run_id: UUID, origin: Origin, contract_ids: Sequence[UUID]
) -> Sequence[str]:
    with own_step(engine, firm_id, f"billing-run:{run_id}", origin) as tx:
        run = _run(tx, run_id)
        rows = billing_runs.lock_left(tx.connection, firm_id, run_id, contract_ids)
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
        over = _over_limits(tx, run["period_to"], drafts)
        for item, _ in items:
            item["invoice_id"] = invoice_ids.get(item["contract_id"])
            item["sentence"] = item["sentence"] or over.get(item["contract_id"], "")
        _note(tx, run_id, [item for item, _ in items])
        return [process_name(Subject.invoice, invoice_id) for invoice_id in invoice_ids.values()] + [
            process_name(Subject.contract, contract_id) for contract_id in invoice_ids
        ]


def _note(tx: Transaction, run_id: UUID, items: Sequence[dict[str, Any]]) -> None:
    """Keep what became of contracts, with one audit entry for all of them."""
    if items:
        billing_runs.add_items(tx.connection, tx.firm_id, run_id, items)
        outcomes = {str(one["contract_id"]): one["outcome"] for one in items}
        tx.record("billing_run_set", run_id, 0, "note_outcomes", None, None, {}, outcomes)


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


def _over_limits(tx: Transaction, period_to: date, drafts: Sequence[preparing.Draft]) -> Mapping[UUID, str]:
    """What limits keep back beside these drafts, as a sentence for each contract where one does."""
    at_limit = [one.captured.contract_id for one in drafts if _may_be_over(one)]
    if not at_limit:
        return {}
    return {
        one.contract_id: f"Stays unbilled, {'; '.join(said)}."
        for one in unbilled.unbilled(tx.connection, tx.firm_id, period_to, at_limit)
        if (said := one.over_limits_in_words)
    }


def _may_be_over(one: preparing.Draft) -> bool:
    """Whether a line billed by time has come to its limit, or keeps to whole entries below it."""
    to_date = {line.line_id: line.total for line in one.figures.lines}
    whole = one.captured.terms.at_cap is AtCap.hold_whole_entries
    return any(
        line.basis is Basis.time_and_materials
        and line.cap is not None
        and (whole or to_date[line.id] >= line.cap)
        for line in one.captured.schedule
    )


def _cause(error: Exception) -> str:
    """Which of the stored facts stands in the way, without their content."""
    match error:
        case ValidationError():
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            where = ".".join((error.title, *map(str, first["loc"])))
            return f"what is stored of it does not read as {where}: {first['msg']}."
        case KeyError():
            return f"what is stored of it lacks {error.args[0]}."
        case _:
            constraint = constraint_broken(error)
            return f"the database keeps to {constraint}." if constraint else f"{type(error).__name__}."


def _block(
    engine: Engine, firm_id: UUID, run_id: UUID, origin: Origin, contract_id: UUID, error: Exception
) -> None:
    """Note the contract at which drafting failed; all that is known about it is in the log."""
    item = {
        "outcome": RunOutcome.blocked.value,
        "sentence": f"It could not be drafted: {_cause(error)} Ask an administrator.",
    }
    with own_step(engine, firm_id, f"billing-run:{run_id}", origin) as tx:
        # A worker that was thought lost may have noted it.
        rows = billing_runs.lock_left(tx.connection, firm_id, run_id, [contract_id])
        _note(tx, run_id, [{"contract_id": row["id"], **item} for row in rows])


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
        )


def _run(tx: Transaction, run_id: UUID) -> RowMapping:
    return tx.lock(billing_run, run_id, "billing run")
