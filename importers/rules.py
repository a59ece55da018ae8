"""What a kind of file consists of, and the steps its typed rows go through. Each step is a pure function."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any, Generic, TypeVar, overload

from importers.arranged import Arrange, Arranged
from importers.columns import Column
from importers.entries import Entry, Kind
from importers.known import KnownThings
from importers.many import OnDisk, without
from importers.problems import TOLD, Decision, Place, Problem, ask, further, row_problem
from importers.profiles.model import Profile
from importers.sheets import Sheet
from importers.values import Flaw

E = TypeVar("E", bound=Entry)
RowFlaws = Sequence[tuple[str, Flaw]]
"""Field → what is wrong with it, for flaws that only show when a whole row is seen."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a check may look at besides the entries: the contract's facts, the answers given, and the
    headers."""

    file: str
    known: KnownThings
    decisions: Mapping[str, str]
    columns: Mapping[str, Mapping[str, tuple[str, str]]]
    """Sheet → field → column letter and header text."""
    profile: Profile | None = None
    stored: Sequence[Entry] = ()
    """Entries of this file that were imported before, unchanged: checks over the whole see them as well."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """What the layout says beside the rows (`arranged.Arranged.facts`)."""

    def place(self, entry: Entry, field_name: str | None = None) -> Place:
        """Where `entry` (and its field) stands in the file."""
        letter, header = self.columns[entry.source.sheet].get(field_name or "", (None, None))
        own = entry.source.cells.get(field_name or "", ("", ""))[0].rstrip("0123456789")
        return Place(
            file=self.file,
            sheet=entry.source.sheet,
            row=entry.source.row,
            column=own or letter,
            header=header,
        )

    def refuse(self, entry: Entry, field_name: str, code: str, *, expected: str, mend: str) -> Problem:
        """A problem that makes this entry's row unusable, quoting the cell."""
        _, raw = entry.source.cells.get(field_name, ("", ""))
        return row_problem(self.place(entry, field_name), code, found=raw, expected=expected, mend=mend)


@dataclass(frozen=True, slots=True)
class Checked(Generic[E]):
    """What a step lets through, and what became of the other rows."""

    entries: Sequence[E]
    refused: int = 0
    waiting: int = 0
    problems: Sequence[Problem] = ()
    decisions: Sequence[Decision] = ()
    ignored: int = 0
    """Rows that are in order and not meant for this contract."""
    ignored_as: str = "other project"


Step = Callable[[Sequence[E], Context], Checked[E]]


@dataclass(frozen=True, slots=True)
class Rules(Generic[E]):
    """A kind of file: its columns, how a row becomes an entry, and the checks over all new entries, in
    order."""

    kind: Kind
    columns: Sequence[Column]
    build: Callable[[Mapping[str, object]], E | Sequence[E] | RowFlaws]
    """Values by field (source and ids included) → entry (or several of one row), or the row's flaws."""
    arrange: Arrange | None = None
    """Makes the sheets plain first, where the layout says more than its columns."""
    belongs: Step[E] | None = None
    """Which rows of the file are meant for this contract; asked before anything is compared with it."""
    has_ids: bool = True
    """Rows carry the id of their source. Else `build` gives as external id what tells rows apart, and equal
    rows
    are numbered."""
    takes_corrections: bool = False
    """Whether a row that says something else than the entry that it was imported as can correct it."""
    steps: Sequence[Step[E]] = ()
    money: Collection[str] = ()
    """Fields that must be at the currency's scale."""
    hours: str | None = None
    """The field of seconds worked, for the control total."""
    amount: str | Callable[[E], Decimal | None] | None = None
    """Amount (or its field), for the control total; None while a decision has yet to say it."""
    dates: Collection[str] = ()
    """Fields whose cells decide the file's date order."""
    numbers: Collection[str] = ()
    """Fields whose cells decide the file's decimal mark."""
    on_disk: bool = False
    """Whether its steps ask for the columns that they look at, so that many rows can wait on disk."""


class PlacesOf(Sequence[Place]):
    """Where entries (and their field) stand: those that are asked for, of however many."""

    def __init__(self, entries: Sequence[Entry], context: Context, field_name: str | None = None) -> None:
        self._entries = entries
        self._context = context
        self._field = field_name

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> Place: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Place]: ...
    def __getitem__(self, index: int | slice) -> Place | Sequence[Place]:
        if isinstance(index, slice):
            return [self._context.place(entry, self._field) for entry in self._entries[index]]
        return self._context.place(self._entries[index], self._field)


def arranged_by(
    rules: Rules[Any], file: str, sheets: Sequence[Sheet], answers: Mapping[str, str]
) -> Arranged:
    """The sheets as the kind makes them plain; as they are where it does not."""
    return rules.arrange(file, sheets, answers) if rules.arrange and sheets else Arranged(sheets)


def without_refused(entries: Sequence[E], problems: Sequence[tuple[E, Problem]]) -> Checked[E]:
    """The entries that no problem names."""
    bad = {entry.external_id for entry, _ in problems}
    kept = [entry for entry in entries if entry.external_id not in bad]
    return Checked(kept, refused=len(entries) - len(kept), problems=[p for _, p in problems])


def refuse_each(entries: Sequence[E], refused: Sequence[E], problem_of: Callable[[E], Problem]) -> Checked[E]:
    """The entries but those `refused`, each with its problem; of very many, the first and how many more."""
    if not refused:
        return Checked(entries)
    problems = [problem_of(entry) for entry in islice(refused, TOLD)]
    if len(refused) > TOLD:
        problems.append(further(problems[0].file, len(refused) - TOLD))
    return Checked(without(entries, refused), refused=len(refused), problems=problems)


def settle(
    entries: Sequence[E],
    affected: Sequence[E],
    context: Context,
    *,
    code: str,
    key: str,
    field_name: str,
    question: str,
    found: str,
    expected: str,
    choices: Sequence[tuple[str, str]],
    proposal: str,
    effect: Callable[[E, str], E | None],
) -> Checked[E]:
    """Ask one decision over the `affected` entries. Undecided they wait; decided, `effect` gives the entry
    as it
    then stands, or None to refuse it."""
    if not affected:
        return Checked(entries)
    problem, decision = ask(
        code,
        key,
        question=question,
        choices=choices,
        proposal=proposal,
        found=found,
        expected=expected,
        places=PlacesOf(affected, context, field_name),
        decisions=context.decisions,
    )
    if isinstance(entries, OnDisk) and isinstance(affected, OnDisk):
        return _settled_on_disk(entries, affected, problem, decision, effect)
    ids = {entry.external_id for entry in affected}
    kept: list[E] = []
    refused = 0
    for entry in entries:
        if entry.external_id not in ids:
            kept.append(entry)
        elif decision.decided is not None:
            settled = effect(entry, decision.decided)
            if settled is None:
                refused += 1
            else:
                kept.append(settled)
    waiting = len(affected) if decision.is_open else 0
    return Checked(kept, refused=refused, waiting=waiting, problems=[problem], decisions=[decision])


def _settled_on_disk(
    entries: OnDisk[E],
    affected: OnDisk[E],
    problem: Problem,
    decision: Decision,
    effect: Callable[[E, str], E | None],
) -> Checked[E]:
    """As `settle`, for a decision that keeps or refuses every row alike."""
    answer = decision.decided
    taken = answer is not None and effect(affected[0], answer) is not None
    return Checked(
        entries if taken else without(entries, affected),
        refused=0 if taken or answer is None else len(affected),
        waiting=len(affected) if answer is None else 0,
        problems=[problem],
        decisions=[decision],
    )


def on_known_sov_line(
    entries: Sequence[E], context: Context, field_name: str, lines_of: Callable[[E], Sequence[str]]
) -> Checked[E]:
    """Refuse rows booked to a line that the contract's schedule of values does not have."""
    lines = context.known.sov_lines
    if lines is None:
        return Checked(entries)
    unknown = [
        (
            entry,
            context.refuse(
                entry,
                field_name,
                "unknown_sov_line",
                expected="a line of the contract's schedule of values"
                if lines
                else "an imported schedule of values",
                mend="Correct the line, or import the schedule of values first.",
            ),
        )
        for entry in entries
        if any(line not in lines for line in lines_of(entry))
    ]
    return without_refused(entries, unknown)
