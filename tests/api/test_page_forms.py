"""Forms and files as people meet them: what is wrong is named as on the page and marked where it stands."""

import re
from pathlib import Path
from uuid import UUID

import pytest

from contracts_app.operation import notice
from contracts_app.settings import Settings
from contracts_app.web.pages.errors import page_of_form
from importers.entries import TAKEN_IN
from tests.api.conftest import Browser, Firm, SignIn

FORM = {
    "number": "P-1", "title": "Trial building", "currency": "USD", "original_sum": "100000.00",
    "contract_date": "2024-02-19", "rate_completed": "10", "rate_stored": "10", "level": "line",
    "payment_days": "30", "receivable_arises": "certification", "certification_days": "7",
    "first_application": "1", "controller_limit": "0", "cut_off_day": "31",
}  # fmt: skip
ONE = UUID("11111111-2222-3333-4444-555555555555")


@pytest.fixture
def coordinator(firms: tuple[Firm, Firm], signed_in: SignIn) -> Browser:
    return signed_in(firms[0], "coordinator")


def entered(coordinator: Browser, firm: Firm, **typed: str) -> str:
    """The new contract page after a form with these fields was refused."""
    people = {
        "client_id": str(firm.clients[0]),
        "legal_entity_id": str(firm.legal_entity_id),
        "project_manager_id": str(firm.people["project_manager"]),
    }
    answer = coordinator.post("/contracts/new", data={**FORM, **people, **typed, "idempotency_key": "form"})
    assert answer.status_code == 422, answer.text
    return answer.text


def test_every_wrong_field_is_named_as_on_the_page_and_marked(
    coordinator: Browser, firms: tuple[Firm, Firm]
) -> None:
    text = entered(coordinator, firms[0], rate_completed="150", cut_off_day="0", original_sum="much")
    assert "Retainage on completed work, %: a percentage from 0 to 100" in text
    assert "Billing period ends on day: a whole number from 1 to 31." in text
    assert "Original contract sum: an amount like 1200.50." in text
    assert "Input should be" not in text
    for name in ("rate_completed", "cut_off_day", "original_sum"):
        assert re.search(rf'name="{name}"[^>]*aria-invalid="true"', text)
    assert not re.search(r'name="rate_stored"[^>]*aria-invalid', text)


def test_a_date_that_is_none_is_said_in_words(coordinator: Browser, firms: tuple[Firm, Firm]) -> None:
    text = entered(coordinator, firms[0], contract_date="soon")
    assert "Contract date: a date like 2025-08-31." in text
    assert re.search(r'name="contract_date"[^>]*aria-invalid="true"', text)


@pytest.mark.parametrize(
    ("form", "page"),
    [
        (f"/invoices/{ONE}/submit", f"/invoices/{ONE}"),
        (f"/contracts/{ONE}/milestones/{ONE}/achieve", f"/contracts/{ONE}"),
        (f"/client/invoices/{ONE}/certify", f"/client/invoices/{ONE}"),
        (f"/payments/{ONE}/apply", "/payments"),
        (f"/parked/contract/{ONE}/retry", "/"),
        ("/sign-out", "/"),
    ],
)
def test_the_page_of_a_form(form: str, page: str) -> None:
    assert page_of_form(form) == page


def test_the_address_of_a_form_leads_to_its_page(coordinator: Browser) -> None:
    answer = coordinator.get(f"/contracts/{ONE}/terms")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/contracts/{ONE}")
    assert coordinator.get("/api/sign-in").status_code == 405


def test_the_import_page_says_what_each_kind_needs_and_gives_an_example(coordinator: Browser) -> None:
    text = coordinator.get("/imports/new").text
    assert "Line id or Item number or Cost code, Scheduled value" in text
    for kind in TAKEN_IN:
        assert f'href="/imports/examples/{kind.value}"' in text
        example = coordinator.get(f"/imports/examples/{kind.value}")
        assert (example.status_code, example.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
        assert example.text.count("\n") >= 2
    assert coordinator.get("/imports/examples/nothing").status_code == 404


def test_what_the_operator_announces_stands_on_every_page(coordinator: Browser, site: Settings) -> None:
    Path(site.state_dir).mkdir(parents=True, exist_ok=True)
    with notice.shown(site.state_dir, "A script acts <here>."):
        assert "A script acts &lt;here&gt;." in coordinator.get("/contracts").text
    assert "A script acts" not in coordinator.get("/contracts").text
