"""Discounts agreed on a contract's invoices, worked by hand (docs/SPEC-discounts.md), and invoices that bear
discounts and no tax."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.pay_application import PreviousCertificate, PreviousLine
from contracts_app.domain.billing.taxed import tax_if_clear, tax_of, taxed_amounts
from contracts_app.domain.money import ZERO, total
from contracts_app.domain.refusals import Refused
from contracts_app.domain.tax.agreed_discounts import DiscountTerms, discounts
from tests.domain.agreements import claims, decimals, identity, snapshot, sov, terms
from tests.domain.taxed_drafts import taxed

ITEMS = ("1", "2", "3")


def agreed(**said: Any) -> DiscountTerms:
    return DiscountTerms.model_validate(said)


def off(said: DiscountTerms, now: str, before: str = "0 0 0") -> tuple[Decimal, ...]:
    """What comes off the three lines for `now` and `before`, three amounts each."""
    return discounts(said, ITEMS, decimals(*before.split()), decimals(*now.split()), "USD")


def test_a_line_has_its_own_rate_and_the_others_none() -> None:
    said = agreed(lines=[{"item_no": "2", "rate": "0.10"}])
    assert off(said, "100.00 250.50 40.00") == decimals("0", "25.05", "0")


def test_the_courtesy_discount_is_of_what_the_lines_own_leave() -> None:
    said = agreed(lines=[{"item_no": "1", "rate": "0.50"}], courtesy="0.10")
    # 200 − 100 = 100 of line 1 and 300 of line 2 are left: 10 % of 400 is 40, in proportion 10 and 30.
    assert off(said, "200.00 300.00 0.00") == decimals("110.00", "30.00", "0")


def test_a_line_at_a_rate_of_zero_bears_no_discount_at_all() -> None:
    said = agreed(lines=[{"item_no": "1", "rate": "0"}], courtesy="0.10")
    assert off(said, "200.00 300.00 100.00") == decimals("0", "30.00", "10.00")


def test_the_volume_counts_what_was_billed_before_on_lines_that_bear_it() -> None:
    bands = [{"above": "0", "rate": "0"}, {"above": "1000", "rate": "0.10"}]
    said = agreed(volume={"mode": "marginal", "bands": bands}, lines=[{"item_no": "3", "rate": "0"}])
    # 900 before and 300 now: 200 of them lie above 1,000, so 20 comes off, in proportion to 100 and 200.
    # Line 3 neither counts nor bears.
    assert off(said, "100.00 200.00 5000.00", "400 500 9000") == decimals("6.67", "13.33", "0")


def test_lines_then_volume_then_courtesy() -> None:
    bands = [{"above": "0", "rate": "0.10"}]
    said = agreed(
        volume={"mode": "whole", "bands": bands}, lines=[{"item_no": "1", "rate": "0.20"}], courtesy="0.05"
    )
    # Line 1: 1,000 − 200 = 800. By volume 10 % of 2,000 = 200, over 800 and 1,000: 88.89 and 111.11. What is
    # left, 711.11 and 888.89, bears 5 % of 1,600 = 80: 35.56 and 44.44.
    assert off(said, "1000.00 1000.00 0.00") == decimals("324.45", "155.55", "0")


def test_nothing_now_bears_nothing() -> None:
    bands = [{"above": "0", "rate": "0.10"}]
    said = agreed(volume={"mode": "whole", "bands": bands}, courtesy="0.05")
    assert off(said, "0 0 0", "500 500 0") == decimals(0, 0, 0)


def test_a_courtesy_is_not_asked_of_an_invoice_whose_lines_are_free_of_it() -> None:
    said = agreed(lines=[{"item_no": number, "rate": "0"} for number in ITEMS], courtesy="0.10")
    assert off(said, "10.00 20.00 30.00") == decimals(0, 0, 0)


def test_a_discount_of_a_line_that_is_not_there_is_refused() -> None:
    said = agreed(lines=[{"item_no": "9", "rate": "0.10"}, {"item_no": "1", "rate": "0.10"}])
    with pytest.raises(Refused) as refused:
        off(said, "10.00 20.00 30.00")
    assert refused.value.code == "discount_of_unknown_line"
    assert refused.value.sentence == (
        "A discount is agreed for line 9, which the schedule does not have: correct the contract's terms."
    )


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"lines": [{"item_no": "1", "rate": "0.1"}, {"item_no": "1", "rate": "0.2"}]}, "one discount"),
        ({}, "leave discounts out"),
        ({"courtesy": "0"}, "leave discounts out"),
    ],
)
def test_terms_that_say_nothing_or_two_things(said: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        agreed(**said)


_cents = st.integers(0, 10**7).map(lambda cents: Decimal(cents).scaleb(-2))
_rate = st.sampled_from(["0", "0.05", "0.333333", "1"])


@given(now=st.tuples(_cents, _cents, _cents), line=_rate, courtesy=_rate)
def test_never_more_than_a_line_comes_to(
    now: tuple[Decimal, Decimal, Decimal], line: str, courtesy: str
) -> None:
    said = agreed(lines=[{"item_no": "1", "rate": line}], courtesy=courtesy)
    taken = discounts(said, ITEMS, decimals(0, 0, 0), now, "USD")
    assert all(ZERO <= part <= net for part, net in zip(taken, now, strict=True))


def discounted_draft(**more: Any) -> Any:
    """5,000 and 1,000 of work now after 2,000 and 500 before, 10 % retainage, 5 % courtesy."""
    previous = PreviousCertificate(
        application_no=1,
        period_to=date(2024, 3, 14),
        line6=Decimal("2250.00"),
        lines=(
            PreviousLine(line_id=identity("line 1"), completed=Decimal("2000.00")),
            PreviousLine(line_id=identity("line 2"), completed=Decimal("500.00")),
        ),
    )
    return snapshot(
        terms("20000", discounts=agreed(courtesy="0.05"), **more),
        [sov(1, "15000"), sov(2, "5000")],
        claims({1: ("5000.00", "0"), 2: ("1000.00", "0")}),
        number=2,
        previous=previous,
    )


def test_an_invoice_with_discounts_and_no_tax() -> None:
    """6,000 of work less 5 %, 300, is 5,700; retainage of 600 stays on the work: line 8 of 5,400 − 300."""
    drawn = discounted_draft()
    figures = draft(drawn)
    assert figures.line8 == Decimal("5400.00")
    found = tax_of(drawn, figures, date(2024, 4, 20))
    assert found is not None
    assert (found.net, found.tax, found.gross) == decimals("5700.00", "0.00", "5700.00")
    assert (found.due, found.retained, found.discount) == decimals("5100.00", "600.00", "300.00")
    assert (found.tax_date, found.groups, found.lines, found.retainage) == (date(2024, 4, 20), (), (), None)
    assert taxed_amounts(drawn, figures) == {
        identity("line 1"): Decimal("4750.00"),
        identity("line 2"): Decimal("950.00"),
    }


def test_before_its_issue_it_is_of_the_last_day_of_its_period() -> None:
    drawn = discounted_draft()
    found = tax_of(drawn, draft(drawn))
    assert found is not None
    assert found.tax_date == drawn.period_to


def test_without_tax_and_discounts_there_is_nothing_to_say() -> None:
    drawn = snapshot(terms("9"), [sov(1, "9")], claims({1: ("1", "0")}))
    assert tax_of(drawn, draft(drawn)) is None
    assert tax_if_clear(drawn, draft(drawn)) is None


def test_tax_that_is_not_clear_is_none_and_else_what_it_is() -> None:
    clear = taxed()
    figures = draft(clear)
    assert tax_if_clear(clear, figures) == tax_of(clear, figures)
    assert clear.tax is not None
    unclear = clear.model_copy(update={"tax": clear.tax.model_copy(update={"rule": None})})
    with pytest.raises(Refused):
        tax_of(unclear, figures)
    assert tax_if_clear(unclear, figures) is None
    found = tax_of(clear, figures)
    assert found is not None
    assert total((found.net, found.tax)) == found.gross
