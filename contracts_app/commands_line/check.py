"""`contracts check`: the invariants on the live data of every firm."""

from typing import Annotated

import typer

from contracts_app.commands_line.outcome import AsJson, Exit, Unavailable, end, line, say
from contracts_app.settings import Settings


def add(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(check)


def check(
    as_json: AsJson = False,
    online: Annotated[
        bool, typer.Option("--online", help="Leave out what holds only once no work is due (I08, I09).")
    ] = False,
) -> None:
    """Check the invariants of every firm, each in one snapshot; status 1 when one does not hold.

    Without --online run it after `contracts quiesce`.
    """
    from sqlalchemy.exc import OperationalError  # the product: only when asked for

    from contracts_app.services import invariants

    try:
        report = invariants.check(Settings(), online=online)
    except OperationalError as error:
        raise Unavailable(f"The database does not answer: {error.orig}") from None
    if as_json:
        line(report.as_json())
    else:
        for sentence in report.sentences():
            say(sentence)
    if not report.ok:
        end(Exit.REFUSED)
