"""`contracts retention`: what is kept until when, by which law, and what nothing keeps any more."""

from __future__ import annotations

import typer

from contracts_app.commands_line.firm import OfFirm, books
from contracts_app.commands_line.outcome import AsJson, line, say


def add(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(retention)


def retention(of_firm: OfFirm = "", as_json: AsJson = False) -> None:
    """Say of each kind of records how many there are, which law keeps them until when, how many may go.

    Changes nothing. Holds and erasures are given on the page Retention.
    """
    from contracts_app.services.retention import overview  # the product: only when asked for
    from contracts_app.store import holds
    from contracts_app.store.views.calendar import firm_day
    from contracts_app.web.api.shown import shown

    with books(of_firm) as (connection, firm_id):
        found = overview(connection, firm_id, firm_day(connection, firm_id).today)
        held = holds.held(connection, firm_id)
    if as_json:
        line({"kinds": shown(found), "holds": len(held)})
        return
    for one in found:
        there = one.there
        until = f", the latest until {one.kept_until}" if one.kept_until else ""
        say(f"{one.title}: {there.number:,}{until}; {there.free:,} may go, {there.held:,} are only held")
        say(f"    {one.rule.years} years from {one.rule.counted.words}: {one.rule.citation}")
    say(f"Holds in force: {len(held)}")
