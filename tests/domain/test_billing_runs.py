"""Billing runs: which period of a contract a run drafts, and what is said of each contract."""

from datetime import date
from decimal import Decimal

import pytest

from contracts_app.domain.billing.billing_runs import (
    NOTHING_TO_BILL,
    RunOutcome,
    claims_nothing,
    judged,
    period_of,
)
from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.refusals import wrong_content
from tests.domain.agreements import claims, snapshot, sov, terms
from tests.domain.under_a_cap import HOUR, row_of, worked


@pytest.mark.parametrize(
    ("cut_off_day", "run_to", "ends"),
    [
        (31, date(2024, 5, 31), date(2024, 5, 31)),
        (31, date(2024, 5, 30), date(2024, 4, 30)),
        (25, date(2024, 5, 25), date(2024, 5, 25)),
        (25, date(2024, 5, 24), date(2024, 4, 25)),
        (25, date(2024, 5, 31), date(2024, 5, 25)),
        (31, date(2024, 1, 15), date(2023, 12, 31)),
        (31, date(2024, 12, 30), date(2024, 11, 30)),
        (31, date(2024, 3, 30), date(2024, 2, 29)),
        (30, date(2024, 2, 29), date(2024, 2, 29)),
        (1, date(2024, 2, 1), date(2024, 2, 1)),
    ],
)
def test_a_run_drafts_the_last_period_that_has_ended(cut_off_day: int, run_to: date, ends: date) -> None:
    assert period_of(cut_off_day, run_to) == ends


def _claiming(work: str) -> Snapshot:
    return snapshot(
        terms("1000", work="0"), [sov(1, "600"), sov(2, "400")], claims({1: (0, 0), 2: (work, 0)})
    )


def test_a_draft_is_kept_where_anything_is_claimed() -> None:
    made = _claiming("0.01")
    assert judged(made, draft(made)) == (RunOutcome.drafted, "")


def test_a_draft_that_claims_nothing_is_not_kept() -> None:
    made = _claiming("0")
    assert claims_nothing(made, draft(made))
    assert judged(made, draft(made)) == (RunOutcome.nothing_to_bill, NOTHING_TO_BILL)


def test_work_that_comes_to_nothing_is_still_claimed() -> None:
    """Two lines that cancel out: the sum due is zero, the lines are not."""
    made = snapshot(
        terms("1000", work="0"), [sov(1, "600"), sov(2, "400")], claims({1: (100, 0), 2: (-100, 0)})
    )
    assert draft(made).line8 == 0
    assert judged(made, draft(made)) == (RunOutcome.drafted, "")


def test_stored_material_is_claimed() -> None:
    made = snapshot(terms("1000", work="0"), [sov(1, "1000")], claims({1: (0, 250)}))
    assert draft(made).line8 == Decimal(250)
    assert judged(made, draft(made))[0] is RunOutcome.drafted


def test_time_at_a_rate_of_nothing_is_claimed() -> None:
    made = snapshot(
        terms("1000", work="0"),
        [sov(1, "1000", basis=Basis.time_and_materials)],
        time=(worked(1, HOUR),),
        rate_card=(row_of("0", "2024-01-01"),),
    )
    assert draft(made).line8 == 0
    assert judged(made, draft(made))[0] is RunOutcome.drafted


def test_a_period_billed_already_is_nothing_to_bill_and_any_other_refusal_blocks() -> None:
    billed = wrong_content("period_already_billed", "The period is billed.")
    assert judged(billed, None) == (RunOutcome.nothing_to_bill, "The period is billed.")
    blocked = wrong_content("no_rate", "There is no rate.")
    assert judged(blocked, None) == (RunOutcome.blocked, "There is no rate.")
