"""Which part of the work bears which rate, by hand: of 1,000 half at 10 %, to 90 % at 5 %, then nothing."""

from decimal import Decimal

import pytest

from contracts_app.domain.retainage.retainage_explained import _parts
from contracts_app.domain.retainage.retainage_terms import RetainageTerms

TIERS = [{"above": "0.5", "rate_completed": "0.05"}, {"above": "0.9"}]


@pytest.mark.parametrize(
    ("before", "now", "of", "parts"),
    [
        ("0", "400", "1000", {0: "400"}),
        ("400", "500", "1000", {0: "100"}),
        ("500", "600", "1000", {1: "100"}),
        ("400", "950", "1000", {0: "100", 1: "400", 2: "50"}),
        ("900", "1200", "1000", {2: "300"}),  # above 100 % the last tier goes on
        ("600", "400", "1000", {0: "-100", 1: "-100"}),  # work taken back leaves as it came
        ("-50", "50", "1000", {0: "100"}),
        ("-400", "-950", "-1000", {0: "-100", 1: "-400", 2: "-50"}),  # a deduction mirrors an addition
        ("0", "70", "0", {0: "70"}),  # nothing is agreed: no tier is reached
        ("300", "300", "1000", {}),
    ],
)
def test_a_crossing_is_split(before: str, now: str, of: str, parts: dict[int, str]) -> None:
    agreed = RetainageTerms.model_validate({"rate_completed": "0.10", "tiers": {"tiers": TIERS}})
    found = {
        number: part for number, part in _parts(agreed, Decimal(before), Decimal(now), Decimal(of)) if part
    }
    assert found == {number: Decimal(part) for number, part in parts.items()}


def test_a_step_down_bears_one_rate() -> None:
    terms = {"rate_completed": "0.10", "tiers": {"mode": "step_down", "tiers": TIERS}}
    agreed = RetainageTerms.model_validate(terms)
    assert dict(_parts(agreed, Decimal(400), Decimal(600), Decimal(1000))) == {1: 200}
