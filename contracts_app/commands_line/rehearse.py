"""`contracts rehearse`: the upgrade to this release on a copy, with the workflows that are open in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from contracts_app.commands_line.backup import refuse_foreign_stores
from contracts_app.commands_line.fresh_state import fresh_state
from contracts_app.commands_line.impact import impact
from contracts_app.commands_line.outcome import Exit, end, say
from contracts_app.commands_line.restore import brought_back
from contracts_app.operation import control
from contracts_app.settings import Settings


def add(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(rehearse)


def rehearse(
    source: Annotated[Path, typer.Option("--from", help="A backup of the installation to be upgraded.")],
) -> None:
    """Restore the backup into an installation of its own, migrate it to this release, check the books and the
    log, compute every invoice again and replay every open workflow; status 0 only when all of it holds.

    Starts no worker and no web server, and throws the copy away. The stores in use are not touched.
    """
    refuse_foreign_stores()
    failed = []
    with fresh_state("contracts-rehearsal-", Settings().secret_key()) as folder:
        try:
            if not brought_back(source, rehearsing=True):
                failed.append("the check of the books or of the log")
            failed += [f"the impact on firm {firm_id}" for firm_id in _firms() if not _unchanged(firm_id)]
        finally:
            for name in ("temporal", "pg"):
                control.down(folder, name)
    for what in failed:
        say(f"Does not hold: {what}, see above.")
    if failed:
        end(Exit.REFUSED, "Do not upgrade.")
    say("The upgrade holds.")


def _unchanged(firm_id: str) -> bool:
    try:
        impact(everything=True, of_firm=firm_id)
    except typer.Exit as ended:
        return ended.exit_code == Exit.DONE
    return True


def _firms() -> list[str]:
    from contracts_app.store import firms  # the product: only when asked for
    from contracts_app.store.transaction import open_engine

    engine = open_engine(Settings().database_url, pool_size=1)
    try:
        with engine.connect() as connection:
            return [str(firm_id) for firm_id in firms.every(connection)]
    finally:
        engine.dispose()
