"""Retainage withheld and released against the worked numbers of docs/SPEC-retainage.md."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts_app.domain import money
from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.pay_application import PayApplication, PreviousCertificate, PreviousLine
from contracts_app.domain.contract import RetainageLevel, RetainageTerms
from contracts_app.domain.refusals import Refused
from contracts_app.domain.retainage.retainage import withheld_to_date
from contracts_app.domain.retainage.retainage_release import release_by_line
from tests.domain.agreements import SIGNED, claims, identity, snapshot, sov, terms
from tests.domain.worked_tables import Row, amounts, cases

PAGE = "SPEC-retainage.md"


def _application(work: str, stored_rate: str, row: Row, line_rate: str | None = None) -> PayApplication:
    previous = PreviousCertificate(
        application_no=1,
        period_to=SIGNED,
        line6=Decimal(0),
        lines=(PreviousLine(line_id=identity("line 1"), completed=Decimal(row["D + E"])),),
    )
    return drafting.draft(
        snapshot(
            terms("10000000", work=work, stored=stored_rate),
            [sov(1, "10000000", rate=line_rate)],
            claims({1: (0, row["F"])}),
            number=2,
            previous=previous,
        )
    )


@cases(PAGE, "Flat")
def test_flat_retainage(row: Row) -> None:
    drawn = _application(row["Rate on work"], row["Rate on stored"], row)
    assert (drawn.line5a, drawn.line5b, drawn.line5) == tuple(Decimal(row[c]) for c in ("5a", "5b", "5"))


@cases(PAGE, "Line rate before contract rate")
def test_a_lines_own_rate(row: Row) -> None:
    drawn = _application("0.10", "0.05", row, row["Line rate"] or None)
    assert drawn.line5 == Decimal(row["Withheld"])


@cases(PAGE, "Level")
def test_rounding_level(row: Row) -> None:
    agreed = RetainageTerms(rate_completed=Decimal("0.10"), level=RetainageLevel(row["Level"]))
    work = [(identity(str(n)), None, amount, Decimal(0)) for n, amount in enumerate(amounts(row["Lines"]))]
    withheld = withheld_to_date(agreed, work, "USD")
    assert list(withheld.values()) == amounts(row["Withheld per line"])
    assert money.total(withheld.values()) == Decimal(row["Sum"])


@cases(PAGE, "Release")
def test_release(row: Row) -> None:
    held = {identity(str(number)): amount for number, amount in enumerate(amounts(row["Held"]))}
    amount = None if row["Release"] == "all" else Decimal(row["Release"])
    if row["Per line"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            release_by_line(held, amount, "USD")
        assert f"refused {refused.value.code}" == row["Per line"]
    else:
        assert list(release_by_line(held, amount, "USD").values()) == amounts(row["Per line"])


@pytest.mark.parametrize("rate", ["-0.01", "1.01", "10"])
def test_a_rate_is_a_fraction_of_one(rate: str) -> None:
    for field in ("rate_completed", "rate_stored"):
        with pytest.raises(ValidationError, match="fraction from 0 to 1"):
            RetainageTerms.model_validate({field: rate})
    with pytest.raises(ValidationError, match="fraction from 0 to 1"):
        sov(1, "100", rate=rate)


_cents = st.integers(-(10**10), 10**10).map(lambda cents: Decimal(cents).scaleb(-2))
_rate = st.sampled_from([Decimal(text) for text in ("0", "0.05", "0.10", "0.075", "0.033333", "1")])
_lines = st.lists(st.tuples(st.none() | _rate, _cents, _cents), min_size=1, max_size=20)


@given(_rate, _rate, st.sampled_from(RetainageLevel), _lines)
def test_withheld_is_within_one_unit_of_exact_on_every_line(
    work: Decimal,
    stored: Decimal,
    level: RetainageLevel,
    lines: list[tuple[Decimal | None, Decimal, Decimal]],
) -> None:
    agreed = RetainageTerms(rate_completed=work, rate_stored=stored, level=level)
    rows = [(identity(str(number)), *line) for number, line in enumerate(lines)]
    withheld = withheld_to_date(agreed, rows, "USD")
    exact = {
        line_id: completed * (work if own is None else own) + material * (stored if own is None else own)
        for line_id, own, completed, material in rows
    }
    assert all(abs(withheld[line_id] - exact[line_id]) < Decimal("0.01") for line_id in exact)
    assert all(money.is_at_scale(amount, "USD") for amount in withheld.values())
    if level is RetainageLevel.contract:
        assert money.total(withheld.values()) == money.round_to(money.total(exact.values()), "USD")


@given(st.lists(_cents, min_size=1, max_size=20), st.data())
def test_a_release_is_exact_and_within_what_each_line_holds(held: list[Decimal], data: st.DataObject) -> None:
    by_line = {identity(str(number)): amount for number, amount in enumerate(held)}
    whole = money.total(held)
    if whole <= 0:
        with pytest.raises(Refused):
            release_by_line(by_line, Decimal("0.01"), "USD")
        return
    amount = Decimal(data.draw(st.integers(1, int(whole * 100)))).scaleb(-2)
    released = release_by_line(by_line, amount, "USD")
    assert money.total(released.values()) == amount
    for line_id, part in released.items():
        low, high = sorted((Decimal(0), by_line[line_id]))
        assert low <= part <= high
