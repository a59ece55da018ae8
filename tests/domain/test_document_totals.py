"""Totals of documents and their credits against docs/SPEC-tax.md, and what must hold for all of them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_app.domain.money import ZERO, is_at_scale, total
from contracts_app.domain.refusals import Refused
from contracts_app.domain.tax.document_totals import (
    AllowanceOrCharge,
    DocumentTotals,
    TaxedDocument,
    line_net,
    rounded_by_group,
    totals,
)
from contracts_app.domain.tax.tax import Rounding, TaxedAmount, TaxGroup
from contracts_app.domain.tax.tax_credit import CreditWanted, credit, remaining
from tests.domain.taxing import all_taxed, line_tax
from tests.domain.worked_tables import Row, cases, listed

PAGE = "SPEC-tax.md"


@cases(PAGE, "Net amount of a line")
def test_net_amount_of_a_line(row: Row) -> None:
    def work_out() -> Decimal:
        return line_net(
            Decimal(row["Quantity"]),
            Decimal(row["Price"]),
            row["Currency"],
            base_quantity=Decimal(row["Base quantity"]),
            allowances=Decimal(row["Allowances"]),
            charges=Decimal(row["Charges"]),
        )

    if row["Net"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            work_out()
        assert f"refused {refused.value.code}" == row["Net"]
    else:
        assert work_out() == Decimal(row["Net"])


def test_a_line_is_of_one_unit_without_allowances_unless_it_says_otherwise() -> None:
    assert line_net(Decimal(3), Decimal("1.50"), "EUR") == Decimal("4.50")


def _document(row: Row) -> TaxedDocument:
    def of_document(cell: str) -> tuple[AllowanceOrCharge, ...]:
        return tuple(
            AllowanceOrCharge(amount=one.net, taxes=one.taxes, reason="Agreed") for one in all_taxed(cell)
        )

    return TaxedDocument(
        currency=row["Currency"],
        lines=tuple(all_taxed(row["Lines"])),
        allowances=of_document(row["Allowances"]),
        charges=of_document(row["Charges"]),
        prepaid=Decimal(row["Prepaid"]),
        rounding_amount=Decimal(row["114"]),
        rounding=Rounding(row["Rounding"]),
    )


@cases(PAGE, "Document totals")
def test_document_totals(row: Row) -> None:
    document = _document(row)
    if row["106"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            totals(document)
        assert f"refused {refused.value.code}" == row["106"]
        return
    made = totals(document)
    shown = (made.lines, made.allowances, made.charges, made.net, made.tax, made.gross, made.payable)
    assert shown == tuple(Decimal(row[term]) for term in ("106", "107", "108", "109", "110", "112", "115"))
    assert (made.prepaid, made.rounding_amount) == (Decimal(row["Prepaid"]), Decimal(row["114"]))


def test_amounts_have_the_decimals_of_the_currency_and_nothing_is_prepaid_unless_it_is_said() -> None:
    made = totals(TaxedDocument(currency="EUR", lines=(TaxedAmount(net=Decimal(100)),)))
    assert made.model_dump(mode="json") == {
        "lines": "100.00",
        "allowances": "0.00",
        "charges": "0.00",
        "net": "100.00",
        "tax": "0.00",
        "gross": "100.00",
        "prepaid": "0.00",
        "rounding_amount": "0.00",
        "payable": "100.00",
        "groups": [],
    }
    left = remaining(_group("100", "0.20", "20"), [], "EUR")
    assert (str(left.base), str(left.amount)) == ("100.00", "20.00")


def test_a_charge_and_its_rounding_have_no_more_decimals_than_the_currency() -> None:
    odd = AllowanceOrCharge(amount=Decimal("0.001"), taxes=(line_tax("S", "0.20"),), reason="Freight")
    plain = TaxedDocument(currency="EUR", lines=tuple(all_taxed("1.00 S 0.20")))
    for wrong in ({"charges": (odd,)}, {"allowances": (odd,)}, {"rounding_amount": Decimal("0.001")}):
        with pytest.raises(Refused) as refused:
            totals(plain.model_copy(update=wrong))
        assert refused.value.code == "too_many_decimals"


def test_a_difference_of_line_rounding_is_carried_to_114() -> None:
    """Tax of 1.50 on the lines is 1.51 by group: the electronic invoice says 1.51 and a cent less in 114."""
    lines = tuple(all_taxed("10.05 S 0.05; 10.05 S 0.05; 10.05 S 0.05"))
    document = TaxedDocument(
        currency="USD", lines=lines, rounding=Rounding.line, rounding_amount=Decimal("0.05")
    )
    shown = totals(rounded_by_group(document))
    assert (shown.tax, shown.rounding_amount) == (Decimal("1.51"), Decimal("0.04"))
    assert shown.payable == totals(document).payable == Decimal("31.70")
    assert rounded_by_group(rounded_by_group(document)) == rounded_by_group(document)


def _group(base: str, rate: str, amount: str, code: str = "S") -> TaxGroup:
    return TaxGroup(tax="VAT", code=code, rate=Decimal(rate), base=Decimal(base), amount=Decimal(amount))


@cases(PAGE, "Credits")
def test_credits(row: Row) -> None:
    original = _group(row["Base"], row["Rate"], row["Tax"])
    before = [
        _group(base, row["Rate"], tax) for base, tax in (text.split() for text in listed(row["Before"]))
    ]
    base = None if row["Credit"] == "all" else Decimal(row["Credit"])
    wanted = [CreditWanted(rate=original.rate, base=base)]
    if row["Credited tax"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            credit([original], before, wanted, "USD")
        assert f"refused {refused.value.code}" == row["Credited tax"]
        return
    (given_back,) = credit([original], before, wanted, "USD")
    assert given_back.amount == Decimal(row["Credited tax"])
    assert base is None or given_back.base == base
    left = remaining(original, [*before, given_back], "USD")
    assert (left.base, left.amount) == (Decimal(row["Left base"]), Decimal(row["Left tax"]))


def test_a_credit_names_rates_of_the_invoice_each_once() -> None:
    invoice = [_group("100.00", "0.20", "20.00"), _group("50.00", "0", "0.00", "AE")]
    for wanted, code in (
        ([CreditWanted(rate=Decimal("0.19"))], "not_on_the_invoice"),
        ([CreditWanted(rate=Decimal("0.20"), code="Z")], "not_on_the_invoice"),
        ([CreditWanted(rate=Decimal("0.20"), tax="GST")], "not_on_the_invoice"),
        ([CreditWanted(rate=Decimal("0.20"))] * 2, "credited_twice"),
    ):
        with pytest.raises(Refused) as refused:
            credit(invoice, [], wanted, "USD")
        assert refused.value.code == code
    both = credit(invoice, [], [CreditWanted(code="AE"), CreditWanted(rate=Decimal("0.20"))], "USD")
    assert [(group.code, group.base, group.amount) for group in both] == [
        ("AE", Decimal(50), ZERO),
        ("S", Decimal(100), Decimal(20)),
    ]
    other = remaining(invoice[0], [_group("50.00", "0", "0.00", "AE")], "USD")
    assert other == invoice[0]


_cents = st.integers(-(10**9), 10**9).map(lambda cents: Decimal(cents).scaleb(-2))
_positive = st.integers(0, 10**9).map(lambda cents: Decimal(cents).scaleb(-2))
_taxes = st.sampled_from(
    [(line_tax("S", rate),) for rate in ("0.20", "0.055", "0.19")] + [(line_tax("Z", "0"),), ()]
)
_line = st.builds(TaxedAmount, net=_cents, taxes=_taxes)
_extra = st.builds(AllowanceOrCharge, amount=_positive, taxes=_taxes, reason=st.just("Agreed"))
_documents = st.builds(
    TaxedDocument,
    currency=st.just("EUR"),
    lines=st.lists(_line, min_size=1, max_size=20).map(tuple),
    allowances=st.lists(_extra, max_size=4).map(tuple),
    charges=st.lists(_extra, max_size=4).map(tuple),
    prepaid=_positive,
    rounding_amount=st.integers(-4, 4).map(lambda cents: Decimal(cents).scaleb(-2)),
    rounding=st.sampled_from(Rounding),
)


@given(_documents)
def test_totals_tie_in_both_ways_of_rounding(document: TaxedDocument) -> None:
    made = totals(document)
    assert made.lines == total(line.net for line in document.lines)
    assert made.net == made.lines - made.allowances + made.charges
    assert made.tax == total(group.amount for group in made.groups)
    assert made.gross == made.net + made.tax
    assert made.payable == made.gross - made.prepaid + made.rounding_amount
    bases = total(group.base for group in made.groups)
    untaxed = total(one.net for one in document.taxed() if not one.taxes)
    assert bases + untaxed == made.net
    amounts = [value for name, value in made if name != "groups"]
    assert all(is_at_scale(amount, "EUR") for amount in amounts)
    electronic = totals(rounded_by_group(document))
    assert electronic.payable == made.payable
    assert _means(electronic) == _means(made)


def _means(made: DocumentTotals) -> tuple[Decimal, ...]:
    return (made.lines, made.allowances, made.charges, made.net, made.prepaid)


@given(
    st.integers(-(10**6), 10**6).filter(bool),
    st.sampled_from(["0.20", "0.055", "0.19", "0"]),
    st.integers(-3, 3),
    st.lists(st.integers(1, 100), min_size=1, max_size=12),
)
def test_credits_never_exceed_and_end_exactly(cents: int, rate: str, off: int, shares: list[int]) -> None:
    """Whatever is credited in whatever parts: never more than charged, and all of it in the end."""
    base = Decimal(cents).scaleb(-2)
    exact = (base * Decimal(rate)).quantize(Decimal("0.01"))
    # Rounded on the lines, the tax may be some cents away from what the group comes to.
    tax = exact + Decimal(off).scaleb(-2) if rate != "0" and (exact > 0) == (base > 0) else exact
    if (tax < 0) != (base < 0):
        tax = ZERO
    original = TaxGroup(tax="VAT", code="S", rate=Decimal(rate), base=base, amount=tax)
    given_back: list[TaxGroup] = []
    for share in shares:
        left = remaining(original, given_back, "USD")
        if left.base == ZERO:
            break
        part = (left.base * share / 100).quantize(Decimal("0.01"))
        wanted = [CreditWanted(rate=original.rate, base=part or None)]
        given_back += credit([original], given_back, wanted, "USD")
        assert all((group.base > ZERO) == (base > ZERO) for group in given_back)
        assert abs(total(group.amount for group in given_back)) <= abs(tax)
        assert abs(total(group.base for group in given_back)) <= abs(base)
    if remaining(original, given_back, "USD").base:
        given_back += credit([original], given_back, [CreditWanted(rate=original.rate)], "USD")
    assert total(group.amount for group in given_back) == tax
    assert total(group.base for group in given_back) == base
