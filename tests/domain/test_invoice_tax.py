"""Whole invoices against docs/SPEC-tax.md, worked out from what is captured with them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from contracts_app import law
from contracts_app.domain.money import total
from contracts_app.domain.refusals import Refused
from contracts_app.domain.tax import (
    currency,
    discounts,
    document_totals,
    early_payment,
    reverse_charge,
    tax,
    tax_credit,
    withholding,
)
from contracts_app.domain.tax import invoice_tax as invoice_tax_module
from contracts_app.domain.tax import tax_point as tax_point_module
from contracts_app.domain.tax.currency import DocumentRates, ExchangeRate
from contracts_app.domain.tax.invoice_tax import CapturedTax, LineTaxTerms, invoice_tax, rates_used
from contracts_app.domain.tax.reverse_charge import ConstructionParties, CrossBorderParties, ReverseChargeRule
from contracts_app.domain.tax.tax import Rounding, TaxCategory, TaxRate, TaxTreatment
from contracts_app.domain.tax.tax_point import TaxDates, TaxPoint, TaxRule, WorkDone, rule_for, tax_point
from contracts_app.domain.time import rate_increase
from tests.domain.agreements import identity
from tests.domain.asking import Ask
from tests.domain.worked_tables import Row, amounts, cases, listed

PAGE = "SPEC-tax.md"
RATES = law.table("tax_rates", TaxRate)
RULES = law.table("tax_rules", TaxRule)
REVERSED = law.table("reverse_charge", ReverseChargeRule)
BUILDER = ConstructionParties(
    supplier_vat_registered=True,
    customer_vat_registered=True,
    customer_cis_registered=True,
    end_user_in_writing=False,
)
PARTIES: Mapping[str, ConstructionParties | CrossBorderParties | None] = {
    "none": None,
    "cis": BUILDER,
    "end user": BUILDER.model_copy(update={"end_user_in_writing": True}),
    "to FR": CrossBorderParties(
        supplier_country="DE",
        customer_country="FR",
        customer_is_business=True,
        customer_vat_number="FR00123456789",
        taxed_where_customer_is=True,
    ),
}
HALVES = (
    WorkDone(on=date(2011, 1, 3), share=Decimal(1)),
    WorkDone(on=date(2011, 1, 4), share=Decimal(1)),
)


def _line(number: int, kind: str, jurisdiction: str) -> LineTaxTerms:
    category = {"R": TaxCategory.reduced, "E": TaxCategory.exempt}.get(kind, TaxCategory.standard)
    reason = "Land" if kind == "E" else None
    return LineTaxTerms(
        line_id=identity(f"line {number}"),
        treatments=(TaxTreatment(jurisdiction=jurisdiction, category=category, reason=reason),),
        specified=kind == "cis",
        work=HALVES if kind == "span" else (),
    )


def _captured(row: Row) -> tuple[CapturedTax, dict[UUID, Decimal]]:
    texts = [text.split() for text in listed(row["Lines"])]
    lines = tuple(_line(number, kind, row["Jurisdiction"]) for number, (_, kind) in enumerate(texts))
    dates = TaxDates.model_validate(
        {"supply": row["Work"], "invoice": row["Invoice"], "payment": row["Paid"] or None}
    )
    rule = rule_for(RULES, row["Jurisdiction"], date.fromisoformat(row["Invoice"]), row["Special rule"])
    on = tax_point(rule.tax_point, dates, rule.invoice_within_days)
    captured = CapturedTax(
        rule=rule,
        rates=rates_used(RATES, lines, on),
        dates=dates,
        lines=lines,
        parties=PARTIES[row["Parties"]],
        reverse_charge=REVERSED,
        prepaid=Decimal(row["Prepaid"]),
    )
    return captured, {line.line_id: Decimal(net) for line, (net, _) in zip(lines, texts, strict=True)}


@cases(PAGE, "Whole invoices")
def test_whole_invoices(row: Row) -> None:
    captured, nets = _captured(row)
    found = invoice_tax(captured, nets, "GBP")
    assert found.tax_date.isoformat() == row["Tax date"]
    shown = (found.totals.net, found.totals.tax, found.totals.payable)
    assert shown == (Decimal(row["Net"]), Decimal(row["Tax"]), Decimal(row["Payable"]))
    assert [line.tax for line in found.lines] == amounts(row["By line"])
    assert {line.line_id: line.net for line in found.lines} == nets
    customer = found.reverse_charge.customer_tax if found.reverse_charge else ()
    expected = [tuple(Decimal(cell) for cell in text.split()) for text in listed(row["Customer"])]
    assert [(tax.rate, tax.base, tax.amount) for tax in customer] == expected
    assert (found.reverse_charge is None) == (row["Parties"] == "none")
    # What was captured says all: as text and back it gives the same.
    again = CapturedTax.model_validate_json(captured.model_dump_json())
    assert invoice_tax(again, nets, "GBP") == found


@cases(PAGE, "Whole invoices")
def test_whole_invoices_by_calc(ask: Ask, row: Row) -> None:
    captured, nets = _captured(row)
    question = {
        "currency": "GBP",
        "captured": captured.model_dump(mode="json"),
        "nets": {str(line_id): f"{net:f}" for line_id, net in nets.items()},
    }
    status, answer, _ = ask("invoice-tax", question=question)
    assert (status, answer["totals"]["payable"]) == (0, row["Payable"])


def _plain(**change: object) -> CapturedTax:
    lines = (_line(0, "S", "GB"), _line(1, "S", "GB"))
    day = date(2026, 3, 10)
    captured = CapturedTax(
        rule=rule_for(RULES, "GB", day),
        rates=rates_used(RATES, lines, day),
        dates=TaxDates(supply=day),
        lines=lines,
    )
    return captured.model_copy(update=change)


def test_only_the_rates_that_are_used_are_captured_each_once() -> None:
    assert [row.rate for row in _plain().rates] == [Decimal("0.20")]
    spanning = [_line(0, "span", "GB"), _line(1, "E", "GB")]
    assert [row.rate for row in rates_used(RATES, spanning, date(2026, 1, 1))] == [
        Decimal("0.175"),
        Decimal("0.20"),
    ]


def test_tax_is_also_stated_in_its_own_currency() -> None:
    at = ExchangeRate(of="DKK", to="GBP", rate=Decimal("0.115"), on=date(2026, 3, 10), source="Central bank")
    rates = DocumentRates(
        on=date(2026, 3, 10), contract="DKK", invoice="DKK", functional="DKK", tax="GBP", to_tax=at
    )
    nets = {identity("line 0"): Decimal("1000.01")}
    assert invoice_tax(_plain(exchange=rates), nets, "DKK").tax_in_its_currency == Decimal("23.00")
    assert invoice_tax(_plain(), nets, "DKK").tax_in_its_currency is None


def test_rounding_is_the_jurisdictions() -> None:
    nets = {identity(f"line {number}"): Decimal("0.02") for number in range(2)}
    assert invoice_tax(_plain(), nets, "GBP").totals.tax == Decimal("0.01")
    on_line = _plain().rule.model_copy(update={"rounding": Rounding.line})
    assert invoice_tax(_plain(rule=on_line), nets, "GBP").totals.tax == Decimal(0)


def test_every_value_of_these_rules_is_frozen_and_takes_nothing_unknown() -> None:
    modules = (
        currency,
        discounts,
        document_totals,
        early_payment,
        invoice_tax_module,
        rate_increase,
        reverse_charge,
        tax,
        tax_credit,
        tax_point_module,
        withholding,
    )
    kinds = [
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind.__module__ == module.__name__
    ]
    assert len(kinds) > 40
    for kind in kinds:
        assert kind.model_config["frozen"] is True
        assert kind.__name__.startswith("_") or kind.model_config["extra"] == "forbid"
    assert not LineTaxTerms(line_id=UUID(int=1), treatments=(TaxTreatment(jurisdiction="GB"),)).specified


def test_what_is_missing_is_refused() -> None:
    one = {identity("line 0"): Decimal(1)}
    two_taxes = (
        TaxTreatment(jurisdiction="GB"),
        TaxTreatment(jurisdiction="GB", category=TaxCategory.exempt),
    )
    doubled = LineTaxTerms(
        line_id=identity("line 0"),
        treatments=(two_taxes[0], two_taxes[1].model_copy(update={"tax": "Levy", "reason": "Small"})),
    )
    by_payment = _plain().rule.model_copy(update={"tax_point": TaxPoint.payment})
    for captured, nets, code in (
        (_plain(), {identity("line 9"): Decimal(1)}, "no_tax_treatment"),
        (_plain(rates=()), one, "no_tax_rate"),
        (_plain(rule=by_payment), one, "no_tax_point"),
        (
            _plain(lines=(doubled,), parties=BUILDER, reverse_charge=REVERSED),
            one,
            "one_tax_for_reverse_charge",
        ),
    ):
        with pytest.raises(Refused) as refused:
            invoice_tax(captured, nets, "GBP")
        assert refused.value.code == code
    with pytest.raises(ValidationError, match="taxed in one way"):
        CapturedTax.model_validate(
            {**_plain().model_dump(), "lines": [_line(0, "S", "GB"), _line(0, "R", "GB")]}
        )


@given(
    st.lists(
        st.tuples(st.integers(-(10**8), 10**8), st.sampled_from(["S", "R", "E", "cis", "span"])),
        min_size=1,
        max_size=10,
    ),
    st.sampled_from(["none", "cis", "end user"]),
)
def test_lines_make_the_invoice(lines: list[tuple[int, str]], parties: str) -> None:
    terms = tuple(_line(number, kind, "GB") for number, (_, kind) in enumerate(lines))
    day = date(2026, 3, 10)
    captured = _plain(
        lines=terms,
        rates=rates_used(RATES, terms, day),
        parties=PARTIES[parties],
        reverse_charge=REVERSED,
    )
    nets = {line.line_id: Decimal(cents).scaleb(-2) for line, (cents, _) in zip(terms, lines, strict=True)}
    found = invoice_tax(captured, nets, "GBP")
    assert total(line.tax for line in found.lines) == found.totals.tax
    assert total(nets.values()) == found.totals.net
    assert found.totals.payable == found.totals.gross == found.totals.net + found.totals.tax
    if found.reverse_charge and found.reverse_charge.applies:
        assert found.totals.tax == 0
