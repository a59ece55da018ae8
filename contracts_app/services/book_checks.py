"""The nightly check of a firm's books: every invariant, the log against what was signed, and who is told.

Keeps each result, so that an auditor sees that the control ran and what it found (CONTROLS 1.3, requests 16
and 17); the controllers get it by mail with the checkpoint that was signed, as evidence outside the database.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from contracts_app.documents.mail import Letter, build_message
from contracts_app.documents.rendering import Job, render
from contracts_app.documents.templates import shipped
from contracts_app.services import audit_export, delivery, invariants, period_checkpoints, quiet
from contracts_app.settings import Settings
from contracts_app.store import audit, book_checks, firms, legal_entities
from contracts_app.store.transaction import Origin, own_step, reading
from verifier.contracts_verify import Checkpoint, Unreadable

_TEMPLATE = "mail/book_check.txt"


@dataclass(frozen=True)
class _Signed:
    """What lies outside the database: the newest note, all that were read, and why they cannot be."""

    note: str | None
    checkpoints: Sequence[Checkpoint]
    unreadable: str = ""


def firms_to_check(engine: Engine) -> tuple[UUID, ...]:
    """Every firm of the installation."""
    with engine.connect() as connection:
        return tuple(firms.every(connection))


def sign_checkpoints(engine: Engine, settings: Settings) -> int:
    """Sign where each firm's log stands, if it grew, and name the checkpoint in months closed since the last;
    returns how many were written."""
    return sum(sign_checkpoint(engine, settings, firm_id) for firm_id in firms_to_check(engine))


def sign_checkpoint(engine: Engine, settings: Settings, firm_id: UUID) -> bool:
    """The same for one firm."""
    written = _sign(engine, settings, firm_id)
    period_checkpoints.name(engine, settings, firm_id)
    return written


def _sign(engine: Engine, settings: Settings, firm_id: UUID) -> bool:
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    key = audit_export.key_in(settings.audit_keys)
    with reading(engine, firm_id) as connection:
        written = audit_export.write_checkpoint(connection, firm_id, key, settings.audit_checkpoints, at)
    return written is not None


def _signed(settings: Settings, firm_id: UUID) -> _Signed:
    try:
        key = audit_export.public_key_in(settings.audit_keys)
        found = audit_export.checkpoints_in(settings.audit_checkpoints, firm_id, key)
    except Unreadable as error:
        return _Signed(None, (), str(error))
    if not found:
        return _Signed(None, ())
    return _Signed((settings.audit_checkpoints / found[-1].name).read_text(encoding="utf-8"), found)


def check_books(
    engine: Engine, settings: Settings, firm_id: UUID, check_id: UUID, asked_by: UUID | None, origin: Origin
) -> bool:
    """Check a firm's books, keep the result, and say whether all holds; once per check.

    While something is due, what holds only in between (I08, I09) is left out.
    """
    with reading(engine, firm_id) as connection:
        known = book_checks.find(connection, firm_id, check_id)
    if known is not None:
        return bool(known["holds"])
    begun = datetime.now(UTC)
    _sign(engine, settings, firm_id)
    signed = _signed(settings, firm_id)
    still = not quiet.open_work_of(engine, firm_id)
    with reading(engine, firm_id) as connection:
        report = invariants.check_in(connection, firm_id, online=not still, checkpoints=signed.checkpoints)
        head = audit.head(connection, firm_id)
    holds = report.ok and not signed.unreadable
    with own_step(engine, firm_id, f"check:{check_id}", origin, asked_by) as tx:
        again = book_checks.find(tx.connection, firm_id, check_id)
        if again is not None:
            return bool(again["holds"])
        values: dict[str, Any] = {
            "begun_at": begun,
            "ended_at": tx.clock,
            "business_date": tx.today(),
            "holds": holds,
            "quiet": still,
            "report": {"invariants": report.told(), "unreadable": signed.unreadable},
            "seq": head.seq,
            "hash": head.hash,
            "checkpoints": len(signed.checkpoints),
            "checkpoint": signed.note,
            "asked_by": asked_by,
        }
        book_checks.add(tx, check_id, values)
        after = {"holds": holds, "seq": head.seq, "hash": base64.b64encode(head.hash).decode()}
        tx.record("book_check", check_id, 1, "check_books", None, None, {}, after)
    return holds


def tell(engine: Engine, settings: Settings, firm_id: UUID, check_id: UUID, origin: Origin) -> None:
    """Mail the result to every active controller who has it not yet.

    Raises NoMailServer, or what the server said, to be tried again: a letter keeps its Message-ID.
    """
    with reading(engine, firm_id) as connection:
        kept = book_checks.find(connection, firm_id, check_id)
        assert kept is not None  # told after it was kept
        readers = book_checks.to_tell(connection, firm_id, check_id)
        firm = firms.get(connection, firm_id)["name"]
        sender = legal_entities.main(connection, firm_id)["email"]
    broken = [one for one in kept["report"]["invariants"] if not one["ok"]]
    fields = {
        "firm": firm,
        "holds": kept["holds"],
        "unreadable": kept["report"]["unreadable"],
        "broken": broken,
        "count": len(kept["report"]["invariants"]),
        "quiet": kept["quiet"],
        "seq": f"{kept['seq']:,}",
        "short": bytes(kept["hash"]).hex()[:16],
        "checkpoint": kept["checkpoint"] or "",
        "link": f"{settings.public_url}/checks",
    }
    text = render([Job("text", shipped(_TEMPLATE), fields)])[0].decode()
    subject, _, body = text.partition("\n")
    for reader in readers:
        name = f"<check-{check_id}-{reader['id']}@contracts.invalid>"
        message = build_message(
            Letter(subject, body.strip() + "\n", _TEMPLATE, shipped(_TEMPLATE).sha256),
            sender=sender,
            recipient=reader["email"],
            message_id=name,
            sent_at=kept["ended_at"],
        )
        reply = delivery.hand_over(settings, message)
        with own_step(engine, firm_id, f"tell:{check_id}:{reader['id']}", origin) as tx:
            still = book_checks.to_tell(tx.connection, firm_id, check_id)
            if all(one["id"] != reader["id"] for one in still):
                continue
            book_checks.note_letter(
                tx,
                check_id=check_id,
                person_id=reader["id"],
                recipient=reader["email"],
                message_id=name,
                sent_at=tx.clock,
                smtp_reply=reply,
            )
            after = {"person": reader["id"], "message_id": name, "smtp_reply": reply}
            tx.record("book_check", check_id, 2, "tell_of_check", None, None, {}, after)
