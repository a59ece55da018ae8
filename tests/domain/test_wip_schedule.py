"""The schedule, changed estimates, and what holds for any schedule: SPEC-work-in-progress."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import groupby

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts_app.domain.money import ZERO, less, total
from contracts_app.domain.refusals import Refused
from contracts_app.domain.reports.wip_schedule import Job, Reported, Split, WipRow, WipSchedule, schedule
from contracts_app.domain.reports.work_in_progress import (
    Costs,
    CostToCost,
    MilestonesAchieved,
    Position,
    Quantities,
    Standing,
    Surveyed,
    UnpricedChange,
    WeighedMilestone,
)
from tests.domain.agreements import executed
from tests.domain.worked_tables import Row, rows

PAGE = "SPEC-work-in-progress.md"
ON = date(2025, 6, 30)


def figure(cell: str) -> Decimal | None:
    return None if cell == "-" else Decimal(cell)


def reported(row: WipRow, position: Position) -> Reported:
    """The row as the next report knows it."""
    costs = position.costs
    now = row.now
    return Reported(
        estimated_gross_profit=now.estimated_gross_profit,
        to_date=Split(earned=now.earned, cost=now.cost_to_date, gross_profit=now.gross_profit),
        done=less(costs.to_date, costs.uninstalled, costs.wasted),
        uninstalled=costs.uninstalled,
    )


def _lives() -> list[list[Row]]:
    table = rows(PAGE, "Changed estimates")
    return [list(group) for _, group in groupby(table, key=lambda row: row["Contract"])]


@pytest.mark.parametrize("life", _lives(), ids=lambda life: life[0]["Contract"])
def test_changed_estimates(life: list[Row]) -> None:
    last: Reported | None = None
    for row in life:
        position = Position(
            number=row["Contract"],
            original_sum=Decimal(row["Price"]),
            costs=Costs(to_date=Decimal(row["Cost to date"]), to_complete=Decimal(row["To complete"])),
            billed=ZERO,
        )
        (shown,) = schedule([Job(position=position, last_report=last, year_end=last)], ON, "USD").rows
        assert (shown.now.earned, shown.now.gross_profit) == (
            Decimal(row["Earned"]),
            Decimal(row["Gross profit"]),
        )
        assert shown.this_year.gross_profit == Decimal(row["This period"])
        assert (shown.gain, shown.caught_up) == (figure(row["Gain"]), figure(row["Caught up"]))
        assert shown.prior_years == (last.to_date if last else Split())
        assert shown.this_year.cost == position.costs.to_date - (last.to_date.cost if last else 0)
        last = reported(shown, position)


def four_jobs() -> tuple[list[Row], WipSchedule]:
    table = rows(PAGE, "The schedule")
    jobs = [
        Job(
            position=Position(
                number=row["Number"],
                original_sum=Decimal(row["Price"]),
                costs=Costs(
                    to_date=Decimal(row["Cost to date"]),
                    to_complete=Decimal(row["Estimated cost"]) - Decimal(row["Cost to date"]),
                ),
                billed=Decimal(row["Billed"]),
            )
        )
        for row in table[:-1]
    ]
    return table, schedule(jobs, ON, "USD")


FIELDS = {
    "Price": "price",
    "Estimated cost": "estimated_cost",
    "Cost to date": "cost_to_date",
    "Billed": "billed",
    "Earned": "earned",
    "Gross profit": "gross_profit",
    "Underbilled": "underbilled",
    "Overbilled": "overbilled",
    "Backlog": "backlog",
}


def test_the_schedule() -> None:
    table, shown = four_jobs()
    assert [row.now.number for row in shown.rows] == [row["Number"] for row in table[:-1]]
    for row, line in zip(table, [*(row.now for row in shown.rows), shown.totals], strict=True):
        told = {column: getattr(line, field) for column, field in FIELDS.items()}
        assert told == {column: Decimal(row[column]) for column in FIELDS}, row["Number"]
    assert table[-1]["Number"] == "Totals"
    # 81,321.00 − 63,773.00 = 17,548.00; of 81,321.00 that is 0.21578682013256
    assert shown.totals.margin == Decimal("0.215786820133")
    assert (shown.totals.gain, shown.totals.prior_years) == (ZERO, Split())
    assert shown.totals.this_year == Split(
        earned=Decimal("58152.15"), cost=Decimal("45401.00"), gross_profit=Decimal("12751.15")
    )


def job(number: str, price: str, to_date: str, to_complete: str, **more: object) -> Job:
    return Job.model_validate(
        {
            "position": {
                "number": number,
                "original_sum": price,
                "costs": {"to_date": to_date, "to_complete": to_complete},
                "billed": "0",
            },
            **more,
        }
    )


def test_nothing_to_show() -> None:
    shown = schedule([], ON, "USD")
    assert (shown.rows, shown.totals.price, shown.totals.margin) == ((), ZERO, None)
    (row,) = schedule([job("A", "0", "0", "0")], ON, "USD").rows
    assert (row.now.complete, row.now.standing, row.gain, row.caught_up) == (None, Standing.even, None, None)


def test_a_contract_stands_in_the_schedule_once() -> None:
    with pytest.raises(Refused) as refused:
        schedule([job("A", "1", "1", "1"), job("B", "1", "1", "1"), job("A", "2", "1", "1")], ON, "USD")
    assert refused.value.code == "contract_twice"


def test_more_digits_than_an_amount_has_are_refused() -> None:
    most = "99999999999999"
    schedule([job("A", most, "0", "1")], ON, "USD")
    with pytest.raises(Refused) as refused:
        schedule([job("A", most, "0", "1"), job("B", "1", "0", "1")], ON, "USD")
    assert refused.value.code == "amount_too_large"


@pytest.mark.parametrize("field", ["earned", "cost", "gross_profit", "estimated_gross_profit", "uninstalled"])
@pytest.mark.parametrize("which", ["last_report", "year_end"])
def test_earlier_reports_keep_to_the_currency(which: str, field: str) -> None:
    plain = {"earned": "1", "cost": "1", "gross_profit": "0"}
    known: dict[str, object] = {"estimated_gross_profit": "1", "to_date": plain}
    known = known | ({"to_date": plain | {field: "0.001"}} if field in plain else {field: "0.001"})
    with pytest.raises(Refused) as refused:
        schedule([job("A", "10", "1", "1", **{which: known})], ON, "USD")
    assert refused.value.code == "too_many_decimals"


def test_gain_and_catching_up_need_to_know_what_was_said() -> None:
    before = {"estimated_gross_profit": "50", "to_date": {"earned": "60"}}
    (row,) = schedule([job("A", "100", "40", "40", last_report=before)], ON, "USD").rows
    assert (row.gain, row.caught_up) == (Decimal(-30), None)
    assert row.this_year.earned == row.now.earned == 50  # the year has no other report
    (row,) = schedule([job("A", "100", "40", "40", year_end=before)], ON, "USD").rows
    assert (row.gain, row.caught_up, row.this_year.earned) == (None, None, Decimal(-10))
    without = before | {"done": "20"}
    (row,) = schedule([job("A", "100", "40", "40", last_report=without)], ON, "USD").rows
    assert row.caught_up == Decimal(-35)  # a quarter of 100, and no material, where 60 was reported
    at_cost = before | {"done": "20", "uninstalled": "10"}
    (row,) = schedule([job("A", "100", "40", "40", last_report=at_cost)], ON, "USD").rows
    # 10 at cost and 20 / 80 of 90: 32.50, where 60 was reported
    assert row.caught_up == Decimal("-27.50")


_cents = st.integers(0, 10**9).map(lambda cents: Decimal(cents).scaleb(-2))
_signed = st.integers(-(10**8), 10**8).map(lambda cents: Decimal(cents).scaleb(-2))


@st.composite
def _costs(draw: st.DrawFn) -> Costs:
    uninstalled, wasted, other = draw(_cents), draw(_cents | st.just(ZERO)), draw(_cents)
    return Costs(
        to_date=total((uninstalled, wasted, other)),
        to_complete=draw(_cents | st.just(ZERO)),
        uninstalled=uninstalled,
        wasted=wasted,
    )


@st.composite
def _quantities(draw: st.DrawFn) -> Quantities:
    whole = draw(st.integers(0, 10**6))
    done = draw(st.integers(0, whole))
    return Quantities(
        by=draw(st.sampled_from(["units", "labour_hours"])), done=Decimal(done), whole=Decimal(whole)
    )


_milestones = st.lists(
    st.builds(WeighedMilestone, weight=_cents, achieved=st.booleans()), min_size=1, max_size=5
)
_measures = (
    st.just(CostToCost())
    | _quantities()
    | _milestones.map(lambda known: MilestonesAchieved(by="milestones", milestones=tuple(known)))
    | st.decimals(0, 1, places=4).map(lambda part: Surveyed(by="physical", complete=part))
)


@st.composite
def _position(draw: st.DrawFn, number: str = "A") -> Position:
    estimated = draw(_signed)
    return Position(
        number=number,
        original_sum=total((draw(_cents), Decimal(2 * 10**6))),  # no change below makes it negative
        change_orders=(executed("CO-1", draw(_signed), draw(st.dates(date(2025, 6, 1), date(2025, 7, 31)))),),
        unpriced=(
            UnpricedChange(
                number="claim",
                estimated=estimated,
                enforceable=draw(st.booleans()),
                constrained_to=max(estimated, ZERO) / 2 if draw(st.booleans()) else ZERO,
            ),
        )
        if estimated % 2 == 0
        else (),
        measure=draw(_measures),
        costs=draw(_costs()),
        billed=draw(_signed),
        retainage_held=draw(_cents),
    )


_known = st.none() | st.builds(
    Reported,
    estimated_gross_profit=_signed,
    to_date=st.builds(Split, earned=_signed, cost=_signed, gross_profit=_signed),
    done=st.none() | _cents,
)


@st.composite
def _jobs(draw: st.DrawFn) -> list[Job]:
    return [
        Job(position=draw(_position(f"C-{number}")), last_report=draw(_known), year_end=draw(_known))
        for number in range(draw(st.integers(0, 4)))
    ]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_jobs())
def test_totals_tie_and_net_nothing(jobs: list[Job]) -> None:
    shown = schedule(jobs, ON, "USD")
    totals = shown.totals
    for name in (
        *FIELDS.values(),
        "original_sum",
        "change_orders",
        "unpriced",
        "pending",
        "estimated_gross_profit",
        "provision",
        "retainage_held",
    ):
        assert getattr(totals, name) == sum((getattr(row.now, name) for row in shown.rows), ZERO), name
    for split in ("prior_years", "this_year"):
        for name in ("earned", "cost", "gross_profit"):
            assert getattr(getattr(totals, split), name) == sum(
                (getattr(getattr(row, split), name) for row in shown.rows), ZERO
            )
    assert totals.gain == sum((row.gain for row in shown.rows if row.gain is not None), ZERO)
    assert totals.backlog + totals.earned == totals.price
    for row, given_job in zip(shown.rows, jobs, strict=True):
        now = row.now
        assert now.backlog + now.earned == now.price
        assert min(now.underbilled, now.overbilled) == 0
        assert now.underbilled - now.overbilled == now.earned - given_job.position.billed
        assert (now.standing is Standing.even) == (now.earned == now.billed)
        assert (now.underbilled > 0) == (now.standing is Standing.underbilled)
        assert totals.underbilled >= now.underbilled
        assert totals.overbilled >= now.overbilled
        assert row.prior_years.earned + row.this_year.earned == now.earned
        assert row.prior_years.cost + row.this_year.cost == now.cost_to_date
        assert row.prior_years.gross_profit + row.this_year.gross_profit == now.gross_profit
    assert totals.underbilled - totals.overbilled == totals.earned - totals.billed
    assert schedule(jobs[::-1], ON, "USD").totals == totals


@settings(max_examples=300, deadline=None)
@given(_position())
def test_a_loss_is_recognised_whole(position: Position) -> None:
    (row,) = schedule([Job(position=position)], ON, "USD").rows
    now = row.now
    outcome = now.price - now.estimated_cost
    assert now.provision >= 0
    assert now.gross_profit == now.earned - now.cost_to_date - now.provision
    if outcome >= 0:
        assert now.provision == 0
    else:
        assert now.gross_profit <= outcome
        if isinstance(position.measure, CostToCost) and not position.costs.wasted:
            assert abs(now.gross_profit - outcome) <= Decimal("0.01")
            if now.provision:
                assert now.gross_profit == outcome
    assert 0 <= now.earned <= now.price


@settings(max_examples=200, deadline=None)
@given(_position())
def test_a_finished_contract_earned_its_price(position: Position) -> None:
    costs = position.costs.model_copy(update={"to_complete": ZERO, "uninstalled": ZERO, "wasted": ZERO})
    done = position.model_copy(update={"measure": CostToCost(), "costs": costs})
    (row,) = schedule([Job(position=done)], ON, "USD").rows
    if costs.to_date:
        assert (row.now.earned, row.now.backlog) == (row.now.price, ZERO)
        assert row.now.gross_profit == row.now.price - costs.to_date


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_position(), min_size=1, max_size=6))
def test_periods_telescope_whatever_the_estimates(reports: list[Position]) -> None:
    last: Reported | None = None
    shown: list[WipRow] = []
    for position in reports:
        (row,) = schedule([Job(position=position, last_report=last, year_end=last)], ON, "USD").rows
        shown.append(row)
        last = reported(row, position).model_copy(update={"done": None})
    now = shown[-1].now
    assert total(each.this_year.earned for each in shown) == now.earned
    assert total(each.this_year.cost for each in shown) == now.cost_to_date
    assert total(each.this_year.gross_profit for each in shown) == now.gross_profit
    assert all(each.caught_up is None for each in shown)
