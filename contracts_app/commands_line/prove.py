"""`contracts prove`: issued invoices computed again from their snapshots, files and letters hashed again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contracts_app.commands_line.firm import OfFirm, books
from contracts_app.commands_line.outcome import AsJson, Exit, RefusedByRule, end, line, progress, say

if TYPE_CHECKING:
    from contracts_app.services.proving import Proof

_TOLD_EVERY = 100


def add(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(prove)


def prove(
    invoice: Annotated[
        str, typer.Argument(metavar="[INVOICE]", help="The invoice's number, or invoice/ID.")
    ] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Every issued invoice of the firm; a summary at the end.")
    ] = False,
    of_firm: OfFirm = "",
    as_json: AsJson = False,
) -> None:
    """Compute an issued invoice again from its stored snapshot; status 1 when anything stored differs."""
    if everything == bool(invoice):
        raise typer.BadParameter("Name one invoice, or --all.", param_hint="INVOICE")
    proved = _all(of_firm, as_json) if everything else _one(invoice, of_firm, as_json)
    if not proved:
        end(Exit.REFUSED)


def _one(said: str, of_firm: str, as_json: bool) -> bool:
    from contracts_app.domain.commands.subjects import Subject  # the product: only when asked for
    from contracts_app.services import proving
    from contracts_app.store import billing_groups
    from contracts_app.store.views import named

    with books(of_firm) as (connection, firm_id):
        together = billing_groups.numbered(connection, firm_id, said)
        if together is not None:
            return _told(proving.prove_together(connection, firm_id, together["id"]), as_json)
        known = named.find(connection, firm_id, said)
        if known.subject is not Subject.invoice:
            raise RefusedByRule(f"{known.title} is not an invoice.")
        proof = proving.prove(connection, firm_id, known.id)
    return _told((proof,), as_json)


def _told(proofs: Sequence[Proof], as_json: bool) -> bool:
    """Say each proof; whether all are proved."""
    for proof in proofs:
        if as_json:
            line(proof.as_json())
        else:
            say(proof.sentence)
    return all(proof.proved for proof in proofs)


def _all(of_firm: str, as_json: bool) -> bool:
    summary = prove_everything(of_firm, line if as_json else None)
    if as_json:
        line(summary)
    else:
        say(
            f"{summary['proved']:,} of {summary['invoices']:,} issued invoices are proved: "
            f"{summary['checked']:,} stored values compared."
        )
    return not summary["differ"]


def prove_everything(
    of_firm: str = "", told: Callable[[Mapping[str, object]], None] | None = None
) -> dict[str, Any]:
    """Prove every issued invoice of the firm; `told` hears each, else only what differs is said."""
    from contracts_app.services import proving  # the product: only when asked for

    count, checked, differ = 0, 0, []
    with books(of_firm) as (connection, firm_id):
        for proof in proving.prove_all(connection, firm_id):
            count, checked = count + 1, checked + proof.checked
            if not proof.proved:
                differ.append(proof.invoice)
            if told is not None:
                told(proof.as_json())
            elif not proof.proved:
                say(proof.sentence)
            if count % _TOLD_EVERY == 0:
                progress(f"{count:,} invoices, {len(differ):,} with differences, at {proof.invoice} …")
    return {"invoices": count, "proved": count - len(differ), "checked": checked, "differ": differ}
