"""Identity where the source gives its rows no id: what the row says, and which of the equal rows it is.

An external id is the hash that `build` gave (what tells one row from another) and the row's number among
those of the same hash: `HASH#1`, `HASH#2`. Rows are matched with stored entries by all they say, whatever
their order, so the same rows give the same ids again, and only rows beyond what is stored are new.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Generic

from importers.entries import canonical
from importers.identity import Identified, differences
from importers.known import Imported
from importers.problems import Problem, ask, row_problem
from importers.rules import Context, E


@dataclass(frozen=True, slots=True)
class _Sorted(Generic[E]):
    new: list[E] = field(default_factory=list)
    known: list[E] = field(default_factory=list)
    repeats: list[E] = field(default_factory=list)
    changed: list[tuple[E, Imported]] = field(default_factory=list)


def identify_by_occurrence(entries: Sequence[E], context: Context) -> Identified[E]:
    """Number equal rows and sort them into new, known, repeated and changed since their import."""
    imported = context.known.imported
    stored: dict[str, list[int]] = defaultdict(list)
    taken: dict[str, list[int]] = defaultdict(list)
    for external_id in imported:
        base, _, number = external_id.rpartition("#")
        taken[base].append(int(number))
        if external_id not in context.known.given_up:
            stored[base].append(int(number))
    groups: dict[str, list[E]] = defaultdict(list)
    for entry in entries:
        groups[entry.external_id].append(entry)
    found: _Sorted[E] = _Sorted()
    for base, group in groups.items():
        numbers = sorted(stored.get(base, ()))
        if len(group) == 1 and base not in taken:  # nearly all rows: nothing to compare
            found.new.append(_numbered(group[0], 1))
        else:
            _sort(group, numbers, taken.get(base, ()), imported, found)
    problems = [_changed(entry, before, context) for entry, before in found.changed]
    if not found.repeats:
        return Identified(found.new, found.known, 0, len(found.changed), 0, problems)
    repeats = len(found.repeats)
    problem, decision = ask(
        "repeated_rows",
        "repeats",
        question=f"{repeats} rows say exactly what another row says. Keep each as work of its own, or drop "
        "the repeats?",
        choices=[
            ("keep", "Each is an entry of its own: the same work was done more than once."),
            ("drop", "They are the same work written twice; each is imported once."),
        ],
        proposal="keep",
        places=[context.place(entry) for entry in found.repeats],
        found=f"{repeats} repeated rows",
        expected="each row once, or the same work more than once",
        decisions=context.decisions,
    )
    return Identified(
        [*found.new, *found.repeats] if decision.decided == "keep" else found.new,
        found.known,
        repeats if decision.decided == "drop" else 0,
        len(found.changed),
        repeats if decision.is_open else 0,
        [*problems, problem],
        [decision],
    )


def _sort(
    group: Sequence[E],
    stored: Sequence[int],
    taken: Collection[int],
    imported: Mapping[str, Imported],
    into: _Sorted[E],
) -> None:
    """Sort rows that nothing but their numbers tells apart, though they may say different things besides.

    `stored` are the numbers of rows that still stand, `taken` all that were given out.
    """
    rows: dict[str, list[E]] = defaultdict(list)
    for entry in sorted(group, key=_in_full) if len(group) > 1 else group:
        rows[entry.content_key].append(entry)
    seen: set[str] = set()
    left: list[int] = []
    for number in stored:
        content = _said_by(imported, number, rows)
        if content is None:
            left.append(number)
        else:
            seen.add(content)
            into.known.append(_numbered(rows[content].pop(0), number))
    unmatched = iter(left)
    numbers = _free(taken)
    again: list[E] = []
    for content in sorted(rows):
        for entry in rows[content]:
            if content in seen:
                again.append(entry)
                continue
            seen.add(content)
            before = next(unmatched, None)
            if before is None:
                into.new.append(_numbered(entry, next(numbers)))
            else:
                changed = _numbered(entry, before)
                into.changed.append((changed, imported[changed.external_id]))
    into.repeats.extend(_numbered(entry, next(numbers)) for entry in again)


def _said_by(imported: Mapping[str, Imported], number: int, rows: Mapping[str, Sequence[E]]) -> str | None:
    """The content of the rows left that says what the stored entry of that number says."""
    for content in sorted(rows):
        if rows[content]:
            candidate = _numbered(rows[content][0], number)
            if candidate.content_key == imported[candidate.external_id].content_key:
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


def _changed(entry: E, before: Imported, context: Context) -> Problem:
    what = differences(before.content, entry.content()) if before.content is not None else "other content"
    return row_problem(
        context.place(entry),
        "changed_since_import",
        found=what,
        expected="the content that was imported before",
        mend="An imported entry never changes silently: hold, transfer or reverse the one that is there.",
    )
