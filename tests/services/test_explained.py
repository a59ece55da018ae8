"""Each line of an invoice explains itself: the clause, the rates, the entries, arithmetic to the cent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from contracts_app.domain.money import total
from contracts_app.services import explaining
from contracts_app.settings import Settings
from contracts_app.store.transaction import reading
from tests.services.small_firm import SmallFirm, found
from tests.services.small_time_contract import live

MARCH = date(2024, 3, 31)


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A practice firm with a consulting contract lived through, and a construction contract."""
    made = found(settings, "Explained Consulting")
    made.open_contract("G")
    made.go_to(date(2024, 5, 6))
    live(made, "T")
    yield made
    made.engine.dispose()


def test_time_over_its_limit_is_explained_to_the_cent(small: SmallFirm) -> None:
    """8 and 4 hours at 100.00 come to 1,200.00 of 1,000.00; in April the 200.00 left over and an hour at
    120.00 are billed under the raised limit."""
    first, second = small.invoices["T1"], small.invoices["T2"]
    with reading(small.engine, small.id) as connection:
        march = {one.item_no: one for one in explaining.lines(connection, small.id, first)}
        april = {one.item_no: one for one in explaining.lines(connection, small.id, second)}
    study = march["1"]
    assert study.clause == "by time at the rate card, not to exceed 1,000.00 USD"
    assert [(step.words, step.amount) for step in study.this_period] == [
        ("Sample Engineer at 100.00: 12 h in 2 entries", Decimal("1200.00")),
        ("over the limit: stays unbilled", Decimal("-200.00")),
    ]
    assert study.rates == ("everybody: 100.00, from 2024-02-19 to before 2024-04-01",)
    assert study.entries == 2
    assert march["2"].clause == "by time at the rate card, estimated at 500.00 USD"
    assert march["3"].this_period[0].amount == Decimal("300.00")

    later = april["1"]
    assert later.clause == "by time at the rate card, not to exceed 1,500.00 USD, as changed by X-1"
    assert [step.amount for step in later.this_period] == [Decimal("120.00"), Decimal("200.00")]
    assert later.rates == ("everybody: 120.00, from 2024-04-01 on",)
    assert [step.amount for step in later.to_date] == [Decimal("1000.00"), Decimal("320.00")]
    for one in (*march.values(), *april.values()):
        assert total(step.amount for step in one.this_period) == one.billed


def test_a_construction_line_says_its_retainage(small: SmallFirm) -> None:
    """20,000.00 of 60,000.00, a tenth of it held."""
    drafted = small.prepare("G", MARCH, {"2": "20000.00"})
    with reading(small.engine, small.id) as connection:
        (line,) = explaining.lines(connection, small.id, drafted)
    assert line.clause == "a fixed sum of 60,000.00 USD, billed as the work is done"
    assert [(step.words, step.amount) for step in line.this_period] == [
        ("as entered for the period", Decimal("20000.00"))
    ]
    assert line.retainage == "2,000.00 USD withheld at 10 %: 2,000.00 USD held"
