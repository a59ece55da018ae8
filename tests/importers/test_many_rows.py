"""Of many rows most wait on disk, and nothing that is said of a file depends on it."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts_app.domain.canonical import text
from importers import known_rows, many, occurrence, records
from importers.analysis import Analysis, analyse
from importers.entries import Entry, Kind
from importers.in_columns import InColumns
from importers.kinds.change_orders import ChangeOrder, ChangeOrderStatus
from importers.kinds.timesheet_entry import TimesheetEntry
from importers.known import Imported, KnownThings, Pricing
from importers.many import Gathering, OnDisk, column, only, where, with_column, without
from importers.matching.names import Meaning, Named, Names
from importers.reading import process
from importers.written import contents, entries_as_json, sources_as_json, without_id

HEADERS = (
    "Date", "Person", "Hours", "Project", "Task", "Notes", "Billable", "Rate", "Amount", "Currency", "OT",
)  # fmt: skip
SAYS: tuple[tuple[str, ...], ...] = (
    ("garbage", "2099-01-01", "2020-01-01"),
    ("Ann Lee", "Ann  Lee", "Bob Roe", "Carl", "Ann Leee"),
    ("8", "7.5", "2", "x", "25", "0.05"),
    ("P1", "P1", "P1", "P2", ""),
    ("Design", "Site", ""),
    ("a", "b", "c"),
    ("Yes", "Yes", "No"),
    ("100", "150", ""),
    ("800", "", ""),
    ("USD", "EUR", ""),
    ("OT", "", "ST"),
)
"""What the columns say, at random; the first is nearly always a day."""
KNOWN = KnownThings(
    contract_external_id="C-1",
    today=date(2024, 6, 1),
    contract_date=date(2023, 1, 1),
    pricing=Pricing(rates=()),
    names={
        Named.person: Names(
            known=(Meaning(value="Ann Lee", called=("Ann Lee",)), Meaning(value="Rob", called=("Bob Roe",))),
            aliases={"carl": "Carl Cox"},
        ),
        Named.task: Names(known=(Meaning(value="L1", called=("Design", "1")),)),
    },
)
ALL_IN = {
    "projects": "all",
    "repeats": "keep",
    "before_contract": "keep",
    "day_over_24_hours": "keep",
    "other_currency": "keep",
    "looks_edited": "other_work",
    "changed_rows": "correct",
    "match:person:Ann Leee": "is:Ann Lee",
}
ANSWERS: tuple[dict[str, str], ...] = (
    {},
    {"projects": "all"},
    ALL_IN,
    {
        **dict.fromkeys(ALL_IN, "refuse"),
        "projects": "P1",
        "repeats": "drop",
        "looks_edited": "edited",
        "changed_rows": "keep",
    },
    {**ALL_IN, "looks_edited": "correct"},
)


def messy(rows: int) -> bytes:
    """A time sheet with everything that can be wrong with one, some rows twice."""
    chance = random.Random(rows)
    said = []
    for _ in range(rows):
        days = [(date(2024, 1, 1) + timedelta(days=chance.randrange(9))).isoformat()] * 20
        said.append([chance.choice([*days, *SAYS[0]]), *map(chance.choice, SAYS[1:])])
    written = io.StringIO()
    csv.writer(written).writerows([HEADERS, *said, *chance.choices(said, k=rows // 10)])
    return written.getvalue().encode()


@pytest.fixture
def on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No rows are few."""
    for module, name, value in (
        (many, "HELD", 0),
        (many, "_FRAME", 37),
        (occurrence, "HELD", 20),
        (known_rows, "HELD", 0),
        (known_rows, "_FRAME", 7),
        (records, "_HELD", 0),
        (process, "_HELD_ROWS", 0),
    ):
        monkeypatch.setattr(module, name, value)


def all_said(analysis: Analysis) -> dict[str, Any]:
    """Everything that the analysis says."""
    said = analysis.model_dump(mode="json", exclude={"entries"})
    return {**said, "entries": [entry.model_dump(mode="json") for entry in analysis.entries]}


DATA = messy(200)


def analysed(known: KnownThings) -> list[Analysis]:
    return [analyse(Kind.timesheet, "time.csv", DATA, known, answers) for answers in ANSWERS]


@pytest.fixture(scope="module")
def imported_before() -> KnownThings:
    """Some of the rows are known, some were other when they came in, and one is gone from the file."""
    stored = {}
    for n, entry in enumerate(analysed(KNOWN)[2].entries):
        content = entry.content()
        if n % 3 == 0:
            stored[entry.external_id] = Imported(content_key=entry.content_key, content=content)
        elif n % 3 == 1 and n % 2:
            stored[entry.external_id] = Imported(content_key="0" * 64, content={**content, "role": "other"})
        elif n % 7 == 0:
            stored[f"{n:032x}#1"] = Imported(content_key=entry.content_key, content=content)
    return KNOWN.model_copy(update={"imported": stored, "given_up": frozenset(list(stored)[:5])})


@pytest.fixture(scope="module")
def held(imported_before: KnownThings) -> list[Analysis]:
    """What is said where all rows are held in memory."""
    return [*analysed(KNOWN), *analysed(imported_before)]


@pytest.mark.usefixtures("on_disk")
def test_rows_on_disk_say_what_rows_in_memory_say(held: list[Analysis], imported_before: KnownThings) -> None:
    stored = imported_before.imported.items()
    known = known_rows.known_rows((one, kept.content_key, kept.content or {}) for one, kept in stored)
    assert isinstance(known, known_rows.KnownRows)
    assert {**known} == dict(stored), "what they said is read when it is compared"
    on_disk = imported_before.model_copy(update={"imported": known})
    waiting = [*analysed(KNOWN), *analysed(on_disk)]
    assert any(isinstance(one.entries, OnDisk) for one in waiting)
    assert not any(isinstance(one.entries, OnDisk) for one in held)
    for one, other in zip(held, waiting, strict=True):
        assert all_said(one) == all_said(other)
    codes = {problem.code for one in held for problem in one.problems}
    assert codes >= {"changed_since_import", "repeated_rows", "looks_edited", "day_over_24_hours", "no_rate"}


@pytest.mark.usefixtures("on_disk")
def test_entries_on_disk_are_chosen_and_changed_as_those_in_memory(held: list[Analysis]) -> None:
    entries = list(held[2].entries)
    gathering: Gathering[Any] = Gathering(may_wait_on_disk=True)
    gathering.extend(entries)
    stored = gathering.all()
    assert isinstance(stored, OnDisk)
    for some in (entries, stored):
        on_p1 = where(some, lambda project: project == "P1", "project")
        others = without(some, on_p1)
        renamed = with_column(others, "person_meant", "person", lambda _, name: name.upper())
        numbered = with_column(renamed, "external_id", "external_id", lambda at, base: f"{base}/{at}")
        assert [entry.person_meant for entry in numbered] == [entry.person.upper() for entry in others]
        assert list(column(numbered, "external_id")) == [entry.external_id for entry in numbered]
        assert numbered[0] == numbered[:1][0] == next(iter(numbered))
        assert numbered[len(numbered) - 1] == numbered[-1] == list(numbered)[-1]
        assert len(on_p1) + len(others) == len(entries)
        assert not only(some, [False] * len(entries))
    assert list(stored) == entries
    assert {entry.content_text() for entry in entries} == {text(entry.content()) for entry in entries}


@pytest.mark.usefixtures("on_disk")
def test_of_very_many_bad_rows_the_first_are_told_and_the_others_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = analyse(Kind.timesheet, "time.csv", DATA, KNOWN, ALL_IN)
    for module in ("typed", "rules", "changed_rows"):
        monkeypatch.setattr(f"importers.{module}.TOLD", 3)
    told = analyse(Kind.timesheet, "time.csv", DATA, KNOWN, ALL_IN)
    assert told.refused == whole.refused
    assert len(told.problems) < len(whole.problems)
    more = [problem for problem in told.problems if problem.code == "more_rows"]
    assert len(more) == 2, "rows that cannot be read, and work in the future"
    assert told.to_mend.left_out == sum(problem.rows for problem in more)


def came_back(model: type[Entry], entries: Sequence[Entry]) -> InColumns[Entry]:
    """The entries as they come back from where they waited."""
    without_cells = [one.model_dump_json(exclude={"source": {"cells"}}) for one in entries]
    return InColumns(model, without_cells, [one.source.model_dump_json() for one in entries])


@pytest.mark.usefixtures("on_disk")
def test_entries_are_written_as_their_models_write_them(held: list[Analysis]) -> None:
    odd = '"\\ \t\x01\x7f\u2028 \U0001f600 é'
    entry = held[2].entries[0]
    assert isinstance(entry, TimesheetEntry)
    source = entry.source.model_copy(
        update={"sheet": odd, "mended": {"person": odd}, "cells": {odd: ("A1", odd)}}
    )
    figures = {
        "file_rate": Decimal("1E+2"),
        "file_amount": Decimal("-0.00"),
        "seconds": -1,
        "billable": False,
    }
    changed = entry.model_copy(update={"external_id": odd, "description": odd, "source": source, **figures})
    order = ChangeOrder(
        external_id="CO-1",
        contract_external_id="",
        source=source,
        description=odd,
        amount=Decimal("7.10"),
        status=ChangeOrderStatus.executed,
        affected_lines=("1", odd),
    )
    for entries in (*(one.entries for one in held), [entry, changed], [order], []):
        assert list(entries_as_json(entries)) == [one.model_dump_json() for one in entries]
        nameless = [one.model_dump_json(exclude={"external_id"}) for one in entries]
        assert [without_id(one) for one in entries_as_json(entries)] == nameless
        assert list(sources_as_json(entries)) == [one.source.model_dump_json() for one in entries]
        said = [one.content_text() for one in entries]
        assert said == list(contents(entries)) == [text(one.content()) for one in entries]
        for model in {type(one) for one in entries} - {ChangeOrder}:
            back = came_back(model, entries)
            assert list(back) == list(entries) == back[:]
            assert back[-1] == entries[-1]
            assert list(contents(back)) == said
            assert list(sources_as_json(back)) == list(sources_as_json(entries))
            for name in [*(set(model.model_fields) - {"source"}), "source.sheet", "source.row"]:
                assert list(column(back, name)) == list(column(entries, name))
    both = [order, entry]
    assert list(entries_as_json(both)) == [one.model_dump_json() for one in both]
    for here, waiting in zip(held, analysed(KNOWN), strict=False):
        assert list(entries_as_json(waiting.entries)) == [one.model_dump_json() for one in here.entries]
