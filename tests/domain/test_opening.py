"""Openings: what the first application starts from, and what it could not start from."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from contracts_app.domain.billing.opening import OpenedLine, Opening, as_previous, require_sound
from contracts_app.domain.billing.schedule_of_values import Basis, SovLine
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.refusals import Refused

FIRST, SECOND = UUID(int=1), UUID(int=2)
TERMS = ContractTerms(currency="USD", original_sum=Decimal(600), contract_date=date(2024, 1, 1))
TODAY = date(2025, 1, 1)


def line(line_id: UUID, value: str, **more: Any) -> SovLine:
    known = {"item_no": str(line_id.int), "position": line_id.int, "description": "Work", **more}
    return SovLine(id=line_id, scheduled_value=Decimal(value), **known)


SCHEDULE = (line(FIRST, "1000"), line(SECOND, "-400", change_order="CO-1"))


def opening(number: int = 3, period_to: date = date(2024, 6, 30), **first: str) -> Opening:
    amounts = {"completed": "500", "stored": "100", "withheld": "60", **first}
    of_first = OpenedLine(line_id=FIRST, **{name: Decimal(one) for name, one in amounts.items()})
    credit = OpenedLine(line_id=SECOND, completed=Decimal(-200), withheld=Decimal(-20))
    return Opening(application_no=number, period_to=period_to, lines=(of_first, credit))


def test_the_first_application_sees_it_as_its_prior_certificate() -> None:
    """Line 4 = 500 + 100 - 200 = 400; held 60 - 20 = 40; line 6 = 360."""
    known = opening()
    require_sound(known, SCHEDULE, TERMS, TODAY)
    assert (known.line4, known.held, known.line6) == (Decimal(400), Decimal(40), Decimal(360))
    before = as_previous(known, remembers=True)
    assert (before.application_no, before.line6) == (3, Decimal(360))
    assert [(one.completed, one.stored, one.withheld) for one in before.lines] == [
        (Decimal(500), Decimal(100), Decimal(60)),
        (Decimal(-200), Decimal(0), Decimal(-20)),
    ]
    assert {one.withheld for one in as_previous(known, remembers=False).lines} == {None}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"number": 0}, "opening_number"),
        ({"period_to": date(2023, 12, 31)}, "opening_date"),
        ({"period_to": date(2025, 1, 2)}, "opening_date"),
        ({"completed": "901"}, "opening_above_value"),
        ({"completed": "-101"}, "opening_above_value"),
        ({"withheld": "600.01"}, "opening_retainage"),
        ({"withheld": "-0.01"}, "opening_retainage"),
        ({"completed": "500.001"}, "too_many_decimals"),
        ({"completed": "50", "stored": "0", "withheld": "0"}, "opening_below_zero"),
    ],
)
def test_what_it_could_not_start_from_is_refused(wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        require_sound(opening(**wrong), SCHEDULE, TERMS, TODAY)
    assert refused.value.code == code


def test_a_line_by_milestones_takes_none() -> None:
    by_time = (line(FIRST, "1000", basis=Basis.time_and_materials), SCHEDULE[1])
    require_sound(opening(), by_time, TERMS, TODAY)
    by_milestones = (line(FIRST, "1000", basis=Basis.milestone), SCHEDULE[1])
    with pytest.raises(Refused) as refused:
        require_sound(opening(), by_milestones, TERMS, TODAY)
    assert refused.value.code == "opening_of_this_basis"


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"advance": {"amount": "100.00", "rate": "0.25"}}, "opening_with_advance"),
        (
            {
                "caps": [{"name": "design", "amount": "100.00"}],
                "certified_by_client": False,
                "receivable_arises": "submission",
            },
            "opening_under_limits",
        ),
    ],
)
def test_a_contract_with_an_advance_or_limits_takes_no_opening(terms: dict[str, Any], code: str) -> None:
    agreed = ContractTerms.model_validate({**TERMS.model_dump(), **terms})
    with pytest.raises(Refused) as refused:
        require_sound(opening(), SCHEDULE, agreed, TODAY)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "first",
    [
        {"completed": "900"},
        {"withheld": "0"},
        {"completed": "300", "stored": "0", "withheld": "0"},
        {"number": 1},
        {"number": 9998},
        {"period_to": TERMS.contract_date},
        {"period_to": TODAY},
    ],
)
def test_it_may_stand_at_either_end_of_what_is_possible(first: dict[str, Any]) -> None:
    require_sound(opening(**first), SCHEDULE, TERMS, TODAY)


def test_a_line_that_is_not_begun_stands_at_nothing() -> None:
    nothing = Opening(
        application_no=1, period_to=TODAY, lines=(OpenedLine(line_id=FIRST), OpenedLine(line_id=SECOND))
    )
    require_sound(nothing, SCHEDULE, TERMS, TODAY)
