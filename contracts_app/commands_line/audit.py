"""`contracts audit`: where the log stands, the log as a file, signed checkpoints outside the database, and
whether a file holds."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from contracts_app.commands_line.firm import OfFirm, books
from contracts_app.commands_line.outcome import AsJson, Exit, RefusedByRule, end, line, say
from contracts_app.settings import Settings


def add(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    family = typer.Typer(no_args_is_help=True, help="The audit log: head, export, checkpoints, verification.")
    for command in (head, export, checkpoint, verify):
        family.command()(command)
    app.add_typer(family, name="audit")


def head(of_firm: OfFirm = "", as_json: AsJson = False) -> None:
    """Number and hash of the last entry of the firm's log."""
    from contracts_app.store import audit  # the product: only when asked for

    with books(of_firm) as (connection, firm_id):
        found = audit.head(connection, firm_id)
    if as_json:
        line({"firm": firm_id, "seq": found.seq, "hash": found.hash.hex()})
    else:
        say(f"Entry {found.seq:,}, {found.hash.hex()}")


def export(
    to: Annotated[Path, typer.Option("--to", help="The file to write; one that is there stays.")],
    of_firm: OfFirm = "",
    as_json: AsJson = False,
) -> None:
    """Write the firm's whole log as JSON lines, for `contracts audit verify` or the verifier by itself."""
    from contracts_app.services import audit_export

    written = -1
    try:
        with books(of_firm) as (connection, firm_id), to.open("x", encoding="utf-8") as file:
            for one in audit_export.lines(connection, firm_id):
                file.write(one + "\n")
                written += 1
    except FileExistsError:
        raise RefusedByRule(f"{to} is there already: name another file.") from None
    if as_json:
        line({"file": to, "entries": written})
    else:
        say(f"{written:,} entries in {to}")


def checkpoint(of_firm: OfFirm = "", as_json: AsJson = False) -> None:
    """Sign where the firm's log stands, beside the earlier checkpoints; nothing where it stands as before.

    The key is made on first use. Keep copies of the checkpoints, and the public key, where nobody who has the
    database can change them.
    """
    from contracts_app.services import audit_export

    settings = Settings()
    key = audit_export.key_in(settings.audit_keys)
    with books(of_firm) as (connection, firm_id):
        at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        path = audit_export.write_checkpoint(connection, firm_id, key, settings.audit_checkpoints, at)
    if as_json:
        line({"checkpoint": path, "pubkey": settings.audit_keys / "audit.pub"})
    else:
        say(f"Signed: {path}" if path else "Nothing was added since the last checkpoint.")


def verify(
    file: Annotated[Path, typer.Argument(help="The exported log.")],
    pubkey: Annotated[
        Path | None, typer.Option("--pubkey", help="The public key of the checkpoints.")
    ] = None,
    checkpoints: Annotated[Path | None, typer.Option("--checkpoints", help="Their folder.")] = None,
) -> None:
    """Verify an exported log, by itself or against checkpoints; needs no database. Status 1: changed."""
    from verifier import contracts_verify

    more = [*(["--checkpoints", str(checkpoints)] if checkpoints else ())]
    more += ["--pubkey", str(pubkey)] if pubkey else []
    end(Exit(contracts_verify.main([str(file), *more])))
