"""The rules of retainage as people type and read them."""

import re
from decimal import Decimal

import pytest

from contracts_app.domain.retainage.retainage_terms import RetainageTerms
from contracts_app.web.pages.retainage_form import as_typed, in_words, typed_rules
from contracts_app.web.problems import WrongBody
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


@pytest.mark.parametrize(
    "terms",
    [
        {},
        {"tiers": {"tiers": [{"above": "0.50"}]}},
        {
            "tiers": {
                "mode": "step_down",
                "completion_of": "line",
                "measured_on": "original",
                "with_stored": True,
                "tiers": [
                    {"above": "0.25", "rate_completed": "0.075", "rate_stored": "0.05"},
                    {"above": "0.50", "rate_completed": "0.05", "rate_stored": "0.05"},
                    {"above": "0.75", "rate_completed": "0.05"},
                    {"above": "0.90"},
                ],
            }
        },
        {"cap": {"amount": "1234567.89", "measured_on": "original", "counts": "held"}},
        {"cap": {"fraction": "0.045"}},
        {"change_order_rate": "0", "change_order_rates": [{"number": "CO: 4", "rate": "0.075"}]},
        {"law": {"jurisdiction": "US-CA", "works": "public", "policy": "block"}},
        {"law": {"jurisdiction": "US", "works": "federal", "marks": ["time_and_materials", "fixed_fee"]}},
        {"release_events": [{"event": "Half: way", "part": "0.5"}, {"event": "Making good", "part": "0.5"}]},
    ],
)
def test_what_is_agreed_is_typed_again_as_it_is(terms: dict[str, object]) -> None:
    """Saving the form of a contract changes nothing that nobody touched."""
    agreed = RetainageTerms.model_validate({"rate_completed": "0.10", "rate_stored": "0.10", **terms})
    form = {name: value for name, value in as_typed(agreed).items() if name != "tier_rows"}
    rules = typed_rules(form, "USD")
    again = RetainageTerms.model_validate({"rate_completed": "0.10", "rate_stored": "0.10", **rules})
    assert again == agreed
    assert rules.keys() == terms.keys()
    assert bool(in_words(agreed, "USD")) is bool(terms)


def test_tiers_without_a_word_how_are_not_dropped() -> None:
    form = {"tier_above_1": "50", "tier_completed_1": "5"}
    with pytest.raises(WrongBody) as wrong:
        typed_rules(form, "USD")
    assert wrong.value.errors[0].field == "tier_mode"


def test_tiers_stand_in_the_order_of_their_rows() -> None:
    form = {"tier_mode": "marginal"}
    for number in range(1, 12):
        form |= {f"tier_above_{number}": str(5 * number), f"tier_completed_{number}": "1"}
    found = [tier["above"] for tier in typed_rules(form, "USD")["tiers"]["tiers"]]
    assert [Decimal(one) for one in found] == [Decimal(5 * number) / 100 for number in range(1, 12)]


def test_rules_in_words() -> None:
    agreed = RetainageTerms.model_validate(
        {
            "rate_completed": "0.10",
            "rate_stored": "0.10",
            "tiers": {"mode": "step_down", "tiers": [{"above": "0.50", "rate_completed": "0.05"}]},
            "cap": {"fraction": "0.045"},
            "change_order_rate": "0.075",
            "change_order_rates": [{"number": "CO-4", "rate": "0"}],
            "law": {"jurisdiction": "US-CA", "works": "public"},
        }
    )
    assert in_words(agreed, "USD") == [
        "from 50 % completion on 5 % of all work, 0 % of stored material",
        (
            "completion of the whole contract, of the sum with executed change orders; stored material does "
            "not count"
        ),
        "at most 4.5 % of the contract sum with executed change orders, counting everything ever withheld",
        "7.5 % of the work of change orders",
        "0 % of the work of CO-4",
        "law of US-CA, public works: findings are warned of",
    ]


def test_rules_typed_are_taken_and_shown_again(coordinator: Browser, firms: tuple[Firm, Firm]) -> None:
    """Nobody answers here: the command was given, and the page comes back with what was typed."""
    answer = coordinator.post("/contracts/new", data=_fields(firms[0], "rules", **RULES))
    assert answer.status_code == 503, answer.text
    for name, value in RULES.items():
        if value and name.rpartition("_")[2] in ("1", "2", "3", "percent", "rate", "rates", "jurisdiction"):
            assert re.search(
                rf'name="{name}" [^>]*value="{value}"|name="{name}" value="{value}"', answer.text
            ), name
    for chosen in ("step_down", "line", "original", "held", "public", "block"):
        assert f'<option value="{chosen}" selected>' in answer.text


def test_the_simple_case_says_nothing_of_it(coordinator: Browser, firms: tuple[Firm, Firm]) -> None:
    page = coordinator.get("/contracts/new").text
    assert '<details class="act"><summary>More retainage rules</summary>' in page
    answer = coordinator.post("/contracts/new", data=_fields(firms[0], "flat", **dict.fromkeys(RULES, "")))
    assert answer.status_code == 503, answer.text


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
