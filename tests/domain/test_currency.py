"""Conversion and gains on exchange against docs/SPEC-currency.md, and what must hold for all of them."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts_app.domain.money import ZERO, multiply, round_to, total
from contracts_app.domain.refusals import Refused
from contracts_app.domain.tax.books import DraftExchange, RateDay, in_books
from contracts_app.domain.tax.currency import (
    DocumentRates,
    ExchangeRate,
    Receivable,
    in_all,
    realized,
    revalued,
    tax_in_its_currency,
)
from tests.domain.worked_tables import Row, cases, listed

PAGE = "SPEC-currency.md"
DAY = date(2026, 11, 22)


def _rate(of: str, to: str, rate: str, on: date = DAY) -> ExchangeRate:
    return ExchangeRate(of=of, to=to, rate=Decimal(rate), on=on, source="Central bank")


def _written(cell: str) -> ExchangeRate | None:
    if not cell:
        return None
    pair, rate, *on = cell.split()
    of, to = pair.split(">")
    return _rate(of, to, rate, date.fromisoformat(on[0]) if on else DAY)


@cases(PAGE, "Conversion")
def test_conversion(row: Row) -> None:
    rates = DocumentRates(
        on=DAY,
        contract=row["Contract"],
        invoice=row["Invoice"],
        functional=row["Functional"],
        to_invoice=_written(row["To invoice"]),
        to_functional=_written(row["To functional"]),
    )
    if row["In contract"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            in_all(Decimal(row["Amount"]), rates)
        assert f"refused {refused.value.code}" == row["In contract"]
        assert refused.value.sentence.endswith(".")
        return
    found = in_all(Decimal(row["Amount"]), rates)
    assert (found.contract, found.invoice, found.functional) == tuple(
        Decimal(row[column]) for column in ("In contract", "In invoice", "In functional")
    )


@cases(PAGE, "Tax in its own currency")
def test_tax_in_its_own_currency(row: Row) -> None:
    invoice, tax = row["Invoice"], row["Tax currency"]
    rates = DocumentRates(
        on=DAY,
        contract=invoice,
        invoice=invoice,
        functional=invoice,
        tax=tax or None,
        to_tax=_rate(invoice, tax, row["Rate"]) if row["Rate"] else None,
    )
    if row["BT-111"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            tax_in_its_currency(Decimal(row["Tax"]), rates)
        assert f"refused {refused.value.code}" == row["BT-111"]
        return
    found = tax_in_its_currency(Decimal(row["Tax"]), rates)
    assert found == (None if row["BT-111"] == "-" else Decimal(row["BT-111"]))


def _receivable(row: Row, amount: str) -> Receivable:
    return Receivable(
        currency=row["Invoice"],
        functional=row["Functional"],
        open=Decimal(amount),
        booked_at=_rate(row["Invoice"], row["Functional"], row["Invoice rate"]),
    )


@cases(PAGE, "Realized")
def test_realized(row: Row) -> None:
    receivable = _receivable(row, row["Amount"])
    expected = [
        tuple(Decimal(cell) for cell in text.split())
        for text in listed(row["Realized"])
        if not text.startswith("refused")
    ]
    found = []
    for text in listed(row["Receipts"]):
        amount, rate = text.split()
        at = _rate(row["Invoice"], row["Functional"], rate)
        if row["Realized"].startswith("refused"):
            with pytest.raises(Refused) as refused:
                realized(receivable, Decimal(amount), at, DAY)
            assert f"refused {refused.value.code}" == row["Realized"]
            return
        gain = realized(receivable, Decimal(amount), at, DAY)
        found.append((gain.received, gain.relieved, gain.gain))
        receivable = receivable.model_copy(update={"open": gain.open})
    assert found == expected
    assert receivable.open == Decimal(row["Left open"])


@cases(PAGE, "Unrealized at a month's end")
def test_unrealized(row: Row) -> None:
    on = date.fromisoformat(row["On"])
    closing = _rate(row["Invoice"], row["Functional"], row["Closing rate"], on)
    found = revalued(_receivable(row, row["Open"]), closing, on)
    assert (found.carried, found.revalued, found.gain) == tuple(
        Decimal(row[column]) for column in ("Carried", "Revalued", "Gain")
    )
    assert (found.on, found.reversed_on.isoformat()) == (on, row["Reversed on"])


@cases(PAGE, "In the books")
def test_in_the_books(row: Row) -> None:
    on, *rule = row["Of"].split() or [""]
    pair = (row["Currency"], row["Books"])
    exchange = DraftExchange(
        functional=row["Books"],
        rate_of=RateDay.issue if rule else RateDay.period_end,
        rate=_rate(*pair, row["Rate"], date.fromisoformat(on)) if on else None,
    )
    asked = (exchange, row["Currency"], Decimal(row["Due"]), Decimal(row["Tax"]), DAY)
    if row["Due in books"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            in_books(*asked)
        assert f"refused {refused.value.code}" == row["Due in books"]
        return
    found = in_books(*asked)
    assert [f"{one:f}" for one in (found.due, found.tax, found.without_tax)] == [
        row[column] for column in ("Due in books", "Tax in books", "Without tax")
    ]


def test_a_rate_of_a_later_day_is_not_known_yet() -> None:
    receivable = Receivable(
        currency="USD", functional="GBP", open=Decimal(1), booked_at=_rate("USD", "GBP", "2")
    )
    later = _rate("USD", "GBP", "2", date(2026, 11, 23))
    for wrong in (
        lambda: realized(receivable, Decimal(1), later, DAY),
        lambda: revalued(receivable, later, DAY),
    ):
        with pytest.raises(Refused) as refused:
            wrong()
        assert refused.value.code == "rate_from_later"


def test_amounts_have_the_decimals_of_their_currency() -> None:
    one = DocumentRates(on=DAY, contract="USD", invoice="USD", functional="USD")
    assert in_all(Decimal(5), one).model_dump(mode="json") == dict.fromkeys(
        ("contract", "invoice", "functional"), "5.00"
    )
    owed = Receivable(currency="USD", functional="USD", open=Decimal(10))
    assert list(realized(owed, Decimal(4), None, DAY).model_dump(mode="json").values()) == [
        "4.00",
        "4.00",
        "0.00",
        "6.00",
    ]
    assert str(revalued(owed, None, DAY).gain) == "0.00"


def test_one_currency_gains_nothing() -> None:
    receivable = Receivable(currency="USD", functional="USD", open=Decimal("10.00"))
    assert realized(receivable, Decimal("4.00"), None, DAY).gain == ZERO
    assert revalued(receivable, None, DAY).gain == ZERO


@pytest.mark.parametrize(
    ("of", "to", "rate"), [("USD", "GBP", "0"), ("USD", "GBP", "-1"), ("USD", "USD", "1")]
)
def test_a_rate_is_above_zero_and_between_two_currencies(of: str, to: str, rate: str) -> None:
    with pytest.raises(ValidationError):
        _rate(of, to, rate)


_rates = st.integers(1, 10**6).map(lambda n: Decimal(n).scaleb(-4))
_functional = st.sampled_from(["EUR", "JPY", "KWD"])


@given(
    st.integers(1, 10**8),
    _rates,
    st.lists(st.tuples(st.integers(1, 100), _rates), max_size=8),
    _rates,
    _functional,
)
def test_gains_telescope_to_what_came_in_less_what_was_booked(
    cents: int,
    booked: Decimal,
    receipts: list[tuple[int, Decimal]],
    closing: Decimal,
    functional: str,
) -> None:
    """Σ realized + unrealized = Σ received + what is open at the closing rate - what was booked, exactly."""
    amount = Decimal(cents).scaleb(-2)
    at = ExchangeRate(of="USD", to=functional, rate=booked, on=DAY, source="Central bank")
    receivable = Receivable(currency="USD", functional=functional, open=amount, booked_at=at)
    gained, received = [], []
    for percent, rate in receipts:
        part = round_to(multiply(receivable.open, Decimal(percent).scaleb(-2)), "USD")
        if part <= ZERO:
            continue
        paid_at = at.model_copy(update={"rate": rate})
        gain = realized(receivable, part, paid_at, DAY)
        exact = part * (rate - booked)
        assert abs(gain.gain - exact) <= Decimal("1.5") * Decimal(1).scaleb(
            {"JPY": 0, "KWD": -3}.get(functional, -2)
        )
        assert gain.gain == gain.received - gain.relieved
        gained.append(gain.gain)
        received.append(gain.received)
        receivable = receivable.model_copy(update={"open": gain.open})
    closed = revalued(receivable, at.model_copy(update={"rate": closing}), DAY)
    assert total(gained) + closed.gain == (
        total(received)
        + round_to(receivable.open * closing, functional)
        - round_to(amount * booked, functional)
    )
    if receivable.open == ZERO:
        assert closed.gain == ZERO
