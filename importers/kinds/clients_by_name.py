"""Rows that name a client of the firm: the client has to be on record."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from importers.entries import canonical
from importers.rules import Checked, Context, E, without_refused


def client_called(name: str, clients: Collection[str]) -> str | None:
    """The client of this name, whatever its case; None for none, or for several."""
    meant = canonical(name)
    if meant in clients:
        return meant
    alike = [one for one in clients if canonical(one).casefold() == meant.casefold()]
    return alike[0] if len(alike) == 1 else None


def on_record(entries: Sequence[E], context: Context, client_of: Callable[[E], str]) -> Checked[E]:
    """Refuse rows of clients that are not on record; nothing is looked at where a file is only read."""
    known = context.known.clients
    if known is None:
        return Checked(entries)
    unknown = [
        (
            entry,
            context.refuse(
                entry,
                "client",
                "unknown_client",
                expected="a client on record, by its name",
                mend="Add the client, or import the clients first; then import this file again: these rows "
                "come in.",
            ),
        )
        for entry in entries
        if client_called(client_of(entry), known) is None
    ]
    return without_refused(entries, unknown)
