"""Rows that say something else than the entries that they were imported as: kept out, or corrections.

A correction names the entry that it corrects (`corrects`); an imported entry itself never changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from importers.kinds.timesheet_entry import hours
from importers.known import Imported
from importers.problems import TOLD, Decision, Problem, ask, further, information, plural, row_problem
from importers.rules import Context, E, PlacesOf

KEPT = "changed since, kept as imported"
"""Why a row is ignored that says something else than what is to stay."""
CORRECT, KEEP = "correct", "keep"


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of changed rows: posted as corrections, or so many of them left out, and why."""

    corrected: bool = False
    refused: int = 0
    waiting: int = 0
    kept: int = 0
    problems: Sequence[Problem] = ()
    decisions: Sequence[Decision] = ()


def refuse(changed: Sequence[E], context: Context, by_hand: str) -> Settled:
    """Changed rows that no file corrects: `by_hand` says how a person does. Each names by `corrects` the
    entry that it was imported as."""
    problems = [
        row_problem(
            context.place(entry),
            "changed_since_import",
            found=what_differs(entry, context.known.imported[str(entry.corrects)]),
            expected="the content that was imported before",
            mend=by_hand,
        )
        for entry in islice(changed, TOLD)
    ]
    if len(changed) > TOLD:
        problems.append(further(context.file, len(changed) - TOLD))
    return Settled(refused=len(changed), problems=problems)


def told(changed: Sequence[E], before: Sequence[str], context: Context) -> list[Problem]:
    """What differs in each row from the entry with the id beside it, for information."""
    return [
        information(
            context.place(entry),
            "changed_since_import",
            found=what_differs(entry, context.known.imported[was]),
            expected="what was imported before",
            mend="Before → now, as this file says it.",
        )
        for entry, was in islice(zip(changed, before, strict=True), TOLD)
    ]


def settle_changed(changed: Sequence[E], context: Context) -> Settled:
    """Ask once whether the changed rows correct what they were imported as, and tell what differs in each.

    Each names by `corrects` the entry that it was imported as.
    """
    if not changed:
        return Settled()
    count = len(changed)
    problem, decision = ask(
        "changed_rows",
        "changed_rows",
        question=f"{plural(count, 'row')} {'says' if count == 1 else 'say'} something else than when "
        f"{'it was' if count == 1 else 'they were'} imported. Correct what came in before, or keep it?",
        choices=[
            (
                CORRECT,
                "Each becomes a correction that waits for approval; what is billed already is taken back.",
            ),
            (KEEP, "What came in before stays as it is, and these rows stay out."),
        ],
        proposal=CORRECT,
        places=PlacesOf(changed, context),
        found=f"{plural(count, 'row')} changed since {'its' if count == 1 else 'their'} import",
        expected="the content that was imported before",
        decisions=context.decisions,
    )
    listed = told(changed, [str(entry.corrects) for entry in changed], context)
    decided = decision.decided
    return Settled(
        corrected=decided == CORRECT,
        waiting=count if decision.is_open else 0,
        kept=count if decided == KEEP else 0,
        problems=[problem, *listed],
        decisions=[decision],
    )


def what_differs(entry: E, before: Imported) -> str:
    """`field was → is` for every field that differs."""
    if before.content is None:
        return "other content"
    return differences(before.content, entry.content())


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """`hours 8.00 → 9.50; billable yes → no` for every field that differs; ids are given here and say
    nothing."""
    return "; ".join(
        f"{name.replace('seconds', 'hours').replace('_', ' ')} {_said(name, before)} → {_said(name, after)}"
        for name in sorted(before.keys() | after.keys())
        if name != "external_id" and before.get(name, "") != after.get(name, "")
    )


def _said(name: str, content: Mapping[str, str]) -> str:
    value = content.get(name, "")
    if name.endswith("seconds") and value.lstrip("-").isdecimal():
        return hours(int(value))
    return {"True": "yes", "False": "no", "": "nothing"}.get(value, value)
