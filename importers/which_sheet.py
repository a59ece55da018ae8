"""Which sheet a mapping means where the file has none of the name that it was saved for: one asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from importers.problems import Decision, Place, Problem, ask, shown
from importers.profiles.model import Profile
from importers.reading import Reading
from importers.sheets import Sheet

SHEET = "sheet"
"""Key of the question, and of the answer which sheet is read."""


def named(sheets: Sequence[Sheet], answer: str | None) -> Sequence[Sheet]:
    """The visible sheets that an answer names; outer blanks, which answers never have, aside."""
    visible = [sheet for sheet in sheets if not sheet.hidden]
    exactly = [sheet for sheet in visible if sheet.name == answer]
    return exactly or [sheet for sheet in visible if answer and sheet.name.strip() == answer.strip()]


def read_by(profile: Profile, reading: Reading, answers: Mapping[str, str]) -> Sequence[Sheet]:
    """The sheets that the profile reads; none, where it names one that is not there and nobody said which
    is meant instead."""
    wanted = profile.layout.sheet
    if wanted is None:
        return reading.sheets
    return [one for one in reading.sheets if one.name == wanted] or named(reading.sheets, answers.get(SHEET))


def ask_which(
    profile: Profile, reading: Reading, answers: Mapping[str, str]
) -> tuple[Problem, Decision, int] | None:
    """The question which sheet is meant, and how many rows wait for it; None where nothing is open."""
    visible = [sheet for sheet in reading.sheets if not sheet.hidden and sheet.rows]
    if not visible or read_by(profile, reading, answers):
        return None
    problem, decision = ask(
        "sheet_missing",
        SHEET,
        question=f"{profile.source} reads the sheet {shown(profile.layout.sheet or '')}, and this file has "
        "none of that name. Which sheet is meant?",
        choices=[(sheet.name, f"Sheet {shown(sheet.name)}, {len(sheet.rows):,} rows.") for sheet in visible],
        proposal=visible[0].name,
        places=[Place(file=reading.file_name, sheet=visible[0].name)],
        found=", ".join(sheet.name for sheet in visible),
        expected=f"a sheet called {shown(profile.layout.sheet or '')}",
        decisions={},
    )
    return problem, decision, sum(len(sheet.rows) for sheet in visible)
