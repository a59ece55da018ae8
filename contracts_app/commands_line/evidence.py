"""`contracts evidence`: everything about one issued invoice in an archive that anybody can verify."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from contracts_app.commands_line.firm import OfFirm, books
from contracts_app.commands_line.outcome import AsJson, Exit, RefusedByRule, end, line, say
from contracts_app.settings import Settings


def add(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    family = typer.Typer(no_args_is_help=True, help="The evidence pack of an invoice: made, verified.")
    family.command()(pack)
    family.command()(verify)
    app.add_typer(family, name="evidence")


def pack(
    invoice: Annotated[str, typer.Argument(help="The invoice's number, or invoice/ID.")],
    to: Annotated[Path, typer.Option("--to", help="The archive to write; one that is there stays.")],
    of_firm: OfFirm = "",
    as_json: AsJson = False,
) -> None:
    """Write what the invoice rests on, who approved what, its papers, letters and its part of the log.

    Signs where the log stands first, when nothing that was signed covers the invoice yet.
    """
    from contracts_app.domain.commands.subjects import Subject  # the product: only when asked for
    from contracts_app.services import evidence
    from contracts_app.store.views import named
    from verifier.contracts_verify import Unreadable

    with books(of_firm) as (connection, firm_id):
        known = named.find(connection, firm_id, invoice)
        if known.subject is not Subject.invoice:
            raise RefusedByRule(f"{known.title} is not an invoice.")
        settings = Settings()
        try:
            signed = evidence.sign_for(connection, settings, firm_id, known.id)
        except Unreadable as error:
            raise RefusedByRule(f"The checkpoints cannot be read: {error}") from None
        with evidence.pack(connection, settings, firm_id, known.id) as made:
            try:
                with to.open("xb") as target:
                    shutil.copyfileobj(made, target)
            except FileExistsError:
                raise RefusedByRule(f"{to} is there already: name another file.") from None
    if as_json:
        line({"file": to, "bytes": to.stat().st_size, "checkpoint": signed})
    else:
        if signed:
            say(f"Signed: {signed}")
        say(f"{to}: {to.stat().st_size:,} bytes")


def verify(
    file: Annotated[Path, typer.Argument(help="The archive.")],
    pubkey: Annotated[
        Path | None, typer.Option("--pubkey", help="The public key of the checkpoints.")
    ] = None,
) -> None:
    """Verify an evidence pack; needs no database. Status 1: something does not hold."""
    from verifier import evidence_verify

    end(Exit(evidence_verify.main([str(file), *(["--pubkey", str(pubkey)] if pubkey else [])])))
