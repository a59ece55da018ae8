"""What was done to contracts and their invoices since an instant, as the log tells it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Text, cast, func, select

from contracts_app.store.tables import audit_entry, contract, invoice


@dataclass(frozen=True)
class Done:
    """An action of the log, how often it was done, and when last."""

    action: str
    times: int
    last_at: datetime


def done_since(
    connection: Connection, firm_id: UUID, contract_ids: Collection[UUID], since: datetime
) -> Mapping[UUID, Sequence[Done]]:
    """By contract, what was done to it or to one of its invoices after `since`, the last thing first."""
    found: dict[UUID, list[Done]] = {}
    for kind, table, of in (
        ("contract", contract, contract.c.id),
        ("invoice", invoice, invoice.c.contract_id),
    ):
        rows = connection.execute(
            select(
                of.label("contract_id"),
                audit_entry.c.action,
                func.count().label("times"),
                func.max(audit_entry.c.at).label("last_at"),
            )
            .join(
                table,
                (table.c.firm_id == audit_entry.c.firm_id) & (cast(table.c.id, Text) == audit_entry.c.about),
            )
            .where(
                audit_entry.c.firm_id == firm_id,
                of.in_(contract_ids),
                audit_entry.c.kind == kind,
                audit_entry.c.doing == "done",
                audit_entry.c.at > since,
            )
            .group_by(of, audit_entry.c.action)
        )
        for row in rows:
            found.setdefault(row.contract_id, []).append(Done(row.action, row.times, row.last_at))
    return {one: sorted(done, key=lambda each: each.last_at, reverse=True) for one, done in found.items()}
