"""Reverse charge against docs/SPEC-tax.md, and what must hold for all invoices under it."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_app import law
from contracts_app.domain.money import ZERO, total
from contracts_app.domain.refusals import Refused
from contracts_app.domain.tax.reverse_charge import (
    ConstructionSupply,
    CrossBorderSupply,
    ReverseCharge,
    ReverseChargeRule,
    SupplyLine,
    customer_tax,
    eu_services,
    uk_construction,
)
from contracts_app.domain.tax.tax import CHARGED, LineTax, Rounding, TaxCategory, TaxedAmount, groups
from tests.domain.taxing import line_tax
from tests.domain.worked_tables import Row, cases, listed

PAGE = "SPEC-tax.md"
RULES = law.table("reverse_charge", ReverseChargeRule)


def _lines(cell: str) -> tuple[SupplyLine, ...]:
    return tuple(
        SupplyLine(net=Decimal(net), specified=specified == "yes", tax=line_tax(code, rate))
        for net, specified, code, rate in (text.split() for text in listed(cell))
    )


def _agrees(decided: ReverseCharge, row: Row) -> None:
    assert decided.applies == (row["Applies"] == "yes")
    assert [condition.code for condition in decided.conditions if not condition.met] == listed(row["Not met"])
    charged = total(group.amount for group in groups(decided.lines, "GBP", Rounding.group))
    assert charged == Decimal(row["Charged"])
    assert bool(decided.wording) == decided.applies
    reversed_lines = [line for line in decided.lines if line.taxes[0].category is TaxCategory.reverse_charge]
    assert bool(reversed_lines) == decided.applies
    assert all(line.taxes[0].reason == decided.wording for line in reversed_lines)


def _construction(row: Row) -> ConstructionSupply:
    ours, customer, cis = (word == "yes" for word in row["Registered"].split())
    return ConstructionSupply(
        tax_date=date.fromisoformat(row["Date"]),
        supplier_vat_registered=ours,
        customer_vat_registered=customer,
        customer_cis_registered=cis,
        end_user_in_writing=row["End user"] == "yes",
        lines=_lines(row["Lines"]),
    )


@cases(PAGE, "Reverse charge for building work in the United Kingdom")
def test_building_work(row: Row) -> None:
    supply = _construction(row)
    decided = uk_construction(RULES, supply, "GBP")
    _agrees(decided, row)
    shown = [(tax.rate, tax.base, tax.amount) for tax in decided.customer_tax]
    expected = [text.split() for text in listed(row["Customer accounts for"])]
    assert shown == [tuple(Decimal(cell) for cell in cells) for cells in expected]
    for before, after in zip(supply.lines, decided.lines, strict=True):
        assert after.net == before.net
        if before.tax.category not in CHARGED or not decided.applies:
            assert after.taxes == (before.tax,)


@cases(PAGE, "Reverse charge between member states")
def test_between_member_states(row: Row) -> None:
    supply = CrossBorderSupply(
        tax_date=date(2026, 11, 22),
        supplier_country=row["From"],
        customer_country=row["To"],
        customer_is_business=row["Business"] == "yes",
        customer_vat_number=row["VAT number"],
        taxed_where_customer_is=row["General rule"] == "yes",
        lines=_lines(row["Lines"]),
    )
    decided = eu_services(RULES, supply, "EUR")
    _agrees(decided, row)
    assert decided.customer_tax == ()
    assert decided.wording == ("Reverse charge" if decided.applies else "")


def test_a_blank_vat_number_is_none_and_an_old_date_is_before_the_rule() -> None:
    supply = CrossBorderSupply(
        tax_date=date(2026, 11, 22),
        supplier_country="DE",
        customer_country="FR",
        customer_is_business=True,
        customer_vat_number="  ",
        taxed_where_customer_is=True,
        lines=_lines("1.00 yes S 0.19"),
    )
    decided = eu_services(RULES, supply, "EUR")
    assert [each.code for each in decided.conditions if not each.met] == ["vat_number"]
    old = eu_services(RULES, supply.model_copy(update={"tax_date": date(2020, 12, 31)}), "EUR")
    assert [each.code for each in old.conditions] == ["in_force"]
    assert not old.applies


def test_every_condition_is_told_in_words() -> None:
    supply = ConstructionSupply(
        tax_date=date(2026, 11, 22),
        supplier_vat_registered=True,
        customer_vat_registered=True,
        customer_cis_registered=True,
        end_user_in_writing=False,
        lines=_lines("1.00 yes S 0.20"),
    )
    decided = uk_construction(RULES, supply, "GBP")
    assert len({each.code for each in decided.conditions}) == 6
    assert all(each.says for each in decided.conditions)
    assert decided.wording.startswith("Reverse charge: VAT Act 1994 Section 55A applies")


def test_a_line_that_is_reversed_already_is_refused() -> None:
    for lines in ("1.00 yes AE 0", "1.00 yes S 0.20; 1.00 yes AE 0"):
        supply = ConstructionSupply(
            tax_date=date(2026, 11, 22),
            supplier_vat_registered=True,
            customer_vat_registered=True,
            customer_cis_registered=True,
            end_user_in_writing=False,
            lines=_lines(lines),
        )
        with pytest.raises(Refused) as refused:
            uk_construction(RULES, supply, "GBP")
        assert refused.value.code == "already_reversed"


def test_nothing_is_disregarded_unless_the_rule_says_so() -> None:
    assert next(rule for rule in RULES if rule.jurisdiction == "EU").disregard == ZERO
    assert str(customer_tax(_customers("100"), "GBP")[0].base) == "100.00"


def _customers(net: str) -> tuple[TaxedAmount, ...]:
    reversed_tax = LineTax(
        category=TaxCategory.reverse_charge, reason="Reverse charge", customer_rate=Decimal("0.20")
    )
    return (TaxedAmount(net=Decimal(net), taxes=(reversed_tax,)),)


_supply_lines = st.lists(
    st.builds(
        SupplyLine,
        net=st.integers(-(10**7), 10**7).map(lambda cents: Decimal(cents).scaleb(-2)),
        specified=st.booleans(),
        tax=st.sampled_from(
            [line_tax("S", "0.20"), line_tax("S", "0.05"), line_tax("Z", "0"), line_tax("E", "0")]
        ),
    ),
    min_size=1,
    max_size=12,
).map(tuple)


@given(
    st.builds(
        ConstructionSupply,
        tax_date=st.dates(date(2020, 1, 1), date(2027, 1, 1)),
        supplier_vat_registered=st.booleans(),
        customer_vat_registered=st.booleans(),
        customer_cis_registered=st.booleans(),
        end_user_in_writing=st.booleans(),
        lines=_supply_lines,
    )
)
def test_under_reverse_charge_nothing_is_charged_and_the_customer_accounts_for_all(
    supply: ConstructionSupply,
) -> None:
    decided = uk_construction(RULES, supply, "GBP")
    charged = total(group.amount for group in groups(decided.lines, "GBP", Rounding.group))
    without = groups(
        [
            line.model_copy(update={"taxes": (was.tax,)})
            for line, was in zip(decided.lines, supply.lines, strict=True)
        ],
        "GBP",
        Rounding.group,
    )
    if decided.applies:
        assert charged == ZERO
        assert total(tax.amount for tax in decided.customer_tax) == total(group.amount for group in without)
        assert supply.tax_date >= date(2021, 3, 1)
    else:
        assert charged == total(group.amount for group in without)
        assert decided.customer_tax == ()
    assert [line.net for line in decided.lines] == [line.net for line in supply.lines]
