"""Identity where the source gives its rows no id: what the row says, and which of the equal rows it is.

An external id is the hash that `build` gave (what tells one row from another) and the row's number among
those of the same hash: `HASH#1`, `HASH#2`. Rows are matched with stored entries by all they say, whatever
their order, so the same rows give the same ids again, and only rows beyond what is stored are new.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from importers.changed_rows import Settled, refuse, settle_changed
from importers.entries import canonical
from importers.identity import Identified
from importers.known import Imported
from importers.many import HELD, column, only, positions, with_column
from importers.problems import Decision, Problem, ask
from importers.rules import Context, E, PlacesOf

_NEW, _KNOWN, _AGAIN, _CHANGED, _FIXED = range(5)
_ONLY_ONE = (1,)
_PARTS = 64
"""Parts in which the hashes of many rows are compared, one after the other."""


@dataclass(frozen=True, slots=True)
class _Sorted:
    """What rows are (all others are new), and their numbers (all others 1), by where the rows stand."""

    what: dict[int, int] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)
    before: dict[int, str] = field(default_factory=dict)
    """Of rows that changed: the id of the entry that each was imported as."""

    def put(self, at: int, what: int, number: int) -> None:
        if what != _NEW:
            self.what[at] = what
        if number != 1:
            self.numbers[at] = number


def identify_by_occurrence(
    entries: Sequence[E], context: Context, by_hand: str, takes_corrections: bool = False
) -> Identified[E]:
    """Number equal rows and sort them into new, known, repeated and changed since their import.

    A changed one corrects what it was imported as where the kind takes corrections and a person says so;
    else `by_hand` says how a person corrects it.
    """
    known = context.known
    taken: dict[str, tuple[int, ...]] = {}
    for external_id in known.imported:
        base, _, number = external_id.rpartition("#")
        others = taken.get(base)
        if others is not None:
            taken[base] = (*others, int(number))
        else:
            taken[base] = _ONLY_ONE if number == "1" else (int(number),)
    found = _Sorted()
    for base, group in _to_compare(entries, taken):
        given_out = taken.get(base, ())
        stored = [number for number in sorted(given_out) if f"{base}#{number}" not in known.given_up]
        _sort(group, base, stored, given_out, known.imported, known.fixed, found)
    numbered = with_column(
        entries, "external_id", "external_id", lambda at, base: f"{base}#{found.numbers.get(at, 1)}"
    )
    if found.before:
        numbered = with_column(numbered, "corrects", "corrects", lambda at, _: found.before.get(at))
    again = _those(numbered, found, _AGAIN)
    by_person = _FIXED if takes_corrections else _CHANGED
    fixed = refuse(_those(numbered, found, _FIXED, by_person), context, by_hand)
    changed = settle_changed(_those(numbered, found, _CHANGED), context) if takes_corrections else Settled()
    taken_in = {_NEW} | ({_CHANGED} if changed.corrected else set())
    refused = fixed.refused + changed.refused
    problems = [*fixed.problems, *changed.problems]
    decisions = list(changed.decisions)
    repeats = waiting = 0
    if again:
        problem, decision = _ask_about_repeats(again, context)
        problems.append(problem)
        decisions.append(decision)
        repeats = len(again) if decision.decided == "drop" else 0
        waiting = len(again) if decision.is_open else 0
        taken_in |= {_AGAIN} if decision.decided == "keep" else set()
    return Identified(
        _those(numbered, found, *taken_in),
        _those(numbered, found, _KNOWN),
        repeats,
        refused,
        waiting + changed.waiting,
        changed.kept,
        problems,
        decisions,
    )


def _ask_about_repeats(again: Sequence[E], context: Context) -> tuple[Problem, Decision]:
    repeats = len(again)
    return ask(
        "repeated_rows",
        "repeats",
        question=f"{repeats} rows say exactly what another row says. Keep each as work of its own, or drop "
        "the repeats?",
        choices=[
            ("keep", "Each is an entry of its own: the same work was done more than once."),
            ("drop", "They are the same work written twice; each is imported once."),
        ],
        proposal="keep",
        places=PlacesOf(again, context),
        found=f"{repeats} repeated rows",
        expected="each row once, or the same work more than once",
        decisions=context.decisions,
    )


def _those(entries: Sequence[E], found: _Sorted, *what: int) -> Sequence[E]:
    """The entries that are any of these, in the order of the file."""
    if not found.what:
        return entries if _NEW in what else ()
    return only(entries, (found.what.get(at, _NEW) in what for at in positions(entries)))


def _to_compare(
    entries: Sequence[E], taken: Collection[str]
) -> Iterator[tuple[str, Sequence[tuple[int, E]]]]:
    """The rows that have their hash in common with another row, or with an entry that is known: by hash, each
    with where it stands. Nearly all rows of a file that is new are none of them."""
    several = _met_twice(column(entries, "external_id"))
    bases = column(entries, "external_id")
    suspect = bytes(base in taken or hash(base) in several for base in bases)
    many = suspect.count(1)
    if not many:
        return
    chosen = only(entries, suspect)
    places = [at for at, is_one in zip(positions(entries), suspect, strict=True) if is_one]
    parts = 1 + many // HELD
    for part in range(parts):
        together = chosen
        standing: Iterable[int] = places
        if parts > 1:
            in_part = [hash(base) % parts == part for base in column(chosen, "external_id")]
            together = only(chosen, in_part)
            standing = (at for at, is_one in zip(places, in_part, strict=True) if is_one)
        groups: dict[str, list[tuple[int, E]]] = defaultdict(list)
        for at, entry in zip(standing, together, strict=True):
            groups[entry.external_id].append((at, entry))
        for base, group in groups.items():
            if len(group) > 1 or base in taken:
                yield base, group


def _met_twice(bases: Iterable[str]) -> Collection[int]:
    """The hashes (of the texts) that came more than once: eight bytes a row, and all others forgotten."""
    parts = [array("q") for _ in range(_PARTS)]
    for base in bases:
        number = hash(base)
        parts[number % _PARTS].append(number)
    twice: set[int] = set()
    for part in parts:
        before = None
        for number in sorted(part):
            if number == before:
                twice.add(number)
            before = number
    return twice


def _sort(
    group: Sequence[tuple[int, E]],
    base: str,
    stored: Sequence[int],
    taken: Collection[int],
    imported: Mapping[str, Imported],
    fixed: Collection[str],
    into: _Sorted,
) -> None:
    """Sort rows that nothing but their numbers tells apart, though they may say different things besides.

    `stored` are the numbers of rows that still stand, `taken` all that were given out. A changed row gets a
    number of its own: what it corrects keeps the one it has.
    """
    rows: dict[str, list[tuple[int, E]]] = defaultdict(list)
    for at, entry in sorted(group, key=lambda one: _in_full(one[1])) if len(group) > 1 else group:
        rows[entry.content_key].append((at, entry))
    seen: set[str] = set()
    left: list[int] = []
    for number in stored:
        content = _said_by(imported[f"{base}#{number}"], number, rows)
        if content is None:
            left.append(number)
        else:
            seen.add(content)
            into.put(rows[content].pop(0)[0], _KNOWN, number)
    unmatched = iter(left)
    numbers = _free(taken)
    again: list[int] = []
    for content in sorted(rows):
        for at, _ in rows[content]:
            if content in seen:
                again.append(at)
                continue
            seen.add(content)
            before = next(unmatched, None)
            if before is None:
                into.put(at, _NEW, next(numbers))
            else:
                was = f"{base}#{before}"
                into.put(at, _FIXED if was in fixed else _CHANGED, next(numbers))
                into.before[at] = was
    for at in again:
        into.put(at, _AGAIN, next(numbers))


def _said_by(before: Imported, number: int, rows: Mapping[str, Sequence[tuple[int, E]]]) -> str | None:
    """The content of the rows left that says what the stored entry of that number says."""
    for content in sorted(rows):
        if rows[content]:
            candidate = _numbered(rows[content][0][1], number)
            if candidate.content_key == before.content_key:
                return content
    return None


def _free(taken: Collection[int]) -> Iterator[int]:
    occupied = set(taken)
    return (number for number in count(1) if number not in occupied)


def _numbered(entry: E, number: int) -> E:
    return entry.model_copy(update={"external_id": f"{entry.external_id}#{number}"})


def _in_full(entry: E) -> tuple[str, ...]:
    """Everything the row says, so that its place in the file decides nothing."""
    names = sorted(set(type(entry).model_fields) - {"source"})
    return tuple(canonical(getattr(entry, name)) for name in names)
