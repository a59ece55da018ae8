"""Small rules of a draft: addresses, stored material, the books, sizes, what is claimed under limits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from contracts_app.domain.beyond_size import is_beyond_size, too_large
from contracts_app.domain.billing.addressed import addressed, own_entries
from contracts_app.domain.billing.bill_to import REST, Addresses, BillTo
from contracts_app.domain.billing.booked import booked, booked_if_known
from contracts_app.domain.billing.claiming import charges_of, claimable
from contracts_app.domain.billing.cost_lines import takes_percent
from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.pay_application import Entry, PreviousLine
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.billing.stored_material import moved
from contracts_app.domain.billing.taxed import tax_of
from contracts_app.domain.checking.cut_off import last_cut_off
from contracts_app.domain.funding.agreed_caps import AgreedCap
from contracts_app.domain.funding.charges import ChargeKind
from contracts_app.domain.funding.limited import Limits, Used, cap_id
from contracts_app.domain.money import Amount
from contracts_app.domain.refusals import Refused
from contracts_app.domain.tax.books import AT_PERIOD_END, DraftExchange, ExchangeTerms, RateDay, looked_up_on
from contracts_app.domain.tax.currency import ExchangeRate
from tests.domain.agreements import claims, decimals, identity, snapshot, sov, terms
from tests.domain.taxed_drafts import taxed
from tests.domain.under_a_cap import by_hour, worked

ONE, TWO, THREE = (identity(f"line {number}") for number in (1, 2, 3))
SCHEDULE = [sov(1, "100"), sov(2, "200"), sov(3, "300")]


def addresses() -> Addresses:
    north = BillTo(name="North", item_nos=("1",), addressee="North Office")
    south = BillTo(name="South", item_nos=("3",), addressee="South Office")
    return Addresses(each=(south, north))


def test_lines_and_their_addresses() -> None:
    known = addresses()
    assert [known.of_line(item) for item in ("1", "2", "3")] == ["North", REST, "South"]
    assert known.names(["2", "1"]) == ["North", REST]
    assert known.names(["1", "3"]) == ["South", "North"]
    assert known.names([]) == []
    found = known.named("South")
    assert found is not None
    assert found.addressee == "South Office"
    assert known.named(REST) is None


def test_an_invoice_to_an_address_bills_its_lines_and_leaves_the_others() -> None:
    assert addressed(None, "North", SCHEDULE) is None
    assert addressed(addresses(), None, SCHEDULE) is None
    rest = addressed(addresses(), REST, SCHEDULE)
    assert rest is not None
    assert (rest.name, rest.line_ids) == (REST, (TWO,))
    typed = claims({1: ("10", "0"), 2: ("20", "0"), 3: ("30", "0")})
    before = claims({3: ("3", "0"), 2: ("2", "0"), 1: ("1", "0")})
    assert own_entries(typed, before, rest) == (before[2], typed[1], before[0])
    assert own_entries(typed, before, None) == typed


KNOWN = PreviousLine(line_id=ONE, completed=Decimal(50), stored=Decimal(40))
MATERIAL = {"received": "30", "built_in": "25", "removed": "5", "work": "12"}


def test_work_and_store_follow_from_what_became_of_the_material() -> None:
    """E = 12 + 25, F = 40 + 30 − 25 − 5."""
    entry = Entry.model_validate({"line_id": ONE, "material": MATERIAL})
    found = moved(KNOWN, entry, "USD")
    assert (found.this_period, found.stored, found.material) == (*decimals("37", "40"), entry.material)
    assert moved(KNOWN, found, "USD") == found


@pytest.mark.parametrize("beside", [{"this_period": "37"}, {"stored": "40"}, {"this_period": "1"}])
def test_other_amounts_beside_the_material_are_refused(beside: dict[str, str]) -> None:
    entry = Entry.model_validate({"line_id": ONE, "material": MATERIAL} | beside)
    with pytest.raises(Refused) as refused:
        moved(KNOWN, entry, "USD")
    assert refused.value.code == "stated_twice"
    assert refused.value.sentence == (
        "What became of the material says E and F: give no other amounts with it."
    )


RATE = ExchangeRate(
    of="EUR", to="USD", rate=Decimal("1.10"), on=date(2024, 5, 13), source="a central bank"
)  # fmt: skip


def test_line_8_with_its_tax_in_the_books_currency() -> None:
    drawn = taxed()
    figures = draft(drawn)
    assert booked(drawn, figures, None) is None
    waiting = drawn.model_copy(
        update={"exchange": DraftExchange(functional="USD", rate_of=RateDay.period_end)}
    )
    assert booked_if_known(drawn, figures, None) is None
    assert booked_if_known(waiting, figures, None) is None
    with pytest.raises(Refused):
        booked(waiting, figures, None)
    known = drawn.model_copy(
        update={"exchange": DraftExchange(functional="USD", rate_of=RateDay.period_end, rate=RATE)}
    )
    tax = tax_of(known, figures)
    assert tax is not None
    assert (tax.due, tax.tax) == decimals("1.09", "0.19")  # 1.00 less 10 % retainage, with 19 % on 1.00
    found = booked(known, figures, tax)
    assert found is not None
    # 1.09 × 1.1 = 1.199 and 0.19 × 1.1 = 0.209.
    assert (found.due, found.tax, found.without_tax) == decimals("1.20", "0.21", "0.99")
    untaxed = booked(known, figures, None)
    assert untaxed is not None
    assert (untaxed.due, untaxed.tax, untaxed.without_tax) == decimals("0.99", "0.00", "0.99")
    assert booked_if_known(known, figures, tax) == found


def test_the_rate_is_of_the_periods_end_or_of_today() -> None:
    end, today = date(2024, 5, 14), date(2024, 5, 20)
    assert looked_up_on(AT_PERIOD_END, end, today) == end
    assert looked_up_on(ExchangeTerms(rate_of=RateDay.issue), end, today) == today


class _Figures(BaseModel):
    amount: Amount


def _error(amount: object) -> ValidationError:
    with pytest.raises(ValidationError) as error:
        _Figures.model_validate({"amount": amount})
    return error.value


def test_figures_that_are_too_large_are_told_from_other_mistakes() -> None:
    assert is_beyond_size(_error(Decimal(10) ** 20))
    assert is_beyond_size(_error(-(Decimal(10) ** 20)))
    assert not is_beyond_size(_error(Decimal("NaN")))
    assert not is_beyond_size(_error(Decimal("1.23456789012")))
    assert not is_beyond_size(_error("a word"))
    assert too_large().code == "amount_too_large"
    assert too_large().sentence == (
        "This comes to a figure that is too large: look at the quantities, prices and amounts again."
    )


def test_what_a_line_at_cost_takes() -> None:
    assert takes_percent(Entry(line_id=ONE))
    assert takes_percent(Entry.model_validate({"line_id": ONE, "fraction_to_date": "0.5"}))
    assert not takes_percent(Entry.model_validate({"line_id": ONE, "quantity_to_date": "5"}))


@pytest.mark.parametrize(
    ("begins", "period_to", "found"),
    [
        (date(2024, 1, 10), date(2024, 1, 24), None),
        (date(2024, 1, 10), date(2024, 1, 25), date(2024, 1, 25)),
        (date(2024, 1, 10), date(2024, 3, 24), date(2024, 2, 25)),
        (date(2024, 1, 26), date(2024, 2, 24), None),
    ],
)
def test_the_last_cut_off(begins: date, period_to: date, found: date | None) -> None:
    assert last_cut_off(25, begins, period_to) == found


def limited(cap: str) -> Any:
    """Line 1 by time at 100 an hour and line 2 at a fixed sum, under a cap over both."""
    return snapshot(
        terms(
            "9000",
            work="0",
            certified_by_client=False,
            receivable_arises="submission",
            caps=(AgreedCap(name="All", amount=Decimal(cap)),),
        ),
        [sov(1, "5000", basis=Basis.time_and_materials), sov(2, "4000")],
        claims({2: ("30.00", "0")}),
        rate_card=by_hour("100.00"),
        time=(worked(1, 3600), worked(2, 1800)),
        period_to=date(2025, 1, 31),
        limits=Limits(used=(Used(limit_id=cap_id(identity("contract"), "All")),)),
    )


def test_all_that_is_claimed_as_charges_whatever_the_limits_leave() -> None:
    found = charges_of(limited("10"))
    assert [(one.kind, one.line_id, one.amount) for one in found] == [
        (ChargeKind.time, ONE, Decimal("100.00")),
        (ChargeKind.time, ONE, Decimal("50.00")),
        (ChargeKind.fee, TWO, Decimal("30.00")),
    ]


def test_entries_are_claimed_as_long_as_the_caps_have_room() -> None:
    drawn = limited("120")
    offered = [worked(3, 3600), worked(4, 3600), worked(5, 3600)]
    elsewhere = worked(6, 3600).model_copy(update={"line_id": identity("line 9")})
    on_a_fee = worked(7, 3600).model_copy(update={"line_id": TWO})
    # 100 of the first and 20 of the second fit; the third waits.
    assert claimable(drawn, [*offered, elsewhere, on_a_fee]) == tuple(offered[:2])
    assert claimable(limited("9000"), offered) == tuple(offered)


def test_amounts_that_add_up_to_more_than_can_be_billed_are_refused() -> None:
    most = "99999999999999.99"
    schedule = [sov(1, most), sov(2, most)]
    drawn = snapshot(terms("100", work="0"), schedule, claims({1: (most, "0"), 2: (most, "0")}))
    with pytest.raises(Refused) as refused:
        draft(drawn)
    assert refused.value.code == "amount_too_large"
