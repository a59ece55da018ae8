"""An approval that waits: the worked rows of docs/SPEC-approvals.md, and business days."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from contracts_app.domain.approving import reminding
from contracts_app.domain.approving.policy import ApprovalPolicy
from contracts_app.domain.business_days import BusinessDays
from tests.domain.worked_tables import Row, cases, listed

EASTER = BusinessDays(frozenset({date(2024, 3, 29), date(2024, 4, 1)}))
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@cases("SPEC-approvals.md", "An approval that waits")
def test_somebody_is_written_to_when_the_policy_says_so(row: Row) -> None:
    told = reminding.clock(
        ApprovalPolicy(remind_after=2, escalate_after=4),
        date.fromisoformat(row["Since"]),
        date.fromisoformat(row["Today"]),
        listed(row["Told before"]),
        EASTER,
    )
    assert (told.letter or "-", str(told.next_on or "-")) == (row["Letter"], row["Next"])


@given(since=DAYS, days=st.integers(1, 30), holidays=st.frozensets(DAYS, max_size=20))
def test_so_many_business_days_lie_between(since: date, days: int, holidays: frozenset[date]) -> None:
    calendar = BusinessDays(holidays)
    then = calendar.after(since, days)
    between = [since + timedelta(days=n) for n in range(1, (then - since).days + 1)]
    assert calendar.works_on(then)
    assert sum(calendar.works_on(day) for day in between) == days


def test_a_policy_that_wants_nobody_written_to() -> None:
    told = reminding.clock(ApprovalPolicy(), date(2024, 3, 1), date(2024, 5, 1), (), BusinessDays())
    assert told == reminding.Clock(None, None)
