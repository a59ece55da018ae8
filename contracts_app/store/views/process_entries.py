"""Audit entries that a process wrote, by the workflow that they name."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, text

from contracts_app.domain.histories.events import Written
from contracts_app.store.tables import effect


def of_process(connection: Connection, firm_id: UUID, workflow_id: str) -> Sequence[Written]:
    """Every entry that names this workflow, in their order."""
    rows = connection.execute(
        text(
            "SELECT seq, at, body FROM audit_entry WHERE firm_id = :firm AND workflow = :workflow"
            " ORDER BY seq"
        ),
        {"firm": firm_id, "workflow": workflow_id},
    )
    return [_written(row.seq, row.at, json.loads(row.body)) for row in rows]


def _written(seq: int, at: datetime, body: Mapping[str, Any]) -> Written:
    return Written(
        seq=seq,
        at=at,
        action=body["action"],
        about=f"{body['kind']}/{body['id']}",
        done=body["doing"] != "refused",
        key=body["key"],
        run_id=body["run"] or "",
        activity_id=body["activity"] or "",
        update_id=body["update"] or "",
    )


def answered(connection: Connection, firm_id: UUID, keys: Collection[str]) -> Mapping[str, datetime]:
    """Which of these keys of commands have been answered for good, and when."""
    rows = connection.execute(
        select(effect.c.key, effect.c.at).where(effect.c.firm_id == firm_id, effect.c.key.in_(keys))
    )
    return {row.key: row.at for row in rows}
