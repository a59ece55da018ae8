"""The rules of retainage as people type and read them."""

import re

import pytest

from tests.api.conftest import Browser, Firm, SignIn
from tests.api.test_page_forms import FORM

RULES = {
    "tier_mode": "step_down", "tier_above_1": "50", "tier_completed_1": "5", "tier_stored_1": "",
    "tier_above_2": "90", "tier_completed_2": "0", "tier_stored_2": "0", "tier_above_3": "",
    "tier_completion_of": "line", "tier_measured_on": "original", "tier_with_stored": "yes",
    "cap_amount": "", "cap_percent": "4.5", "cap_measured_on": "original", "cap_counts": "held",
    "change_order_rate": "7.5", "change_order_rates": "CO-4: 0; CO-7: 5",
    "law_jurisdiction": "us-ca", "law_works": "public", "law_policy": "block",
}  # fmt: skip


@pytest.fixture
def coordinator(firms: tuple[Firm, Firm], signed_in: SignIn) -> Browser:
    return signed_in(firms[0], "coordinator")


def _fields(firm: Firm, key: str, **typed: str) -> dict[str, str]:
    people = {
        "client_id": str(firm.clients[0]),
        "legal_entity_id": str(firm.legal_entity_id),
        "project_manager_id": str(firm.people["project_manager"]),
    }
    return {**FORM, **people, "number": f"R-{key}", **typed, "idempotency_key": key}


def test_rules_typed_are_agreed_said_and_shown_again(coordinator: Browser, firms: tuple[Firm, Firm]) -> None:
    answer = coordinator.post("/contracts/new", data=_fields(firms[0], "rules", **RULES))
    assert answer.status_code == 303, answer.text
    address = answer.headers["Location"].partition("?")[0]
    page = coordinator.get(f"{address}?tab=terms").text
    for name, value in RULES.items():
        if name.endswith(("_1", "_2", "_3")) and value:
            assert re.search(rf'name="{name}" value="{value}"', page), name
    assert re.search(r'name="tier_stored_1" value="5"', page)
    assert re.search(r'<option value="step_down" selected>', page)
    assert re.search(r'name="cap_percent" value="4.5"', page)
    assert re.search(r'name="change_order_rates" value="CO-4: 0; CO-7: 5"', page)
    assert re.search(r'name="law_jurisdiction" value="US-CA"', page)
    assert "Cal. Pub. Contract Code § 10261" not in page  # 4.5 % at most


def test_a_flat_contract_says_nothing_of_it(coordinator: Browser, firms: tuple[Firm, Firm]) -> None:
    empty = dict.fromkeys(RULES, "")
    answer = coordinator.post("/contracts/new", data=_fields(firms[0], "flat", **empty))
    assert answer.status_code == 303, answer.text
    address = answer.headers["Location"].partition("?")[0]
    page = coordinator.get(f"{address}?tab=terms").text
    assert "<summary>More retainage rules</summary>" in page
    assert '<option value="step_down">' in page
    contract = coordinator.get(f"/api{address}").json()
    assert contract["terms"]["retainage"]["tiers"] is None


def test_what_is_wrong_is_named_and_typed_again(coordinator: Browser, firms: tuple[Firm, Firm]) -> None:
    for typed, said in (
        ({"tier_mode": "marginal"}, "From completion, %: a completion in percent, like 50."),
        ({"cap_amount": "5", "cap_percent": "5"}, "an amount or a percentage, one of both."),
        ({"change_order_rates": "CO-4"}, "numbers and percentages like CO-4: 0; CO-7: 5."),
        ({"law_jurisdiction": "California"}, "Law of: "),
        (
            {"tier_mode": "marginal", "tier_above_1": "50", "tier_completed_1": "5", "tier_above_2": "40",
             "tier_completed_2": "4"},
            "each tier begins above 0 and above the one before it",
        ),
    ):  # fmt: skip
        answer = coordinator.post("/contracts/new", data=_fields(firms[0], "wrong", **typed))
        assert answer.status_code == 422
        assert said in answer.text, (typed, answer.text[:3000])
        for name, value in typed.items():
            assert f'value="{value}"' in answer.text or name == "tier_mode"
