"""What is told to somebody who approved a draft that was changed since: each figure before and after."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from contracts_app.domain.approving.changed import Changed, changes
from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.snapshot import Snapshot
from tests.domain.agreements import claims, executed, snapshot, sov, terms

LINES = (sov(1, 6000), sov(2, 4000))
APPROVED = snapshot(terms(10000), LINES, claims({1: (1000, 0), 2: (500, 0)}))


def since(now: Snapshot) -> list[tuple[str, str, object, object]]:
    found = changes(APPROVED, draft(APPROVED), now, draft(now))
    return [(one.item_no, one.label, one.before, one.after) for one in found]


def test_each_figure_of_the_whole_and_of_its_lines_is_told_before_and_after() -> None:
    """Line 1 claims 400.00 more and 100.00 of stored material; 10 % of both is held. By hand."""
    now = snapshot(terms(10000), LINES, claims({1: (1400, 100), 2: (500, 0)}), period_to=date(2024, 4, 30))
    assert since(now) == [
        ("", "period to", "2024-04-14", "2024-04-30"),
        ("", "completed and stored to date", Decimal(1500), Decimal(2000)),
        ("", "retainage", Decimal(150), Decimal(200)),
        ("", "current payment due", Decimal(1350), Decimal(1800)),
        ("1", "this period", Decimal(1000), Decimal(1400)),
        ("1", "stored", Decimal(0), Decimal(100)),
        ("1", "retainage", Decimal(100), Decimal(150)),
    ]


def test_a_line_that_came_or_went_is_told_with_what_it_claims() -> None:
    order = executed("CO-1", 500, date(2024, 4, 2))
    with_order = snapshot(
        terms(10000),
        (*LINES, sov(3, 500, order="CO-1")),
        claims({1: (1000, 0), 2: (500, 0)}),
        change_orders=(order,),
    )
    assert since(with_order) == [
        ("", "contract sum to date", Decimal(10000), Decimal(10500)),
        ("3", "new line, to date", None, Decimal(0)),
        ("", "change orders changed", None, None),
    ]
    back = changes(with_order, draft(with_order), APPROVED, draft(APPROVED))
    assert Changed("3", "line left out, to date", Decimal(0)) in back


def test_what_changes_no_figure_is_told_and_a_new_submission_alone_is_not() -> None:
    longer = snapshot(terms(10000, payment_days=45), LINES, claims({1: (1000, 0), 2: (500, 0)}))
    assert since(longer) == [("", "the terms of the contract changed", None, None)]
    assert since(APPROVED.model_copy(update={"submission": 2})) == []
