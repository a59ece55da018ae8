"""Steps that nobody tries again until a person says so: parked, retried, given up."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.process_commands import AbandonParked, RetryParked
from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.refusals import Refused, not_found
from contracts_app.store import messages, processes
from contracts_app.store.tables import message
from contracts_app.store.transaction import Origin, Transaction, own_step


def park(
    engine: Engine, firm_id: UUID, subject: Subject, subject_id: UUID, step: str, reason: str, origin: Origin
) -> None:
    """Stop trying a step, visibly: the first line of what went wrong, never the failed statement."""
    reason = (reason.strip().splitlines() or ["no reason given"])[0][:300]
    with own_step(engine, firm_id, f"park:{subject.value}:{subject_id}", origin) as tx:
        processes.park(tx.connection, firm_id, subject, subject_id, step, reason)
        tx.record(
            "process", process_name(subject, subject_id), 0, "park", None, None, {}, {"step": step}, reason
        )


def retry_parked(tx: Transaction, body: RetryParked) -> Outcome:
    """Try again what was parked."""
    _require_parked(tx, body.subject, body.subject_id)
    processes.unpark(tx.connection, tx.firm_id, body.subject, body.subject_id)
    tx.record("process", process_name(body.subject, body.subject_id), 0, "retry_parked", None, None, {}, {})
    return Outcome(done=True, result={"subject": body.subject.value, "subject_id": str(body.subject_id)})


def abandon_parked(tx: Transaction, body: AbandonParked) -> Outcome:
    """Give up sending what cannot be delivered; documents must be made, so only delivery can be given up."""
    known = _require_parked(tx, body.subject, body.subject_id)
    if known["parked_step"] != "deliver":
        raise Refused("cannot_be_abandoned", "Only a delivery can be given up; mend the cause and retry.")
    about = {"invoice_id" if body.subject is Subject.invoice else "client_id": body.subject_id}
    for queued in messages.queued(tx.connection, tx.firm_id, **about):
        known_message = tx.lock(message, queued["id"], "message")
        if known_message["state"] == "queued":  # else a last try has just got through
            messages.note_sent(tx, known_message, f"given up: {body.reason}", bounced=True)
    processes.unpark(tx.connection, tx.firm_id, body.subject, body.subject_id)
    tx.record(
        "process",
        process_name(body.subject, body.subject_id),
        0,
        "abandon_parked",
        None,
        None,
        {},
        {},
        body.reason,
    )
    return Outcome(done=True, result={"subject": body.subject.value, "subject_id": str(body.subject_id)})


def _require_parked(tx: Transaction, subject: Subject, subject_id: UUID) -> RowMapping:
    known = processes.find(tx.connection, tx.firm_id, subject, subject_id)
    if known is None:
        raise not_found("process")
    if known["parked_step"] is None:
        raise Refused("not_parked", "Nothing is parked here.")
    return known
