"""`contracts calc` for caps, purchase orders, notices, retainers and advances."""

from decimal import Decimal
from typing import Any

import pytest

from tests.domain import charges_written as written
from tests.domain.agreements import identity
from tests.domain.asking import Ask
from tests.domain.worked_tables import Row, amounts, cases, listed

PAGE = "SPEC-caps-and-funding.md"


def _documents(models: Any) -> list[dict[str, Any]]:
    return [model.model_dump(mode="json") for model in models]


def _standing(amount: str, billed: str, reserved: str, unbilled: str, earned: str) -> dict[str, str]:
    told = {"amount": amount, "billed": billed, "reserved": reserved, "unbilled": unbilled, "earned": earned}
    return {**told, "left": "0"}


def test_caps(ask: Ask) -> None:
    caps = written.caps("contract = 1000; line 1 = 600")
    ids = {name: str(cap.id) for name, cap in caps.items()}
    question: dict[str, Any] = {
        "caps": _documents(caps.values()),
        "billed": {ids["contract"]: "100", ids["line 1"]: "50"},
        "reserved": {ids["contract"]: "200"},
        "charges": _documents(written.charges("1 500; 1 300; 2 600")),
        "over": _documents(written.left_over("1 20 line 1")),
        "currency": "USD",
    }
    status, answer, _ = ask("caps", question=question)
    # By hand: the contract has 700 left, the line 550. 20 left over and 500 leave 180 and 30; of 300 the
    # line takes 30, of 600 the contract 150.
    assert (status, answer["billed"]) == (0, "700")
    assert [part["amount"] for part in answer["claim"]["parts"]] == ["20", "500", "30", "150"]
    over = {line["held_by"]: line["amount"] for line in answer["claim"]["over_lines"]}
    assert over == {ids["line 1"]: "-250", ids["contract"]: "-450"}
    assert answer["standing"] == {
        ids["contract"]: _standing("1000", "100", "900", "720", "1720"),
        ids["line 1"]: _standing("600", "50", "550", "270", "870"),
    }
    whole = ask("caps", question={**question, "at_cap": "hold_whole_entries"})[1]
    assert [part["amount"] for part in whole["claim"]["parts"]] == ["20", "500"]


def test_funding(ask: Ask) -> None:
    orders = written.orders("A/1 500 time; A/2 200 expense")
    caps = list(written.caps("contract = 600").values())
    question: dict[str, Any] = {
        "orders": _documents(orders),
        "terms": {"required": True},
        "invoice_date": "2025-04-30",
        "billed": {str(identity("A/1")): "100"},
        "reserved": {str(identity("A/1")): "50"},
        "charges": _documents(written.charges("1 400; 1 expense 150; 1 fee 5")),
        "currency": "USD",
    }
    status, answer, _ = ask("funding", question=question)
    assert (status, answer["billed"], answer["standing"]) == (0, "500", {})
    funded = [
        (part["order_number"], part["order_line"], part["amount"])
        for each in answer["claim"]["parts"]
        for part in each["funded"]
    ]
    assert funded == [("A", "1", "350"), ("A", "2", "150")]
    held = [(known["why"], known["amount"]) for known in answer["claim"]["over"] + answer["claim"]["waiting"]]
    assert held == [("exhausted", "50"), ("no_purchase_order", "5")]
    capped = {**question, "caps": _documents(caps), "billed": {**question["billed"], str(caps[0].id): "180"}}
    answer = ask("funding", question=capped)[1]
    assert answer["billed"] == "420"
    assert answer["standing"][str(caps[0].id)]["left"] == "0"


@cases(PAGE, "Notices of a limit")
def test_cap_notices(ask: Ask, row: Row) -> None:
    limit = str(identity("limit"))
    told = [text.split(" at ") for text in listed(row["Told before"])]
    question: dict[str, Any] = {
        "limit_id": limit,
        "amount": row["Limit"],
        "earned": row["Earned"],
        "expected": row["Expected"],
        "levels": listed(row["Levels"]),
        "told": [{"limit_id": limit, "level": level, "amount": then} for level, then in told],
    }
    status, answer, _ = ask("cap-notices", question=question)
    assert status == 0
    assert [Decimal(notice["level"]) for notice in answer["notices"]] == amounts(row["Due"])
    assert answer["clause"] is None


def test_notices_by_a_clause_of_law(ask: Ask) -> None:
    question: dict[str, Any] = {
        "limit_id": str(identity("limit")),
        "amount": "100000",
        "earned": "85000",
        "clause": "FAR 52.232-7(d)",
        "on": "2026-01-01",
    }
    status, answer, _ = ask("cap-notices", question=question)
    assert (status, answer["clause"]["share"], answer["clause"]["days"]) == (0, "0.85", 30)
    assert [notice["level"] for notice in answer["notices"]] == ["0.85"]
    assert ask("cap-notices", question={**question, "earned": "84999.99"})[1]["notices"] == []
    both = ask("cap-notices", question={**question, "levels": ["0.5"], "on": None})[1]
    assert [notice["level"] for notice in both["notices"]] == ["0.5", "0.85"]
    usual = ask("cap-notices", question={**question, "clause": None, "on": None})[1]
    assert ([notice["level"] for notice in usual["notices"]], usual["clause"]) == (["0.75", "0.85"], None)
    for wrong in ({"clause": "FAR 52.232-8"}, {"on": "2021-10-31"}):
        status, _, said = ask("cap-notices", question={**question, **wrong})
        assert status == 1
        assert "name one of FAR 52.232-7(d), FAR 52.232-20(b)" in said


@cases(PAGE, "Retainer")
def test_retainer(ask: Ask, row: Row) -> None:
    terms = {"minimum": row["Minimum"], "request_below": row["Request below"] or None}
    question: dict[str, Any] = {
        "terms": terms,
        "balance": row["Balance"],
        "requested": row["Requested"],
        "invoices": [row["Invoice"]],
    }
    status, answer, _ = ask("retainer", question=question)
    (drawn,) = answer["drawn"]
    names = ("Applied", "Due", "Left", "Request")
    assert status == 0
    assert [Decimal(drawn[name.lower()]) for name in names] == [Decimal(row[name]) for name in names]


def test_a_retainer_is_drawn_by_one_invoice_after_the_other(ask: Ask) -> None:
    question = {"balance": "1000", "invoices": ["600", "600", "-50"]}
    answer = ask("retainer", question=question)[1]
    told = [(drawn["applied"], drawn["due"], drawn["left"]) for drawn in answer["drawn"]]
    assert told == [("600", "0", "400"), ("400", "200", "0"), ("0", "-50", "0")]


@cases(PAGE, "Advance payment")
def test_advance_recovery(ask: Ask, row: Row) -> None:
    terms = {
        "amount": row["Advance"],
        "rate": row["Rate"] or None,
        "starts_after": row["Starts after"],
        "recovered_by": row["By"] or None,
    }
    question: dict[str, Any] = {
        "terms": terms,
        "contract_sum": row["Contract sum"],
        "certified_to_date": listed(row["Certified to date"]),
        "currency": "USD",
    }
    status, answer, _ = ask("advance-recovery", question=question)
    assert status == 0
    assert [Decimal(each["recovered"]) for each in answer["recoveries"]] == amounts(row["Recovered"])


@pytest.mark.parametrize(
    ("rule", "question"),
    [
        ("caps", {"caps": _documents(written.caps("contract = 1.001").values()), "charges": []}),
        ("caps", {"caps": [], "charges": _documents(written.charges("1 1.001"))}),
        (
            "funding",
            {
                "orders": _documents(written.orders("A/1 1.001")),
                "charges": [],
                "invoice_date": "2025-04-30",
            },
        ),
        (
            "advance-recovery",
            {"terms": {"amount": "1.001", "rate": "1"}, "contract_sum": "1", "certified_to_date": []},
        ),
        (
            "advance-recovery",
            {"terms": {"amount": "1", "rate": "1"}, "contract_sum": "1", "certified_to_date": ["1.001"]},
        ),
    ],
)
def test_an_amount_with_too_many_decimals_is_refused(ask: Ask, rule: str, question: dict[str, Any]) -> None:
    status, _, said = ask(rule, question={**question, "currency": "USD"})
    assert status == 1
    assert "1.001 has more decimals than USD has" in said
