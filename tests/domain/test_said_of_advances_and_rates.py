"""Advance payments, overtime and notices in words; a firm's own rates of tax; what is kept of a rate card."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts_app.domain.funding.advance_words import recovery_in_words, sum_in_words
from contracts_app.domain.funding.limit_notices import Notice, sentence
from contracts_app.domain.law import Verified
from contracts_app.domain.refusals import Refused
from contracts_app.domain.tax.own_rates import require_later, with_own
from contracts_app.domain.tax.tax import TaxCategory, TaxRate
from contracts_app.domain.time.overtime import in_words
from contracts_app.domain.time.rate_card import RateRow, require_keepable
from tests.domain.agreements import identity, terms

JANUARY, JULY, AUGUST = date(2024, 1, 1), date(2024, 7, 1), date(2024, 8, 1)


@pytest.mark.parametrize(
    ("agreed", "sum_said", "recovery_said"),
    [
        (
            {"amount": "50000", "rate": "0.25"},
            "50,000.00 USD",
            "Recovered by 25 % of the work of each application.",
        ),
        (
            {"share": "0.2", "rate": "0.25", "starts_after": "0.3"},
            "20,000.07 USD (20 % of the contract sum)",
            (
                "Recovered by 25 % of the work of each application once the work passes 30 % of the contract "
                "sum."
            ),
        ),
        (
            {"share": "0.075", "rate": "0.25", "recovered_by": "0.8"},
            "7,500.02 USD (7.5 % of the contract sum)",
            (
                "Recovered by 25 % of the work of each application, and all that is left at 80 % of the "
                "contract sum."
            ),
        ),
        (
            {"amount": "1", "rate": "0.1", "starts_after": "0.3", "recovered_by": "0.8"},
            "1.00 USD",
            (
                "Recovered by 10 % of the work of each application once the work passes 30 % of the contract "
                "sum, and all that is left at 80 % of it."
            ),
        ),
        (
            {"amount": "1", "recovered_by": "0.8"},
            "1.00 USD",
            "Recovered in proportion to the work, up to 80 % of the contract sum.",
        ),
        (
            {"amount": "1", "starts_after": "0.125", "recovered_by": "0.8"},
            "1.00 USD",
            "Recovered in proportion to the work, from 12.5 % to 80 % of the contract sum.",
        ),
    ],
)
def test_an_advance_in_words(agreed: dict[str, Any], sum_said: str, recovery_said: str) -> None:
    of = terms("100000.33", advance=agreed)
    assert sum_in_words(of, "USD") == sum_said
    assert recovery_in_words(of, "USD") == recovery_said


def test_no_advance_is_no_words() -> None:
    assert (sum_in_words(terms("9"), "USD"), recovery_in_words(terms("9"), "USD")) == ("", "")


@pytest.mark.parametrize(
    ("base", "factor", "premium_only", "said"),
    [
        (None, None, False, "overtime, at the regular rate"),
        ("25.00", None, False, "overtime"),
        ("25.00", "1.50", False, "overtime, 25 × 1.5"),
        ("25.50", "2", True, "premium for overtime, 25.5 × 2 less 25.5"),
        ("100", "1.25", False, "overtime, 100 × 1.25"),
    ],
)
def test_overtime_in_words(base: str | None, factor: str | None, premium_only: bool, said: str) -> None:
    rate, times = (None if value is None else Decimal(value) for value in (base, factor))
    assert in_words("overtime", rate, times, premium_only) == said


def test_a_notice_in_words() -> None:
    known = Notice(
        limit_id=identity("cap"),
        level=Decimal("0.75"),
        amount=Decimal(1000),
        earned=Decimal("751.5"),
        expected=Decimal(0),
    )
    assert sentence(known, "“Design”", "USD") == (
        "75 % of “Design” is reached: 751.50 USD of 1,000.00 USD is earned, billed or not."
    )


def rate(begins: date, ends: date | None = None, **more: Any) -> TaxRate:
    said = {"category": TaxCategory.standard, "rate": Decimal("0.19"), "jurisdiction": "DE"} | more
    return TaxRate(
        citation="a law",
        effective_from=begins,
        effective_to=ends,
        source="by hand",
        as_of=JANUARY,
        verified=Verified.source,
        **said,
    )


def test_a_firms_own_rate_takes_the_place_of_the_laws_from_its_first_day() -> None:
    law_before, law_now = rate(date(2020, 1, 1), JULY), rate(JULY)
    reduced = rate(JANUARY, category=TaxCategory.reduced, rate=Decimal("0.07"))
    abroad = rate(JANUARY, jurisdiction="FR", rate=Decimal("0.20"))
    hotels = rate(JANUARY, applies_to="hotels")
    own = rate(AUGUST, rate=Decimal("0.16"))
    found = with_own((law_before, law_now, reduced, abroad, hotels), (own,))
    cut = law_now.model_copy(update={"effective_to": AUGUST})
    assert found == (law_before, cut, reduced, abroad, hotels, own)


def test_the_laws_rows_after_it_no_longer_count() -> None:
    own, later_own = rate(JULY, AUGUST, rate=Decimal("0.16")), rate(AUGUST, rate=Decimal("0.17"))
    law = (rate(date(2020, 1, 1), JULY), rate(JULY), rate(AUGUST))
    assert with_own(law, (later_own, own)) == (law[0], later_own, own)
    assert with_own(law, (own, later_own)) == (law[0], own, later_own)
    assert with_own(law, ()) == law


def test_a_rate_begins_later_than_the_one_of_its_kind() -> None:
    known = (rate(JULY), rate(JANUARY, JULY), rate(date(2025, 1, 1), jurisdiction="FR"))
    assert require_later(known, rate(AUGUST)) == known[0]
    assert require_later((), rate(AUGUST)) is None
    assert require_later(known, rate(JANUARY, category=TaxCategory.reduced)) is None
    ended = (rate(JANUARY, JULY),)
    assert require_later(ended, rate(JULY)) is None
    assert require_later(ended, rate(date(2024, 6, 30))) == ended[0]
    for begins in (JULY, JANUARY):
        with pytest.raises(Refused) as refused:
            require_later(known, rate(begins))
        assert refused.value.code == "tax_rate_known"
        assert refused.value.sentence == (
            "There is a standard rate for DE from 2024-07-01 already: begin the new one later, or withdraw "
            "that one."
        )


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"rate": "100.0000001"}, "The rate of everybody, 100.0000001, has more than 6 decimals"),
        (
            {"rate": "100", "multiplier": "2.3333333", "person": "Ada", "role": "Engineer"},
            "The multiplier of Ada as Engineer, 2.3333333, has more than 6 decimals",
        ),
        (
            {"rate": "100", "pay": "40.1234567", "role": "Engineer", "project": "Quay", "overtime": "night"},
            "The pay of Engineer on Quay (night), 40.1234567, has more than 6 decimals",
        ),
    ],
)
def test_no_decimals_of_a_rate_are_lost_unsaid(row: dict[str, str], said: str) -> None:
    kept = {"effective_from": JANUARY, "rate": Decimal("100.000001"), "multiplier": Decimal("2.333333")}
    good = RateRow.model_validate(kept)
    require_keepable([good])
    figures = {
        name: Decimal(value) if name in ("rate", "multiplier", "pay") else value
        for name, value in row.items()
    }
    bad = good.model_copy(update={"multiplier": None} | figures)
    with pytest.raises(Refused) as refused:
        require_keepable([good, bad])
    assert refused.value.code == "too_many_decimals"
    assert refused.value.sentence == f"{said}: round it as the contract says."
