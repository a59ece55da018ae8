"""Retainage through `contracts calc`: the rules for whoever has JSON and no program."""

import pytest

from tests.domain.agreements import identity
from tests.domain.asking import Ask

FIRST, SECOND = str(identity("line 1")), str(identity("line 2"))
HELD = {FIRST: "1500.00", SECOND: "500.00"}
TIERS = {"tiers": [{"above": "0.20", "rate_completed": "0.15"}, {"above": "0.38"}]}


def test_retainage(ask: Ask) -> None:
    question = {
        "terms": {"rate_completed": "0.10", "tiers": TIERS, "change_order_rate": "0.05"},
        "lines": [
            {"line_id": FIRST, "completed": "1200"},
            {"line_id": SECOND, "completed": "100", "stored": "20", "change_order": "CO-1", "released": "1"},
        ],
        "under_rates": "5000",
        "currency": "USD",
    }
    status, answer, _ = ask("retainage", question=question)
    assert status == 0
    assert answer["lines"] == [
        {"line_id": FIRST, "withheld": "130.00", "released": "0.00", "held": "130.00"},
        {"line_id": SECOND, "withheld": "6.00", "released": "1.00", "held": "5.00"},
    ]
    sums = [answer[name] for name in ("withheld", "released", "held", "on_completed")]
    assert sums == ["136.00", "1.00", "135.00", "135.00"]
    before = {"completed": "1000", "withheld": "100"}
    later = {**question, "lines": [{"line_id": FIRST, "completed": "1200", "before": before}]}
    assert ask("retainage", question=later)[1]["held"] == "130.00"


@pytest.mark.parametrize(
    ("how", "released"),
    [
        ({"amount": "100.00"}, {FIRST: "75.00", SECOND: "25.00"}),
        ({"part": "0.5"}, {FIRST: "750.00", SECOND: "250.00"}),
        ({"lines": {SECOND: None}}, {SECOND: "500.00"}),
        ({}, HELD),
    ],
)
def test_release(ask: Ask, how: dict[str, object], released: dict[str, str]) -> None:
    question = {"held": HELD, "currency": "USD", **how}
    assert ask("release", question=question)[:2] == (0, {"released": released})


def test_release_on_events(ask: Ask) -> None:
    question = {
        "withheld": HELD,
        "events": [{"event": "practical completion", "part": "0.5"}, {"event": "making good", "part": "0.5"}],
        "reached": ["practical completion"],
        "currency": "GBP",
    }
    assert ask("release-on-events", question=question)[1] == {"released": {FIRST: "750.00", SECOND: "250.00"}}


def test_substitute(ask: Ask) -> None:
    question = {"held": HELD, "security": "100.00", "currency": "USD"}
    assert ask("substitute", question=question)[1] == {"released": {FIRST: "75.00", SECOND: "25.00"}}
    status, _, said = ask("substitute", question={**question, "secured_before": "100.00"})
    assert status == 1
    assert said.startswith("A security of 100.00 USD replaces no more retainage")


def test_retainage_law(ask: Ask) -> None:
    question = {
        "terms": {"rate_completed": "0.10", "law": {"jurisdiction": "US-NY", "policy": "block"}},
        "facts": {"contract_date": "2024-01-15", "contract_sum": "150000", "currency": "USD"},
        "today": "2026-11-22",
        "held": "5.00",
        "reached": {"final_approval": "2026-10-01"},
    }
    _, answer, _ = ask("retainage-law", question=question)
    assert [(one["code"], one["blocks"]) for one in answer["findings"]] == [
        ("total_above_law", True),
        ("release_overdue", True),
    ]
    assert [one["due_on"] for one in answer["deadlines"]] == ["2026-10-31"]
    question["terms"] = {"rate_completed": "0.10"}
    assert ask("retainage-law", question=question)[:2] == (0, {"findings": [], "deadlines": []})


def test_retainage_tax(ask: Ask) -> None:
    question = {
        "treatment": "instalment",
        "timing": "at_billing",
        "net": "10000",
        "retained": "1000",
        "tax_rate": "0.20",
        "currency": "EUR",
    }
    status, answer, _ = ask("retainage-tax", question=question)
    assert (status, answer["due_now"], answer["due_later"]) == (0, "10800.00", "1200.00")
