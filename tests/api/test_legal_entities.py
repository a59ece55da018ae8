"""A second legal entity, added by an administrator; contracts may then be billed by it."""

import pytest

from tests.api.conftest import Browser, Firm, SignIn

NORTH = {
    "name": "Northern company",
    "country": "CA",
    "currency": "CAD",
    "time_zone": "America/Toronto",
    "address": "5 Example Road\nExample Town",
    "email": "billing@northern.example",
    "number_prefix": "NC-",
    "payment_instructions": "Example Bank\nAccount ending 0007",
}


@pytest.fixture
def administrator(firms: tuple[Firm, Firm], signed_in: SignIn) -> Browser:
    return signed_in(firms[0], "administrator")


def test_an_administrator_adds_a_legal_entity_once(administrator: Browser) -> None:
    made = administrator.give("/api/legal-entities", NORTH, "north")
    assert made.status_code == 200, made.text
    assert administrator.give("/api/legal-entities", NORTH, "north").json() == made.json()
    known = {one["name"]: one for one in administrator.get("/api/legal-entities").json()["legal_entities"]}
    shown = known["Northern company"]
    assert {name: shown[name] for name in NORTH} == NORTH
    page = administrator.get("/legal-entities").text
    assert "NC-" in page
    assert "Account ending 0007" in page


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "Twice"}, "number_prefix_taken"),
        ({"number_prefix": "ND-"}, "legal_entity_name_taken"),
        ({"time_zone": "Mars/Olympus"}, None),
        ({"country": "Canada"}, None),
        ({"number_prefix": "n c"}, None),
    ],
)
def test_what_is_wrong_is_refused(administrator: Browser, change: dict[str, str], code: str | None) -> None:
    administrator.give("/api/legal-entities", NORTH, "north")
    answer = administrator.give("/api/legal-entities", {**NORTH, **change})
    assert answer.status_code == (400 if code is None else 422)
    assert code is None or answer.json()["code"] == code


def test_a_coordinator_adds_none(firms: tuple[Firm, Firm], signed_in: SignIn) -> None:
    assert signed_in(firms[0], "coordinator").give("/api/legal-entities", NORTH).status_code == 403


def test_a_controller_says_how_to_pay_and_the_page_shows_it(
    firms: tuple[Firm, Firm], signed_in: SignIn, administrator: Browser
) -> None:
    made = administrator.give(
        "/api/legal-entities", {**NORTH, "name": "West", "number_prefix": "NW-"}, "west"
    )
    path = f"/api/legal-entities/{made.json()['result']['legal_entity_id']}/payment-instructions"
    words = {"payment_instructions": "Check to Example Road 5\r\n\r\nPlease state the invoice number."}
    controller = signed_in(firms[0], "controller")
    assert controller.give(path, words).status_code == 200
    page = controller.get("/legal-entities").text
    assert "Check to Example Road 5\nPlease state the invoice number." in page
    assert signed_in(firms[0], "coordinator").give(path, words).status_code == 403
    assert signed_in(firms[1], "controller").give(path, words).status_code == 404
