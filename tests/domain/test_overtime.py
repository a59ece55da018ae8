"""Rates by project, direct labour, overtime and the least time charged: SPEC-time-and-materials."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts_app.domain import canonical
from contracts_app.domain.billing import claiming, drafting
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.contract import (
    AtCap,
    ContractTerms,
    HourRounding,
    MinimumPer,
    OvertimeClass,
    OvertimeConvention,
    OvertimeTerms,
)
from contracts_app.domain.refusals import Refused
from contracts_app.domain.time.overtime import OvertimeWorked
from contracts_app.domain.time.rate_card import RateCard, RateRow, require_no_overlap, require_supersedes
from contracts_app.domain.time.time_and_materials import (
    DayBefore,
    PricedEntry,
    SplitWhole,
    TimeEntry,
    of_a_day,
    price,
    price_in_order,
    within_cap,
)
from tests.domain.agreements import snapshot, sov, terms
from tests.domain.asking import Ask
from tests.domain.under_a_cap import CARD, DAY, HOUR, LINE, by_hour, row_of, worked
from tests.domain.worked_tables import Row, amounts, cases, listed

PAGE = "SPEC-time-and-materials.md"
BY_PROJECT = (
    *CARD,
    row_of("90.00", "2025-01-01", project="Alpha"),
    row_of("130.00", "2025-01-01", project="Alpha", role="Engineer"),
    row_of("155.00", "2025-01-01", project="Alpha", person="Ada"),
    row_of("200.00", "2025-01-01", project="Beta", person="Ada", role="Engineer"),
)
"""The card of the page's table of rates by project."""


def seconds(hours: str) -> int:
    exact = Decimal(hours) * HOUR
    assert exact == int(exact)
    return int(exact)


def entry(hours: str, number: int = 1, **more: Any) -> TimeEntry:
    return worked(number, seconds(hours)).model_copy(update=more)


def priced_at(one: TimeEntry, rows: tuple[RateRow, ...], agreed: OvertimeTerms | None = None) -> PricedEntry:
    return price(one, RateCard(rows), HourRounding(), "USD", agreed)


@cases(PAGE, "Rates by project")
def test_rates_by_project(ask: Ask, row: Row) -> None:
    on = date.fromisoformat(row["Work date"])
    one = worked(1, HOUR, on, row["Person"], row["Role"] or None)
    one = one.model_copy(update={"project": row["Project"] or None})
    question = {
        "rate_card": [known.model_dump(mode="json") for known in BY_PROJECT],
        "person": row["Person"],
        "role": row["Role"] or None,
        "project": row["Project"] or None,
        "work_date": row["Work date"],
    }
    status, answer, _ = ask("rate", question=question)
    for rows in (BY_PROJECT, BY_PROJECT[::-1]):
        if row["Rate"] == "no_rate":
            with pytest.raises(Refused) as refused:
                priced_at(one, rows)
            assert (refused.value.code, status) == ("no_rate", 1)
        else:
            assert priced_at(one, rows).rate == Decimal(row["Rate"]) == Decimal(answer["rate"])


@cases(PAGE, "Direct labour and its multiplier")
def test_direct_labour(row: Row) -> None:
    card = (row_of(row["Direct labour"], "2020-01-01", multiplier=row["Multiplier"]),)
    priced = priced_at(entry(row["Hours"]), card)
    assert (priced.rate, priced.amount) == (Decimal(row["An hour"]), Decimal(row["Amount"]))
    assert card[0].paid == Decimal(row["Direct labour"])


def agreed(
    name: str, convention: str, factor: str = "", markup: str = "", *, approval: bool = True
) -> OvertimeClass:
    return OvertimeClass(
        name=name,
        convention=OvertimeConvention(convention),
        factor=Decimal(factor) if factor else None,
        markup=Decimal(markup) if markup else None,
        needs_approval=approval,
    )


def overtime_card(row: Row) -> tuple[RateRow, ...]:
    more = {"pay": row["Pay"]} if row["Pay"] else {}
    regular = row_of(row["Bill rate"], "2020-01-01", **more)
    flat = (row_of(row["Flat"], "2020-01-01", overtime="overtime"),) if row["Flat"] else ()
    return (regular, *flat)


@cases(PAGE, "Overtime")
def test_overtime(ask: Ask, row: Row) -> None:
    card = overtime_card(row)
    classes = OvertimeTerms(classes=(agreed("overtime", row["Convention"], row["Factor"], row["Markup"]),))
    one = entry(row["Hours"], overtime=OvertimeWorked(kind="overtime", approved=True))
    priced = priced_at(one, card, classes)
    factor = None if row["On the rate"] == "-" else Decimal(row["On the rate"])
    assert (priced.rate, priced.base_rate) == (Decimal(row["An hour"]), Decimal(row["Bill rate"]))
    assert (priced.factor, priced.amount) == (factor, Decimal(row["Amount"]))
    assert priced_at(entry(row["Hours"]), card, classes).rate == Decimal(row["Bill rate"])
    question = {
        "rate_card": [known.model_dump(mode="json") for known in card],
        "person": "Bo",
        "work_date": "2025-01-01",
        "overtime": {"kind": "overtime", "approved": True},
        "terms": classes.model_dump(mode="json"),
    }
    status, answer, _ = ask("overtime", question=question)
    assert (status, Decimal(answer["rate"])) == (0, Decimal(row["An hour"]))


def classes_of(cell: str) -> OvertimeTerms | None:
    classes = []
    for word in listed("" if cell == "none" else cell):
        name, how = word.split()
        if how == "flat":
            classes.append(agreed(name, "flat_rate"))
        elif how == "markup":
            classes.append(agreed(name, "markup_on_pay", "1.5", "0.25"))
        else:
            classes.append(agreed(name, "factor", how.rstrip("!"), approval=not how.endswith("!")))
    return OvertimeTerms(classes=tuple(classes)) if classes else None


@cases(PAGE, "Whether the premium is billable")
def test_whether_the_premium_is_billable(ask: Ask, row: Row) -> None:
    kind = row["Class worked"]
    mark = OvertimeWorked(
        kind=kind, approved=row["Approved"] == "yes", premium_only=row["Premium only"] == "yes"
    )
    one = entry(row["Hours"], overtime=None if kind == "-" else mark)
    card, classes = by_hour("25.00"), classes_of(row["Terms"])
    question = {
        "line_id": str(LINE),
        "entries": [one.model_dump(mode="json")],
        "rate_card": [known.model_dump(mode="json") for known in card],
        "overtime": classes.model_dump(mode="json") if classes else None,
        "currency": "USD",
    }
    status, answer, said = ask("time", question=question)
    if row["Amount"]:
        priced = priced_at(one, card, classes)
        assert (priced.rate, priced.amount) == (Decimal(row["An hour"]), Decimal(row["Amount"]))
        assert (priced.base_rate is None) == (priced.factor is None) == (priced.rate == 25)
        assert (status, Decimal(answer["amount"])) == (0, priced.amount)
    else:
        with pytest.raises(Refused) as refused:
            priced_at(one, card, classes)
        assert (refused.value.code, status) == (row["An hour"], 1)
        assert refused.value.sentence in said
        assert "Bo on 2025-01-01" in said


def test_a_flat_rate_prices_no_regular_hour() -> None:
    flat = row_of("50.00", "2020-01-01", overtime="overtime")
    with pytest.raises(Refused):
        priced_at(entry("1"), (flat,))
    with_project = (
        flat,
        row_of("60.00", "2020-01-01", overtime="overtime", project="Alpha"),
        *by_hour("25.00"),
    )
    classes = OvertimeTerms(classes=(agreed("overtime", "flat_rate"),))
    mark = OvertimeWorked(kind="overtime", approved=True)
    assert priced_at(entry("1", overtime=mark), with_project, classes).rate == 50
    assert priced_at(entry("1", overtime=mark, project="Alpha"), with_project, classes).rate == 60


def test_rows_of_a_project_and_of_a_class_overlap_only_their_own() -> None:
    require_no_overlap([*BY_PROJECT, row_of("1", "2025-01-01", overtime="overtime")])
    twice = row_of("1", "2025-02-01", project="Alpha", role="Engineer")
    for added, whose in (
        (twice, "Engineer on Alpha cover 2025-02-01"),
        (row_of("1", "2025-02-01", project="Alpha"), "everybody on Alpha"),
    ):
        with pytest.raises(Refused, match=whose) as refused:
            require_no_overlap([*BY_PROJECT, added])
        assert refused.value.code == "rates_overlap"
    flat = row_of("1", "2025-01-01", overtime="double", person="Ada")
    require_supersedes(BY_PROJECT, [flat, twice])
    with pytest.raises(Refused, match=r"Ada \(double\) from 2025-01-01"):
        require_supersedes([*BY_PROJECT, flat], [flat])


@pytest.mark.parametrize(
    ("convention", "factor", "markup"),
    [
        ("factor", "", ""),
        ("factor", "1.5", "0.1"),
        ("flat_rate", "1.5", ""),
        ("flat_rate", "", "0.1"),
        ("markup_on_pay", "1.5", ""),
        ("markup_on_pay", "", "0.1"),
        ("factor", "-0.1", ""),
        ("markup_on_pay", "1.5", "-0.1"),
    ],
)
def test_a_convention_has_what_it_needs(convention: str, factor: str, markup: str) -> None:
    with pytest.raises(ValidationError, match=r"a flat rate stands in the rate card|not negative"):
        agreed("overtime", convention, factor, markup)


def test_a_class_is_named_once() -> None:
    with pytest.raises(ValidationError, match="named twice"):
        OvertimeTerms(classes=(agreed("overtime", "flat_rate"), agreed("overtime", "factor", "1.5")))


@pytest.mark.parametrize("more", [{"multiplier": "-1"}, {"pay": "-1"}, {"multiplier": "2", "pay": "10"}])
def test_a_row_makes_sense(more: Mapping[str, str]) -> None:
    with pytest.raises(ValidationError, match=r"not negative|what the person is paid"):
        row_of("10", "2025-01-01", **more)
    assert row_of("10", "2025-01-01", pay="0").paid == 0


def day_of(row: Row) -> tuple[list[TimeEntry], HourRounding, tuple[DayBefore, ...]]:
    entries = []
    before_it = 0
    for number, cell in enumerate(listed(row["Hours"])):
        worked_as, _, written = cell.partition(" as ")
        hours, _, of = worked_as.partition(" of ")
        whole = SplitWhole(seconds=seconds(of), before=before_it) if of else None
        before_it = before_it + seconds(hours) if of else 0
        entries.append(entry(hours, number, bill_seconds=seconds(written) if written else None, whole=whole))
    rounding = HourRounding(
        unit_seconds=int(row["Unit"]),
        minimum_seconds=seconds(row["Least"]),
        minimum_per=MinimumPer(row["Per"]),
    )
    before = DayBefore(line_id=LINE, person="Bo", work_date=DAY, seconds=seconds(row["Before"]))
    return entries, rounding, (before,) if before.seconds else ()


@cases(PAGE, "Least time charged")
def test_the_least_time_charged(row: Row) -> None:
    entries, rounding, before = day_of(row)
    drawn = snapshot(
        terms("100000", work="0", hour_rounding=rounding),
        [sov(1, "100000", basis=Basis.time_and_materials)],
        time=tuple(entries[::-1]),
        rate_card=by_hour("100.00"),
        days_before=before,
    )
    (billed,) = claiming.time_billed(drawn)
    assert [each.seconds for each in billed.entries] == [seconds(hours) for hours in listed(row["Charged"])]
    assert [each.amount for each in billed.entries] == amounts(row["Amounts"])
    assert {each.id for each in claiming.claimable(drawn, entries)} == {each.id for each in entries}


def test_a_day_is_a_persons_day_on_a_line() -> None:
    rounding = HourRounding(minimum_seconds=4 * HOUR, minimum_per=MinimumPer.day)
    others = [
        entry("1", 1),
        entry("1", 2, person="Ada"),
        entry("1", 3, line_id=sov(2, "1").id),
        entry("1", 4, work_date=DAY + timedelta(days=1)),
        entry("1", 5),
    ]
    priced = price_in_order(others, RateCard(by_hour("100.00")), rounding, "USD")
    assert {each.entry.position: each.seconds // HOUR for each in priced} == {1: 4, 2: 4, 3: 4, 4: 4, 5: 0}
    assert [each.entry.position for each in priced if each.covered] == [5]


def test_a_premium_is_charged_by_its_hours() -> None:
    classes = OvertimeTerms(classes=(agreed("overtime", "factor", "1.5"),))
    mark = OvertimeWorked(kind="overtime", approved=True, premium_only=True)
    for per in MinimumPer:
        rounding = HourRounding(minimum_seconds=4 * HOUR, minimum_per=per)
        day = [entry("1", 1), entry("2.5", 2, overtime=mark)]
        priced = price_in_order(day, RateCard(by_hour("25.00")), rounding, "USD", classes)
        assert [(each.seconds, each.amount, each.covered) for each in priced] == [
            (4 * HOUR, Decimal("100.00"), False),
            (9000, Decimal("31.25"), False),
        ]


@pytest.mark.parametrize(
    ("left", "claimed"),
    [("400.00", [1, 2]), ("399.99", []), ("499.99", [1, 2]), ("500.00", [1, 2, 3])],
)
def test_covered_time_is_claimed_with_the_time_before_it(left: str, claimed: list[int]) -> None:
    rounding = HourRounding(minimum_seconds=4 * HOUR, minimum_per=MinimumPer.day)
    day = [entry("1", 1), entry("1", 2), entry("3", 3)]
    priced = price_in_order(day, RateCard(by_hour("100.00")), rounding, "USD")
    taken = within_cap(priced, Decimal(left), Decimal(0), AtCap.hold_whole_entries)
    assert [each.entry.position for each in taken] == claimed


def rich() -> Snapshot:
    """A snapshot that says everything of this page that came later."""
    classes = (agreed("overtime", "factor", "1.5"), agreed("double", "flat_rate"))
    return snapshot(
        terms(
            "100000",
            work="0",
            overtime=OvertimeTerms(classes=classes),
            hour_rounding=HourRounding(minimum_seconds=7200, minimum_per=MinimumPer.day),
        ),
        [sov(1, "100000", basis=Basis.time_and_materials)],
        time=(
            entry("1", 1, project="Alpha"),
            entry("1", 2),
            entry("3", 3, overtime=OvertimeWorked(kind="double", approved=True)),
        ),
        rate_card=(
            *by_hour("100.00"),
            row_of("90.00", "2025-01-01", project="Alpha"),
            row_of("210.00", "2025-01-01", overtime="double"),
            row_of("40.00", "2025-01-01", role="Engineer", multiplier="2.85"),
            row_of("70.00", "2025-01-01", role="Drafter", pay="31.00"),
        ),
        days_before=(DayBefore(line_id=LINE, person="Bo", work_date=DAY, seconds=60),),
    )


def test_what_came_later_is_part_of_what_is_approved() -> None:
    drawn = rich()
    document = drawn.model_dump(mode="json")
    assert Snapshot.model_validate(document) == drawn
    known = drafting.content_hash(drawn)
    plain = drawn.model_copy(update={"days_before": ()})
    assert drafting.content_hash(plain) != known
    shown = canonical.text(drafting.draft(drawn))
    for word in ('"covered":true', '"base_rate":"100"', '"factor":"2.1"', '"project":"Alpha"'):
        assert word in shown


def test_what_was_stored_before_keeps_its_hash() -> None:
    """None of the later words is written while nothing is said by it."""
    drawn = snapshot(
        terms("1000", work="0"),
        [sov(1, "1000", basis=Basis.time_and_materials)],
        time=(entry("1"),),
        rate_card=by_hour("100.00"),
    )
    written = canonical.text({"snapshot": drawn, "figures": drafting.draft(drawn)})
    for word in (
        "project", "overtime", "multiplier", "pay", "minimum_seconds", "minimum_per", "days_before",
        "base_rate", "factor", "covered",
    ):  # fmt: skip
        assert f'"{word}"' not in written
    assert Snapshot.model_validate(drawn.model_dump(mode="json")) == drawn


_rates = st.integers(0, 50_000).map(lambda cents: Decimal(cents).scaleb(-2))
_people = st.sampled_from(["Ada", "Bo"])
_roles = st.none() | st.sampled_from(["Engineer", "Drafter"])
_projects = st.none() | st.sampled_from(["Alpha", "Beta"])
_cards = st.lists(
    st.builds(
        RateRow,
        person=st.none() | _people,
        role=_roles,
        project=_projects,
        overtime=st.none() | st.just("double"),
        rate=_rates,
        effective_from=st.dates(date(2024, 12, 30), date(2025, 1, 5)),
    ),
    max_size=12,
)


@settings(max_examples=300, deadline=None)
@given(_cards, _people, _roles)
def test_without_a_project_the_card_is_as_it_was(rows: list[RateRow], person: str, role: str | None) -> None:
    plain = [row for row in rows if row.project is None and row.overtime is None]
    found = RateCard(rows).find(person, role, DAY)
    assert found == RateCard(plain).find(person, role, DAY)
    for project in ("Alpha", "Beta"):
        of_project = RateCard(rows).find(person, role, DAY, project)
        own = [row for row in rows if row.project == project and row.overtime is None]
        alone = RateCard(own).find(person, role, DAY, project)
        assert of_project == (found if alone is None else alone)


@settings(max_examples=300, deadline=None)
@given(_rates, st.integers(0, 40_000), st.integers(-50_000, 50_000), st.sampled_from([1, 36, 360, 900]))
def test_regular_time_and_premium_come_to_the_overtime(
    rate: Decimal, factor: int, worked_for: int, unit: int
) -> None:
    classes = OvertimeTerms(classes=(agreed("overtime", "factor", str(Decimal(factor).scaleb(-4))),))
    card = RateCard((RateRow(rate=rate, effective_from=DAY),))
    one = worked(1, worked_for)
    rounding = HourRounding(unit_seconds=unit)

    def amount(mark: OvertimeWorked | None) -> Decimal:
        marked = one.model_copy(update={"overtime": mark})
        return price(marked, card, rounding, "USD", classes).amount

    whole = amount(OvertimeWorked(kind="overtime", approved=True))
    parts = amount(None) + amount(OvertimeWorked(kind="overtime", approved=True, premium_only=True))
    assert abs(whole - parts) <= Decimal("0.01")
    assert amount(OvertimeWorked(kind="overtime")) == amount(None)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.integers(-20_000, 30_000), min_size=1, max_size=8),
    st.integers(0, 20_000),
    st.sampled_from([1, 36, 900]),
    st.data(),
)
def test_a_day_comes_to_its_least_time_however_it_is_split(
    times: list[int], least: int, unit: int, data: st.DataObject
) -> None:
    rounding = HourRounding(unit_seconds=unit, minimum_seconds=least, minimum_per=MinimumPer.day)
    card = RateCard(by_hour("100.00"))
    cut = data.draw(st.integers(0, len(times)))
    charged, billed = 0, 0
    for part, first in ((times[:cut], 0), (times[cut:], cut)):
        before = (DayBefore(line_id=LINE, person="Bo", work_date=DAY, seconds=billed),) if billed else ()
        entries = [worked(first + n, each) for n, each in enumerate(part)]
        priced = price_in_order(entries, card, rounding, "USD", None, before)
        charged += sum(each.seconds for each in priced)
        billed += sum(price(each, card, HourRounding(unit_seconds=unit), "USD").seconds for each in entries)
    assert charged == of_a_day(billed, rounding)
    assert abs(charged) >= abs(billed)
    assert (charged == 0) == (billed == 0)
    assert charged in (billed, least, -least)


def test_terms_say_nothing_of_overtime_unless_agreed() -> None:
    assert ContractTerms.model_validate(terms("1").model_dump(mode="json")).overtime is None
