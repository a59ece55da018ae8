"""What can be wrong with a file, as values: problems with their place, and the questions a person decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

_SHOWN = 200
"""Characters of a found value that a problem repeats; the rest stays in the file."""


class Severity(StrEnum):
    """How far a problem reaches."""

    blocks_file = "blocks_file"
    """No row of the file can be used."""
    blocks_row = "blocks_row"
    """The row (or rows) named cannot be used; all others can."""
    asks_decision = "asks_decision"
    """The rows wait until a person has answered the decision named in `Problem.decision`."""
    information = "information"
    """Nothing is held back; the report says it."""


class Place(BaseModel):
    """Where in a file: the sheet (a CSV file's name without its ending), the row as a spreadsheet program
    counts it (from 1, header included) and the column as letter and header text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    header: str | None = None

    def __str__(self) -> str:
        parts = [self.file]
        if self.sheet is not None:
            parts.append(f"sheet {self.sheet}")
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column is not None:
            parts.append(f"column {self.column}" + (f" ({self.header})" if self.header else ""))
        return ", ".join(parts)


class Problem(BaseModel):
    """One thing wrong (or worth saying) about a file, at its place, with a sentence on how to mend it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    severity: Severity
    place: Place
    found: str
    expected: str
    mend: str
    rows: int = 1
    """How many rows it covers; 0 when it is about the file as a whole."""
    decision: str | None = None
    """Key of the decision that settles it, for `asks_decision`."""

    @property
    def file(self) -> str:
        return self.place.file

    @property
    def sheet(self) -> str | None:
        return self.place.sheet

    @property
    def row(self) -> int | None:
        return self.place.row

    @property
    def column(self) -> str | None:
        return self.place.column

    @property
    def header(self) -> str | None:
        return self.place.header


class Choice(BaseModel):
    """One possible answer: the value that is recorded and what it does, as a sentence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: str
    means: str


class Decision(BaseModel):
    """A question that one answer settles for all the rows it covers.

    `decided` is the recorded answer, or None while the rows wait. `proposal` is what we would answer; it is
    never applied by itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    question: str
    choices: tuple[Choice, ...]
    proposal: str
    rows: int
    examples: tuple[Place, ...] = ()
    decided: str | None = None
    free: bool = False
    """Whether any text answers it: there are no choices then, and nothing is proposed."""

    @property
    def is_open(self) -> bool:
        return self.decided is None


def shown(text: str) -> str:
    """`text` fit to stand in a report: control characters made visible, cut at 200 characters."""
    visible = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text[: _SHOWN + 1])
    return visible if len(text) <= _SHOWN else visible[:_SHOWN] + "…"


def plural(count: int, noun: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def file_problem(file: str, code: str, *, found: str, expected: str, mend: str) -> Problem:
    """A problem that makes the whole file unusable."""
    return Problem(
        code=code,
        severity=Severity.blocks_file,
        place=Place(file=file),
        found=shown(found),
        expected=expected,
        mend=mend,
        rows=0,
    )


def information(place: Place, code: str, *, found: str, expected: str, mend: str, rows: int = 0) -> Problem:
    """Something the report says and nothing waits for."""
    return Problem(
        code=code,
        severity=Severity.information,
        place=place,
        found=shown(found),
        expected=expected,
        mend=mend,
        rows=rows,
    )


def row_problem(place: Place, code: str, *, found: str, expected: str, mend: str, rows: int = 1) -> Problem:
    """A problem that makes the row at `place` unusable."""
    return Problem(
        code=code,
        severity=Severity.blocks_row,
        place=place,
        found=shown(found),
        expected=expected,
        mend=mend,
        rows=rows,
    )


TOLD = 20_000
"""Rows with the same thing wrong that are told one by one; of more, how many there are."""


def further(file: str, rows: int) -> Problem:
    """So many more rows that cannot be used, which are not told one by one."""
    return row_problem(
        Place(file=file),
        "more_rows",
        found=plural(rows, "more row"),
        expected="rows in order",
        mend=f"What is wrong with them is told once the {TOLD:,} rows before are mended.",
        rows=rows,
    )


def ask(
    code: str,
    key: str,
    *,
    question: str,
    choices: Sequence[tuple[str, str]],
    proposal: str,
    places: Sequence[Place],
    found: str,
    expected: str,
    decisions: Mapping[str, str],
) -> tuple[Problem, Decision]:
    """One decision over all `places` (at least one), with the problem that reports it.

    An answer that is none of the choices counts as not given, so its rows go on waiting.
    """
    answer = decisions.get(key)
    decision = Decision(
        key=key,
        question=question,
        choices=tuple(Choice(value=value, means=means) for value, means in choices),
        proposal=proposal,
        rows=len(places),
        examples=tuple(places[:5]),
        decided=answer if answer in {value for value, _ in choices} else None,
    )
    return _asking(code, decision, places[0], found, expected), decision


def ask_text(
    code: str,
    key: str,
    *,
    question: str,
    places: Sequence[Place],
    found: str,
    expected: str,
    decisions: Mapping[str, str],
) -> tuple[Problem, Decision]:
    """One question over all `places` (at least one) that a person answers in words of their own."""
    answer = decisions.get(key, "").strip()
    decision = Decision(
        key=key,
        question=question,
        choices=(),
        proposal="",
        rows=len(places),
        examples=tuple(places[:5]),
        decided=answer or None,
        free=True,
    )
    return _asking(code, decision, places[0], found, expected), decision


def _asking(code: str, decision: Decision, place: Place, found: str, expected: str) -> Problem:
    """The problem that reports a question."""
    return Problem(
        code=code,
        severity=Severity.asks_decision,
        place=place,
        found=shown(found),
        expected=expected,
        mend=decision.question,
        rows=decision.rows,
        decision=decision.key,
    )
