"""A process that posts a file chunk by chunk and is killed in the middle of it."""

from __future__ import annotations

import os
import signal
import time
from datetime import date, timedelta
from uuid import UUID

from contracts_app.services.posting_imports import post_chunk
from contracts_app.store.imports import find
from contracts_app.store.transaction import Origin, open_engine, reading

FIRST = date(2024, 2, 19)


def a_month(rows: int) -> str:
    """A time sheet of so many rows, no two alike, over four weeks; ten people work three minutes a row."""
    said = ["Date,Person,Hours,Project,Notes"]
    said += [
        f"{FIRST + timedelta(days=28 * n // rows)},Sample Engineer {n % 10},0.05,Studies,Part {n}"
        for n in range(rows)
    ]
    return "\n".join(said) + "\n"


def killed_while_posting(
    database_url: str, firm_id: UUID, import_id: UUID, chunk: int, after: float | None
) -> bool:
    """Post in a process of its own, with SIGKILL after so many seconds; whether that met it alive.

    A fork: it has everything at hand, so that it is in the database within milliseconds.
    """
    child = os.fork()
    if child == 0:
        try:
            _post_all(database_url, firm_id, import_id, chunk)
        finally:
            os._exit(0)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _post_all(database_url: str, firm_id: UUID, import_id: UUID, chunk: int) -> None:
    engine = open_engine(database_url, pool_size=1)
    while True:
        with reading(engine, firm_id) as connection:
            row = find(connection, firm_id, import_id)
        if row is None or row["state"] != "posting":
            return
        post_chunk(engine, firm_id, import_id, Origin(), chunk)
