"""`contracts up`, `down`, `status`, `migrate`, `quiesce`: process control, JSON lines on standard output."""

from enum import StrEnum
from typing import Annotated

import typer

from contracts_app.commands_line.outcome import (
    AsJson,
    Exit,
    RefusedByRule,
    Unavailable,
    end,
    line,
    progress,
    say,
)
from contracts_app.operation import control
from contracts_app.operation.component import CannotStart
from contracts_app.operation.installation import ensure
from contracts_app.operation.quiet import wait_until_quiet
from contracts_app.settings import Settings, configured_state_dir


class ComponentName(StrEnum):
    """The components, in the order in which they start."""

    PG = "pg"
    TEMPORAL = "temporal"
    MAIL = "mail"
    WORKER = "worker"
    WEB = "web"


class StopSignal(StrEnum):
    """How a component is told to end."""

    TERM = "TERM"
    KILL = "KILL"


Names = Annotated[list[ComponentName] | None, typer.Argument(help="Components; all when none is named.")]


def add(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (up, down, status, migrate, quiesce):
        app.command()(command)


def up(components: Names = None) -> None:
    """Start components apart from this terminal and wait until they are ready (60 seconds at most).

    Prints a JSON line for each. All of them: PostgreSQL is migrated before the rest starts.
    """
    state_dir = configured_state_dir()
    ensure(state_dir)
    for name in components or list(ComponentName):
        try:
            line(control.up(state_dir, name, progress))
        except CannotStart as reason:
            raise Unavailable(str(reason)) from None
        if name is ComponentName.PG and not components and Settings().owner_database_url:
            migrate()


def down(
    components: Names = None,
    signal: Annotated[
        StopSignal, typer.Option(help="TERM drains, 15 seconds at most; KILL does not.")
    ] = StopSignal.TERM,
) -> None:
    """Stop components; done when every process of them is gone. Prints a JSON line for each."""
    state_dir = configured_state_dir()
    for name in components or list(reversed(ComponentName)):
        try:
            line(control.down(state_dir, name, control.SIGNALS[signal.value]))
        except TimeoutError as reason:
            raise Unavailable(str(reason)) from None


def status(as_json: AsJson = False) -> None:
    """Show each component: process, readiness, since when, version. Status 1 when one is not ready."""
    state_dir = configured_state_dir()
    ensure(state_dir)
    reports = [control.status(state_dir, name) for name in ComponentName]
    for report in reports:
        if as_json:
            line(report)
        else:
            pid = report["pid"] or ("elsewhere" if report["external"] else "-")
            told = _state_of(report)
            if "defects" in report:
                told += f"; defects met by commands: {report['defects']}, the last {report['last_defect']}"
            say(f"{report['component']:<9} {pid!s:<10} {told}")
    if not all(report["ready"] for report in reports):
        end(Exit.REFUSED)


def _state_of(report: control.Report) -> str:
    """Ready, stopped, or why a process that runs does not answer."""
    if report["ready"]:
        return f"ready since {report['since']}"
    return f"NOT READY: {report['reason']}" if report["pid"] or report["external"] else "stopped"


def migrate() -> None:
    """Bring the database to the tables of this release."""
    from contracts_app.store.migrations.run import InUse, upgrade  # the product: only when asked for

    owner_database_url = Settings().owner_database_url
    if not owner_database_url:
        raise Unavailable("CONTRACTS_OWNER_DATABASE_URL is not set: only the owner can migrate.")
    try:
        upgrade(owner_database_url)
    except InUse as reason:
        raise RefusedByRule(str(reason)) from None


def quiesce(
    seconds: Annotated[float, typer.Argument(help="How long to wait at most.", min=0)],
    as_json: AsJson = False,
) -> None:
    """Wait until no work is due; status 1 with the list of what is open when the time is over."""
    from contracts_app.services.quiet import open_work  # the product: only when asked for

    settings = Settings()
    still_open = wait_until_quiet(lambda: open_work(settings), seconds)
    if as_json:
        line({"quiet": not still_open, "open": still_open})
    else:
        for sentence in still_open:
            say(sentence)
    if still_open:
        end(Exit.REFUSED)
