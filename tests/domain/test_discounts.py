"""Volume and courtesy discounts against docs/SPEC-discounts.md, and what must hold for all of them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts_app.domain.money import ZERO, round_to, total
from contracts_app.domain.refusals import Refused
from contracts_app.domain.tax.discounts import (
    Band,
    BandMode,
    DiscountedLine,
    VolumeDiscount,
    document_discount,
    line_discounts,
    volume_discount,
    volume_discount_to_date,
)
from tests.domain.worked_tables import Row, amounts, cases, listed

PAGE = "SPEC-discounts.md"


def _agreed(row: Row) -> VolumeDiscount:
    bands = tuple(
        Band(above=Decimal(above), rate=Decimal(rate))
        for above, rate in (text.split() for text in listed(row["Bands"]))
    )
    return VolumeDiscount(mode=BandMode(row["Mode"]), bands=bands)


@cases(PAGE, "Volume, to date")
def test_volume_to_date(row: Row) -> None:
    assert volume_discount_to_date(_agreed(row), Decimal(row["Volume"]), "USD") == Decimal(row["Discount"])


@cases(PAGE, "Volume, this document")
def test_volume_of_a_document(row: Row) -> None:
    found = volume_discount(_agreed(row), Decimal(row["Before"]), Decimal(row["Now"]), "USD")
    assert found == Decimal(row["Discount"])


@pytest.mark.parametrize(
    "bands", [[("-0.01", "0.1")], [("10", "0.1"), ("10", "0.2")], [("10", "0.1"), ("9", "0.2")], []]
)
def test_bands_rise_from_zero(bands: list[tuple[str, str]]) -> None:
    with pytest.raises(ValidationError):
        VolumeDiscount.model_validate(
            {"mode": "whole", "bands": [{"above": above, "rate": rate} for above, rate in bands]}
        )


@pytest.mark.parametrize("rate", ["-0.01", "1.01"])
def test_a_discount_is_a_fraction(rate: str) -> None:
    with pytest.raises(ValidationError, match="fraction from 0 to 1"):
        Band(above=ZERO, rate=Decimal(rate))


@cases(PAGE, "Courtesy, on the line")
def test_on_the_line(row: Row) -> None:
    lines = [
        DiscountedLine(net=net, rate=rate)
        for net, rate in zip(amounts(row["Lines"]), amounts(row["Rates"]), strict=True)
    ]
    assert list(line_discounts(lines, "USD")) == amounts(row["Discount"])


def test_a_line_that_bears_no_discount_has_no_rate() -> None:
    line = DiscountedLine(net=Decimal(10), discountable=False)
    assert line_discounts([line], "USD") == (ZERO,)
    wrong = line.model_copy(update={"rate": Decimal("0.01")})
    for lines in ([wrong], [DiscountedLine(net=Decimal(10)), wrong]):
        with pytest.raises(Refused) as refused:
            line_discounts(lines, "USD")
        assert refused.value.code == "not_discountable"


def test_discounts_are_written_with_the_decimals_of_the_currency() -> None:
    assert [
        str(part) for part in document_discount([ZERO, Decimal(10)], [True, True], "USD", amount=Decimal(1))
    ] == [
        "0.00",
        "1.00",
    ]
    for mode in BandMode:
        agreed = VolumeDiscount(mode=mode, bands=(Band(above=Decimal(10), rate=Decimal(1)),))
        assert str(volume_discount(agreed, ZERO, Decimal(5), "USD")) == "0.00"


@cases(PAGE, "Courtesy, on the document")
def test_on_the_document(row: Row) -> None:
    cells = listed(row["Lines"])
    nets = [Decimal(cell.lstrip("*")) for cell in cells]
    discountable = [not cell.startswith("*") for cell in cells]
    rate = Decimal(row["Rate"]) if row["Rate"] else None
    amount = Decimal(row["Amount"]) if row["Amount"] else None
    if row["Discount by line"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            document_discount(nets, discountable, row["Currency"], rate=rate, amount=amount)
        assert f"refused {refused.value.code}" == row["Discount by line"]
        assert refused.value.sentence.endswith(".")
        return
    found = document_discount(nets, discountable, row["Currency"], rate=rate, amount=amount)
    assert list(found) == amounts(row["Discount by line"])


_cents = st.integers(-(10**8), 10**8).map(lambda cents: Decimal(cents).scaleb(-2))
_fraction = st.integers(0, 10**4).map(lambda n: Decimal(n).scaleb(-4))
_bands = st.lists(
    st.tuples(st.integers(0, 10**6), _fraction), min_size=1, max_size=5, unique_by=lambda band: band[0]
).map(lambda bands: tuple(Band(above=Decimal(above), rate=rate) for above, rate in sorted(bands)))


@given(st.lists(st.tuples(_cents, st.booleans()), min_size=1, max_size=15), _fraction, st.data())
def test_parts_add_up_to_the_discount_and_nothing_else_bears_it(
    lines: list[tuple[Decimal, bool]], rate: Decimal, data: st.DataObject
) -> None:
    nets, may = [net for net, _ in lines], [flag for _, flag in lines]
    whole = total(net for net, flag in lines if flag)
    if whole == ZERO:
        with pytest.raises(Refused):
            document_discount(nets, may, "USD", rate=rate)
        return
    by_rate = document_discount(nets, may, "USD", rate=rate)
    assert total(by_rate) == round_to(whole * rate, "USD")
    cents = int(abs(whole) * 100)
    asked = Decimal(data.draw(st.integers(0, cents))).scaleb(-2).copy_sign(whole)
    by_amount = document_discount(nets, may, "USD", amount=asked)
    assert total(by_amount) == asked
    for parts in (by_rate, by_amount):
        assert all(part == ZERO for part, flag in zip(parts, may, strict=True) if not flag)
        if all(net >= ZERO for net in nets):
            assert all(ZERO <= part <= net for part, net in zip(parts, nets, strict=True))


@given(_bands, st.sampled_from(BandMode), st.lists(_cents, min_size=1, max_size=10))
def test_a_volume_billed_in_parts_earns_what_it_earns_at_once(
    bands: tuple[Band, ...], mode: BandMode, parts: list[Decimal]
) -> None:
    agreed = VolumeDiscount(mode=mode, bands=bands)
    before, given_so_far = ZERO, ZERO
    for part in parts:
        given_so_far += volume_discount(agreed, before, part, "USD")
        before += part
        assert given_so_far == volume_discount_to_date(agreed, before, "USD")
        assert given_so_far == ZERO or before > bands[0].above


@given(_bands, _cents)
def test_a_marginal_discount_is_between_the_lowest_and_the_highest_rate(
    bands: tuple[Band, ...], volume: Decimal
) -> None:
    agreed = VolumeDiscount(mode=BandMode.marginal, bands=bands)
    earned = volume_discount_to_date(agreed, volume, "USD")
    above = max(volume - bands[0].above, ZERO)
    rates = [band.rate for band in bands]
    half = Decimal("0.005")
    assert above * min(rates) - half <= earned <= above * max(rates) + half
