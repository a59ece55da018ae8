"""Tax as people type and read it: rates, terms, lines, drafts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts_app.domain.roles import Role
from contracts_app.domain.tax.agreed_discounts import DiscountTerms
from contracts_app.domain.tax.contract_tax import LineTaxChoice, TaxTerms
from contracts_app.domain.tax.early_payment import EarlyPaymentTerms, TaxReduction
from contracts_app.settings import Settings
from contracts_app.web.pages.discounts_form import discounts_as_typed, discounts_in_words, typed_discounts
from contracts_app.web.pages.early_payment_form import early_as_typed, typed_early_payment
from contracts_app.web.pages.tax_form import (
    NotATreatment,
    line_in_words,
    tax_as_typed,
    treatments_of,
    typed_line_tax,
    typed_tax,
)
from contracts_app.web.problems import WrongBody
from tests.api.conftest import Browser
from tests.conftest import MailServer
from tests.services.small_firm import PASSWORD, SmallFirm, found
from tests.services.small_taxed_contract import WITH_WORK, add_entity, open_taxed

MARCH = date(2024, 3, 31)
RATE = {
    "jurisdiction": "us-ca", "category": "standard", "rate": "7.25", "tax": "Sales tax",
    "effective_from": "2024-01-01", "source": "Notice of the state", "as_of": "2023-02-01",
}  # fmt: skip


@pytest.mark.parametrize(
    "terms",
    [
        {"treatments": [{"jurisdiction": "DE"}]},
        {"treatments": [{"jurisdiction": "FR", "category": "reduced", "applies_to": "energy renovation"}]},
        {"treatments": [{"jurisdiction": "DE", "category": "exempt", "reason": "§ 4 no. 9: land (VAT)"}]},
        {
            "treatments": [
                {"jurisdiction": "CA-QC", "tax": "GST"},
                {"jurisdiction": "CA-QC", "tax": "QST"},
            ]
        },
        {
            "treatments": [{"jurisdiction": "GB", "category": "standard"}],
            "special_rule": "periodic payments",
            "retainage_regime": "regulation_93",
            "retainage_shown": "reduces_taxable_base",
            "reverse_charge": "uk_construction",
            "customer_in_cis": True,
        },
    ],
)
def test_what_is_agreed_is_typed_again_as_it_is(terms: dict[str, Any]) -> None:
    agreed = TaxTerms.model_validate(terms)
    again = typed_tax(tax_as_typed(agreed))
    assert TaxTerms.model_validate(again) == agreed
    line = LineTaxChoice(treatments=agreed.treatments, specified=False)
    for place in ("", agreed.jurisdiction, "NL"):
        typed = typed_line_tax(line_in_words(line, place), place)
        assert LineTaxChoice.model_validate(typed) == line
    assert typed_tax(tax_as_typed(None)) is None


@pytest.mark.parametrize("text", ["", "reduced", "Germany", "DE half", "DE standard + ", "DE reduced (x"])
def test_what_says_no_tax_is_not_guessed(text: str) -> None:
    with pytest.raises(NotATreatment):
        treatments_of(text)


def test_a_regime_without_a_tax_is_asked_about() -> None:
    with pytest.raises(WrongBody) as wrong:
        typed_tax({"tax_treatments": "", "tax_retainage_regime": "holdback"})
    assert wrong.value.errors[0].field == "tax_treatments"


def test_a_discount_for_early_payment_is_typed_again_as_it_is() -> None:
    agreed = EarlyPaymentTerms(rate=Decimal("0.025"), days=10, tax=TaxReduction.never)
    assert EarlyPaymentTerms.model_validate(typed_early_payment(early_as_typed(agreed))) == agreed
    assert typed_early_payment(early_as_typed(None)) is None
    with pytest.raises(WrongBody):
        typed_early_payment({"early_rate": "", "early_days": "10"})


def test_discounts_are_typed_again_as_they_are() -> None:
    agreed = DiscountTerms.model_validate(
        {
            "lines": [{"item_no": "1.2", "rate": "0.125"}, {"item_no": "3", "rate": "0"}],
            "volume": {
                "mode": "whole",
                "bands": [{"above": "0", "rate": "0.01"}, {"above": "1234.50", "rate": "0.02"}],
            },
            "courtesy": "0.02",
        }
    )
    typed = typed_discounts(discounts_as_typed(agreed, "EUR"), "EUR")
    assert DiscountTerms.model_validate(typed) == agreed
    assert typed_discounts(discounts_as_typed(None, "EUR"), "EUR") is None
    assert discounts_in_words(agreed, "EUR")[0] == "line 1.2: 12.5 % off"
    for name, text in (("discount_lines", "1 10"), ("discount_bands", "much: 2")):
        with pytest.raises(WrongBody) as wrong:
            typed_discounts({name: text}, "EUR")
        assert wrong.value.errors[0].field == name


@pytest.fixture(scope="module")
def small(site: Settings, smtp: MailServer) -> Iterator[SmallFirm]:
    firm = found(site, "Pages of tax")
    add_entity(firm, "DE", "EUR", "SD-", "DE000000001", "Europe/Berlin")
    lines = [{"item_no": "1", "description": "Works", "scheduled_value": "1000.00"}]
    retainage = {"rate_completed": "0.10", "rate_stored": "0.10"}
    open_taxed(firm, "A", WITH_WORK, lines, retainage=retainage)
    firm.go_to(date(2024, 4, 2))
    yield firm
    firm.engine.dispose()


@pytest.fixture
def signed_in(small: SmallFirm, browser: Callable[[], Browser]) -> Callable[[Role], Browser]:
    def opened(role: Role) -> Browser:
        one = browser()
        assert one.sign_in(f"{role.value}@{small.id}.example", PASSWORD).status_code == 200
        return one

    return opened


def test_a_controller_enters_a_rate_and_takes_it_back(signed_in: Callable[[Role], Browser]) -> None:
    controller, coordinator = signed_in(Role.controller), signed_in(Role.coordinator)
    assert "Enter a rate of your own" not in coordinator.get("/tax-rates").text
    assert coordinator.post("/tax-rates", data={**RATE, "idempotency_key": "c"}).status_code == 403
    wrong = controller.post("/tax-rates", data={**RATE, "rate": "725", "idempotency_key": "w"})
    assert wrong.status_code == 422
    assert "a percentage from 0 to 100" in wrong.text
    entered = controller.post("/tax-rates", data={**RATE, "idempotency_key": "e"})
    assert entered.status_code == 303, entered.text
    page = controller.get("/tax-rates?place=US-CA").text
    assert "7.25 %" in page
    assert "read it again" in page
    (own,) = [one for one in controller.get("/api/tax-rates").json()["tax_rates"] if one["id"]]
    assert own["jurisdiction"] == "US-CA"
    back = controller.post(
        f"/tax-rates/{own['id']}/withdraw", data={"reason": "Typed wrongly", "idempotency_key": "b"}
    )
    assert back.status_code == 303
    assert "7.25 %" not in controller.get("/tax-rates?place=US-CA").text


def test_the_review_and_the_register_say_what_is_due_with_tax(
    small: SmallFirm, signed_in: Callable[[Role], Browser]
) -> None:
    """1,000.00 of work, 900.00 after retainage, 190.00 of tax: 1,090.00 is due."""
    invoice_id = small.prepare("A", MARCH)
    manager = signed_in(Role.project_manager)
    review = manager.get(f"/invoices/{invoice_id}/review").text
    for said in ("VAT 19 %", "190.00", "1,190.00", "1,090.00", "Due with tax"):
        assert said in review, said
    assert manager.get(f"/api/invoices/{invoice_id}").json()["tax"]["due"] == "1090.00"
    small.issue(invoice_id, "A1")
    issued = manager.get(f"/invoices/{invoice_id}").text
    assert "Due with tax" in issued
    told = signed_in(Role.client).get(f"/client/invoices/{invoice_id}").text
    assert re.search(r"VAT 19 %", told)
    small.certify(invoice_id)
    coordinator = signed_in(Role.coordinator)
    assert "The client withheld tax" in coordinator.get(f"/invoices/{invoice_id}").text
    form = {
        "client_id": str(small.client_id), "scheme_of": "GB|cis|net", "certificate": "V-1", "amount": "10.00",
        "paid_on": "2024-04-02", "idempotency_key": "withheld",
    }  # fmt: skip
    refused = coordinator.post(f"/invoices/{invoice_id}/withheld", data=form)
    assert refused.status_code in (422, 503), refused.text
    terms = manager.get(f"/contracts/{small.contracts['A']}?tab=terms").text
    assert "<dt>Tax</dt><dd>DE" in terms


def test_client_and_legal_entity_have_a_tax_number(
    small: SmallFirm, signed_in: Callable[[Role], Browser]
) -> None:
    coordinator, controller = signed_in(Role.coordinator), signed_in(Role.controller)
    address = f"/clients/{small.client_id}"
    form = {"name": "Small client", "email": "billing@small.example", "country": "AT", "tax_id": "ATU1"}
    assert coordinator.post(address, data={**form, "idempotency_key": "t"}).status_code == 303
    page = coordinator.get(address).text
    assert 'value="ATU1"' in page
    assert 'value="AT"' in page
    assert '<option value="entry" selected>' in page
    shows = {**form, "detail_level": "person", "detail_backup": "yes", "idempotency_key": "d"}
    assert coordinator.post(address, data=shows).status_code == 303
    page = coordinator.get(address).text
    assert '<option value="person" selected>' in page
    assert '<option value="yes" selected>' in page
    assert "a line for each person and rate, with every entry as an annex" in controller.get(address).text
    # A new contract asks its client unless somebody chooses; the form says so.
    assert '<option value="" selected>as its record says</option>' in coordinator.get("/contracts/new").text
    known = controller.get("/api/legal-entities").json()["legal_entities"]
    (never_issued,) = [one["id"] for one in known if one["name"] == "Pages of tax"]
    number = f"/legal-entities/{never_issued}/tax-number"
    assert controller.post(number, data={"tax_id": "DE9", "idempotency_key": "n"}).status_code == 303
    assert "DE9" in controller.get("/legal-entities").text
