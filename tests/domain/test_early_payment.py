"""Discount for early payment against docs/SPEC-discounts.md, and what must hold for all invoices."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts_app.domain.money import ZERO, round_to
from contracts_app.domain.refusals import Refused
from contracts_app.domain.tax.early_payment import (
    DiscountableGroup,
    EarlyPaymentTerms,
    TaxReduction,
    early_payment,
    settled_by,
)
from tests.domain.worked_tables import Row, cases, listed

PAGE = "SPEC-discounts.md"
INVOICED = date(2026, 3, 1)


def _group(text: str) -> DiscountableGroup:
    net, rate, *rest = (Decimal(cell) for cell in text.split())
    return DiscountableGroup(net=net, rate=rate, not_discountable=rest[0] if rest else ZERO)


@cases(PAGE, "Early payment")
def test_early_payment(row: Row) -> None:
    terms = EarlyPaymentTerms(rate=Decimal(row["Rate"]), days=int(row["Days"]), tax=TaxReduction(row["Tax"]))
    found = early_payment([_group(text) for text in listed(row["Groups"])], terms, INVOICED, "EUR")
    shown = (found.discount, found.tax_early, found.tax_late, found.pay_early, found.pay_late)
    columns = ("Discount", "Tax early", "Tax late", "Pay early", "Pay late")
    assert shown == tuple(Decimal(row[column]) for column in columns)
    assert found.last_day.isoformat() == row["Last day"]


@cases(PAGE, "Payment in time and late")
def test_payment_in_time_and_late(row: Row) -> None:
    terms = EarlyPaymentTerms(rate=Decimal("0.02"), days=10, tax=TaxReduction(row["Tax"]))
    agreed = early_payment([_group(row["Net"])], terms, INVOICED, "EUR")
    paid, on = Decimal(row["Paid"]), date.fromisoformat(row["On"])
    if row["Settles"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            settled_by(paid, on, agreed, Decimal(row["Open"]), "EUR")
        assert f"refused {refused.value.code}" == row["Settles"]
        return
    found = settled_by(paid, on, agreed, Decimal(row["Open"]), "EUR")
    assert (found.settles, found.discount, found.left_over) == tuple(
        Decimal(row[column]) for column in ("Settles", "Discount", "Left over")
    )


def test_what_bears_no_discount_is_part_of_the_net() -> None:
    assert _group("100 0.2 100").not_discountable == 100
    for wrong in ("100 0.2 100.01", "100 0.2 -0.01", "-0.01 0.2"):
        with pytest.raises(ValidationError, match="part of the net"):
            _group(wrong)


def test_untaxed_is_the_ordinary_case_and_amounts_have_the_decimals_of_the_currency() -> None:
    group = DiscountableGroup(net=Decimal(100))
    assert group == _group("100 0 0")
    found = early_payment([group], EarlyPaymentTerms(rate=Decimal("0.02"), days=10), INVOICED, "EUR")
    shown = found.model_dump(mode="json", exclude={"last_day"})
    assert list(shown.values()) == ["2.00", "100.00", "0.00", "0.00", "98.00", "100.00"]


def test_a_discount_of_everything_settles_nothing_by_payment() -> None:
    agreed = early_payment([_group("100 0")], EarlyPaymentTerms(rate=Decimal(1), days=10), INVOICED, "EUR")
    assert agreed.pay_early == ZERO
    found = settled_by(Decimal(10), INVOICED, agreed, Decimal(100), "EUR")
    assert (found.settles, found.discount) == (Decimal(10), ZERO)


_cents = st.integers(0, 10**8).map(lambda cents: Decimal(cents).scaleb(-2))
_rate = st.sampled_from([Decimal(text) for text in ("0", "0.01", "0.02", "0.025", "0.1")])
_tax = st.sampled_from([Decimal(text) for text in ("0", "0.06", "0.21", "0.08875")])
_groups = st.lists(
    st.tuples(_cents, _tax, st.integers(0, 100)).map(
        lambda group: DiscountableGroup(
            net=group[0],
            rate=group[1],
            not_discountable=(group[0] * group[2] / 100).quantize(Decimal("0.01")),
        )
    ),
    min_size=1,
    max_size=6,
)


@given(_groups, _rate)
def test_the_three_ways_of_tax_agree_where_they_must(groups: list[DiscountableGroup], rate: Decimal) -> None:
    always, on_early, never = (
        early_payment(groups, EarlyPaymentTerms(rate=rate, days=10, tax=way), INVOICED, "EUR")
        for way in (TaxReduction.always, TaxReduction.on_early_payment, TaxReduction.never)
    )
    net = sum((group.net for group in groups), ZERO)
    bearing = sum((group.net - group.not_discountable for group in groups), ZERO)
    assert always.discount == on_early.discount == never.discount == round_to(bearing * rate, "EUR")
    assert always.pay_early == on_early.pay_early
    assert on_early.pay_late == never.pay_late
    for found in (always, on_early, never):
        assert found.net == net
        assert found.pay_early == net - found.discount + found.tax_early
        assert found.pay_late == net + found.tax_late
        assert found.tax_early <= found.tax_late
    assert always.tax_early == always.tax_late
    assert never.tax_early == never.tax_late


@given(
    st.integers(1, 10**7), _rate, st.lists(st.integers(1, 100), min_size=1, max_size=6), st.integers(-3, 3)
)
def test_payments_settle_what_is_open_and_no_more(
    cents: int, rate: Decimal, shares: list[int], late: int
) -> None:
    net = Decimal(cents).scaleb(-2)
    agreed = early_payment(
        [DiscountableGroup(net=net)], EarlyPaymentTerms(rate=rate, days=10), INVOICED, "EUR"
    )
    on = agreed.last_day + timedelta(days=late)
    left = agreed.pay_late
    for share in shares:
        paid = max(round_to(net * share / 100, "EUR"), Decimal("0.01"))
        if left == ZERO:
            break
        found = settled_by(paid, on, agreed, left, "EUR")
        assert found.settles == paid - found.left_over + found.discount
        assert ZERO <= found.discount <= found.settles <= left
        assert found.left_over == ZERO or found.settles == left
        if late > 0:
            assert found.discount == ZERO
        left -= found.settles
