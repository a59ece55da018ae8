"""Which entries are new, which were imported before, and which repeat or contradict each other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic

from importers.changed_rows import differences, what_differs
from importers.entries import Entry
from importers.known import Imported
from importers.problems import Decision, Place, Problem, ask, information, plural, row_problem
from importers.rules import Context, E

_NUMBER_LIKE = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:e\+?[0-9]+)?\Z", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Identified(Generic[E]):
    """New entries, corrections among them, and how many rows were something else.
    new + known + repeats + refused + waiting + kept = all rows."""

    new: Sequence[E]
    known: Sequence[E] = ()
    repeats: int = 0
    refused: int = 0
    waiting: int = 0
    kept: int = 0
    """Rows that say something else by now, where what came in before is to stay."""
    problems: Sequence[Problem] = ()
    decisions: Sequence[Decision] = ()


def identify(entries: Sequence[E], context: Context, correct: str) -> Identified[E]:
    """Sort entries by identity: external id, then content. `correct` says how a changed one is corrected."""
    imported = context.known.imported
    entries, problems = _with_ids_mended(entries, context)
    groups: dict[str, list[E]] = defaultdict(list)
    for entry in entries:
        groups[entry.external_id].append(entry)
    new: list[E] = []
    known: list[E] = []
    extra: list[E] = []  # exact repeats of new entries, with ids of their own
    repeats, refused = 0, 0
    repeated_before: list[Place] = []
    for external_id, group in groups.items():
        if external_id in imported:
            before = imported[external_id]
            same = [e for e in group if e.content_key == before.content_key]
            changed = [e for e in group if e.content_key != before.content_key]
            problems.extend(_changed(e, before, context, correct) for e in changed)
            refused += len(changed)
            known.extend(same[:1])
            for number, entry in enumerate(same[1:], start=2):
                if f"{external_id}#{number}" in imported:
                    known.append(entry)
                else:
                    repeats += 1
                    repeated_before.append(context.place(entry))
        elif len({e.content_key for e in group}) > 1:
            problems.append(_contradiction(group, context))
            refused += len(group)
        else:
            new.append(group[0])
            extra.extend(_numbered(e, n) for n, e in enumerate(group[1:], start=2))
    if repeated_before:
        problems.append(
            information(
                repeated_before[0],
                "exact_repeats_of_imported",
                found=plural(len(repeated_before), "repeated row"),
                expected="each id once",
                mend="They repeat entries imported before and change nothing.",
                rows=len(repeated_before),
            )
        )
    if not extra:
        return Identified(new, known, repeats, refused, problems=problems)
    problem, decision = ask(
        "exact_repeats",
        "exact_repeats",
        question=f"{plural(len(extra), 'row')} {'repeats' if len(extra) == 1 else 'repeat'} an earlier row "
        f"of this file exactly, {'its' if len(extra) == 1 else 'their'} id included. Drop or keep?",
        choices=[
            ("drop", "Each is imported once; the repeats are reported and not imported."),
            ("keep", "Each repeat becomes an entry of its own, numbered #2, #3 and so on."),
        ],
        proposal="drop",
        places=[context.place(e) for e in extra],
        found=plural(len(extra), "exact repeat"),
        expected="each id once",
        decisions=context.decisions,
    )
    if decision.decided == "keep":
        new.extend(extra)
    return Identified(
        new,
        known,
        repeats + (len(extra) if decision.decided == "drop" else 0),
        refused,
        len(extra) if decision.is_open else 0,
        problems=[*problems, problem],
        decisions=[decision],
    )


def _numbered(entry: E, number: int) -> E:
    return entry.model_copy(update={"external_id": f"{entry.external_id}#{number}"})


def _contradiction(group: Sequence[Entry], context: Context) -> Problem:
    first = group[0]
    other = next(e for e in group if e.content_key != first.content_key)
    rows = ", ".join(str(e.source.row) for e in group)
    return row_problem(
        context.place(other, "external_id"),
        "same_id_other_content",
        found=f"{other.external_id} in rows {rows}: {differences(first.content(), other.content())}",
        expected="each id in one row, or in rows that say the same",
        mend="Say which row is right: delete the others, or give each entry its own id.",
        rows=len(group),
    )


def _changed(entry: Entry, before: Imported, context: Context, correct: str) -> Problem:
    return row_problem(
        context.place(entry, "external_id"),
        "changed_since_import",
        found=f"{entry.external_id}: {what_differs(entry, before)}",
        expected="the content that was imported before",
        mend=correct,
    )


def _with_ids_mended(entries: Sequence[E], context: Context) -> tuple[Sequence[E], list[Problem]]:
    """Undo what spreadsheet programs do to ids that look like numbers (01331102 → 1331102, 17e5 → 1700000).

    Only where exactly one imported id has the same value as a number, is not in the file itself, and the
    content
    is the imported one: anything less may be another entry.
    """
    imported = context.known.imported
    present = {entry.external_id for entry in entries}
    by_value: dict[Decimal, list[str]] = defaultdict(list)
    if not present <= imported.keys():
        for known_id in imported.keys() - present:
            if _NUMBER_LIKE.match(known_id):
                by_value[Decimal(known_id)].append(known_id)
    mended: list[E] = []
    places: list[Place] = []
    for entry in entries:
        is_candidate = entry.external_id not in imported and _NUMBER_LIKE.match(entry.external_id)
        meant = by_value.get(Decimal(entry.external_id), []) if is_candidate else []
        if len(meant) == 1:
            renamed = entry.model_copy(update={"external_id": meant[0]})
            if renamed.content_key == imported[meant[0]].content_key:
                places.append(context.place(entry, "external_id"))
                entry = renamed
        mended.append(entry)
    if not places:
        return entries, []
    return mended, [
        information(
            places[0],
            "ids_turned_into_numbers",
            found=f"{len(places)} ids written as numbers",
            expected="ids as text",
            rows=len(places),
            mend="A spreadsheet program changed them; they were matched with the imported ids of the "
            "same value.",
        )
    ]
