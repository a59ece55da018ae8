"""Whether what a process depends on answers: PostgreSQL, migrations, Temporal. Used by web and worker."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
from alembic.script import ScriptDirectory
from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.client import Client
from temporalio.service import RPCError

LIMIT = 1.0
"""Seconds that each part may take to answer."""
KEEP = 1.0
"""Seconds for which an answer serves all who ask: no more than a few connects a second."""
MIGRATIONS = Path(__file__).parent.parent / "store" / "migrations"


@dataclass(frozen=True)
class Readiness:
    """What each part answered: an empty string when it is well, else why not."""

    parts: dict[str, str]

    @property
    def ready(self) -> bool:
        return not any(self.parts.values())

    def as_json(self) -> dict[str, object]:
        """Body of `/health/ready`; status 200 when `ready`, else 503."""
        return {"ready": self.ready, "parts": {name: why or "ok" for name, why in self.parts.items()}}


class ReadinessCheck:
    """Asks PostgreSQL, the migrations and Temporal, each for at most one second, all at once.

    `temporal` gives the client, or None as long as there is none. Never raises on a part that is down.
    """

    def __init__(self, database_url: str, temporal: Callable[[], Client | None]) -> None:
        self._database_url = database_url
        self._temporal = temporal
        self._lock = asyncio.Lock()
        self._latest: tuple[float, Readiness] | None = None

    async def __call__(self) -> Readiness:
        async with self._lock:
            now = asyncio.get_running_loop().time()
            if self._latest is None or now - self._latest[0] > KEEP:
                database, temporal = await asyncio.gather(
                    _within_limit("postgresql", database_state(self._database_url)),
                    _within_limit("temporal", temporal_state(self._temporal())),
                )
                self._latest = (now, Readiness({**database, **temporal}))
            return self._latest[1]


async def database_state(database_url: str) -> dict[str, str]:
    """PostgreSQL answers `select 1`, and its migrations are the ones this release needs."""
    try:
        async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as session:
            await session.execute("SELECT 1")
            return {"postgresql": "", "migrations": await _migrations_state(session)}
    except psycopg.OperationalError as error:
        return {"postgresql": str(error).strip(), "migrations": "unknown"}


async def temporal_state(client: Client | None) -> dict[str, str]:
    """Temporal answers GetSystemInfo."""
    if client is None:
        return {"temporal": "not connected yet"}
    try:
        await client.workflow_service.get_system_info(GetSystemInfoRequest(), retry=False)
    except RPCError as error:
        return {"temporal": error.message}
    return {"temporal": ""}


@cache
def migration_heads() -> tuple[str, ...]:
    """The migrations that this release ends with."""
    return tuple(sorted(ScriptDirectory(str(MIGRATIONS)).get_heads()))


async def _migrations_state(session: psycopg.AsyncConnection) -> str:
    try:
        rows = await (await session.execute("SELECT version_num FROM alembic_version")).fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege) as error:
        return f"cannot be read: {str(error).strip()}"
    applied, needed = tuple(sorted(str(row[0]) for row in rows)), migration_heads()
    return (
        ""
        if applied == needed
        else f"at {', '.join(applied) or 'nothing'}, this release needs {', '.join(needed)}"
    )


async def _within_limit(part: str, answer: Awaitable[dict[str, str]]) -> dict[str, str]:
    try:
        async with asyncio.timeout(LIMIT):
            return await answer
    except TimeoutError:
        return {part: f"no answer within {LIMIT:.0f} s"}
