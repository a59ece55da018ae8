"""`contracts impact`: what the rules of this release, or the policy that waits, would change."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from contracts_app.commands_line.firm import OfFirm, books
from contracts_app.commands_line.outcome import AsJson, Exit, end, line, progress, say
from contracts_app.commands_line.replays import without_histories

if TYPE_CHECKING:
    from collections.abc import Iterator

    from contracts_app.services.impact import Impact

_TOLD_EVERY = 100


def add(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(impact)


def impact(
    of_policy: Annotated[
        bool, typer.Option("--policy", help="Of the approval policy that waits, instead of this release.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="Invoices of closed contracts too.")] = False,
    no_histories: without_histories = False,
    of_firm: OfFirm = "",
    as_json: AsJson = False,
) -> None:
    """Compute every invoice of open contracts again and replay every open workflow, before a release is used.

    Names each invoice with every amount that would change, and each workflow that would not replay; status 1
    when there is any. Writes nothing.
    """
    from contracts_app.commands_line import replays
    from contracts_app.services import impact as service

    found: list[Impact] = []
    looked = 0
    with books(of_firm) as (connection, firm_id):
        each: Iterator[Impact] = (
            service.of_policy(connection, firm_id)
            if of_policy
            else service.of_code(connection, firm_id, everything)
        )
        for one in each:
            looked += 1
            if one.changes:
                found.append(one)
            if looked % _TOLD_EVERY == 0:
                progress(f"{looked:,} invoices, {len(found):,} would change …")
        replay = not (no_histories or of_policy)
        runs = asyncio.run(replays.of_open(connection, firm_id)) if replay else None
    stuck = [one for one in runs or () if one.difference]
    if as_json:
        line(
            {
                "looked_at": looked,
                "invoices": [
                    {
                        "invoice": one.invoice,
                        "draft": one.draft,
                        "changes": [
                            {
                                "what": it.what,
                                "stored": it.stored,
                                "would_be": it.recomputed,
                                "change": None if it.change is None else f"{it.change:f}",
                            }
                            for it in one.changes
                        ],
                    }
                    for one in found
                ],
                "workflows": None if runs is None else len(runs),
                "not_replaying": [
                    {"workflow": one.workflow_id, "difference": one.difference} for one in stuck
                ],
            }
        )
    else:
        for one in found:
            say(f"{one.invoice} would change:")
            for sentence in one.sentences:
                say(f"  {sentence}")
        for run in stuck:
            say(f"{run.workflow_id} would not go on: {run.difference}")
        say(f"{looked:,} invoices computed again, {len(found):,} would change.")
        if runs is not None:
            say(f"{len(runs):,} runs of open workflows replayed, {len(stuck):,} would not go on.")
    if found or stuck:
        end(Exit.REFUSED)
