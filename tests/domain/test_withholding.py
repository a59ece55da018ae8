"""Withholding and its certificates against docs/SPEC-tax.md, and what must hold for all payments."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_app import law
from contracts_app.domain.money import ZERO, total
from contracts_app.domain.refusals import Refused
from contracts_app.domain.tax.withholding import (
    Certificate,
    Payment,
    WithholdingRate,
    rate_for,
    settle,
    withheld,
)
from tests.domain.worked_tables import Row, cases, listed

PAGE = "SPEC-tax.md"
ROWS = law.table("withholding", WithholdingRate)


@cases(PAGE, "Withholding")
def test_withholding(row: Row) -> None:
    payment = Payment(
        net=Decimal(row["Payment"]),
        tax=Decimal(row["Tax"]),
        materials=Decimal(row["Materials"]),
        measured=Decimal(row["Measured"]) if row["Measured"] else None,
    )

    def work_out() -> tuple[Decimal, Decimal, Decimal]:
        rate = rate_for(
            ROWS, row["Jurisdiction"], row["Scheme"], row["Standing"], date.fromisoformat(row["On"])
        )
        found = withheld(rate, payment)
        assert found.rate == rate.rate
        return found.base, found.amount, found.cash

    if row["Base"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            work_out()
        assert f"refused {refused.value.code}" == row["Base"]
        assert refused.value.sentence.endswith(".")
    else:
        assert work_out() == (Decimal(row["Base"]), Decimal(row["Withheld"]), Decimal(row["Cash"]))


@pytest.mark.parametrize(
    ("jurisdiction", "says"), [("US-CA", "payments of the year"), ("US-MN", "contract price")]
)
def test_what_a_threshold_is_compared_with_is_asked_for(jurisdiction: str, says: str) -> None:
    row = rate_for(ROWS, jurisdiction, "state_contractor", "nonresident", date(2026, 1, 1))
    with pytest.raises(Refused, match=says):
        withheld(row, Payment(net=Decimal(1)))


def test_amounts_have_the_decimals_of_the_currency_and_tax_and_materials_are_told() -> None:
    row = rate_for(ROWS, "GB", "cis", "gross", date(2026, 1, 1))
    kept = withheld(row, Payment(net=Decimal(10)))
    assert kept.model_dump(mode="json") == {"base": "10.00", "rate": "0", "amount": "0.00", "cash": "10.00"}
    assert str(withheld(row, Payment(net=Decimal(0))).cash) == "0.00"
    settled = settle(Decimal(10), Decimal(1), Decimal(2), [Certificate(number="A", amount=Decimal(1))], "GBP")
    assert list(settled.model_dump(mode="json").values()) == ["1.00", "1.00", "8.00", "1.00"]


@cases(PAGE, "Settled by certificate")
def test_settled_by_certificate(row: Row) -> None:
    proofs = [
        Certificate(number=number, amount=Decimal(amount))
        for number, amount in (text.split() for text in listed(row["Certificates"]))
    ]
    given_in = (Decimal(row["Open"]), Decimal(row["Cash"]), Decimal(row["Withheld"]))
    if row["Certified"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            settle(*given_in, proofs, "GBP")
        assert f"refused {refused.value.code}" == row["Certified"]
        return
    settled = settle(*given_in, proofs, "GBP")
    assert settled.cash == given_in[1]
    assert (settled.certified, settled.open, settled.short_of_certificate) == tuple(
        Decimal(row[column]) for column in ("Certified", "Left open", "Certificate awaited")
    )


_cents = st.integers(0, 10**9).map(lambda cents: Decimal(cents).scaleb(-2))


@given(st.sampled_from(ROWS), _cents, _cents, st.integers(0, 100), _cents)
def test_what_is_withheld_and_paid_is_the_invoice(
    row: WithholdingRate, net: Decimal, tax: Decimal, percent: int, measured: Decimal
) -> None:
    """Cash and withheld make the payment with its tax; its certificate settles the invoice to nothing."""
    materials = (net * percent / 100).quantize(Decimal("0.01"))
    found = withheld(row, Payment(net=net, tax=tax, materials=materials, measured=measured))
    assert found.cash + found.amount == net + tax
    assert ZERO <= found.amount <= net
    proofs = [Certificate(number="A", amount=found.amount)] if found.amount else []
    settled = settle(net + tax, found.cash, found.amount, proofs, row.currency)
    assert (settled.open, settled.short_of_certificate) == (ZERO, ZERO)
    without = settle(net + tax, found.cash, found.amount, [], row.currency)
    assert without.open == without.short_of_certificate == found.amount


@given(_cents, _cents, _cents, st.lists(st.integers(1, 10**6), max_size=4))
def test_cash_certificates_and_open_make_what_was_open(
    open_before: Decimal, cash: Decimal, kept: Decimal, certified: list[int]
) -> None:
    proofs = [
        Certificate(number=str(number), amount=Decimal(cents).scaleb(-2))
        for number, cents in enumerate(certified)
    ]
    try:
        settled = settle(open_before, cash, kept, proofs, "GBP")
    except Refused:
        asked = total(one.amount for one in proofs)
        assert asked > kept or asked + cash > open_before
        return
    assert settled.cash + settled.certified + settled.open == open_before
    assert ZERO <= settled.short_of_certificate <= settled.open
