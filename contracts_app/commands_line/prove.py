"""`contracts prove`: issued invoices computed again from their snapshots, files and letters hashed again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contracts_app.commands_line.firm import OfFirm, books
from contracts_app.commands_line.outcome import AsJson, Exit, RefusedByRule, end, line, progress, say
from contracts_app.commands_line.replays import of_records, without_histories

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from contracts_app.services.proving import Proof
    from workflows.replaying import Replayed

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
    no_histories: without_histories = False,
    of_firm: OfFirm = "",
    as_json: AsJson = False,
) -> None:
    """Compute an issued invoice again from its stored snapshot, and replay its workflow on today's code.

    Status 1 when anything stored differs, or the workflow would go another way.
    """
    if everything == bool(invoice):
        raise typer.BadParameter("Name one invoice, or --all.", param_hint="INVOICE")
    histories = not no_histories
    proved = _all(of_firm, as_json, histories) if everything else _one(invoice, of_firm, as_json, histories)
    if not proved:
        end(Exit.REFUSED)


def _one(said: str, of_firm: str, as_json: bool, histories: bool) -> bool:
    from contracts_app.domain.commands.subjects import Subject  # the product: only when asked for
    from contracts_app.services import proving
    from contracts_app.store import billing_groups
    from contracts_app.store.views import named

    with books(of_firm) as (connection, firm_id):
        together = billing_groups.numbered(connection, firm_id, said)
        if together is not None:
            sections = billing_groups.sections(connection, firm_id, together["id"])
            runs = _replayed(connection, firm_id, sections) if histories else ()
            return _told(proving.prove_together(connection, firm_id, together["id"]), runs, as_json)
        known = named.find(connection, firm_id, said)
        if known.subject is not Subject.invoice:
            raise RefusedByRule(f"{known.title} is not an invoice.")
        proof = proving.prove(connection, firm_id, known.id)
        runs = _replayed(connection, firm_id, [known.id]) if histories else ()
    return _told((proof,), runs, as_json)


def _replayed(connection: Connection, firm_id: UUID, invoice_ids: Sequence[UUID]) -> Sequence[Replayed]:
    from contracts_app.domain.commands.subjects import Subject

    return asyncio.run(of_records(connection, firm_id, [(Subject.invoice, one) for one in invoice_ids]))


def _told(proofs: Sequence[Proof], runs: Sequence[Replayed], as_json: bool) -> bool:
    """Say each proof and each replay; whether all are proved."""
    for proof in proofs:
        if as_json:
            line(proof.as_json())
        else:
            say(proof.sentence)
    for run in runs:
        if as_json:
            line(
                {
                    "workflow": run.workflow_id,
                    "run": run.run_id,
                    "events": run.events,
                    "archived": run.archived,
                    "outcome": "differs" if run.difference else "replayed",
                    "difference": run.difference,
                }
            )
        else:
            kept = "archived " if run.archived else ""
            told = f"does not replay: {run.difference}" if run.difference else "replays on today's code."
            say(f"Its workflow's {kept}history of {run.events} events {told}")
    return all(proof.proved for proof in proofs) and not any(run.difference for run in runs)


def _all(of_firm: str, as_json: bool, histories: bool) -> bool:
    summary = prove_everything(of_firm, line if as_json else None)
    if histories:
        from contracts_app.store.views import stored_invoice

        with books(of_firm) as (connection, firm_id):
            runs = _replayed(connection, firm_id, stored_invoice.issued_ids(connection, firm_id))
        summary["replayed"] = len(runs)
        for run in runs:
            if run.difference:
                summary["differ"].append(run.workflow_id)
                if not as_json:
                    say(f"{run.workflow_id} does not replay: {run.difference}")
    if as_json:
        line(summary)
    else:
        say(
            f"{summary['proved']:,} of {summary['invoices']:,} issued invoices are proved: "
            f"{summary['checked']:,} stored values compared"
            + (f", {summary['replayed']:,} histories of their workflows replayed." if histories else ".")
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
