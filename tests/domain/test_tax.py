"""Rates, groups, tax dates and splits against docs/SPEC-tax.md, and what must hold for all of them."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts_app import law
from contracts_app.domain.law import Verified, warnings
from contracts_app.domain.money import ZERO, round_to, total
from contracts_app.domain.refusals import Refused
from contracts_app.domain.tax.reverse_charge import ReverseChargeRule
from contracts_app.domain.tax.tax import (
    CHARGED,
    LineTax,
    Rounding,
    TaxCategory,
    TaxedAmount,
    TaxRate,
    TaxTreatment,
    groups,
    rate_on,
    resolve,
    tax_by_line,
)
from contracts_app.domain.tax.tax_point import (
    TaxDates,
    TaxPoint,
    TaxRule,
    WorkDone,
    rule_for,
    split_by_work,
    tax_point,
)
from contracts_app.domain.tax.withholding import WithholdingRate
from tests.domain.taxing import all_taxed, figures, grouped, line_tax
from tests.domain.worked_tables import Row, amounts, cases, listed

PAGE = "SPEC-tax.md"
RATES = law.table("tax_rates", TaxRate)
RULES = law.table("tax_rules", TaxRule)


@cases(PAGE, "Rate on a day")
def test_rate_on_a_day(row: Row) -> None:
    asked = TaxTreatment(
        jurisdiction=row["Jurisdiction"],
        category=TaxCategory(row["Category"]),
        tax=row["Tax"],
        applies_to=row["Applies to"],
    )
    on = date.fromisoformat(row["On"])
    if row["Rate"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            rate_on(RATES, asked, on)
        assert f"refused {refused.value.code}" == row["Rate"]
        assert refused.value.sentence.endswith(".")
        return
    found = rate_on(RATES, asked, on)
    assert found.rate == Decimal(row["Rate"])
    assert resolve(RATES, asked, on) == LineTax(tax=found.tax, category=found.category, rate=found.rate)


def test_the_rate_for_something_named_is_not_the_general_one() -> None:
    general, named = (
        RATES[0].model_copy(update={"rate": Decimal(rate), "applies_to": what})
        for rate, what in (("0.11", ""), ("0.12", "bridges"))
    )
    on = RATES[0].effective_from
    plain = TaxTreatment(jurisdiction="GB")
    bridges = TaxTreatment(jurisdiction="GB", applies_to="bridges")
    for rows in ([general, named], [named, general]):
        assert rate_on(rows, plain, on) == general
        assert rate_on(rows, bridges, on) == named
    assert rate_on([named], plain, on) == named
    with pytest.raises(Refused, match="no standard rate"):
        rate_on([general], bridges, on)


@pytest.mark.parametrize("category", ["exempt", "reverse_charge", "outside_scope"])
def test_a_line_without_tax_says_why(category: str) -> None:
    asked = TaxTreatment(jurisdiction="GB", category=TaxCategory(category))
    with pytest.raises(Refused) as refused:
        resolve(RATES, asked, date(2026, 1, 1))
    assert refused.value.code == "tax_reason_missing"
    told = resolve(RATES, asked.model_copy(update={"reason": "Education"}), date(2026, 1, 1))
    assert told == LineTax(tax="VAT", category=asked.category, reason="Education")
    told = resolve(RATES, asked.model_copy(update={"reason": "Crown", "tax": "GST"}), date(2026, 1, 1))
    assert told.tax == "GST"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"category": "standard", "rate": "0"}, "above zero"),
        ({"category": "reduced", "rate": "0"}, "above zero"),
        ({"category": "zero", "rate": "0.01"}, "above zero"),
        ({"category": "exempt", "rate": "0.01", "reason": "x"}, "above zero"),
        ({"category": "exempt", "rate": "0"}, "says why"),
        ({"category": "standard", "rate": "0.2", "reason": "x"}, "says why"),
        ({"category": "zero", "rate": "0", "reason": "x"}, "says why"),
        ({"category": "standard", "rate": "0.2", "customer_rate": "0.2"}, "reverse charge"),
        ({"category": "standard", "rate": "1.01"}, "fraction from 0 to 1"),
        ({"category": "standard", "rate": "-0.01"}, "fraction from 0 to 1"),
    ],
)
def test_categories_and_rates_agree(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        LineTax.model_validate(wrong)


def test_a_whole_tax_is_still_a_fraction() -> None:
    assert LineTax(rate=Decimal(1)).rate == 1


@pytest.mark.parametrize(
    ("category", "rate"), [("exempt", "0"), ("outside_scope", "0"), ("zero", "0.05"), ("standard", "0")]
)
def test_a_rate_of_law_is_of_a_category_that_has_one(category: str, rate: str) -> None:
    known = RATES[0].model_dump() | {"category": category, "rate": Decimal(rate)}
    with pytest.raises(ValidationError, match="above zero"):
        TaxRate.model_validate(known)


def test_a_line_bears_each_tax_once() -> None:
    with pytest.raises(ValidationError, match="each tax once"):
        TaxedAmount(net=Decimal(1), taxes=(line_tax("S", "0.20"), line_tax("S", "0.05")))


@cases(PAGE, "Tax by rate")
def test_tax_by_rate(row: Row) -> None:
    lines, rounding = all_taxed(row["Lines"]), Rounding(row["Rounding"])
    if row["Groups"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            groups(lines, row["Currency"], rounding)
        assert f"refused {refused.value.code}" == row["Groups"]
        return
    found = groups(lines, row["Currency"], rounding)
    assert figures(found) == grouped(row["Groups"])
    assert total(group.amount for group in found) == Decimal(row["Tax"])


@cases(PAGE, "Tax by line")
def test_tax_by_line(row: Row) -> None:
    lines, rounding = all_taxed(row["Lines"]), Rounding(row["Rounding"])
    assert list(tax_by_line(lines, row["Currency"], rounding)) == amounts(row["By line"])


def test_two_taxes_on_one_line_are_two_groups() -> None:
    """Québec: 1,000.00 bears GST of 5 % and QST of 9.975 %, each on the price alone."""
    both = (line_tax("S", "0.05", "GST"), line_tax("S", "0.09975", "QST"))
    line = TaxedAmount(net=Decimal("1000.00"), taxes=both)
    found = groups([line, line], "CAD", Rounding.group)
    assert [(group.tax, group.base, group.amount) for group in found] == [
        ("GST", Decimal(2000), Decimal(100)),
        ("QST", Decimal(2000), Decimal("199.50")),
    ]
    assert tax_by_line([line, line], "CAD", Rounding.group) == (Decimal("149.75"), Decimal("149.75"))


def test_each_tax_of_a_line_is_rounded_by_itself() -> None:
    both = (line_tax("S", "0.05", "GST"), line_tax("S", "0.05", "QST"))
    line = TaxedAmount(net=Decimal("10.05"), taxes=both)
    assert tax_by_line([line], "CAD", Rounding.line) == (Decimal("1.00"),)


def test_by_line_a_credit_beside_work_is_rounded_by_itself() -> None:
    """-0.005 and 0.015, each half away from zero."""
    lines = [*all_taxed("-0.05 S 0.10"), *all_taxed("0.15 S 0.10")]
    assert tax_by_line(lines, "USD", Rounding.line) == (Decimal("-0.01"), Decimal("0.02"))


def test_amounts_have_the_decimals_of_the_currency() -> None:
    untaxed, taxed = TaxedAmount(net=Decimal(10)), all_taxed("10 S 0.20")[0]
    assert [str(tax) for tax in tax_by_line([untaxed, taxed], "USD", Rounding.line)] == ["0.00", "2.00"]
    (group,) = groups([taxed], "USD", Rounding.group)
    assert (str(group.base), str(group.amount)) == ("10.00", "2.00")


def test_a_person_is_told_which_rates_there_are() -> None:
    for jurisdiction, category, named in (
        ("CA-QC", TaxCategory.standard, "(GST in general; QST in general)"),
        ("FR", TaxCategory.reduced, "(VAT renovation; VAT energy renovation)"),
    ):
        with pytest.raises(Refused) as refused:
            rate_on(RATES, TaxTreatment(jurisdiction=jurisdiction, category=category), date(2026, 11, 22))
        assert named in refused.value.sentence


def test_no_days_are_granted_unless_the_rule_says_so() -> None:
    next_day = TaxDates(supply=date(2026, 3, 10), invoice=date(2026, 3, 11))
    assert tax_point(TaxPoint.earliest, next_day) == date(2026, 3, 10)
    assert TaxRule.model_fields["invoice_within_days"].default == 0


def test_reasons_of_one_group_are_joined_once() -> None:
    lines = [
        TaxedAmount(net=Decimal(10), taxes=(LineTax(category=TaxCategory.exempt, reason=reason),))
        for reason in ("Education", "Health", "Education")
    ]
    (group,) = groups(lines, "GBP", Rounding.group)
    assert (group.base, group.reason) == (Decimal(30), "Education; Health")
    (taxed,) = groups(all_taxed("1.00 S 0.20"), "GBP", Rounding.group)
    assert taxed.reason == ""


def test_standard_and_reduced_of_one_rate_are_one_group() -> None:
    lines = [
        TaxedAmount(net=Decimal(10), taxes=(LineTax(category=category, rate=Decimal("0.07")),))
        for category in (TaxCategory.standard, TaxCategory.reduced)
    ]
    (group,) = groups(lines, "EUR", Rounding.group)
    assert (group.code, group.base, group.amount) == ("S", Decimal(20), Decimal("1.40"))


@cases(PAGE, "Tax date")
def test_tax_date(row: Row) -> None:
    dates = TaxDates.model_validate(
        {
            name: row[column] or None
            for name, column in (("supply", "Work"), ("invoice", "Invoice"), ("payment", "Payment"))
        }
    )
    rule, days = TaxPoint(row["Rule"]), int(row["Invoice within days"])
    if row["Tax date"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            tax_point(rule, dates, days)
        assert f"refused {refused.value.code}" == row["Tax date"]
        assert "_" not in refused.value.sentence
        return
    assert tax_point(rule, dates, days).isoformat() == row["Tax date"]


def test_the_rule_of_a_part_before_that_of_its_country() -> None:
    on = date(2026, 11, 22)
    assert rule_for(RULES, "CA-ON", on).citation == rule_for(RULES, "CA", on).citation
    own = rule_for(RULES, "CA", on).model_copy(update={"jurisdiction": "CA-ON", "rounding": Rounding.line})
    for rows in ([*RULES, own], [own, *RULES]):
        assert rule_for(rows, "CA-ON", on).rounding is Rounding.line
        assert rule_for(rows, "CA-QC", on).rounding is Rounding.group
    assert rule_for(RULES, "GB", on).invoice_within_days == 14
    assert rule_for(RULES, "GB", on, "periodic payments").tax_point is TaxPoint.invoice_or_payment
    for wrong in (("ZZ", on, ""), ("GB", date(1990, 1, 1), ""), ("GB", on, "bridges")):
        with pytest.raises(Refused) as refused:
            rule_for(RULES, *wrong)
        assert refused.value.code == "no_tax_rule"


@cases(PAGE, "Work that spans a change of the rate")
def test_work_that_spans_a_change(row: Row) -> None:
    work = [
        WorkDone(on=date.fromisoformat(day), share=Decimal(share))
        for day, share in (text.split() for text in listed(row["Work"]))
    ]
    asked, net = [TaxTreatment(jurisdiction=row["Jurisdiction"])], Decimal(row["Net"])
    if row["Parts"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            split_by_work(RATES, asked, net, work, "CAD")
        assert f"refused {refused.value.code}" == row["Parts"]
        return
    parts = split_by_work(RATES, asked, net, work, "CAD")
    found = [
        (part.net, part.taxes[0].rate, groups([part], "CAD", Rounding.group)[0].amount) for part in parts
    ]
    assert found == [tuple(Decimal(cell) for cell in text.split()) for text in listed(row["Parts"])]
    assert total(part.net for part in parts) == net


def test_a_share_of_the_work_is_not_negative() -> None:
    with pytest.raises(ValidationError, match="not negative"):
        WorkDone(on=date(2020, 1, 1), share=Decimal("-0.01"))


def test_the_tables_of_law_hold_together() -> None:
    """Every row is whole, and no two rows of one kind are in force on the same day."""
    kinds: list[tuple[Any, ...]] = []
    # In a province GST gives way to HST; only QST stands beside it.
    kinds += [(row, (row.jurisdiction, row.tax == "QST", row.category, row.applies_to)) for row in RATES]
    kinds += [(row, (row.jurisdiction, row.applies_to, "rule")) for row in RULES]
    kinds += [
        (row, (row.jurisdiction, row.scheme, row.standing))
        for row in law.table("withholding", WithholdingRate)
    ]
    kinds += [(row, (row.jurisdiction, row.scheme)) for row in law.table("reverse_charge", ReverseChargeRule)]
    by_kind: dict[tuple[Any, ...], list[Any]] = {}
    for row, kind in kinds:
        by_kind.setdefault(kind, []).append(row)
    for rows in by_kind.values():
        rows.sort(key=lambda row: row.effective_from)
        assert rows[-1].effective_to is None
        for earlier, later in pairwise(rows):
            assert earlier.effective_to == later.effective_from
    assert len(kinds) == 74


def test_old_and_uncertain_rows_are_warned_of_once() -> None:
    row = RATES[0].model_copy(update={"as_of": date(2025, 1, 1), "verified": Verified.source})
    assert warnings([row], date(2026, 1, 1)) == ()
    (said,) = warnings([row, row], date(2026, 1, 2))
    assert said.startswith("GB, Value Added Tax Act 1994 s. 2: last read on 2025-01-01")
    unsure = row.model_copy(update={"verified": Verified.uncertain})
    (said,) = warnings([unsure], date(2026, 1, 1))
    assert "not certain" in said
    assert len(warnings([unsure, row], date(2026, 1, 2))) == 2


_cents = st.integers(-(10**9), 10**9).map(lambda cents: Decimal(cents).scaleb(-2))
_taxes = st.sampled_from(
    [
        (line_tax("S", "0.20"),),
        (line_tax("S", "0.055"),),
        (line_tax("S", "0.08875"),),
        (line_tax("Z", "0"),),
        (line_tax("E", "0"),),
        (line_tax("S", "0.05", "GST"), line_tax("S", "0.09975", "QST")),
        (),
    ]
)
_line = st.builds(TaxedAmount, net=_cents, taxes=_taxes)
_lines = st.lists(_line, min_size=1, max_size=25)


@given(_lines, st.sampled_from(Rounding))
def test_lines_add_up_to_the_groups_and_each_group_is_near_its_rate(
    lines: list[TaxedAmount], rounding: Rounding
) -> None:
    found = groups(lines, "USD", rounding)
    by_line = tax_by_line(lines, "USD", rounding)
    assert total(by_line) == total(group.amount for group in found)
    for group in found:
        members = [
            line for line in lines for tax in line.taxes if (tax.tax, tax.rate) == (group.tax, group.rate)
        ]
        slack = Decimal("0.005") * (1 if rounding is Rounding.group else len(members))
        assert abs(group.amount - group.base * group.rate) <= slack
        if rounding is Rounding.group:
            assert group.amount == round_to(group.base * group.rate, "USD")
    for line, tax in zip(lines, by_line, strict=True):
        assert abs(tax - sum((line.net * each.rate for each in line.taxes), ZERO)) < Decimal("0.01") * max(
            1, len(line.taxes)
        )
    mirrored = [line.model_copy(update={"net": -line.net}) for line in lines]
    assert [-group.amount for group in groups(mirrored, "USD", rounding)] == [g.amount for g in found]


@given(
    _cents,
    st.lists(
        st.tuples(st.dates(date(2019, 1, 1), date(2022, 1, 1)), st.integers(0, 100)), min_size=1, max_size=9
    ),
)
def test_a_split_by_work_adds_up_and_has_each_rate_once(net: Decimal, work: list[tuple[date, int]]) -> None:
    done = [WorkDone(on=day, share=Decimal(share)) for day, share in work]
    asked = [TaxTreatment(jurisdiction="DE")]
    if not any(share for _, share in work):
        with pytest.raises(Refused):
            split_by_work(RATES, asked, net, done, "EUR")
        return
    parts = split_by_work(RATES, asked, net, done, "EUR")
    assert total(part.net for part in parts) == net
    rates = [part.taxes[0].rate for part in parts]
    assert sorted(set(rates)) == sorted(rates)
    assert set(rates) == {rate_on(RATES, asked[0], day).rate for day, _ in work}


@given(
    st.none() | st.dates(date(2026, 1, 1), date(2026, 3, 1)),
    st.none() | st.dates(date(2026, 1, 1), date(2026, 3, 1)),
    st.none() | st.dates(date(2026, 1, 1), date(2026, 3, 1)),
    st.integers(0, 30),
)
def test_the_earliest_tax_date_is_one_of_its_dates_and_never_late(
    supply: date | None, invoice: date | None, payment: date | None, days: int
) -> None:
    dates = TaxDates(supply=supply, invoice=invoice, payment=payment)
    known = [day for day in (supply, invoice, payment) if day]
    if not known:
        with pytest.raises(Refused):
            tax_point(TaxPoint.earliest, dates, days)
        return
    found = tax_point(TaxPoint.earliest, dates, days)
    assert found in known
    if supply:
        assert found <= supply + timedelta(days=days)
    if found != min(known):
        assert supply is not None
        assert found == invoice
        assert invoice > supply


def test_only_charged_categories_bear_a_rate() -> None:
    assert {TaxCategory.standard, TaxCategory.reduced} == CHARGED
