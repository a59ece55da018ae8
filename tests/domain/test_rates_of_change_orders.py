"""A rate agreed by a change order takes over from its first day; what was agreed before stays."""

from datetime import date
from decimal import Decimal

import pytest

from contracts_app.domain.refusals import Refused
from contracts_app.domain.time.rate_card import RateCard, RateRow, require_no_overlap, require_supersedes

FIRST = RateRow(role="Engineer", rate=Decimal("100.00"), effective_from=date(2025, 1, 1))
RAISED = RateRow(role="Engineer", rate=Decimal("110.00"), effective_from=date(2026, 1, 1))


def test_a_later_rate_takes_over() -> None:
    require_supersedes([FIRST], [RAISED])
    card = RateCard([FIRST, RAISED])
    found = [card.find("Sample Engineer", "Engineer", day) for day in (date(2025, 12, 31), date(2026, 1, 1))]
    assert found == [FIRST, RAISED]


def test_two_rates_from_one_day_are_refused() -> None:
    with pytest.raises(Refused, match="already"):
        require_supersedes([FIRST], [FIRST.model_copy(update={"rate": Decimal("99.00")})])


def test_rates_agreed_together_do_not_overlap() -> None:
    with pytest.raises(Refused, match="end the earlier one"):
        require_no_overlap([FIRST, RAISED])
