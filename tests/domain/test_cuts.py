"""What a certifier cuts from a line billed by time: claimed again, until it is accepted."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts_app.domain.contract import AtCap
from contracts_app.domain.money import ZERO, less, total
from contracts_app.domain.refusals import Refused
from contracts_app.domain.time.time_and_materials import accepted_part, amount_of
from tests.domain.under_a_cap import DAY, UnderACap, by_hour, worked
from tests.domain.worked_tables import Row, cases

PAGE = "SPEC-time-and-materials.md"
CENTS = st.integers(0, 100_000).map(lambda cents: Decimal(cents).scaleb(-2))


def _seconds(amount: str) -> int:
    return int(Decimal(amount) * 36)


@cases(PAGE, "Cuts by the certifier")
def test_a_cut_is_claimed_again_until_it_is_accepted(row: Row) -> None:
    life = UnderACap(Decimal(row["Cap"].replace("none", "1.00")), AtCap.bill_to_cap, by_hour("100.00"))
    if row["Cap"] == "none":
        life.line = life.line.model_copy(update={"not_to_exceed": False})
    life.work([worked(1, _seconds(row["Worked"]))])
    life.certify(life.invoice(DAY), Decimal(row["Certified"]))
    if Decimal(row["Accepted"]):
        life.accept(Decimal(row["Accepted"]))
    later = DAY + timedelta(days=1)
    if Decimal(row["Worked next"]):
        life.work([worked(2, _seconds(row["Worked next"]), later)])
    life.invoice(later)
    (billed,) = life.figures[-1].time
    assert (billed.over_cap, billed.amount) == (
        Decimal(row["Beside the entries"]),
        Decimal(row["Billed next"]),
    )
    assert billed.amount == total((*(entry.amount for entry in billed.entries), billed.over_cap))


@pytest.mark.parametrize(("asked", "code"), [("10.01", "above_the_cut"), ("0.00", "above_the_cut")])
def test_no_more_is_accepted_than_was_cut(asked: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        accepted_part(Decimal("30.00"), Decimal("20.00"), Decimal(asked), "USD")
    assert refused.value.code == code
    assert "10.00 USD" in refused.value.sentence
    assert accepted_part(Decimal("30.00"), Decimal("20.00"), None, "USD") == Decimal("10.00")
    with pytest.raises(Refused) as nothing:
        accepted_part(Decimal("30.00"), Decimal("30.00"), None, "USD")
    assert nothing.value.code == "nothing_cut"


@settings(max_examples=100, deadline=None)
@given(
    cap=CENTS,
    months=st.lists(
        st.tuples(st.integers(1, 20_000), st.integers(0, 100), st.sampled_from(["keep", "part", "all"])),
        min_size=1,
        max_size=6,
    ),
)
def test_what_is_certified_in_the_end_is_what_was_worked_less_what_was_accepted(
    cap: Decimal, months: list[tuple[int, int, str]]
) -> None:
    """Any cuts, accepted or not; then a last invoice in full, under a cap raised for all."""
    life = UnderACap(cap, AtCap.bill_to_cap, by_hour("123.45"))
    day = DAY
    for number, (seconds, percent, then) in enumerate(months):
        day += timedelta(days=1)
        life.work([worked(number, seconds, day)])
        drawn = life.invoice(day)
        (line,) = life.figures[-1].time
        assert line.amount == total((*(e.amount for e in line.entries), line.over_cap))
        assert all(e.amount == amount_of(e.seconds, e.rate, "USD") for e in line.entries)
        assert life.figures[-1].lines[0].total <= cap
        kept = (line.amount * percent / 100).quantize(Decimal("0.01"))
        if kept < line.amount:
            life.certify(drawn, kept)
        if life.cut and then != "keep":
            life.accept(None if then == "all" else min(life.cut, Decimal("0.01")))
    life.raise_cap(life.worth([*life.claimed, *life.waiting.values()]), day)
    life.invoice(day + timedelta(days=1))
    assert not life.waiting
    assert life.figures[-1].lines[0].total == less(life.worth(life.claimed), life.accepted)
    assert life.accepted >= ZERO
