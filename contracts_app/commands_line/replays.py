"""Replays of workflows for the command line: of one record, or of everything that is under way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from contracts_app.commands_line.outcome import Unavailable, progress
from contracts_app.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from contracts_app.domain.commands.subjects import Subject
    from workflows.replaying import Replayed

without_histories = Annotated[
    bool, typer.Option("--no-histories", help="Figures alone: replay no workflow, ask nothing of Temporal.")
]
_TOLD_EVERY = 100


async def of_records(
    connection: Connection, firm_id: UUID, records: Sequence[tuple[Subject, UUID]]
) -> Sequence[Replayed]:
    """Every run of these records' processes, live and archived, on the code of today.

    Raises Unavailable when Temporal does not answer.
    """
    from contracts_app.temporal import connect  # the product: only when asked for
    from workflows.replaying import replayed

    try:
        client = await connect(Settings())
    except RuntimeError as error:
        raise Unavailable(
            f"Temporal does not answer, so no workflow can be replayed ({error}); "
            "--no-histories leaves that out."
        ) from None
    found: list[Replayed] = []
    for number, (subject, subject_id) in enumerate(records, start=1):
        found += [
            run
            async for run in replayed(client, client.data_converter, connection, firm_id, subject, subject_id)
        ]
        if number % _TOLD_EVERY == 0:
            progress(f"{number:,} of {len(records):,} workflows replayed …")
    return found


async def of_open(connection: Connection, firm_id: UUID) -> Sequence[Replayed]:
    """The same of everything that is under way."""
    from contracts_app.domain.commands.subjects import Subject
    from contracts_app.store import workflow_histories

    rows = workflow_histories.open_of(connection, firm_id)
    return await of_records(
        connection, firm_id, [(Subject(row["subject"]), row["subject_id"]) for row in rows]
    )
