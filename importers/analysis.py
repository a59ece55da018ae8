"""The one door for services: a file and what is known → entries to store, and all there is to say about
it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import chain
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, SerializeAsAny, SkipValidation

from contracts_app.domain.money import ZERO, total
from importers.arranged import Arranged
from importers.billed_elsewhere import agree_on_elsewhere
from importers.changed_rows import KEPT
from importers.chosen import as_chosen, settled_by
from importers.columns import Places, absent
from importers.conventions import agree
from importers.entries import Entry, Kind
from importers.headers import HEADER_ROW, HEADER_WITHIN, NO_HEADER, plain, with_letters
from importers.identity import identify
from importers.kinds.corrected_by_hand import how_to_correct
from importers.kinds.every import RULES as RULES
from importers.known import KnownThings
from importers.layout.by_profile import arrange, columns_of, has_no_header
from importers.many import OnDisk, figures
from importers.mending import Mend, mended
from importers.occurrence import identify_by_occurrence
from importers.parts import UNREADABLE, Apart, only_part, without_elsewhere
from importers.preview import PreviewRow, TakenColumn, preview, taken
from importers.problems import Decision, Problem, Severity, ask_text, file_problem
from importers.profiles.model import Profile
from importers.reading import Reading, read
from importers.recognising import recognised
from importers.rules import Checked, Context, Rules, arranged_by
from importers.settled import How, Settled
from importers.sheets import Sheet
from importers.tables import Table, fields_known, recognise
from importers.to_mend import ToMend, to_mend
from importers.typed import typed
from importers.values import seconds
from importers.which_sheet import ask_which, read_by


class ControlTotals(BaseModel):
    """Rows, hours and amount as decimal text; None where the kind has no such figure."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int
    hours: str | None = None
    exact_hours: str | None = None
    """To four decimals: whole seconds can be told from it."""
    amount: str | None = None


class Analysis(BaseModel):
    """What became of every row of one file.

    `entries` are new and ready to store. Each row read is exactly one of: new, known (imported before,
    unchanged),
    repeat, refused, waiting (for a decision), ignored (meant for another contract):
    `rows_read == len(entries) + known + repeats + refused + waiting + ignored`.
    A file may be stored while rows wait or are refused; they are reported and can come again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    file_name: str
    file_sha256: str
    rows_read: int
    entries: Annotated[Sequence[SerializeAsAny[Entry]], SkipValidation]
    """To be gone through; of a large file they wait on disk."""
    known: int
    repeats: int
    refused: int
    waiting: int
    ignored: int
    problems: tuple[Problem, ...]
    decisions: tuple[Decision, ...]
    totals_read: ControlTotals
    """Over every row that could be read, repeats and ignored rows included."""
    totals_kept: ControlTotals
    """Over new and known entries: what the file stands for once repeats and refused rows are gone."""
    totals_new: ControlTotals
    """Over `entries`."""

    columns: tuple[TakenColumn, ...] = ()
    """Which column of the file was taken for what, in the order of the kind."""
    preview: tuple[PreviewRow, ...] = ()
    """The first rows that could be read, as they were understood."""
    profile: str | None = None
    """The source that the file was recognised as, or read as."""
    reasons: Mapping[str, int] = {}
    """Why rows were ignored; the counts add up to `ignored`."""
    split: int = 0
    """Entries that rows gave beyond their first: `rows_read` counts each of them."""
    settled: tuple[Settled, ...] = ()
    """What holds for the whole file, and how it was reached."""
    to_mend: ToMend = ToMend()
    """Rows with something wrong of their own or mended already, as they are read: for a person to mend."""

    @property
    def open_decisions(self) -> tuple[Decision, ...]:
        return tuple(decision for decision in self.decisions if decision.is_open)

    @property
    def is_refused(self) -> bool:
        """Whether a problem blocks the file as a whole."""
        return any(problem.severity is Severity.blocks_file for problem in self.problems)


def analyse(
    kind: Kind,
    file_name: str,
    data: bytes,
    known: KnownThings,
    decisions: Mapping[str, str] | None = None,
    profile: str | None = None,
    apart: Apart | None = None,
    mends: Sequence[Mend] = (),
) -> Analysis:
    """Read `data` as `kind`. Pure, and never raises on data: all that is wrong comes back as problems.

    Call it first without decisions (dry run), then with the answers: decision key → the chosen value.
    `profile` forces a source's profile; without one it is recognised, or the kind's own names are looked for.
    `apart` takes the rows of a file for many contracts instead of any one contract.
    Cells in `mends` are read as they are meant.
    """
    answers = dict(decisions or {})
    file = mended(read(file_name, data, answers=answers), mends)
    reading = as_chosen(file, answers)
    found = recognised(reading, known, answers, kind, profile)
    analysis = analyse_reading(found.kind or kind, reading, known, answers, found.profile, apart)
    asked = {decision.key for decision in analysis.open_decisions}
    found_wrong = to_mend(file, analysis.problems, asked, analysis.columns)
    return analysis.model_copy(update={"to_mend": found_wrong})


def analyse_reading(
    kind: Kind,
    reading: Reading,
    known: KnownThings,
    answers: Mapping[str, str],
    profile: Profile | None = None,
    apart: Apart | None = None,
) -> Analysis:
    """What the sheets say, read as `kind` and laid out as `profile` says."""
    rules = RULES[kind] if apart is None else replace(RULES[kind], belongs=apart)
    if profile is not None:
        rules = replace(rules, columns=columns_of(profile, rules.columns))
    missing = ask_which(profile, reading, answers) if profile is not None else None
    if missing is not None:
        problem, decision, waiting = missing
        return _nothing(kind, reading, [*reading.problems, problem], [decision], waiting, rules)
    arranged = _plain_sheets(rules, profile, reading, answers)
    too_many = _beyond_memory(rules, reading.file_name, arranged.sheets)
    if too_many is not None:
        return _nothing(kind, reading, [*reading.problems, too_many], (), 0, rules)
    answers = _columns_named(answers, arranged.sheets)
    table = recognise(reading.file_name, arranged.sheets, rules.columns, answers) if arranged.sheets else None
    problems = [*reading.problems, *arranged.problems, *(table.problems if table else ())]
    if table is None or not table.records:
        other = _other_kind(kind, reading)
        if other is not None:
            return _nothing(kind, reading, [*reading.problems, other], (), 0, rules)
        asked = [*arranged.decisions, *(table.decisions if table else ())]
        waiting = table.waiting_rows if table else 0
        return _nothing(kind, reading, problems, asked, waiting, rules)
    settled = _settled_layout(table, profile, answers)
    present = {name for names in table.records.columns.values() for name in names}
    conventions, more_problems, more_asked, more_settled = agree(
        reading.file_name,
        table.records,
        [name for name in rules.dates if name in present],
        [name for name in rules.numbers if name in present],
        answers,
        profile,
        durations=[c.field for c in rules.columns if c.parse is seconds and c.field in present],
    )
    problems.extend(more_problems)
    asked = [*arranged.decisions, *table.decisions, *more_asked]
    columns = table.records.columns
    context = Context(reading.file_name, known, answers, columns, profile, facts=arranged.facts)
    rules, context = only_part(rules, context)
    fixed, open_fields = _given(rules, table, answers, profile, context)
    problems.extend(problem for problem, _ in open_fields)
    asked.extend(decision for _, decision in open_fields)
    elsewhere, told_elsewhere = agree_on_elsewhere(rules.columns, present, answers)
    rows = typed(rules, table.records, reading, context, conventions, fixed, elsewhere)
    problems.extend(rows.problems)
    split = len(rows.entries) + rows.refused + rows.waiting + rows.aside - len(table.records)
    refused, waiting = rows.refused, rows.waiting
    entries: Sequence[Entry] = rows.entries
    provisional: tuple[Sequence[Entry], ...] = (rows.provisional,)
    if arranged.provisional or table.provisional or any(decision.is_open for _, decision in open_fields):
        waiting += len(entries)
        provisional, entries = (*provisional, entries), ()
    here = without_elsewhere(entries, context)
    sifted = rules.belongs(here.entries, context) if rules.belongs is not None else Checked(here.entries)
    set_aside = Counter(
        {
            **arranged.ignored,
            UNREADABLE: rows.aside,
            here.ignored_as: here.ignored,
            sifted.ignored_as: sifted.ignored,
        }
    )
    problems.extend((*here.problems, *sifted.problems))
    asked.extend(sifted.decisions)
    refused += sifted.refused
    waiting += sifted.waiting
    identified = (
        identify(sifted.entries, context, how_to_correct(kind))
        if rules.has_ids
        else identify_by_occurrence(sifted.entries, context, how_to_correct(kind), rules.takes_corrections)
    )
    problems.extend(identified.problems)
    asked.extend(identified.decisions)
    refused += identified.refused
    waiting += identified.waiting
    set_aside[KEPT] += identified.kept
    new: Sequence[Entry] = identified.new
    context = replace(context, stored=identified.known)
    for step in rules.steps if new else ():
        checked = step(new, context)
        new = checked.entries
        refused += checked.refused
        waiting += checked.waiting
        set_aside.update({checked.ignored_as: checked.ignored})
        problems.extend(checked.problems)
        asked.extend(checked.decisions)
    reasons = {why: count for why, count in set_aside.items() if count}
    return Analysis(
        kind=kind,
        file_name=reading.file_name,
        file_sha256=reading.sha256,
        rows_read=len(table.records) + split + sum(arranged.ignored.values()),
        entries=new if isinstance(new, OnDisk) else tuple(new),
        known=len(identified.known),
        repeats=identified.repeats,
        refused=refused,
        waiting=waiting,
        ignored=sum(reasons.values()),
        problems=tuple(problems),
        decisions=tuple(asked),
        totals_read=_totals(rules, *provisional, entries),
        totals_kept=_totals(rules, new, identified.known),
        totals_new=_totals(rules, new),
        columns=taken(rules.columns, table.records),
        preview=preview(rules, (entries, *provisional), table.records, known.currency),
        profile=profile.name if profile else None,
        reasons=reasons,
        split=split,
        settled=(*settled_by(reading), *settled, *more_settled, *told_elsewhere),
    )


def _plain_sheets(
    rules: Rules[Any], profile: Profile | None, reading: Reading, answers: Mapping[str, str]
) -> Arranged:
    """The sheets as the profile lays them out, then made plain by the kind."""
    if profile is not None:
        by_profile = arrange(read_by(profile, reading, answers), profile)
    else:
        chosen = answers.get(HEADER_ROW)
        lettered = [
            with_letters(sheet) if chosen is None and has_no_header(sheet) else sheet
            for sheet in reading.sheets
        ]
        by_profile = Arranged(lettered)
    by_kind = arranged_by(rules, reading.file_name, by_profile.sheets, answers)
    return replace(by_kind, ignored={**by_profile.ignored, **by_kind.ignored})


def _beyond_memory(rules: Rules[Any], file: str, sheets: Sequence[Sheet]) -> Problem | None:
    """The problem that rows which have to be held in memory are too many: those of kinds whose checks look at
    all of them, and those of a layout that is made plain first."""
    rows = sum(len(one.rows) for one in sheets if not rules.on_disk or isinstance(one.rows, list | tuple))
    if rows <= MOST_HELD:
        return None
    return file_problem(
        file,
        "too_many_rows",
        found=f"{rows:,} rows",
        expected=f"at most {MOST_HELD:,} rows of this kind and layout",
        mend="Split the file: each part is imported by itself.",
    )


def _columns_named(answers: Mapping[str, str], sheets: Sequence[Sheet]) -> Mapping[str, str]:
    """Answers in which a value for all rows that is a header of the file means that column."""
    headers = {
        plain(cell.raw)
        for sheet in sheets
        for row in sheet.rows[:HEADER_WITHIN]
        for cell in row.cells
        if not plain(cell.raw).isdecimal()
    }
    return {
        f"column:{key.removeprefix(_VALUE)}"
        if key.startswith(_VALUE) and plain(value) in headers
        else key: value
        for key, value in answers.items()
    }


MOST_HELD = 200_000
"""Rows that are held in memory; a plain time sheet waits on disk and may have more."""
_VALUE = "value:"
"""What the keys of questions begin with whose answer holds for all rows."""


def _given(
    rules: Rules[Any],
    table: Table,
    answers: Mapping[str, str],
    profile: Profile | None,
    context: Context,
) -> tuple[Mapping[str, str], Sequence[tuple[Problem, Decision]]]:
    """Fields that no column has, and the questions about those that nobody has answered."""
    fixed = dict(profile.fixed) if profile else {}
    asked = []
    places = Places.of(context.file, table.records)
    for column in absent(rules.columns, {*table.records[0].columns, *fixed}):
        problem, decision = ask_text(
            "value_for_all",
            f"{_VALUE}{column.field}",
            question=column.question,
            places=places,
            found="no column that says it",
            expected=column.example,
            decisions=answers,
        )
        asked.append((problem, decision))
        fixed[column.field] = decision.decided or column.stand_in
    return fixed, asked


def _settled_layout(table: Table, profile: Profile | None, answers: Mapping[str, str]) -> Sequence[Settled]:
    names = list(table.records.columns)
    rows = ", ".join(row for row in table.header_rows if row)
    by_profile: How = "profile" if profile else "found"
    return [
        Settled(
            key="sheet", value=", ".join(names), how="given" if answers.get("sheet") in names else "found"
        ),
        Settled(
            key=HEADER_ROW,
            value=rows or NO_HEADER,
            how="given" if answers.get(HEADER_ROW) else by_profile,
        ),
    ]


def _nothing(
    kind: Kind,
    reading: Reading,
    problems: Sequence[Problem],
    asked: Sequence[Decision],
    waiting: int,
    rules: Rules[Any],
) -> Analysis:
    none = _totals(rules, ())
    return Analysis(
        kind=kind,
        file_name=reading.file_name,
        file_sha256=reading.sha256,
        rows_read=waiting,
        entries=(),
        known=0,
        repeats=0,
        refused=0,
        waiting=waiting,
        ignored=0,
        problems=tuple(problems),
        decisions=tuple(asked),
        totals_read=none,
        totals_kept=none,
        totals_new=none,
    )


def _other_kind(kind: Kind, reading: Reading) -> Problem | None:
    """The problem that the file is of another kind: its header has all that one needs, and names more of its
    columns than of the kind meant."""
    known = fields_known(reading.sheets, RULES[kind].columns)
    by_fields = sorted(RULES.items(), key=lambda one: -fields_known(reading.sheets, one[1].columns))
    for other, rules in by_fields:
        if other is kind or fields_known(reading.sheets, rules.columns) <= known:
            continue
        sheets = arranged_by(rules, reading.file_name, reading.sheets, {}).sheets
        if sheets and recognise(reading.file_name, sheets, rules.columns, {}).records:
            return file_problem(
                reading.file_name,
                "other_kind",
                found=f"the columns of {other.value}",
                expected=f"the columns of {kind.value}",
                mend=f"Import it as {other.value}, or choose the right file.",
            )
    return None


def _totals(rules: Rules[Any], *together: Sequence[Entry]) -> ControlTotals:
    rows = sum(map(len, together))
    hours = exact = amount = None
    if rules.hours is not None:
        worked = Decimal(sum(sum(figures(entries, rules.hours)) for entries in together)) / 3600
        hours = f"{worked.quantize(Decimal('0.01')):f}"
        exact = f"{worked.quantize(Decimal('0.0001')):f}"
    if rules.amount is not None:
        said = chain.from_iterable(figures(entries, rules.amount) for entries in together)
        first = next((one for one in said if one is not None), None)
        rest = (one for one in said if one is not None)
        if first is not None or not rows:
            amount = f"{total(chain([first or ZERO], rest)):.2f}"
    return ControlTotals(rows=rows, hours=hours, exact_hours=exact, amount=amount)
