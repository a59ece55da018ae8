"""The next applications under changed terms; figures worked out by hand."""

from datetime import date
from decimal import Decimal

import pytest
from pydantic import TypeAdapter, ValidationError

from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.milestones import Milestone, MilestoneState
from contracts_app.domain.billing.pay_application import Kind, PreviousCertificate, PreviousLine, as_previous
from contracts_app.domain.billing.projection import ShareOfWork, project
from contracts_app.domain.billing.recurring import RecurringTerms
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.contract import ReceivableArises
from contracts_app.domain.cost_plus.fees import PercentFee
from contracts_app.domain.cost_plus.terms import CostPlusTerms
from contracts_app.domain.funding.advance_terms import AdvanceAgreed
from tests.domain.agreements import decimals, identity, snapshot, sov, terms

TENTH = Decimal("0.10")


def test_each_period_does_its_share_and_the_last_one_what_is_left() -> None:
    base = snapshot(terms("1000", work="0.05"), [sov(1, "1000")], period_to=date(2024, 1, 31))
    found = project(base, Decimal("0.40"), 4)
    assert [one.figures.line4 for one in found] == list(decimals(400, 800, 1000, 1000))
    assert [one.figures.line5 for one in found] == list(decimals(20, 40, 50, 50))
    assert [one.figures.line8 for one in found] == list(decimals(380, 380, 190, 0))
    assert [one.figures.application_no for one in found] == [1, 2, 3, 4]
    assert [one.figures.period_to for one in found] == [
        date(2024, 1, 31),
        date(2024, 2, 29),
        date(2024, 3, 31),
        date(2024, 4, 30),
    ]


def test_dates_and_approvals_follow_the_terms() -> None:
    agreed = terms("1000", work="0", controller_limit=Decimal(100), payment_days=30, certification_days=7)
    (one,) = project(snapshot(agreed, [sov(1, "1000")], period_to=date(2024, 1, 31)), TENTH, 1)
    assert (one.arises_on, one.due_on, one.controller) == (date(2024, 2, 7), date(2024, 3, 8), False)
    at_once = agreed.model_copy(
        update={"receivable_arises": ReceivableArises.submission, "controller_limit": Decimal("99.99")}
    )
    (one,) = project(snapshot(at_once, [sov(1, "1000")], period_to=date(2024, 1, 31)), TENTH, 1)
    assert (one.arises_on, one.due_on, one.controller) == (date(2024, 1, 31), date(2024, 3, 1), True)


def _later() -> Snapshot:
    """Stored material, work already at its end, a deduction, a time line, and milestones."""
    before = PreviousCertificate(
        application_no=1,
        period_to=date(2024, 1, 31),
        line6=Decimal(1250),
        lines=(
            PreviousLine(line_id=identity("line 1"), completed=Decimal(850), stored=Decimal(100)),
            PreviousLine(line_id=identity("line 2"), completed=Decimal(300)),
        ),
    )
    return snapshot(
        terms("3300", work="0", deposit=Decimal(250)),
        [
            sov(1, "1000"),
            sov(2, "300"),
            sov(3, "-200", order="CO-1"),
            sov(4, "1000", basis=Basis.time_and_materials),
            sov(5, "1000", basis=Basis.milestone),
        ],
        number=2,
        period_to=date(2024, 2, 29),
        previous=before,
        milestones=(
            Milestone(
                id=identity("m1"),
                line_id=identity("line 5"),
                title="Concept",
                amount=Decimal(400),
                state=MilestoneState.approved,
            ),
            Milestone(
                id=identity("m2"),
                line_id=identity("line 5"),
                title="Design",
                amount=Decimal(600),
                approved_amount=Decimal(150),
                planned_on=date(2024, 3, 15),
                state=MilestoneState.partly_approved,
            ),
        ),
        deposit_balance=Decimal(250),
    )


def test_every_kind_of_line_goes_on_as_assumed() -> None:
    found = project(_later(), TENTH, 3)
    by_line = [[line.this_period for line in one.figures.lines] for one in found]
    assert by_line == [
        list(decimals(50, 0, -20, 100, 550)),  # 1000 - 850 - 100 stored; 400 approved and 150 in part
        list(decimals(0, 0, -20, 100, 450)),  # the second milestone, planned for 15 March
        list(decimals(0, 0, -20, 100, 0)),
    ]
    assert [one.figures.lines[0].stored for one in found] == list(decimals(100, 100, 100))


def test_a_recurring_fee_bills_what_is_due_whatever_share_is_assumed() -> None:
    fee = RecurringTerms(amount=Decimal(310), anchor=date(2024, 1, 1), starts_on=date(2024, 1, 22))
    line = sov(1, "3000").model_copy(update={"basis": Basis.recurring, "recurring": fee})
    found = project(snapshot(terms("3000", work="0"), [line], period_to=date(2024, 1, 31)), TENTH, 2)
    assert [one.figures.line8 for one in found] == list(decimals(100, 310))  # 10 of 31 days first


def test_a_deposit_pays_until_it_is_used_up() -> None:
    found = project(_later(), TENTH, 2)
    assert [one.figures.line8 for one in found] == list(decimals(680, 530))
    assert [one.figures.deposit_applied for one in found] == list(decimals(250, 0))


@pytest.mark.parametrize("share", ["0", "-0.1", "1.01"])
def test_a_share_of_work_is_a_fraction_of_the_line(share: str) -> None:
    with pytest.raises(ValidationError, match="above 0 and at most 1"):
        TypeAdapter(ShareOfWork).validate_python(share)
    assert TypeAdapter(ShareOfWork).validate_python("1") == 1


def test_an_advance_that_is_not_invoiced_yet_comes_first_and_is_recovered() -> None:
    """200 of 1,000 in advance, a quarter of each application back: 400 less 100, twice, then 200 as it is."""
    agreed = AdvanceAgreed(amount=Decimal(200), rate=Decimal("0.25"))
    base = snapshot(terms("1000", work="0", advance=agreed), [sov(1, "1000")], period_to=date(2024, 1, 31))
    found = project(base, Decimal("0.40"), 3)
    assert [one.figures.line7 for one in found] == list(decimals(200, 500, 800))
    assert [one.figures.line8 for one in found] == list(decimals(300, 300, 200))
    issued = as_previous(draft(base.model_copy(update={"kind": Kind.advance, "application_no": 0})))
    after = base.model_copy(update={"previous": issued})
    assert [one.figures.line8 for one in project(after, Decimal("0.40"), 3)] == list(decimals(300, 300, 200))


def test_a_line_at_cost_goes_on_by_its_share_and_its_costs_are_not_billed_twice() -> None:
    line = sov(1, "1000").model_copy(
        update={
            "basis": Basis.cost_plus,
            "cost_plus": CostPlusTerms(fee=PercentFee(rate=Decimal("0.10"))),
        }
    )
    found = project(snapshot(terms("1000", work="0"), [line], period_to=date(2024, 1, 31)), TENTH, 2)
    assert [one.figures.line8 for one in found] == list(decimals(100, 100))
