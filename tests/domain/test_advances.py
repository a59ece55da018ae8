"""Retainers drawn down and advances recovered: the worked numbers of docs/SPEC-caps-and-funding.md."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts_app.domain.funding.advances import (
    AdvanceTerms,
    Recovery,
    RetainerTerms,
    draw,
    schedule,
    top_up,
)
from contracts_app.domain.money import ZERO, is_at_scale, total
from tests.domain.worked_tables import Row, amounts, cases

PAGE = "SPEC-caps-and-funding.md"


@cases(PAGE, "Retainer")
def test_retainer(row: Row) -> None:
    below = Decimal(row["Request below"]) if row["Request below"] else None
    terms = RetainerTerms(minimum=Decimal(row["Minimum"]), request_below=below)
    drawn = draw(terms, Decimal(row["Balance"]), Decimal(row["Invoice"]), Decimal(row["Requested"]))
    figures = [drawn.applied, drawn.due, drawn.left, drawn.request]
    assert figures == [Decimal(row[name]) for name in ("Applied", "Due", "Left", "Request")]


def test_a_retainer_is_sensible() -> None:
    RetainerTerms(minimum=Decimal(5), request_below=Decimal(5))
    for minimum, below in (("-0.01", None), ("5", "5.01"), ("5", "-0.01")):
        with pytest.raises(ValidationError, match="retainer"):
            RetainerTerms.model_validate({"minimum": minimum, "request_below": below})


def advance(row: Row) -> AdvanceTerms:
    """The terms of a row."""
    return AdvanceTerms(
        amount=Decimal(row["Advance"]),
        rate=Decimal(row["Rate"]) if row["Rate"] else None,
        starts_after=Decimal(row["Starts after"]),
        recovered_by=Decimal(row["By"]) if row["By"] else None,
    )


@cases(PAGE, "Advance payment")
def test_advance_payment(row: Row) -> None:
    terms = advance(row)
    certified = amounts(row["Certified to date"])
    recoveries = schedule(terms, Decimal(row["Contract sum"]), certified, "USD")
    assert [known.recovered for known in recoveries] == amounts(row["Recovered"])
    assert [known.certified_to_date for known in recoveries] == certified
    _check_adds_up(terms, recoveries)


def _check_adds_up(terms: AdvanceTerms, recoveries: tuple[Recovery, ...]) -> None:
    so_far = before = ZERO
    for known in recoveries:
        so_far = total((so_far, known.recovered))
        assert known.payment == known.certified_to_date - before
        assert known.recovered_to_date == so_far
        assert known.outstanding == terms.amount - so_far
        assert ZERO <= so_far <= terms.amount
        assert abs(known.recovered) <= abs(known.payment)
        assert is_at_scale(known.recovered, "USD")
        before = known.certified_to_date


def test_what_is_not_agreed_is_nothing() -> None:
    drawn = draw(RetainerTerms(), Decimal(10), Decimal(4))
    assert [drawn.left, drawn.request] == [6, 0]
    assert draw(RetainerTerms(), Decimal(4), Decimal(4)).request == 0
    assert draw(RetainerTerms(minimum=Decimal(10)), Decimal(10), Decimal(4)).request == 4
    assert top_up(RetainerTerms(minimum=Decimal(10)), Decimal(4)) == 6
    from_the_start = AdvanceTerms(amount=Decimal(10), rate=Decimal(1))
    assert [known.recovered for known in schedule(from_the_start, Decimal(1000), [Decimal(9)], "USD")] == [9]


def test_a_contract_of_nothing_recovers_nothing() -> None:
    linear = AdvanceTerms(amount=Decimal(10), recovered_by=Decimal(1))
    (known,) = schedule(linear, ZERO, [Decimal(-1)], "USD")
    assert [known.recovered, known.outstanding] == [0, 10]


def test_an_advance_is_sensible() -> None:
    good = {"amount": "1", "rate": "0.3", "starts_after": "0.1", "recovered_by": "0.8"}
    for known in ({}, {"rate": None}, {"recovered_by": None}, {"rate": "1"}, {"rate": "0.01"}):
        AdvanceTerms.model_validate({**good, **known})
    for wrong in (
        {"amount": "-0.01"},
        {"rate": "0"},
        {"rate": "1.01"},
        {"rate": None, "recovered_by": None},
        {"recovered_by": "0.1"},
        {"recovered_by": "1.01"},
        {"starts_after": "-0.1"},
    ):
        with pytest.raises(ValidationError):
            AdvanceTerms.model_validate({**good, **wrong})


_cents = st.integers(0, 10**7).map(lambda cents: Decimal(cents).scaleb(-2))
_share = st.integers(0, 100).map(lambda percent: Decimal(percent).scaleb(-2))


@st.composite
def advances(draw_: st.DrawFn) -> AdvanceTerms:
    """Terms of either kind."""
    starts = draw_(st.integers(0, 90))
    ends = draw_(st.none() | st.integers(starts + 1, 100))
    rate = draw_(st.integers(1, 100)) if ends is None else draw_(st.none() | st.integers(1, 100))
    return AdvanceTerms(
        amount=draw_(_cents),
        rate=None if rate is None else Decimal(rate).scaleb(-2),
        starts_after=Decimal(starts).scaleb(-2),
        recovered_by=None if ends is None else Decimal(ends).scaleb(-2),
    )


@settings(max_examples=400, deadline=None)
@given(advances(), _cents, st.lists(_share, max_size=12))
def test_an_advance_is_never_recovered_beyond_what_was_paid(
    terms: AdvanceTerms, contract_sum: Decimal, stages: list[Decimal]
) -> None:
    certified = [(contract_sum * stage).quantize(Decimal("0.01")) for stage in stages]
    _check_adds_up(terms, schedule(terms, contract_sum, certified, "USD"))


@settings(max_examples=300, deadline=None)
@given(advances(), st.lists(st.integers(1, 10**6), min_size=1, max_size=12))
def test_an_advance_is_recovered_in_full_at_its_stage(terms: AdvanceTerms, steps: list[int]) -> None:
    """Where the payments after the start are enough for it, all of it comes back, to the cent."""
    certified = [Decimal(sum(steps[: n + 1])).scaleb(-2) for n in range(len(steps))]
    recoveries = schedule(terms, certified[-1], certified, "USD")
    _check_adds_up(terms, recoveries)
    if terms.recovered_by is None:
        return
    late = total(k.payment for k in recoveries if k.certified_to_date >= certified[-1] * terms.recovered_by)
    early = total(k.recovered for k in recoveries if k.certified_to_date < certified[-1] * terms.recovered_by)
    assert recoveries[-1].outstanding == max(terms.amount - early - late, ZERO)


@settings(max_examples=200, deadline=None)
@given(_cents, _cents, st.lists(st.tuples(_cents, st.booleans()), max_size=10))
def test_a_retainer_is_never_below_zero_and_is_filled_to_its_minimum(
    minimum: Decimal, balance: Decimal, invoices: list[tuple[Decimal, bool]]
) -> None:
    terms = RetainerTerms(minimum=minimum)
    came = balance
    applied = requested = ZERO
    for invoice, pays in invoices:
        drawn = draw(terms, balance, invoice, requested)
        assert ZERO <= drawn.applied <= invoice
        assert drawn.applied + drawn.due == invoice
        assert (
            drawn.request
            == max(minimum - drawn.left - requested, ZERO)
            == top_up(terms, drawn.left, requested)
        )
        applied, balance = applied + drawn.applied, drawn.left
        requested += drawn.request
        assert balance >= ZERO
        assert balance + requested >= minimum
        if pays:
            came, balance, requested = came + requested, balance + requested, ZERO
    assert came - applied == balance
