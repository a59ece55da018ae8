"""Tax, currency and discounts through `contracts calc`: the rules for whoever has JSON and no program."""

from typing import Any

import pytest

from contracts_app.domain.tax.tax import Rounding
from tests.domain.asking import Ask
from tests.domain.worked_tables import Row, cases, listed

EN2 = {
    "currency": "NOK",
    "lines": [
        {"net": net, "taxes": [tax]}
        for net, tax in (
            ("1273.00", {"rate": "0.25"}),
            ("-3.96", {"category": "reduced", "rate": "0.15"}),
            ("4.96", {"category": "reduced", "rate": "0.15"}),
            ("-25.00", {"category": "exempt", "reason": "New means of transport"}),
            ("187.50", {"rate": "0.25"}),
        )
    ],
    "allowances": [{"amount": "100.00", "taxes": [{"rate": "0.25"}], "reason": "Promotion"}],
    "charges": [{"amount": "100.00", "taxes": [{"rate": "0.25"}], "reason": "Freight"}],
    "prepaid": "1000.00",
}


def test_document_totals(ask: Ask) -> None:
    status, answer, _ = ask("document-totals", question=EN2)
    assert status == 0
    assert [group["amount"] for group in answer["groups"]] == ["365.13", "0.15", "0.00"]
    shown = [answer[name] for name in ("net", "tax", "gross", "prepaid", "payable")]
    assert shown == ["1436.50", "365.28", "1801.78", "1000.00", "801.78"]


def _line(net: str, **treatment: str) -> dict[str, Any]:
    return {"net": net, "treatments": [{"jurisdiction": "GB", **treatment}]}


def test_tax(ask: Ask) -> None:
    question = {
        "currency": "GBP",
        "on": "2026-11-22",
        "lines": [
            _line("10.05"),
            _line("10.05", category="reduced"),
            _line("5.00", category="exempt", reason="Land"),
        ],
        "today": "2026-11-22",
    }
    status, answer, _ = ask("tax", question=question)
    assert (status, answer["tax"], answer["by_line"]) == (0, "2.51", ["2.01", "0.50", "0.00"])
    assert [line["taxes"][0]["rate"] for line in answer["lines"]] == ["0.20", "0.05", "0"]
    assert answer["warnings"] == []
    status, _, said = ask("tax", question={**question, "on": "1990-01-01"})
    assert (status, said.count("\n")) == (1, 1)
    assert said.startswith("The tables have no standard rate for GB on 1990-01-01; add the rate")
    _, answer, _ = ask("tax", question={**question, "today": "2027-11-24"})
    assert len(answer["warnings"]) == 2


def test_tax_by_a_table_of_ones_own_and_rounded_on_the_line(ask: Ask) -> None:
    row = {
        "jurisdiction": "US-CA",
        "tax": "Sales tax",
        "category": "standard",
        "rate": "0.0725",
        "citation": "The firm's own table",
        "effective_from": "2020-01-01",
        "source": "The firm",
        "as_of": "2026-01-01",
        "verified": "uncertain",
    }
    question = {
        "currency": "USD",
        "on": "2026-11-22",
        "rounding": Rounding.line,
        "rates": [row],
        "lines": [{"net": "0.20", "treatments": [{"jurisdiction": "US-CA"}]}] * 3,
        "today": "2026-11-22",
    }
    status, answer, _ = ask("tax", question=question)
    assert (status, answer["tax"]) == (0, "0.03")
    assert answer["groups"][0]["tax"] == "Sales tax"
    assert len(answer["warnings"]) == 1
    _, answer, _ = ask("tax", question={**question, "rounding": "group"})
    assert (answer["tax"], answer["by_line"]) == ("0.04", ["0.02", "0.01", "0.01"])


@cases("SPEC-tax.md", "Work that spans a change of the rate")
def test_tax_of_work_that_spans_a_change(ask: Ask, row: Row) -> None:
    work = [dict(zip(("on", "share"), text.split(), strict=True)) for text in listed(row["Work"])]
    line = {"net": row["Net"], "treatments": [{"jurisdiction": row["Jurisdiction"]}], "work": work}
    question = {"currency": "CAD", "on": "2026-11-22", "lines": [line], "today": "2026-11-22"}
    status, answer, _ = ask("tax", question=question)
    if row["Parts"].startswith("refused"):
        assert status == 1
        return
    expected = [text.split() for text in listed(row["Parts"])]
    assert [line["net"] for line in answer["lines"]] == [part[0] for part in expected]
    assert answer["by_line"] == [part[2] for part in expected]


def test_tax_point(ask: Ask) -> None:
    dates = {"supply": "2026-03-10", "invoice": "2026-03-24"}
    question = {"jurisdiction": "GB", "dates": dates, "on": "2026-03-24", "today": "2026-11-22"}
    status, answer, _ = ask("tax-point", question=question)
    assert (status, answer["tax_date"], answer["rounding"], answer["warnings"]) == (
        0,
        "2026-03-24",
        "group",
        [],
    )
    late = {**question, "dates": {**dates, "invoice": "2026-03-25"}}
    assert ask("tax-point", question=late)[1]["tax_date"] == "2026-03-10"
    periodic = {**late, "applies_to": "periodic payments"}
    assert ask("tax-point", question=periodic)[1]["tax_date"] == "2026-03-25"
    assert ask("tax-point", question={**question, "jurisdiction": "ZZ"})[0] == 1
    assert len(ask("tax-point", question={**question, "jurisdiction": "US-NY"})[1]["warnings"]) == 1


def test_tax_credit(ask: Ask) -> None:
    group = {"tax": "VAT", "code": "S", "rate": "0.20", "base": "1000.00", "amount": "200.00"}
    question = {
        "currency": "GBP",
        "invoice": [group],
        "credited": [{**group, "base": "250.00", "amount": "50.00"}],
        "wanted": [{"rate": "0.20", "base": "500.00"}],
    }
    status, answer, _ = ask("tax-credit", question=question)
    assert (status, answer["groups"][0]["amount"]) == (0, "100.00")
    assert (answer["remaining"][0]["base"], answer["remaining"][0]["amount"]) == ("250.00", "50.00")
    question["wanted"] = [{"rate": "0.20", "base": "750.01"}]
    assert ask("tax-credit", question=question)[2] == (
        "Of this rate 750.00 GBP can still be credited, not 750.01 GBP.\n"
    )


def test_line_net(ask: Ask) -> None:
    question = {"quantity": "16000", "price": "0.00101", "currency": "EUR"}
    assert ask("line-net", question=question)[:2] == (0, {"net": "16.16"})
    question["base_quantity"] = "1000"
    assert ask("line-net", question={**question, "allowances": "0.01", "charges": "0.02"})[1] == {
        "net": "0.03"
    }


SUPPLY = {
    "tax_date": "2026-11-22",
    "supplier_vat_registered": True,
    "customer_vat_registered": True,
    "customer_cis_registered": True,
    "end_user_in_writing": False,
    "lines": [
        {"net": "1000.00", "specified": True, "tax": {"rate": "0.20"}},
        {"net": "500.00", "specified": False, "tax": {"rate": "0.20"}},
    ],
}
SERVICE = {
    "tax_date": "2026-11-22",
    "supplier_country": "DE",
    "customer_country": "FR",
    "customer_is_business": True,
    "customer_vat_number": "FR00123456789",
    "taxed_where_customer_is": True,
    "lines": [{"net": "1000.00", "specified": True, "tax": {"rate": "0.19"}}],
}


def test_reverse_charge(ask: Ask) -> None:
    status, answer, _ = ask("reverse-charge", question={"currency": "GBP", "construction": SUPPLY})
    assert (status, answer["applies"]) == (0, True)
    assert answer["customer_tax"] == [{"rate": "0.20", "base": "1500.00", "amount": "300.00"}]
    _, answer, _ = ask("reverse-charge", question={"currency": "EUR", "cross_border": SERVICE})
    assert (answer["applies"], answer["wording"]) == (True, "Reverse charge")
    both = {"currency": "EUR", "cross_border": SERVICE, "construction": SUPPLY}
    for wrong in (both, {"currency": "EUR"}):
        assert ask("reverse-charge", question=wrong)[0] == 1


def test_withholding(ask: Ask) -> None:
    question = {
        "jurisdiction": "GB",
        "scheme": "cis",
        "standing": "net",
        "on": "2026-11-22",
        "payment": {"net": "700.00", "tax": "140.00", "materials": "200.00"},
        "today": "2026-11-22",
    }
    status, answer, _ = ask("withholding", question=question)
    assert (status, answer["withheld"]) == (
        0,
        {"base": "500.00", "rate": "0.20", "amount": "100.00", "cash": "740.00"},
    )
    assert (answer["citation"], answer["warnings"]) == ("Finance Act 2004 s. 61", [])
    assert len(ask("withholding", question={**question, "today": "2028-01-01"})[1]["warnings"]) == 1
    certificate = {"number": "A", "amount": "100.00"}
    settled = {"currency": "GBP", "open": "840.00", "cash": "740.00", "withheld": "100.00"}
    assert ask("settle-withheld", question={**settled, "certificates": [certificate]})[1]["open"] == "0.00"
    assert ask("settle-withheld", question=settled)[1]["short_of_certificate"] == "100.00"


def _rate(of: str, to: str, rate: str) -> dict[str, str]:
    return {"of": of, "to": to, "rate": rate, "on": "2026-11-22", "source": "Central bank"}


def test_currency(ask: Ask) -> None:
    rates = {
        "on": "2026-11-22",
        "contract": "EUR",
        "invoice": "DKK",
        "functional": "USD",
        "tax": "EUR",
        "to_invoice": _rate("EUR", "DKK", "7.46"),
        "to_functional": _rate("DKK", "USD", "0.15"),
        "to_tax": _rate("DKK", "EUR", "0.93129"),
    }
    status, answer, _ = ask("currency", question={"rates": rates, "amount": "100.00", "tax": "675.00"})
    assert (status, answer) == (
        0,
        {
            "amount": {"contract": "100.00", "invoice": "746.00", "functional": "111.90"},
            "tax_in_its_currency": "628.62",
        },
    )
    assert ask("currency", question={"rates": rates, "amount": "1.00"})[1]["tax_in_its_currency"] is None
    status, _, said = ask("currency", question={"rates": {**rates, "to_invoice": None}, "amount": "1.00"})
    assert (status, said) == (
        1,
        "There is no rate from EUR to DKK for 2026-11-22: give it with its source and day.\n",
    )


def test_exchange_gain(ask: Ask) -> None:
    question: dict[str, Any] = {
        "receivable": {
            "currency": "GBP",
            "functional": "USD",
            "open": "100.00",
            "booked_at": _rate("GBP", "USD", "2"),
        },
        "receipts": [{"amount": "40.00", "on": "2026-11-22", "at": _rate("GBP", "USD", "2.5")}],
        "closing_on": "2026-11-30",
        "closing": _rate("GBP", "USD", "2.5"),
    }
    status, answer, _ = ask("exchange-gain", question=question)
    assert (status, [each["gain"] for each in answer["realized"]]) == (0, ["20.00"])
    assert (answer["unrealized"]["gain"], answer["unrealized"]["reversed_on"]) == ("30.00", "2026-12-01")
    rest = {"amount": "60.00", "on": "2026-11-22", "at": _rate("GBP", "USD", "3")}
    question = {**question, "receipts": [question["receipts"][0], rest], "closing_on": None}
    _, answer, _ = ask("exchange-gain", question=question)
    assert ([each["gain"] for each in answer["realized"]], answer["unrealized"]) == (["20.00", "60.00"], None)


def test_invoice_currency(ask: Ask) -> None:
    """119.00 USD at 0.9: 90.00 and 19 % of it."""
    group = {"tax": "VAT", "code": "S", "rate": "0.19", "base": "100.00", "amount": "19.00"}
    status, answer, _ = ask(
        "invoice-currency",
        question={
            "invoicing": {
                "currency": "EUR",
                "functional": "EUR",
                "rate_of": "period_end",
                "rate": _rate("USD", "EUR", "0.9"),
            },
            "asked": {
                "currency": "USD",
                "lines": ["60.00", "40.00"],
                "groups": [group],
                "net": "100.00",
                "tax": "19.00",
                "due": "119.00",
            },
            "on": "2026-11-22",
        },
    )
    assert status == 0
    assert (answer["lines"], answer["due"]) == (["54.00", "36.00"], "107.10")


def test_discount(ask: Ask) -> None:
    question = {
        "currency": "USD",
        "lines": [
            {"net": "100.00", "rate": "0.10"},
            {"net": "100.00"},
            {"net": "50.00", "discountable": False},
        ],
        "rate": "0.05",
    }
    status, answer, _ = ask("discount", question=question)
    assert (status, answer) == (
        0,
        {
            "on_line": ["10.00", "0.00", "0.00"],
            "on_document": ["4.50", "5.00", "0.00"],
            "net": ["85.50", "95.00", "50.00"],
            "discount": "19.50",
        },
    )
    del question["rate"]
    assert ask("discount", question=question)[1]["on_document"] == ["0.00", "0.00", "0.00"]
    assert ask("discount", question={**question, "amount": "19.00"})[1]["discount"] == "29.00"
    assert ask("discount", question={**question, "amount": "190.01"})[0] == 1


def test_volume_discount(ask: Ask) -> None:
    bands = [{"above": "10000.00", "rate": "0.05"}, {"above": "50000.00", "rate": "0.08"}]
    question = {
        "currency": "USD",
        "agreed": {"mode": "marginal", "bands": bands},
        "before": "40000.00",
        "now": "20000.00",
    }
    assert ask("volume-discount", question=question)[:2] == (0, {"discount": "1300.00", "to_date": "2800.00"})


@cases("SPEC-discounts.md", "Early payment")
def test_early_payment(ask: Ask, row: Row) -> None:
    groups = [
        dict(zip(("net", "rate", "not_discountable"), text.split(), strict=False))
        for text in listed(row["Groups"])
    ]
    terms = {"rate": row["Rate"], "days": int(row["Days"]), "tax": row["Tax"]}
    question = {"currency": "EUR", "invoiced_on": "2026-03-01", "groups": groups, "terms": terms}
    status, answer, _ = ask("early-payment", question=question)
    assert (status, answer["settled"]) == (0, None)
    shown = [answer["agreed"][name] for name in ("discount", "pay_early", "pay_late", "last_day")]
    assert shown == [row[column] for column in ("Discount", "Pay early", "Pay late", "Last day")]


def test_a_part_payment_in_time(ask: Ask) -> None:
    question = {
        "currency": "USD",
        "invoiced_on": "2026-03-01",
        "groups": [{"net": "1000.00"}],
        "terms": {"rate": "0.02", "days": 10},
        "payment": {"amount": "400.00", "on": "2026-03-11", "open": "1000.00"},
    }
    status, answer, _ = ask("early-payment", question=question)
    assert (status, answer["settled"]) == (0, {"settles": "408.16", "discount": "8.16", "left_over": "0"})


def test_rate_increase(ask: Ask) -> None:
    card = [
        {"role": "Engineer", "rate": "145.00", "effective_from": "2026-01-01"},
        {"role": "Engineer", "rate": "160.00", "effective_from": "2027-01-01"},
    ]
    increase = {"effective_from": "2026-07-01", "by_rate": "0.035", "step": "5", "rounding": "up"}
    status, answer, _ = ask("rate-increase", question={"rate_card": card, "increase": increase})
    assert status == 0
    assert [(row["role"], row["rate"], row["effective_from"]) for row in answer["added"]] == [
        ("Engineer", "155", "2026-07-01")
    ]
    assert [row["rate"] for row in answer["begins_later"]] == ["160.00"]
    status, _, said = ask(
        "rate-increase",
        question={"rate_card": card, "increase": {**increase, "effective_from": "2026-01-01"}},
    )
    assert status == 1
    assert "begin the new one on another day" in said


@pytest.mark.parametrize("rule", ["tax", "document-totals", "reverse-charge", "withholding", "currency"])
def test_the_schema_says_what_is_read(ask: Ask, rule: str) -> None:
    status, schema, _ = ask(rule, "--schema")
    assert (status, schema["rule"]) == (0, rule)
    assert schema["says"]
