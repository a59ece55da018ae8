"""Percent complete, unit prices and recurring fees against the worked numbers of docs/SPEC-bases.md."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts_app.domain import canonical, money
from contracts_app.domain.billing import drafting, entering, recurring, suggesting
from contracts_app.domain.billing.fully_billed import is_fully_billed
from contracts_app.domain.billing.pay_application import Entry, PreviousCertificate, PreviousLine, as_previous
from contracts_app.domain.billing.recurring import RecurringTerms
from contracts_app.domain.billing.schedule_of_values import Basis, SovLine
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.stated import worked_out
from contracts_app.domain.billing.unit_price import UnitPrice, Variation, in_words, measured
from contracts_app.domain.checking import checks
from contracts_app.domain.cost_plus.fees import PercentFee
from contracts_app.domain.cost_plus.terms import CostPlusTerms
from contracts_app.domain.refusals import Refused
from tests.domain.agreements import SIGNED, decimals, identity, snapshot, sov, terms
from tests.domain.asking import Ask
from tests.domain.worked_tables import Row, amounts, cases, listed, rows

PAGE = "SPEC-bases.md"
LINE = identity("line 1")
ZERO = Decimal(0)


def _by_case(heading: str) -> list[tuple[str, list[Row]]]:
    return [(case, list(found)) for case, found in groupby(rows(PAGE, heading), lambda row: row["Case"])]


def _by_unit(**more: Any) -> SovLine:
    agreed = UnitPrice.model_validate({"unit": "t", "price": "47.85", "estimated_quantity": "120", **more})
    return _line(Basis.unit_price, agreed.scheduled_value("USD"), unit_price=agreed)


def _line(basis: Basis, value: Decimal | str, **more: Any) -> SovLine:
    return sov(1, value).model_copy(update={"basis": basis, **more})


def _stated(row: Row) -> dict[str, str]:
    text = row["Stated"]
    stated = {"fraction_this_period": text[1:]} if text.startswith("+") else {"fraction_to_date": text}
    return {"stored": row["F"], **stated}


def _before(completed: Decimal, stored: Decimal = ZERO) -> PreviousCertificate:
    known = PreviousLine(line_id=LINE, completed=completed, stored=stored)
    return PreviousCertificate(application_no=1, period_to=SIGNED, line6=ZERO, lines=(known,))


def _application(line: SovLine, entry: Entry, completed: Decimal, **more: Any) -> Snapshot:
    return snapshot(
        terms(line.scheduled_value), [line], (entry,), number=2, previous=_before(completed), **more
    )


@pytest.mark.parametrize(("case", "found"), _by_case("Percent complete"))
def test_percent_complete(case: str, found: list[Row]) -> None:
    """One application after the other: what was certified is where the next one starts."""
    previous = None
    for number, row in enumerate(found, start=1):
        line = _line(Basis.percent_complete, row["C"])
        base = snapshot(terms("0"), [line], number=number, previous=previous, period_to=_day(number))
        entries = entering.as_stated(base, [Entry.model_validate({"line_id": LINE, **_stated(row)})])
        figures = drafting.draft(base.model_copy(update={"entries": entries}))
        shown = figures.lines[0]
        said = {"D": shown.previous, "E": shown.this_period, "G": shown.total}
        assert said == {column: Decimal(row[column]) for column in said}, row["Source"]
        previous = as_previous(figures)


def _day(number: int) -> date:
    return date(2024, number, 14)


@cases(PAGE, "Percent complete")
def test_percent_complete_is_told_by_the_command(ask: Ask, row: Row) -> None:
    question = {"scheduled_value": row["C"], "previous": row["D"], "currency": "USD", **_stated(row)}
    status, answer, _ = ask("percent-complete", question=question)
    to_date, left = Decimal(row["G"]), Decimal(row["C"]) - Decimal(row["G"])
    assert status == 0
    assert {name: Decimal(amount) for name, amount in answer.items()} == {
        "this_period": Decimal(row["E"]),
        "total": to_date,
        "balance": left,
    }


@cases(PAGE, "Equal milestones")
def test_equal_milestones(row: Row) -> None:
    parts = amounts(row["Milestones"])
    assert list(money.allocate(Decimal(row["Fee"]), [Decimal(1)] * len(parts), "USD")) == parts


def test_an_amount_may_be_given_instead(ask: Ask) -> None:
    question = {"scheduled_value": "1000", "previous": "300", "this_period": "200", "currency": "USD"}
    assert ask("percent-complete", question=question)[1]["total"] == "500"
    both = {**question, "fraction_to_date": "0.6"}
    status, _, said = ask("percent-complete", question=both)
    assert status == 1
    assert said == (
        "Line 1: what is stated comes to 300.00 USD this period, the amount says 200.00 USD: "
        "give one of them.\n"
    )
    assert ask("percent-complete", question={**both, "this_period": "300.00"})[0] == 0


def _terms_of(row: Row) -> UnitPrice:
    band = amounts(row["Band"])
    variation = (
        Variation(
            above=band[0],
            below=band[1],
            price_above=Decimal(row["Price above"]) if row["Price above"] else None,
            price_short=Decimal(row["Price short"]) if row["Price short"] else None,
        )
        if band
        else None
    )
    return UnitPrice(
        unit=row["Unit"],
        price=Decimal(row["Price"]),
        estimated_quantity=Decimal(row["Estimate"]),
        variation=variation,
    )


@cases(PAGE, "Unit price")
def test_unit_price(row: Row) -> None:
    quantity, _, final = row["Quantity"].partition(" ")
    done = measured(_terms_of(row), Decimal(quantity), "USD", finally_measured=bool(final))
    assert (done.amount, done.beyond, done.short) == tuple(
        Decimal(row[column]) for column in ("Amount", "Beyond", "Short")
    )
    assert done.at_unit_price + done.beyond == Decimal(quantity)


@cases(PAGE, "Unit price")
def test_unit_price_is_told_by_the_command(ask: Ask, row: Row) -> None:
    quantity, _, final = row["Quantity"].partition(" ")
    question = {
        "terms": _terms_of(row).model_dump(mode="json"),
        "quantity_to_date": quantity,
        "finally_measured": bool(final),
        "previous": "10.00",
        "currency": "USD",
    }
    status, answer, _ = ask("unit-price", question=question)
    assert (status, answer["measured"]["amount"]) == (0, row["Amount"])
    assert Decimal(answer["this_period"]) == Decimal(row["Amount"]) - 10
    estimate = money.round_to(Decimal(row["Price"]) * Decimal(row["Estimate"]), "USD")
    assert Decimal(answer["scheduled_value"]) == estimate


@cases(PAGE, "Quantities to date")
def test_quantities_to_date(row: Row) -> None:
    entry = worked_out(
        _by_unit(), Decimal(row["D"]), Entry(line_id=LINE, quantity_to_date=Decimal(row["Quantity"])), "USD"
    )
    assert entry.this_period == Decimal(row["E"])
    assert entry.quantity_to_date == Decimal(row["Quantity"])


@cases(PAGE, "Periods")
def test_periods(row: Row) -> None:
    agreed = RecurringTerms(
        amount=Decimal(1), anchor=date.fromisoformat(row["Anchor"]), months=int(row["Months"])
    )
    begins = [date.fromisoformat(day) for day in listed(row["Periods begin"])]
    assert [recurring.beginning(agreed, number) for number in range(len(begins))] == begins


def _fee(row: Row) -> RecurringTerms:
    starts, _, ends = (day.strip() for day in row["Days"].partition(";"))
    return RecurringTerms.model_validate(
        {
            "amount": row["Amount"],
            "anchor": row["Anchor"],
            "months": int(row["Months"]),
            "starts_on": starts or None,
            "ends_on": ends or None,
            "in_advance": row["Advance"] == "yes",
        }
    )


@cases(PAGE, "Recurring fees")
def test_recurring_fees(ask: Ask, row: Row) -> None:
    on, billed = date.fromisoformat(row["On"]), Decimal(row["Billed"])
    assert recurring.due_to_date(_fee(row), on, "USD") == Decimal(row["Due to date"])
    assert recurring.unbilled(_fee(row), on, billed, "USD") == Decimal(row["This invoice"])
    question = {
        "terms": _fee(row).model_dump(mode="json"),
        "on": row["On"],
        "billed": row["Billed"],
        "currency": "USD",
    }
    status, answer, _ = ask("recurring", question=question)
    told = (status, answer["due_to_date"], answer["this_period"])
    assert told == (0, row["Due to date"], row["This invoice"])


def test_periods_tell_their_days() -> None:
    agreed = RecurringTerms(
        amount=Decimal(90),
        anchor=date(2025, 3, 5),
        starts_on=date(2025, 3, 28),
        ends_on=date(2025, 5, 10),
    )
    told = [
        (one.first, one.last, one.days, one.of_days)
        for one in recurring.periods_due(agreed, date(2026, 1, 1))
    ]
    assert told == [
        (date(2025, 3, 28), date(2025, 4, 4), 8, 31),
        (date(2025, 4, 5), date(2025, 5, 4), 30, 30),
        (date(2025, 5, 5), date(2025, 5, 10), 6, 31),
    ]
    assert recurring.whole_term(agreed, "USD") == Decimal("130.65")  # 90 × (8 ÷ 31 + 1 + 6 ÷ 31)
    assert recurring.whole_term(agreed.model_copy(update={"ends_on": None}), "USD") is None


# What a draft suggests, keeps and finds.


def test_what_was_worked_out_stays_when_the_scheduled_value_changes() -> None:
    """Redisplay never changes the amount: a change order doubled the scope after 50 % was typed."""
    before = snapshot(terms("1200"), [_line(Basis.percent_complete, "1200")])
    (entry,) = entering.as_stated(before, [Entry(line_id=LINE, fraction_to_date=Decimal("0.5"))])
    assert (entry.this_period, entry.fraction_to_date) == decimals(600, "0.5")
    doubled = snapshot(terms("1200"), [_line(Basis.percent_complete, "2400")], (entry,))
    assert entering.as_stated(doubled, [entry]) == (entry,)
    assert drafting.draft(doubled).line4 == 600
    (again,) = entering.as_stated(doubled, [Entry(line_id=LINE, fraction_to_date=Decimal("0.5"))])
    assert again.this_period == 1200  # typed anew, it is of the new value


def test_a_line_that_is_not_there_is_left_to_the_draft_to_refuse() -> None:
    base = snapshot(terms("100"), [_line(Basis.percent_complete, "100")])
    stray = Entry(line_id=identity("elsewhere"), fraction_to_date=Decimal(1))
    assert entering.as_stated(base, [stray]) == (stray,)


@pytest.mark.parametrize(
    ("line", "stated", "code"),
    [
        (_line(Basis.percent_complete, "100"), {"quantity_to_date": "3"}, "no_unit_price"),
        (_line(Basis.lump_sum, "100"), {"quantity_to_date": "3"}, "no_unit_price"),
        (_by_unit(), {"fraction_to_date": "0.5"}, "pay_on_measure"),
        (_by_unit(), {"fraction_this_period": "0.5"}, "pay_on_measure"),
        (_by_unit(), {"quantity_to_date": "1", "this_period": "47.86"}, "stated_twice"),
        (_line(Basis.lump_sum, "100"), {"fraction_to_date": "0.5", "this_period": "51"}, "stated_twice"),
        (_by_unit(price="9999999999"), {"quantity_to_date": "9999999999"}, "amount_too_large"),
    ],
)
def test_what_cannot_be_stated_of_a_line(line: SovLine, stated: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as refused:
        worked_out(line, ZERO, Entry.model_validate({"line_id": LINE, **stated}), "USD")
    assert (refused.value.code, refused.value.status) == (code, 422)
    assert refused.value.sentence.startswith("Line 1")


@pytest.mark.parametrize(
    "stated",
    [
        {"fraction_to_date": "0.5", "fraction_this_period": "0.1"},
        {"fraction_to_date": "0.5", "quantity_to_date": "1"},
        {"fraction_this_period": "0.5", "quantity_to_date": "1"},
        {"finally_measured": True},
        {"quantity_to_date": "-1"},
        {"quantity_to_date": "0.00001"},
    ],
)
def test_an_entry_is_stated_in_one_way(stated: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Entry.model_validate({"line_id": LINE, **stated})


def test_zeros_behind_a_quantity_are_no_decimals() -> None:
    entry = Entry.model_validate({"line_id": LINE, "quantity_to_date": "1.123400"})
    assert entry.quantity_to_date == Decimal("1.1234")
    agreed = UnitPrice.model_validate({"unit": "t", "price": "0.12345600", "estimated_quantity": "1"})
    assert agreed.price == Decimal("0.123456")


@pytest.mark.parametrize(
    "wrong",
    [
        {"price": "-0.01"},
        {"price": "0.1234567"},
        {"estimated_quantity": "0"},
        {"estimated_quantity": "-1"},
        {"estimated_quantity": "1.00001"},
        {"unit": ""},
        {"unit": "a unit with far too many letters"},
        {"variation": {"above": "-0.01", "below": "0.15"}},
        {"variation": {"above": "0.15", "below": "1"}},
        {"variation": {"above": "0.15", "below": "0.15", "price_above": "-1"}},
    ],
)
def test_unit_prices_that_nobody_agrees(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        UnitPrice.model_validate({"unit": "t", "price": "1", "estimated_quantity": "10", **wrong})


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "0"},
        {"amount": "-1"},
        {"months": 0},
        {"months": 13},
        {"ends_on": "2024-01-30"},
        {"starts_on": "2024-03-01", "ends_on": "2024-02-29"},
    ],
)
def test_fees_that_nobody_agrees(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RecurringTerms.model_validate({"amount": "100", "anchor": "2024-01-31", **wrong})
    one_day = {"amount": "100", "anchor": "2024-01-31", "ends_on": "2024-01-31"}
    assert RecurringTerms.model_validate(one_day).first_day == date(2024, 1, 31)


_TERMS: dict[Basis, dict[str, object]] = {
    Basis.unit_price: {"unit_price": {"unit": "t", "price": "1", "estimated_quantity": "10"}},
    Basis.recurring: {"recurring": {"amount": "100", "anchor": "2024-01-31"}},
    Basis.cost_plus: {"cost_plus": {"fee": {"kind": "percent", "rate": "0.1"}}},
}


@pytest.mark.parametrize("basis", Basis)
@pytest.mark.parametrize("agreed", [Basis.lump_sum, *_TERMS])
def test_a_line_has_the_terms_of_its_basis_and_no_others(basis: Basis, agreed: Basis) -> None:
    said = {**sov(1, "10").model_dump(mode="json"), "basis": basis, **_TERMS.get(agreed, {})}
    fits = (basis if basis in _TERMS else Basis.lump_sum) is agreed
    if fits:
        SovLine.model_validate(said)
    else:
        with pytest.raises(ValidationError):
            SovLine.model_validate(said)


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        (_by_unit(), _by_unit(price="47.86")),
        (_by_unit(), _by_unit(unit="kg")),
        (_by_unit(), _by_unit(variation={"above": "0.15", "below": "0.15"})),
        (
            _by_unit(variation={"above": "0.15", "below": "0.15"}),
            _by_unit(variation={"above": "0.15", "below": "0.15", "price_short": "1"}),
        ),
    ],
)
def test_terms_of_a_line_are_content(line: SovLine, changed: SovLine) -> None:
    base = snapshot(terms("5742"), [line])
    other = base.model_copy(update={"schedule": (changed,)})
    assert drafting.content_hash(base) != drafting.content_hash(other)
    assert Snapshot.model_validate_json(canonical.text(base)) == base


def test_how_a_claim_was_stated_is_content() -> None:
    said = Entry(line_id=LINE, this_period=Decimal("47.85"))
    measure = said.model_copy(update={"quantity_to_date": Decimal(1)})
    final = measure.model_copy(update={"finally_measured": True})
    hashes = {drafting.content_hash(_application(_by_unit(), one, ZERO)) for one in (said, measure, final)}
    assert len(hashes) == 3


def _fees(**more: Any) -> SovLine:
    agreed = RecurringTerms.model_validate({"amount": "1000", "anchor": "2024-01-01", **more})
    return _line(Basis.recurring, "12000", recurring=agreed)


def test_a_recurring_line_suggests_what_is_due_and_nothing_twice() -> None:
    line = _fees()
    base = snapshot(terms("12000"), [line], period_to=date(2024, 4, 14))
    (entry,) = _suggested(base)
    assert entry == Entry(line_id=LINE, this_period=Decimal(3000))
    first = as_previous(drafting.draft(base.model_copy(update={"entries": (entry,)})))
    again = snapshot(terms("12000"), [line], number=2, period_to=date(2024, 4, 29), previous=first)
    assert _suggested(again) == (Entry(line_id=LINE),)
    late = snapshot(terms("12000"), [line], number=2, period_to=date(2024, 5, 31), previous=first)
    two_months = (Entry(line_id=LINE, this_period=Decimal(2000)),)
    assert _suggested(late) == _suggested(late, complete=True) == two_months


def _suggested(
    base: Snapshot,
    before: tuple[Entry, ...] = (),
    reported: dict[Any, Decimal] | None = None,
    cut: dict[Any, Decimal] | None = None,
    *,
    complete: bool = False,
) -> tuple[Entry, ...]:
    ruled = suggesting.entries_by_rule(base, {entry.line_id: entry for entry in before})
    return suggesting.suggested_entries(
        base.schedule, base.previous, reported or {}, cut or {}, complete=complete, by_rule=ruled
    )


def test_a_line_of_unit_prices_suggests_the_last_measure_again() -> None:
    """Nothing new, unless the certificate cut it; stored material stays."""
    last = Entry(line_id=LINE, quantity_to_date=Decimal(40), this_period=Decimal(1914))
    base = snapshot(terms("5742"), [_by_unit()], number=2, previous=_before(Decimal(1914), Decimal(70)))
    (entry,) = _suggested(base, (last,))
    assert entry == Entry(line_id=LINE, quantity_to_date=Decimal(40), stored=Decimal(70))
    cut = snapshot(terms("5742"), [_by_unit()], number=2, previous=_before(Decimal(1500)))
    (entry,) = _suggested(cut, (last,), cut={LINE: Decimal(414)})
    assert (entry.this_period, entry.quantity_to_date) == decimals(414, 40)
    (entry,) = _suggested(cut, (last,), complete=True)
    assert entry.this_period == 414


def test_a_line_that_was_never_measured_claims_no_balance() -> None:
    base = snapshot(terms("5742"), [_by_unit()])
    assert _suggested(base, complete=True) == (Entry(line_id=LINE),)
    amount_only = Entry(line_id=LINE, this_period=Decimal(5))
    assert _suggested(base, (amount_only,), complete=True) == (Entry(line_id=LINE),)
    reported = {LINE: Decimal("95.70")}
    assert _suggested(base, reported=reported) == (Entry(line_id=LINE, this_period=Decimal("95.70")),)


def test_percent_complete_claims_its_balance_at_the_end() -> None:
    base = snapshot(terms("1000"), [_line(Basis.percent_complete, "1000")], previous=_before(Decimal(400)))
    assert _suggested(base, complete=True) == (Entry(line_id=LINE, this_period=Decimal(600)),)


@pytest.mark.parametrize(
    ("quantity", "final", "band", "found"),
    [
        ("120", False, {}, []),
        ("120.0001", False, {}, [("measured_beyond_estimate", False)]),
        ("138", False, {"above": "0.15", "below": "0.15"}, [("measured_beyond_estimate", False)]),
        (
            "138.0001",
            False,
            {"above": "0.15", "below": "0.15"},
            [("measured_beyond_estimate", False), ("beyond_band", False)],
        ),
        (
            "138.0001",
            False,
            {"above": "0.15", "below": "0.15", "price_above": "40"},
            [("measured_beyond_estimate", False)],
        ),
        ("101", False, {"above": "0.15", "below": "0.15"}, []),
        ("101", True, {"above": "0.15", "below": "0.15"}, [("short_of_band", False)]),
        ("101", True, {"above": "0.15", "below": "0.15", "price_short": "3"}, []),
        ("102", True, {"above": "0.15", "below": "0.15"}, []),
    ],
)
def test_what_is_found_in_a_measure(
    quantity: str, final: bool, band: dict[str, str], found: list[tuple[str, bool]]
) -> None:
    line = _by_unit(variation=band or None)
    stated = Entry(line_id=LINE, quantity_to_date=Decimal(quantity), finally_measured=final)
    drawn = _application(line, worked_out(line, Decimal(100), stated, "USD"), Decimal(100))
    assert [(one.code, one.blocks) for one in checks.findings(drawn)] == found


def test_an_amount_without_a_measure_is_found() -> None:
    typed = Entry(line_id=LINE, this_period=Decimal("47.85"))
    found = checks.findings(_application(_by_unit(), typed, ZERO))
    assert [(one.code, one.blocks) for one in found] == [("not_measured", False)]
    assert checks.findings(_application(_by_unit(), Entry(line_id=LINE), ZERO)) == ()


def test_an_amount_that_is_not_what_the_measure_comes_to_blocks() -> None:
    wrong = Entry(line_id=LINE, quantity_to_date=Decimal(2), this_period=Decimal("95.71"))
    (found,) = checks.findings(_application(_by_unit(), wrong, ZERO))
    assert (found.code, found.blocks, found.item_no) == ("does_not_multiply_out", True, "1")
    assert found.sentence == (
        "2 t come to 95.70 USD, the work billed to date is 95.71 USD: enter the quantity again."
    )


def test_stored_material_above_the_estimate_is_still_told() -> None:
    stored = Entry(line_id=LINE, stored=Decimal("5742.01"))
    (found,) = checks.findings(_application(_by_unit(), stored, ZERO))
    assert (found.code, found.blocks) == ("over_scheduled_value", False)


def test_measured_beyond_the_estimate_may_pass_the_contract_sum() -> None:
    line = _by_unit()
    entry = worked_out(line, ZERO, Entry(line_id=LINE, quantity_to_date=Decimal(130)), "USD")
    found = checks.findings(_application(line, entry, ZERO))
    assert [one.code for one in found if one.blocks] == []
    over = _line(Basis.percent_complete, "100")
    entry = worked_out(over, ZERO, Entry(line_id=LINE, fraction_to_date=Decimal("1.01")), "USD")
    found = checks.findings(_application(over, entry, ZERO))
    assert [one.code for one in found if one.blocks] == ["over_scheduled_value", "over_contract_sum"]


def test_when_nothing_is_left_to_bill() -> None:
    whole = _before(Decimal(12000))
    measured_line, open_fee, fee = _by_unit(), _fees(), _fees(ends_on="2024-12-31")
    for line, said, complete in (
        (_line(Basis.lump_sum, "0").model_copy(update={"id": identity("line 2")}), False, True),
        (measured_line, False, False),
        (measured_line, True, True),
        (open_fee, False, False),
        (open_fee, True, True),
        (fee, False, True),
        (_line(Basis.percent_complete, "12000"), False, True),
        (_line(Basis.percent_complete, "12000.01"), True, False),
    ):
        assert is_fully_billed([line], whole, work_completed=said) is complete, (line.basis, said)


def test_before_the_first_invoice_only_lines_of_no_value_are_billed() -> None:
    free, line = (_line(Basis.lump_sum, value) for value in ("0", "100"))
    assert is_fully_billed([free], None, work_completed=False)
    assert not is_fully_billed([line], None, work_completed=True)
    assert not is_fully_billed([], None, work_completed=True)


def test_what_was_typed_into_a_draft_that_was_given_up_is_kept() -> None:
    lines = [
        _line(Basis.percent_complete, "100"),
        _by_unit().model_copy(update={"id": identity("line 2")}),
        _fees().model_copy(update={"id": identity("line 3")}),
    ]
    suggested = [Entry(line_id=line.id) for line in lines]
    typed = {
        lines[0].id: Entry(line_id=lines[0].id, fraction_to_date=Decimal("0.5"), this_period=Decimal(50)),
        lines[1].id: Entry(line_id=lines[1].id, quantity_to_date=Decimal(1), this_period=Decimal("47.85")),
        lines[2].id: Entry(line_id=lines[2].id, this_period=Decimal(1)),
    }
    kept = entering.as_typed_before(lines, suggested, typed)
    assert kept == (typed[lines[0].id], typed[lines[1].id], suggested[2])


# Whatever comes between.

_cents = st.integers(0, 10**10).map(lambda cents: Decimal(cents).scaleb(-2))
_fraction = st.integers(0, 10**12).map(lambda parts: Decimal(parts).scaleb(-12))
_quantity = st.integers(0, 10**9).map(lambda parts: Decimal(parts).scaleb(-4))
_price = st.integers(0, 10**9).map(lambda parts: Decimal(parts).scaleb(-6))
_days = st.dates(date(2020, 1, 1), date(2028, 12, 31))


@given(_cents, st.lists(st.tuples(_fraction, _cents), min_size=1, max_size=12), st.booleans())
def test_percentages_telescope(scheduled: Decimal, stated: list[tuple[Decimal, Decimal]], less: bool) -> None:
    """Whatever was stated in between, the periods add up to the last cumulative amount: nothing is lost."""
    line = _line(Basis.percent_complete, -scheduled if less else scheduled)
    completed = ZERO
    for fraction, stored in stated:
        entry = worked_out(
            line, completed, Entry(line_id=LINE, fraction_to_date=fraction, stored=stored), "USD"
        )
        completed += entry.this_period
        assert completed + stored == money.round_to(line.scheduled_value * fraction, "USD")
    last = worked_out(line, completed, Entry(line_id=LINE, fraction_to_date=Decimal(1)), "USD")
    assert completed + last.this_period == line.scheduled_value


_bands = st.none() | st.builds(
    Variation,
    above=st.sampled_from([Decimal(0), Decimal("0.15"), Decimal("0.25")]),
    below=st.sampled_from([Decimal(0), Decimal("0.15"), Decimal("0.25")]),
    price_above=st.none() | _price,
    price_short=st.none() | _price,
)


@given(_price, _quantity, _bands, st.lists(_quantity, min_size=1, max_size=12))
def test_quantities_telescope_and_round_once(
    price: Decimal, estimate: Decimal, band: Variation | None, quantities: list[Decimal]
) -> None:
    assume(estimate > 0)
    agreed = UnitPrice(unit="m3", price=price, estimated_quantity=estimate, variation=band)
    line = _line(Basis.unit_price, agreed.scheduled_value("USD"), unit_price=agreed)
    completed = ZERO
    for quantity in quantities:
        entry = worked_out(line, completed, Entry(line_id=LINE, quantity_to_date=quantity), "USD")
        assert money.is_at_scale(entry.this_period, "USD")
        completed += entry.this_period
    done = measured(agreed, quantities[-1], "USD", finally_measured=False)
    assert completed == done.amount
    if band is None or band.price_above is None:
        assert completed == money.round_to(price * quantities[-1], "USD")
    assert done.short == 0
    assert done.beyond == 0 or band is not None


@given(_price, _price, _quantity, _quantity)
def test_the_price_above_applies_only_to_the_part_above(
    price: Decimal, above: Decimal, estimate: Decimal, quantity: Decimal
) -> None:
    assume(estimate > 0)
    band = Variation(above=Decimal("0.15"), below=Decimal("0.15"), price_above=above)
    agreed = UnitPrice(unit="m3", price=price, estimated_quantity=estimate, variation=band)
    done = measured(agreed, quantity, "USD", finally_measured=True)
    limit = estimate * Decimal("1.15")
    exact = price * min(quantity, limit) + above * max(quantity - limit, ZERO)
    assert done.amount == money.round_to(exact, "USD")


@st.composite
def _fee_terms(draw: st.DrawFn) -> RecurringTerms:
    anchor = draw(_days)
    starts = draw(st.none() | _days)
    ends = draw(st.none() | st.integers(0, 1500).map(lambda days: (starts or anchor) + timedelta(days)))
    return RecurringTerms(
        amount=draw(st.integers(1, 10**8)) * Decimal("0.01"),
        anchor=anchor,
        months=draw(st.sampled_from([1, 2, 3, 6, 12])),
        starts_on=starts,
        ends_on=ends,
        in_advance=draw(st.booleans()),
    )


@given(_fee_terms(), st.lists(_days, min_size=1, max_size=8))
def test_fees_catch_up_and_are_billed_once(agreed: RecurringTerms, days: list[date]) -> None:
    """However often and on whatever days it is billed, what is billed is what is due by the latest day."""
    billed = ZERO
    for day in days:
        billed += recurring.unbilled(agreed, day, billed, "USD")
        assert recurring.unbilled(agreed, day, billed, "USD") == 0
    assert billed == recurring.due_to_date(agreed, max(days), "USD")


@given(_fee_terms(), _days)
def test_every_billed_day_is_in_one_period(agreed: RecurringTerms, day: date) -> None:
    found = list(recurring.periods_due(agreed, day))
    days = [one.first + timedelta(n) for one in found for n in range(one.days)]
    assert days == [agreed.first_day + timedelta(n) for n in range(len(days))]
    assert all(0 < one.days <= one.of_days for one in found)
    assert all(one.days == one.of_days for one in found[1:-1])
    if agreed.ends_on is not None and days:
        assert days[-1] <= agreed.ends_on


@given(_days, st.sampled_from([1, 3, 12]), st.integers(-60, 60))
def test_periods_return_to_the_anchors_day(anchor: date, months: int, number: int) -> None:
    """The day after the last of a month that is too short, or the anchor's own day."""
    agreed = RecurringTerms(amount=Decimal(1), anchor=anchor, months=months)
    begins = recurring.beginning(agreed, number)
    assert (begins.year - anchor.year) * 12 + begins.month - anchor.month == number * months
    if begins.day != anchor.day:
        assert begins.day < anchor.day
        assert (begins + timedelta(1)).day == 1


def test_a_line_at_cost_that_was_never_claimed_is_not_begun() -> None:
    agreed = CostPlusTerms(fee=PercentFee(rate=Decimal("0.10")))
    line = _line(Basis.cost_plus, "1000", cost_plus=agreed)
    base = snapshot(terms("1000"), [line])
    assert _suggested(base) == (Entry(line_id=LINE),)
    said = Entry(line_id=LINE, fraction_to_date=Decimal("0.25"), this_period=Decimal(250))
    assert _suggested(base, (said,)) == (Entry(line_id=LINE, fraction_to_date=Decimal("0.25")),)


def test_a_line_that_a_revision_left_below_what_is_billed_takes_the_difference_back() -> None:
    """500 and 100 of stored material are billed; the line is worth 550 now: 50 back, the material stays."""
    line = _line(Basis.lump_sum, "550")
    base = snapshot(terms("550"), [line], number=2, previous=_before(Decimal(500), Decimal(100)))
    back = Entry(line_id=LINE, this_period=Decimal(-50), stored=Decimal(100))
    assert suggesting.entries_by_rule(base, {}, [LINE]) == {LINE: back}
    assert suggesting.entries_by_rule(base, {}) == {}
    whole = base.model_copy(update={"schedule": (_line(Basis.lump_sum, "600"),)})
    assert suggesting.entries_by_rule(whole, {}, [LINE]) == {}


def test_what_became_of_material_is_worked_out_as_it_is_stated() -> None:
    """40 in store, 10 received, 25 built in: 25 of work, 25 left."""
    base = snapshot(terms("100"), [_line(Basis.lump_sum, "100")], previous=_before(ZERO, Decimal(40)))
    stated = Entry.model_validate({"line_id": LINE, "material": {"received": "10", "built_in": "25"}})
    (entry,) = entering.as_stated(base, [stated])
    assert (entry.this_period, entry.stored) == decimals(25, 25)


def test_a_line_of_milestones_claims_nothing_before_one_is_approved() -> None:
    base = snapshot(terms("1000"), [_line(Basis.milestone, "1000")])
    assert _suggested(base, complete=True) == (Entry(line_id=LINE),)


def test_a_quantity_is_written_without_needless_zeros() -> None:
    written = [in_words(Decimal(number), "m3") for number in ("1250.50", "0.05", "1200.0", "3")]
    assert written == ["1,250.5 m3", "0.05 m3", "1,200 m3", "3 m3"]
