"""The command line `contracts`: assembles the families of sub-commands.

Exit status: 0 done, 1 refused or finding, 2 usage, 3 unavailable.
"""

import sys

import typer

from contracts_app.commands_line import (
    audit,
    backup,
    calc,
    check,
    demo,
    evidence,
    history,
    impact,
    imports,
    operation,
    prove,
    rehearse,
    repair,
    report,
    restore,
    retention,
    run,
    serve,
    why,
)
from contracts_app.commands_line.outcome import Exit, RefusedByRule, Unavailable
from contracts_app.settings import NotSetUp

FAMILIES = (
    operation,
    run,
    serve,
    check,
    prove,
    impact,
    evidence,
    audit,
    backup,
    restore,
    repair,
    rehearse,
    retention,
    report,
    why,
    history,
    calc,
    demo,
    imports,
)


def application() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        name="contracts",
        help="Contract billing: run the system, and everything it does, from the command line.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    for family in FAMILIES:
        family.add(app)
    return app


def main() -> None:
    """Run the command line and leave with its exit status."""
    try:
        application()()
    except RefusedByRule as refused:
        typer.echo(str(refused), err=True)
        sys.exit(Exit.REFUSED)
    except (Unavailable, NotSetUp) as unavailable:
        typer.echo(str(unavailable), err=True)
        sys.exit(Exit.UNAVAILABLE)
