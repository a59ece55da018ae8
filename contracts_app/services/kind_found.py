"""Which kind a file is of that somebody hands over without saying so."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Engine

from contracts_app.domain.refusals import wrong_content
from contracts_app.services.mappings import with_mappings
from contracts_app.store.transaction import looking
from importers.entries import TAKEN_IN
from importers.known import KnownThings
from importers.problems import Severity
from importers.reading import read
from importers.recognising import recognised

FIND_OUT = "auto"
"""What is said instead of a kind."""


def kind_of_file(engine: Engine, firm_id: UUID, file_name: str, data: bytes) -> str:
    """The kind, by a mapping of the firm, by the source that wrote the file, or by its columns.

    Nothing is guessed: raises Refused, with the kinds that it may be, where more than one fits or none does.
    """
    reading = read(file_name, data)
    blocked = next((one for one in reading.problems if one.severity is Severity.blocks_file), None)
    if blocked is not None:
        raise wrong_content("kind_not_told", f"The file has {blocked.found}. {blocked.mend}")
    with looking(engine, firm_id) as tx:
        known, _ = with_mappings(tx, KnownThings(), {})
    found = recognised(reading, known, {})
    if found.kind in TAKEN_IN:
        return found.kind.value
    may_be = [kind.value.replace("_", " ") for kind in found.candidates if kind in TAKEN_IN][:_NAMED]
    rather = f" It may be one of: {', '.join(may_be)}." if may_be else ""
    raise wrong_content(
        "kind_not_told",
        f"Its columns do not tell what the file holds.{rather} Choose it, and hand it over again.",
    )


_NAMED = 5
"""Kinds named in a refusal; the likeliest come first."""
