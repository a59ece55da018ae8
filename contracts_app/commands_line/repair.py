"""`contracts repair`: make Temporal's workflows fit the records, after one store was restored alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from contracts_app.commands_line.outcome import AsJson, Exit, RefusedByRule, Unavailable, end, line, say
from contracts_app.operation import control
from contracts_app.settings import Settings, configured_state_dir

if TYPE_CHECKING:
    from workflows.fitting import Misfits


def add(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(repair)


def repair(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what does not fit; status 1 when anything does not.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare workflows and records both ways; start what is missing, end what no record has open.

    The records are right: no workflow keeps business state. Nobody may work meanwhile: stop web first.
    """
    if not dry_run and control.alive(configured_state_dir(), "web"):
        raise RefusedByRule("web runs, and what people begin now looks like a misfit: contracts down web")
    found = fitted(Settings(), mending=not dry_run)
    if as_json:
        line(
            {
                "without_workflow": [name for _, name in found.without_workflow],
                "without_record": found.without_record,
                "mended": not dry_run,
            }
        )
    else:
        for sentence in found.sentences():
            say(sentence)
        if not found:
            say("Workflows and records fit.")
        elif dry_run:
            say("One store is older than the other: contracts down web && contracts repair")
    if dry_run and found:
        end(Exit.REFUSED)


def fitted(settings: Settings, *, mending: bool) -> Misfits:
    """What does not fit, mended where that is asked for. Raises Unavailable when a store does not answer."""
    from sqlalchemy.exc import OperationalError  # the product: only when asked for
    from temporalio.service import RPCError

    from contracts_app.store.transaction import open_engine
    from contracts_app.temporal import connect
    from workflows import doors, fitting

    engine = open_engine(settings.database_url, pool_size=1)

    async def compared() -> Misfits:
        client = await connect(settings)
        found = await fitting.misfits(client, engine)
        if mending:
            await fitting.mend(client, engine, settings.task_queue, found)
        return found

    try:
        return asyncio.run(compared())
    except OperationalError as error:
        raise Unavailable(f"The database does not answer: {error.orig}") from None
    except (RuntimeError, RPCError, doors.Unavailable) as error:
        raise Unavailable(f"Temporal does not answer: {error}") from None
    finally:
        engine.dispose()
