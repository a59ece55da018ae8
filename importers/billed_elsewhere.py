"""Whether rows of time or expenses were billed by an earlier system: as the file marks them, all, or none."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from importers.columns import Column
from importers.settled import ANSWERS, Settled

KEY = "billed_elsewhere"
"""The whole-file decision, and the field of the mark that a row may bear."""
MEANT = "elsewhere_meant"
"""The field of an entry that the decision sets: no part of what the row says."""
_MEANS: Mapping[str, bool | None] = {"marked": None, "all": True, "none": False}


def has_marks(columns: Sequence[Column]) -> bool:
    """Whether rows of a kind with these columns can be billed elsewhere."""
    return any(column.field == KEY for column in columns)


def agree_on_elsewhere(
    columns: Sequence[Column], present: Collection[str], answers: Mapping[str, str]
) -> tuple[Mapping[str, bool], Sequence[Settled]]:
    """The value of `MEANT` for all rows, where a person gave one, and what is settled of a kind with such
    marks. Never guessed: without an answer the marks of the file hold, and without marks no row is meant."""
    if not has_marks(columns):
        return {}, ()
    given = answers.get(KEY)
    if given not in dict(ANSWERS[KEY]):
        found = "marked" if KEY in present else "none"
        return {}, (Settled(key=KEY, value=found, how="found"),)
    meant = _MEANS[given]
    return {} if meant is None else {MEANT: meant}, (Settled(key=KEY, value=given, how="given"),)
