"""Which kind a file is of, and which source wrote it: by its profile, else by the columns of the kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from importers.entries import Kind
from importers.headers import HEADER_WITHIN
from importers.kinds.every import RULES
from importers.kinds.names import NARROWER
from importers.known import KnownThings
from importers.problems import Choice, Decision
from importers.profiles.known import profile_named, profile_of
from importers.profiles.model import Profile
from importers.reading import Reading
from importers.rules import arranged_by
from importers.sheets import Sheet
from importers.tables import fields_known, recognise

_AT_LEAST = 2
"""Columns of a kind that a file must have before it is taken to be of it."""
KIND = "kind"
"""Key of the question which kind a file is of."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """The kind and the profile of a file; `kind` is None where a person has to say."""

    kind: Kind | None
    profile: Profile | None = None
    candidates: tuple[Kind, ...] = ()
    """Kinds whose columns the file has, where more than one fits equally well."""


def recognised(
    reading: Reading,
    known: KnownThings,
    decisions: Mapping[str, str],
    kind: Kind | None = None,
    profile: str | None = None,
) -> Recognised:
    """What the file is. `kind` None means: find out. A profile that is asked for by name is not doubted."""
    if kind is None and decisions.get(KIND) in {each.value for each in RULES}:
        kind = Kind(decisions[KIND])
    forced = profile_named(profile, known.profiles) if profile else None
    if forced is not None:
        return Recognised(forced.kind, forced)
    kinds = tuple(RULES) if kind is None else (kind, *NARROWER.get(kind, ()))
    found = profile_of(reading.sheets, kinds, known.profiles)
    if found is not None:
        return Recognised(found.kind, found)
    if kind is not None:
        return Recognised(_narrowest(reading, kind))
    fitting = _by_columns(reading)
    return Recognised(fitting[0]) if len(fitting) == 1 else Recognised(None, candidates=fitting)


def _narrowest(reading: Reading, kind: Kind) -> Kind:
    """The kind asked for, or a narrower one that the file has all columns of while it lacks some of it."""
    if _has_all(reading, kind):
        return kind
    return next((each for each in NARROWER.get(kind, ()) if _has_all(reading, each)), kind)


def _by_columns(reading: Reading) -> tuple[Kind, ...]:
    """Kinds that the file has all columns of, and most columns at all.

    Kinds that need few columns are met by chance: one is taken for granted only where it knows most of the
    file's headers.
    """
    sizes: dict[Kind, int] = {}
    sure: set[Kind] = set()
    for kind, rules in RULES.items():
        sheets = arranged_by(rules, reading.file_name, reading.sheets, {}).sheets
        if not _has_all(reading, kind, sheets):
            continue
        sizes[kind] = known = fields_known(sheets, rules.columns)
        width = max((len(row.cells) for sheet in sheets for row in sheet.rows[:HEADER_WITHIN]), default=0)
        if known >= _AT_LEAST and known * 2 > width:
            sure.add(kind)
    most = max(sizes.values(), default=0)
    fitting = tuple(kind for kind, size in sizes.items() if size == most)
    if len(fitting) == 1 and fitting[0] not in sure:
        return (fitting[0], *(kind for kind in RULES if kind is not fitting[0]))
    return fitting


def _has_all(reading: Reading, kind: Kind, sheets: Sequence[Sheet] | None = None) -> bool:
    rules = RULES[kind]
    if sheets is None:
        sheets = arranged_by(rules, reading.file_name, reading.sheets, {}).sheets
    table = recognise(reading.file_name, sheets, rules.columns, {})
    return bool(table.records) and not table.provisional


def ask_kind(found: Recognised, rows: int) -> Decision:
    """The question which kind a file is of, over all its rows."""
    choices = found.candidates or tuple(RULES)
    return Decision(
        key=KIND,
        question="What kind of file is it?",
        choices=tuple(
            Choice(value=kind.value, means=f"It holds {kind.value.replace('_', ' ')}.") for kind in choices
        ),
        proposal=choices[0].value,
        rows=rows,
    )
