"""The signed checkpoint of the log that a month was closed at: outside the database, named in the record of
the close."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Engine

from contracts_app.services import audit_export
from contracts_app.settings import Settings
from contracts_app.store import closing
from contracts_app.store.closing_tables import period_checkpoint
from contracts_app.store.transaction import Origin, own_step, reading


def name(engine: Engine, settings: Settings, firm_id: UUID) -> int:
    """Name the newest checkpoint in each close that has none yet and that it covers; returns how many.

    Raises Unreadable for a checkpoint that the key did not sign.
    """
    with reading(engine, firm_id) as connection:
        if not closing.without_checkpoint(connection, firm_id):
            return 0
    key = audit_export.public_key_in(settings.audit_keys)
    signed = audit_export.checkpoints_in(settings.audit_checkpoints, firm_id, key)
    if not signed:
        return 0
    newest = signed[-1]
    note = (settings.audit_checkpoints / newest.name).read_text(encoding="utf-8")
    with own_step(engine, firm_id, "name_checkpoints", Origin()) as tx:
        closes = [one for one in closing.without_checkpoint(tx.connection, firm_id) if one.seq <= newest.seq]
        for one in closes:
            values = {
                "period_id": one.period_id,
                "locked_at": one.locked_at,
                "seq": newest.seq,
                "hash": newest.hash,
                "note": note,
            }
            tx.insert(period_checkpoint, **values)
            told = {"period_id": one.period_id, "locked_at": one.locked_at, "seq": newest.seq, "note": note}
            tx.record("period_checkpoint", one.period_id, 1, "name_checkpoint", None, None, {}, told)
    return len(closes)
