"""Rates raised in bulk against docs/SPEC-discounts.md, and what must hold for every rate card."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts_app.domain.refusals import Refused
from contracts_app.domain.time.rate_card import RateCard, RateRow
from contracts_app.domain.time.rate_increase import Increase, StepRounding, begins_later, raised
from tests.domain.worked_tables import Row, cases

PAGE = "SPEC-discounts.md"
DAY = date(2026, 7, 1)


@cases(PAGE, "Raised rates")
def test_raised_rates(row: Row) -> None:
    increase = Increase(
        effective_from=DAY,
        by_rate=Decimal(row["By rate"]) if row["By rate"] else None,
        by_amount=Decimal(row["By amount"]) if row["By amount"] else None,
        step=Decimal(row["Step"]),
        rounding=StepRounding(row["Rounding"]),
    )
    if row["Raised"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            increase.of(Decimal(row["Rate"]))
        assert f"refused {refused.value.code}" == row["Raised"]
    else:
        assert increase.of(Decimal(row["Rate"])) == Decimal(row["Raised"])


def _row(rate: str, begins: date, ends: date | None = None, *, person: str = "", role: str = "") -> RateRow:
    return RateRow(
        person=person or None, role=role or None, rate=Decimal(rate), effective_from=begins, effective_to=ends
    )


JANUARY, DECEMBER = date(2026, 1, 1), date(2026, 12, 31)
CARD = [
    _row("100", JANUARY, role="Engineer"),
    _row("120", JANUARY, DECEMBER, role="Architect"),
    _row("90", date(2025, 1, 1), person="A. Person"),
    _row("95", date(2026, 6, 1), person="A. Person"),
    _row("60", date(2025, 1, 1), DAY, role="Drafter"),
    _row("130", date(2026, 9, 1), role="Engineer"),
]
TEN_PERCENT = Increase(effective_from=DAY, by_rate=Decimal("0.10"))


def test_each_rate_in_force_is_raised_for_as_long_as_it_was_agreed() -> None:
    assert raised(CARD, TEN_PERCENT) == (
        _row("110.00", DAY, role="Engineer"),
        _row("132.00", DAY, DECEMBER, role="Architect"),
        _row("104.50", DAY, person="A. Person"),
    )
    assert begins_later(CARD, TEN_PERCENT) == (CARD[5],)
    card = RateCard([*CARD, *raised(CARD, TEN_PERCENT)])
    priced = [
        (row.rate if row else None)
        for role, on in (
            ("Engineer", date(2026, 6, 30)),
            ("Engineer", DAY),
            ("Engineer", date(2026, 9, 1)),
            ("Architect", DECEMBER),
            ("Drafter", DAY),
        )
        for row in [card.find("B. Person", role, on)]
    ]
    assert priced == [Decimal(100), Decimal("110.00"), Decimal(130), None, None]


def test_a_row_of_that_very_day_does_not_begin_later_and_nothing_has_no_sign() -> None:
    assert begins_later([_row("100", DAY)], TEN_PERCENT) == ()
    gone = Increase(effective_from=DAY, by_rate=Decimal("-1.5"))
    assert str(gone.of(Decimal("0.00"))) == "0.00"


def test_a_rate_card_with_projects_overtime_and_multipliers_rises_as_it_is() -> None:
    labour = _row("50", JANUARY, role="Engineer").model_copy(update={"multiplier": Decimal("2.80")})
    newer = labour.model_copy(update={"multiplier": Decimal("2.90"), "effective_from": date(2026, 3, 1)})
    on_project = _row("160", JANUARY, role="Engineer").model_copy(update={"project": "Bridge"})
    overtime = _row("200", JANUARY, role="Engineer").model_copy(
        update={"overtime": "night", "pay": Decimal(70)}
    )
    added = raised([labour, newer, on_project, overtime], TEN_PERCENT)
    assert [(row.project, row.overtime, row.rate, row.multiplier, row.pay) for row in added] == [
        (None, None, Decimal("55.00"), Decimal("2.90"), None),
        ("Bridge", None, Decimal("176.00"), None, None),
        (None, "night", Decimal("220.00"), None, Decimal(70)),
    ]


def test_an_increase_may_be_for_some_only() -> None:
    engineers = TEN_PERCENT.model_copy(update={"roles": ("Engineer",)})
    assert [row.role for row in raised(CARD, engineers)] == ["Engineer"]
    both = engineers.model_copy(update={"persons": ("A. Person",)})
    assert [(row.person, row.role) for row in raised(CARD, both)] == [(None, "Engineer"), ("A. Person", None)]
    architects = TEN_PERCENT.model_copy(update={"roles": ("Architect",)})
    assert begins_later(CARD, architects) == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"roles": ("Nobody",)}, "no_rate_concerned"),
        ({"effective_from": date(2024, 12, 31)}, "no_rate_concerned"),
        ({"effective_from": JANUARY, "roles": ("Engineer",)}, "rates_overlap"),
        ({"by_rate": Decimal("-1.01")}, "rate_below_zero"),
    ],
)
def test_what_cannot_be_raised_is_refused(change: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as refused:
        raised(CARD, TEN_PERCENT.model_copy(update=change))
    assert refused.value.code == code


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"by_rate": "0.1", "by_amount": "5"},
        {"by_rate": "0.1", "step": "0"},
        {"by_rate": "0.1", "step": "-1"},
    ],
)
def test_an_increase_is_by_a_rate_or_an_amount_to_a_step(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Increase.model_validate({"effective_from": "2026-07-01", **wrong})


_steps = st.sampled_from([Decimal(text) for text in ("0.01", "0.05", "0.25", "1", "5")])


@given(
    st.integers(0, 10**6),
    st.integers(-9999, 20000),
    _steps,
    st.sampled_from(StepRounding),
)
def test_a_raised_rate_is_on_the_step_and_within_one_of_exact(
    cents: int, change: int, step: Decimal, rounding: StepRounding
) -> None:
    rate, by_rate = Decimal(cents).scaleb(-2), Decimal(change).scaleb(-4)
    increase = Increase(effective_from=DAY, by_rate=by_rate, step=step, rounding=rounding)
    found, exact = increase.of(rate), rate * (1 + by_rate)
    assert found % step == 0
    away = found - exact
    if rounding is StepRounding.nearest:
        assert -step / 2 < away <= step / 2
    elif rounding is StepRounding.up:
        assert 0 <= away < step
    else:
        assert -step < away <= 0


@given(
    st.lists(
        st.tuples(st.sampled_from(["Engineer", "Architect", ""]), st.integers(0, 700), st.integers(0, 400)),
        min_size=1,
        max_size=8,
        unique_by=lambda row: row[:2],
    ),
    st.integers(0, 700),
    st.integers(0, 900),
)
def test_work_before_the_day_keeps_its_price(rows: list[tuple[str, int, int]], day: int, worked: int) -> None:
    start = date(2025, 1, 1)
    card = [
        _row("100", start + timedelta(days=begin), start + timedelta(days=begin + 1 + last), role=role)
        for role, begin, last in rows
    ]
    increase = Increase(effective_from=start + timedelta(days=day), by_rate=Decimal("0.10"))
    in_force = [row for row in card if row.covers(increase.effective_from)]
    if not in_force or any(row.effective_from == increase.effective_from for row in in_force):
        return
    added = raised(card, increase)
    on = start + timedelta(days=worked)
    before = RateCard(card).find("A. Person", "Engineer", on)
    after = RateCard([*card, *added]).find("A. Person", "Engineer", on)
    if on < increase.effective_from:
        assert after == before
    # Nobody gains or loses a price by an increase: only what it is changes.
    assert (after is None) == (before is None)
    assert after is None or after.rate in (Decimal(100), Decimal(110))
