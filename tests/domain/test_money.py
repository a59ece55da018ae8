"""Amounts: rounding, allocation, what is read and what is refused (docs/SPEC-money.md)."""

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from contracts_app.domain import money
from contracts_app.domain.money import Amount, Rate
from contracts_app.domain.refusals import Refused
from tests.domain.worked_tables import Row, amounts, cases

AMOUNT: TypeAdapter[Decimal] = TypeAdapter(Amount)
RATE: TypeAdapter[Decimal] = TypeAdapter(Rate)
CURRENCIES = st.sampled_from(["USD", "JPY", "KWD", "CLF"])


@cases("SPEC-money.md", "Rounding")
def test_rounds_half_away_from_zero_once(row: Row) -> None:
    assert money.written(Decimal(row["Amount"]), row["Currency"]) == row["Rounded"]


@cases("SPEC-money.md", "Allocation")
def test_allocates_by_largest_remainder(row: Row) -> None:
    parts = money.allocate(Decimal(row["Amount"]), amounts(row["Shares"]), row["Currency"])
    assert [money.written(part, row["Currency"]) for part in parts] == row["Parts"].split("; ")


@cases("SPEC-money.md", "Minor units")
def test_knows_the_minor_units(row: Row) -> None:
    assert money.minor_units(row["Currency"]) == int(row["Decimals"])


@cases("SPEC-money.md", "What is read as an amount")
def test_reads_amounts_as_the_page_says(row: Row) -> None:
    text = row["Text"].removeprefix("`").removesuffix("`")
    if row["Read as"] == "refused":
        with pytest.raises(ValidationError):
            AMOUNT.validate_python(text)
        with pytest.raises(ValidationError):
            AMOUNT.validate_json(json.dumps(text))
    else:
        assert str(AMOUNT.validate_python(text)) == row["Read as"]
        assert AMOUNT.validate_json(json.dumps(text)) == Decimal(row["Read as"])


@pytest.mark.parametrize("wrong", [1, 0, True, False, 1.5, 0.0, float("nan"), None, b"1", [], {}])
@pytest.mark.parametrize("adapter", [AMOUNT, RATE], ids=["amount", "rate"])
def test_refuses_what_is_not_text(adapter: TypeAdapter[Decimal], wrong: object) -> None:
    with pytest.raises(ValidationError):
        adapter.validate_python(wrong)


@pytest.mark.parametrize("number", ["1", "1.5", "1e3", "-0", "NaN", "Infinity", "true", "null"])
@pytest.mark.parametrize("adapter", [AMOUNT, RATE], ids=["amount", "rate"])
def test_refuses_json_numbers(adapter: TypeAdapter[Decimal], number: str) -> None:
    with pytest.raises(ValidationError):
        adapter.validate_json(number)


@pytest.mark.parametrize("wrong", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+14", "1E-5"])
def test_a_decimal_keeps_to_the_same_limits(wrong: str) -> None:
    with pytest.raises(ValidationError):
        AMOUNT.validate_python(Decimal(wrong))


def test_a_decimal_minus_zero_loses_its_sign() -> None:
    assert str(AMOUNT.validate_python(Decimal("-0.00"))) == "0.00"


@pytest.mark.parametrize("wrong", ["0.1234567890123", "10000000000", "1e-2", "10%", ".1", " 0.1", "٠.١"])
def test_refuses_wrong_rates(wrong: str) -> None:
    with pytest.raises(ValidationError):
        RATE.validate_python(wrong)


def test_schemas_say_that_amounts_are_text() -> None:
    assert AMOUNT.json_schema()["type"] == "string"
    assert RATE.json_schema()["type"] == "string"


@pytest.mark.parametrize("weights", [[], [Decimal(0)], [Decimal(2), Decimal(-1)], [Decimal(-1)]])
def test_refuses_to_allocate_over_nothing(weights: list[Decimal]) -> None:
    with pytest.raises(Refused) as refused:
        money.allocate(Decimal(1), weights, "USD")
    assert (refused.value.code, refused.value.status) == ("nothing_to_allocate", 422)


_weights = st.lists(st.decimals(0, 10**12, places=4), min_size=1, max_size=30).filter(
    lambda weights: sum(weights) > 0
)


@given(CURRENCIES, st.integers(-(10**15), 10**15), _weights)
def test_parts_sum_exactly_and_lie_within_one_unit(currency: str, units: int, weights: list[Decimal]) -> None:
    unit = money.smallest_unit(currency)
    amount = units * unit
    parts = money.allocate(amount, weights, currency)
    assert money.total(parts) == amount
    assert all(money.is_at_scale(part, currency) for part in parts)
    for part, weight in zip(parts, weights, strict=True):
        exact = Fraction(amount) * Fraction(weight) / Fraction(sum(weights))
        assert abs(Fraction(part) - exact) < Fraction(unit)
        assert not (weight == 0 and part)
        assert not (part.is_zero() and part.is_signed())


@given(CURRENCIES, st.integers(-(10**15), 10**15), _weights)
def test_a_credit_is_split_as_its_debit(currency: str, units: int, weights: list[Decimal]) -> None:
    amount = units * money.smallest_unit(currency)
    there = money.allocate(amount, weights, currency)
    back = money.allocate(money.opposite(amount), weights, currency)
    assert all(a == -b for a, b in zip(there, back, strict=True))


@given(st.lists(st.decimals(-(10**9), 10**9, places=6), max_size=30))
def test_largest_remainder_serves_shares_of_either_sign(exact: list[Decimal]) -> None:
    whole = money.round_to(money.total(exact), "USD")
    parts = money.largest_remainder(exact, whole, "USD")
    assert money.total(parts) == whole
    assert all(abs(part - share) < Decimal("0.01") for part, share in zip(parts, exact, strict=True))


@given(CURRENCIES, st.decimals(-(10**13), 10**13, places=8))
def test_rounding_is_symmetric_and_stays(currency: str, amount: Decimal) -> None:
    rounded = money.round_to(amount, currency)
    assert money.round_to(-amount, currency) == -rounded
    assert money.round_to(rounded, currency) == rounded
    assert abs(rounded - amount) <= money.smallest_unit(currency) / 2


@given(st.decimals(-(10**13), 10**13, places=4))
def test_an_amount_survives_its_own_text(amount: Decimal) -> None:
    assert AMOUNT.validate_json(AMOUNT.dump_json(AMOUNT.validate_python(amount))) == amount


def test_a_page_shows_separators_and_currency() -> None:
    assert money.in_words_of_a_page(Decimal(5865300), "USD") == "5,865,300.00 USD"
    assert money.in_words_of_a_page(Decimal("-1234.5"), "JPY") == "-1,235 JPY"


@pytest.mark.parametrize(
    ("amount", "currency", "cut"),
    [("49.9995", "USD", "49.99"), ("50.00", "USD", "50.00"), ("-0.001", "USD", "-0.01"), ("7.9", "JPY", "7")],
)
def test_an_amount_is_cut_to_the_unit_below(amount: str, currency: str, cut: str) -> None:
    assert str(money.cut_to(Decimal(amount), currency)) == cut


def test_a_cut_zero_has_no_sign() -> None:
    assert str(money.cut_to(Decimal("-0.000"), "USD")) == "0.00"


def test_a_fraction_is_not_rounded_in_between() -> None:
    third = money.fraction_of(Decimal(100), Decimal(1), Decimal(3))
    assert money.round_to(money.multiply(third, Decimal(3)), "USD") == 100
    assert money.fraction_of(Decimal(30), Decimal(7), Decimal(21)) == 10


def test_amounts_with_too_many_decimals_are_refused() -> None:
    money.require_at_scale([Decimal("1.00"), Decimal(-3)], "USD")
    with pytest.raises(Refused) as refused:
        money.require_at_scale([Decimal("1.00"), Decimal("1.001")], "USD")
    assert (refused.value.code, refused.value.status) == ("too_many_decimals", 422)
    assert refused.value.sentence == "1.001 has more decimals than USD has."


@pytest.mark.parametrize("code", ["", "usd", "USDX", "US", "$", "USD\n", "ＵＳＤ"])
def test_an_amount_without_a_currency_is_no_amount(code: str) -> None:
    with pytest.raises(ValueError, match="not the code of a currency"):
        money.round_to(Decimal(1), code)
