"""`contracts check`: the invariants on the live data of every firm."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

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
from contracts_app.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verifier.contracts_verify import Checkpoint


def add(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(check)


def check(
    as_json: AsJson = False,
    online: Annotated[
        bool, typer.Option("--online", help="Leave out what holds only once no work is due (I08, I09).")
    ] = False,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against", help="Signed checkpoints of the log, a folder or a file: was it rewritten?"
        ),
    ] = None,
    pubkey: Annotated[
        Path | None, typer.Option("--pubkey", help="The public key of the checkpoints.")
    ] = None,
) -> None:
    """Check the invariants of every firm, each in one snapshot; status 1 when one does not hold.

    Without --online run it after `contracts quiesce`.
    """
    from sqlalchemy.exc import OperationalError  # the product: only when asked for

    from contracts_app.services import audit_export, invariants
    from verifier.contracts_verify import Unreadable

    settings = Settings()
    held: list[Checkpoint] = []

    def signed(firm_id: UUID) -> Sequence[Checkpoint]:
        if against is None:
            return ()
        key = audit_export.public_key_in(pubkey or settings.audit_keys)
        found = audit_export.checkpoints_in(against, firm_id, key)
        held.extend(found)
        return found

    try:
        report = invariants.check(settings, online=online, signed=signed)
    except Unreadable as error:
        raise RefusedByRule(str(error)) from None
    except OperationalError as error:
        raise Unavailable(f"The database does not answer: {error.orig}") from None
    if against is not None and not held:
        raise RefusedByRule(f"{against} has no checkpoint of a firm of this installation.")
    if as_json:
        line(report.as_json())
    else:
        for sentence in report.sentences():
            say(sentence)
    if not report.ok:
        quiet = {one.id for one in invariants.INVARIANTS if one.quiet}
        if any(one.id in quiet and not one.ok for one in report.findings):
            progress(
                f"{' and '.join(sorted(quiet))} hold only once no work is due. While work is in hand: "
                "contracts check --online; or wait for it: contracts quiesce 60 && contracts check"
            )
        end(Exit.REFUSED)
