"""Rows that look like imported entries which the file no longer has: edited in the source since.

Taken as new they would be billed twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from importers.changed_rows import CORRECT, told
from importers.entries import canonical
from importers.many import column, columns, only, positions, with_column
from importers.problems import Decision, Problem, ask, plural
from importers.rules import Checked, Context, E, PlacesOf, Step, refuse_each

KEPT = "edited since, kept as imported"


def edited(
    by_hand: str, *alike: tuple[str, ...], key: str = "looks_edited", takes_corrections: bool = True
) -> Step[E]:
    """The step that asks about such rows. A row takes the place of an entry that says the same in all fields
    of one of `alike`; the first ones are asked first. `by_hand` says how a person corrects one that no file
    corrects; without `takes_corrections` no file corrects any."""

    def step(entries: Sequence[E], context: Context) -> Checked[E]:
        places = _places_taken(entries, context, alike)
        if not places:
            return Checked(entries)
        fixed = {at for at, was in places.items() if was in context.known.fixed}
        without = (
            refuse_each(
                entries,
                _those(entries, fixed),
                lambda entry: context.refuse(
                    entry,
                    alike[0][0],
                    "edited_by_hand_only",
                    expected="an entry as it was imported",
                    mend=f"It looks like an entry imported before, edited in the source since. {by_hand}",
                ),
            )
            if fixed
            else Checked(entries)
        )
        asked = _those(entries, places.keys() - fixed)
        if not asked:
            return without
        problem, decision = _question(asked, context, key, by_hand, takes_corrections)
        was = [places[at] for at in sorted(places.keys() - fixed)]
        problems = [*without.problems, problem, *told(asked, was, context)]
        return _settled(entries, places, fixed, replace(without, problems=problems), decision)

    return step


def _settled(
    entries: Sequence[E],
    places: Mapping[int, str],
    fixed: set[int],
    without: Checked[E],
    decision: Decision,
) -> Checked[E]:
    """The entries as it was decided; `without` are those that a file may correct, with all that is told."""
    count = len(places) - len(fixed)
    if decision.decided == CORRECT:
        marked = with_column(entries, "corrects", "corrects", places.get)
        kept = only(marked, (at not in fixed for at in positions(marked)))
        return Checked(kept, without.refused, problems=without.problems, decisions=[decision])
    if decision.decided == "other_work":
        return Checked(without.entries, without.refused, problems=without.problems, decisions=[decision])
    return Checked(
        only(entries, (at not in places for at in positions(entries))),
        without.refused,
        waiting=count if decision.is_open else 0,
        problems=without.problems,
        decisions=[decision],
        ignored=0 if decision.is_open else count,
        ignored_as=KEPT,
    )


def _question(
    asked: Sequence[E], context: Context, key: str, by_hand: str, takes_corrections: bool
) -> tuple[Problem, Decision]:
    count = len(asked)
    correct = [(CORRECT, "Edited: each is posted as a correction of the entry, and waits for approval.")]
    return ask(
        key,
        key,
        question=f"{plural(count, 'row')} {'looks' if count == 1 else 'look'} like "
        f"{'an entry' if count == 1 else 'entries'} imported before that this file no longer has. "
        f"{'Was it' if count == 1 else 'Were they'} edited in the source since, or is this other work?",
        found=f"{plural(count, 'row')} with another text or figure",
        expected="the entries that were imported before",
        choices=[
            *(correct if takes_corrections else ()),
            ("edited", "Edited, and these rows stay out." + ("" if takes_corrections else f" {by_hand}")),
            ("other_work", "They are something else besides: imported as new."),
        ],
        proposal=CORRECT if takes_corrections else "edited",
        places=PlacesOf(asked, context),
        decisions=context.decisions,
    )


def _those(entries: Sequence[E], at: set[int]) -> Sequence[E]:
    return only(entries, (place in at for place in positions(entries)))


def _places_taken(
    entries: Sequence[E], context: Context, alike: Sequence[tuple[str, ...]]
) -> Mapping[int, str]:
    """By where a row stands: the id of the entry whose place it takes."""
    corrected = set(column(entries, "corrects"))
    present = {*column(context.stored, "external_id"), *context.known.given_up, *corrected}
    left = sorted(
        external_id
        for external_id, stored in context.known.imported.items()
        if external_id not in present and stored.content is not None
    )
    taken: dict[int, str] = {}
    for names in alike:
        gone: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for external_id in left:
            content = context.known.imported[external_id].content
            assert content is not None  # asked above
            gone[tuple(content.get(name, "") for name in names)].append(external_id)
        if not gone:
            break
        rows = columns(entries, "corrects", *names)
        for at, (corrects, *said) in zip(positions(entries), rows, strict=True):
            if corrects is None and at not in taken:
                alike_ones = gone.get(tuple(map(canonical, said)))
                if alike_ones:
                    taken[at] = alike_ones.pop(0)
        found = set(taken.values())
        left = [external_id for external_id in left if external_id not in found]
    return taken
