"""How long records are kept: the worked rows of docs/SPEC-retention.md, and each day's inverse."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from contracts_app.domain.keeping.personal import Named, instead, sealed
from contracts_app.domain.keeping.retention import Counted, Kept, RecordClass, RetentionProvision, rule_for
from contracts_app.law import table
from tests.domain.worked_tables import Row, cases, rows

PAGE = "SPEC-retention.md"


@cases(PAGE, "How long")
def test_a_record_is_kept_as_long_as_the_page_says(row: Row) -> None:
    of, last = date.fromisoformat(row["Record of"]), date.fromisoformat(row["Last day"])
    countries = row["Country"].split(", ")
    rule = rule_for(RecordClass(row["Class"]), countries, table("retention", RetentionProvision), of)
    free = date.fromisoformat(row["May go on"])
    assert rule.last_day(of) == last
    assert not of < rule.may_go_before(last)
    assert of < rule.may_go_before(free)


@given(
    of=st.dates(date(1990, 1, 1), date(2060, 12, 31)),
    today=st.dates(date(1990, 1, 1), date(2090, 12, 31)),
    years=st.integers(1, 12),
    counted=st.sampled_from(Counted),
)
def test_a_record_may_go_exactly_after_its_last_day(
    of: date, today: date, years: int, counted: Counted
) -> None:
    kept = Kept(years=years, counted=counted, citation="any")
    assert (of < kept.may_go_before(today)) == (kept.last_day(of) < today)


def test_every_kind_of_what_tells_of_a_person_has_a_class() -> None:
    assert {row["Class"] for row in rows(PAGE, "Erasure of a person")} == {one.value for one in RecordClass}


@given(name=st.text(), other=st.text(), salt=st.binary(min_size=32, max_size=32))
def test_a_sealed_word_means_one_word_and_nobody_once_its_salt_is_gone(
    name: str, other: str, salt: bytes
) -> None:
    said = sealed(salt, name)
    assert Named(salt).is_meant(said, "name", other, "1") == (other == name)
    nobody = instead("1")["name"]
    assert Named(None).is_meant(said, "name", nobody, "1")
    assert Named(None).is_meant(said, "name", other, "1") == (other == nobody)
    assert Named(salt, kept=name).is_meant(said, "name", nobody, "1")
