"""What a migration changed of what the tables hold, told to the log of each firm."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from alembic.runtime.migration import MigrationContext, MigrationInfo
from sqlalchemy import Connection, text

from contracts_app.store import audit, contents
from contracts_app.store.contents import NOTHING, Contents

_SEE_FIRM = text("SELECT set_config('app.firm', :firm, true)")


class Telling:
    """Tells by how much each migration changed what the tables hold, in the transaction of the migration.

    Never more than that: what was changed past the log before is found afterwards as well. Nobody else may
    write meanwhile: what an application commits between two migrations would be told twice.
    """

    def __init__(self, connection: Connection) -> None:
        self._known = _held(connection)

    @staticmethod
    def is_due(connection: Connection, newest: str | None) -> bool:
        """Whether there is a migration to tell of: to sum up what all tables hold takes its time."""
        return MigrationContext.configure(connection).get_current_revision() != newest

    def __call__(
        self, ctx: MigrationContext, step: MigrationInfo, heads: Collection[Any], run_args: Mapping[str, Any]
    ) -> None:
        """What Alembic calls after each migration."""
        if ctx.connection is None:
            raise RuntimeError("migrations need a database")
        self.after(ctx.connection, step.up_revision_id)

    def after(self, connection: Connection, revision: str | None) -> None:
        """Tell what changed since the last migration that was told."""
        now = _held(connection)
        for firm_id, tables in now.items():
            known = self._known.get(firm_id, {})
            more = {
                name: tables.get(name, NOTHING) - known.get(name, NOTHING)
                for name in tables.keys() | known.keys()
            }
            more = {name: one for name, one in more.items() if one != NOTHING}
            if more:
                _tell(connection, firm_id, revision, more)
        self._known = now


def _held(connection: Connection) -> Mapping[UUID, Mapping[str, Contents]]:
    summed = contents.summed(connection)
    if not summed:
        return {}
    found = {}
    for firm_id in connection.execute(text("SELECT id FROM firm")).scalars().all():
        connection.execute(_SEE_FIRM, {"firm": str(firm_id)})
        found[firm_id] = contents.held(connection, firm_id, summed)
    return found


def _tell(connection: Connection, firm_id: UUID, revision: str | None, more: Mapping[str, Contents]) -> None:
    connection.execute(_SEE_FIRM, {"firm": str(firm_id)})
    entry = audit.Entry("migration", str(revision), 0, "migrate", None, None, {}, {}, "")
    body = {
        **audit.described(entry),
        "by": None,
        "doing": "done",
        "key": f"migrate:{revision}",
        "signed_in": "system",
        "command": None,
        "business_at": datetime.now(UTC),
        "workflow": None,
        "run": None,
        "activity": None,
        "update": None,
    }
    audit.append(connection, firm_id, [{**body, "contents": contents.told(more)}])
