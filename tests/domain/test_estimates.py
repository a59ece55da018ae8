"""Estimates at completion as reports of a day find them, worked by hand (docs/SPEC-work-in-progress.md)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts_app.domain.refusals import Refused
from contracts_app.domain.reports.estimates import (
    Billed,
    CostEstimate,
    Recorded,
    Spent,
    in_force_on,
    job_on,
    month_before,
    position_on,
)
from contracts_app.domain.reports.wip_schedule import Reported, Split
from contracts_app.domain.reports.work_in_progress import Costs, Quantities
from tests.domain.agreements import decimals, executed, terms

MARCH, JUNE, JULY = date(2024, 3, 31), date(2024, 6, 30), date(2024, 7, 31)
YEAR_END = date(2024, 12, 31)


def estimate(as_of: date, at_completion: str, **more: Any) -> CostEstimate:
    figures = {name: Decimal(value) if isinstance(value, str) else value for name, value in more.items()}
    return CostEstimate(as_of=as_of, at_completion=Decimal(at_completion), **figures)


def recorded(*estimates: CostEstimate, **more: Any) -> Recorded:
    """A price of 1,000; 100 of cost each in March, June and July; two applications billed."""
    spent = tuple(Spent(on=day, amount=Decimal(100)) for day in (MARCH, JUNE, JULY))
    billed = (
        Billed(since=date(2024, 4, 5), application_no=1, gross=Decimal(250), retainage=Decimal(25)),
        Billed(since=date(2024, 7, 5), application_no=2, gross=Decimal(600), retainage=Decimal(60)),
    )
    return Recorded(
        **{"number": "C-1", "terms": terms("1000"), "estimates": estimates, "spent": spent, "billed": billed}
        | more
    )


def test_costs_are_those_recorded_or_those_typed() -> None:
    known = estimate(JUNE, "500", uninstalled="20", wasted="5")
    assert known.costs(Decimal(200), "USD") == Costs(
        to_date=Decimal(200), to_complete=Decimal(300), uninstalled=Decimal(20), wasted=Decimal(5)
    )
    typed = estimate(JUNE, "500", to_date="450")
    assert typed.costs(Decimal(200), "USD") == Costs(to_date=Decimal(450), to_complete=Decimal(50))


def test_cost_beyond_the_estimate_leaves_nothing_to_complete() -> None:
    assert estimate(JUNE, "500").costs(Decimal(501), "USD").to_complete == 0


def test_parts_are_at_most_the_cost_they_are_parts_of() -> None:
    known = estimate(JUNE, "500", uninstalled="150", wasted="50")
    assert known.costs(Decimal(200), "USD").to_date == 200
    with pytest.raises(Refused) as refused:
        known.costs(Decimal("199.99"), "USD")
    assert refused.value.code == "parts_above_cost"
    assert refused.value.sentence == (
        "Uninstalled material and waste come to 200.00 USD, above the cost to date, 199.99 USD: enter the "
        "estimate again."
    )
    assert estimate(JUNE, "500").costs(Decimal(0), "USD").to_date == 0
    with pytest.raises(Refused):
        estimate(JUNE, "500").costs(Decimal("-0.01"), "USD")


def test_the_estimate_in_force_is_the_latest_of_its_day() -> None:
    first, second, third = estimate(MARCH, "500"), estimate(JUNE, "600"), estimate(JUNE, "700")
    late_in = estimate(MARCH, "900")
    known = (second, first, third, late_in)
    assert in_force_on(known, date(2024, 3, 30)) is None
    assert in_force_on(known, MARCH) == late_in
    assert in_force_on(known, JUNE) == third
    assert in_force_on((), JUNE) is None


def test_a_position_counts_what_stood_on_its_day() -> None:
    known = recorded(estimate(MARCH, "500"), change_orders=(executed("CO-1", "10", MARCH),))
    found = position_on(known, JUNE)
    assert found is not None
    assert (found.number, found.original_sum, len(found.change_orders)) == ("C-1", Decimal(1000), 1)
    assert found.costs == Costs(to_date=Decimal(200), to_complete=Decimal(300))
    assert (found.billed, found.retainage_held) == (Decimal(250), Decimal(25))
    later = position_on(known, date(2024, 7, 5))
    assert later is not None
    assert (later.billed, later.retainage_held) == (Decimal(600), Decimal(60))
    first = position_on(known, MARCH)
    assert first is not None
    assert (first.costs.to_date, first.billed, first.retainage_held) == decimals("100", "0", "0")
    assert position_on(known, date(2024, 3, 30)) is None


def test_of_one_application_the_revision_that_stands_last_counts() -> None:
    known = recorded(
        estimate(MARCH, "500"),
        billed=(
            Billed(since=date(2024, 5, 2), application_no=1, gross=Decimal(240), retainage=Decimal(24)),
            Billed(since=date(2024, 4, 5), application_no=1, gross=Decimal(250), retainage=Decimal(25)),
        ),
    )
    found = position_on(known, JUNE)
    assert found is not None
    assert found.billed == Decimal(240)


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (JULY, JUNE),
        (date(2024, 7, 1), JUNE),
        (date(2024, 3, 1), date(2024, 2, 29)),
        (date(2025, 1, 15), YEAR_END),
    ],
)
def test_the_month_before(day: date, before: date) -> None:
    assert month_before(day) == before


def test_a_job_knows_the_reports_of_the_month_and_of_the_year_before() -> None:
    """To 30 June: 200 of 500 are spent, 40 % of 1,000 = 400 earned, gross profit 200 of 500 in all.

    To 31 July the estimate is 600: 300 of 600 are spent."""
    known = recorded(estimate(MARCH, "500"), estimate(JULY, "600"))
    found = job_on(known, JULY)
    assert found is not None
    assert found.position.costs == Costs(to_date=Decimal(300), to_complete=Decimal(300))
    assert found.last_report == Reported(
        estimated_gross_profit=Decimal(500),
        to_date=Split(earned=Decimal(400), cost=Decimal(200), gross_profit=Decimal(200)),
        done=Decimal(200),
    )
    assert found.year_end is None
    next_year = job_on(known, date(2025, 7, 31))
    assert next_year is not None
    assert next_year.year_end == Reported(
        estimated_gross_profit=Decimal(400),
        to_date=Split(earned=Decimal(500), cost=Decimal(300), gross_profit=Decimal(200)),
        done=Decimal(300),
    )
    assert job_on(known, date(2024, 3, 30)) is None


def test_the_report_before_counts_the_change_orders_of_its_day() -> None:
    """Of a price of 1,100 two fifths are earned by the end of June, at a cost of 200."""
    orders = (executed("CO-1", "100", MARCH), executed("CO-2", "50", JULY))
    found = job_on(recorded(estimate(MARCH, "500"), change_orders=orders), JULY)
    assert found is not None
    assert found.last_report is not None
    assert found.last_report.estimated_gross_profit == Decimal(600)
    assert found.last_report.to_date == Split(
        earned=Decimal(440), cost=Decimal(200), gross_profit=Decimal(240)
    )


def test_uninstalled_material_of_the_report_before_is_known() -> None:
    found = job_on(recorded(estimate(JUNE, "500", uninstalled="50")), JULY)
    assert found is not None
    assert found.last_report is not None
    assert found.last_report.uninstalled == Decimal(50)
    # (200 − 50) of (500 − 50) are done.
    assert found.last_report.done == Decimal(150)


def test_what_was_measured_otherwise_cannot_be_compared() -> None:
    hours = Quantities(by="labour_hours", done=Decimal(30), whole=Decimal(100))
    units = Quantities(by="units", done=Decimal(3), whole=Decimal(10))
    for then, now, done in (
        (hours, hours, Decimal(30)),
        (hours, units, None),
        (units, hours, None),
    ):
        known = recorded(estimate(JUNE, "500", measure=then), estimate(JULY, "500", measure=now))
        found = job_on(known, JULY)
        assert found is not None
        assert found.last_report is not None
        assert found.last_report.done == done
    by_cost = recorded(estimate(JUNE, "500"), estimate(JULY, "500", measure=hours))
    found = job_on(by_cost, JULY)
    assert found is not None
    assert found.last_report is not None
    assert found.last_report.done is None


def test_a_report_that_never_added_up_said_nothing() -> None:
    """Waste of 250 is more than the 200 spent by the end of June; by July 300 are spent."""
    found = job_on(recorded(estimate(JUNE, "500", wasted="250")), JULY)
    assert found is not None
    assert found.last_report is None
