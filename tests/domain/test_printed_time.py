"""How much of the time behind a line its paper shows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_app.domain.billing.detail import DetailLevel, DetailTerms, Printed, comes_to, printed

MONDAY, TUESDAY, FRIDAY = date(2024, 3, 4), date(2024, 3, 5), date(2024, 3, 8)


def worked(day: date, person: str, seconds: int, amount: str, **more: Any) -> Printed:
    said = {"what": "Soundings", "source": "week.csv, row 3", "rate": Decimal(100), "role": "Engineer"} | more
    return Printed(
        first=day, last=day, person=person, seconds=seconds, amount=Decimal(amount), **said
    )  # fmt: skip


ENTRIES = (
    worked(TUESDAY, "Ada", 3600, "100.00"),
    worked(MONDAY, "Ada", 1800, "50.00"),
    worked(TUESDAY, "Ada", 600, "16.67"),
    worked(FRIDAY, "Bo", 3600, "80.00", rate=Decimal(80)),
    worked(TUESDAY, "Ada", 3600, "150.00", overtime="overtime, 100 × 1.5"),
)


def test_every_entry_is_as_it_is() -> None:
    assert printed(ENTRIES, DetailLevel.entry) == ENTRIES


def test_a_person_and_a_day() -> None:
    found = printed(ENTRIES, DetailLevel.person_and_day)
    assert [(one.person, one.first, one.last, one.seconds, one.amount, one.what) for one in found] == [
        ("Ada", TUESDAY, TUESDAY, 4200, Decimal("116.67"), "2 entries"),
        ("Ada", MONDAY, MONDAY, 1800, Decimal("50.00"), "1 entry"),
        ("Bo", FRIDAY, FRIDAY, 3600, Decimal("80.00"), "1 entry"),
        ("Ada", TUESDAY, TUESDAY, 3600, Decimal("150.00"), "1 entry"),
    ]


def test_a_person_at_a_rate() -> None:
    found = printed(ENTRIES, DetailLevel.person)
    assert found[0] == Printed(
        first=MONDAY,
        last=TUESDAY,
        person="Ada",
        role="Engineer",
        what="3 entries",
        seconds=6000,
        rate=Decimal(100),
        amount=Decimal("166.67"),
        entries=3,
    )
    assert [(one.person, one.rate, one.overtime) for one in found[1:]] == [
        ("Bo", Decimal(80), ""),
        ("Ada", Decimal(100), "overtime, 100 × 1.5"),
    ]


def test_the_whole_line_names_nobody_and_no_rate() -> None:
    assert printed(ENTRIES, DetailLevel.line) == (
        Printed(
            first=MONDAY, last=FRIDAY, what="5 entries", seconds=13200, amount=Decimal("396.67"), entries=5
        ),
    )
    again = printed(printed(ENTRIES, DetailLevel.person), DetailLevel.line)
    assert (again[0].entries, again[0].what) == (5, "5 entries")


def test_thousands_of_entries_are_counted_with_their_comma() -> None:
    many = [worked(MONDAY, "Ada", 60, "1.00")] * 1200
    assert printed(many, DetailLevel.line)[0].what == "1,200 entries"


def test_nothing_worked_is_nothing_printed() -> None:
    for level in DetailLevel:
        assert printed((), level) == ()
    assert comes_to(()) == 0


@pytest.mark.parametrize(
    ("level", "backup", "shown"), [("entry", False, True), ("person", False, False), ("person", True, True)]
)
def test_whether_every_entry_is_shown(level: str, backup: bool, shown: bool) -> None:
    assert DetailTerms(level=DetailLevel(level), backup=backup).shows_entries is shown


_entry = st.builds(
    worked,
    st.sampled_from([MONDAY, TUESDAY, FRIDAY]),
    st.sampled_from(["Ada", "Bo"]),
    st.integers(0, 86400),
    st.integers(0, 10**6).map(lambda cents: str(Decimal(cents).scaleb(-2))),
    rate=st.sampled_from([Decimal(80), Decimal(100)]),
)


@given(entries=st.lists(_entry, max_size=8), level=st.sampled_from(list(DetailLevel)))
def test_however_it_is_shown_it_comes_to_the_same(entries: list[Printed], level: DetailLevel) -> None:
    found = printed(entries, level)
    assert comes_to(found) == comes_to(entries)
    assert sum(one.seconds for one in found) == sum(one.seconds for one in entries)
    assert sum(one.entries for one in found) == len(entries)
