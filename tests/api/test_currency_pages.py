"""Currencies as people type and read them: rates of exchange, terms, drafts, invoices, payments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import pytest

from contracts_app.domain.commands.exchange_commands import AddExchangeRate
from contracts_app.domain.roles import Role
from contracts_app.domain.tax.books import ExchangeTerms, RateDay
from contracts_app.settings import Settings
from contracts_app.web.pages.exchange_form import exchange_in_words, typed_currency, typed_exchange
from contracts_app.web.problems import WrongBody
from tests.api.conftest import Browser
from tests.conftest import MailServer
from tests.services.small_firm import PASSWORD, SmallFirm, found
from tests.services.small_taxed_contract import add_entity, administered, open_taxed, paid

MARCH = date(2024, 3, 31)
RATE = {"of": "chf", "to": "eur", "rate": "1.0275", "on": "2024-03-28", "source": "Central bank"}
BY_HAND = {
    "invoice_form": "consulting",
    "certified_by_client": False,
    "receivable_arises": "submission",
    "retainage": {"rate_completed": "0", "rate_stored": "0"},
}


def test_what_is_agreed_is_typed_as_it_is() -> None:
    typed = typed_exchange({"rate_of": "issue", "stale_after_days": "7"})["exchange"]
    assert ExchangeTerms.model_validate(typed) == ExchangeTerms(rate_of=RateDay.issue, stale_after_days=7)
    assert typed_exchange({"rate_of": "period_end"})["exchange"]["stale_after_days"] == 31
    assert typed_exchange({}) == {}
    for text, said in (("eur", {"invoice_currency": "EUR"}), ("USD", {}), ("", {})):
        typed = typed_exchange({"rate_of": "issue", "currency": "USD", "invoice_currency": text})
        assert {name: typed[name] for name in typed if name != "exchange"} == said
    with pytest.raises(WrongBody) as wrong:
        typed_exchange({"rate_of": "issue", "invoice_currency": "Euro"})
    assert wrong.value.errors[0].field == "invoice_currency"
    assert "the end of the billing period" in exchange_in_words(ExchangeTerms())
    assert [typed_currency({"currency": text}, "USD") for text in ("", " chf ")] == ["USD", "CHF"]
    for text in ("EURO", "€", "E1R"):
        with pytest.raises(WrongBody) as wrong:
            typed_currency({"currency": text}, "USD")
        assert wrong.value.errors[0].field == "currency"


@pytest.fixture(scope="module")
def small(site: Settings, smtp: MailServer) -> Iterator[SmallFirm]:
    firm = found(site, "Pages of currencies")
    add_entity(firm, "DE", "EUR", "PC-", "DE000000004", "Europe/Berlin")
    lines = [{"item_no": "1", "description": "Works", "scheduled_value": "1000.00"}]
    open_taxed(firm, "A", None, lines, "USD", **BY_HAND)
    open_taxed(firm, "B", None, lines, "CHF", **BY_HAND)
    open_taxed(firm, "C", None, lines, "USD", **BY_HAND, invoice_currency="EUR")
    firm.go_to(date(2024, 4, 2))
    rate = AddExchangeRate(of="USD", to="EUR", rate=Decimal("0.925"), on=date(2024, 2, 1), source="Bank")
    assert administered(firm, Role.controller, rate).done
    yield firm
    firm.engine.dispose()


@pytest.fixture
def signed_in(small: SmallFirm, browser: Callable[[], Browser]) -> Callable[[Role], Browser]:
    def opened(role: Role) -> Browser:
        one = browser()
        assert one.sign_in(f"{role.value}@{small.id}.example", PASSWORD).status_code == 200
        return one

    return opened


def test_a_controller_enters_a_rate_that_contracts_wait_for_and_takes_it_back(
    signed_in: Callable[[Role], Browser],
) -> None:
    controller, coordinator = signed_in(Role.controller), signed_in(Role.coordinator)
    assert "Enter a rate" not in coordinator.get("/exchange-rates").text
    assert coordinator.post("/exchange-rates", data={**RATE, "idempotency_key": "c"}).status_code == 403
    page = controller.get("/exchange-rates").text
    assert "Contracts wait for a rate: CHF to EUR" in page
    assert "The newest rate from USD to EUR" in page  # of 1 February, 61 days before 2 April
    for typed in ({"rate": "0"}, {"rate": "1,02"}, {"of": "Franc"}, {"on": "yesterday"}, {"source": ""}):
        wrong = controller.post("/exchange-rates", data={**RATE, **typed, "idempotency_key": f"w{typed}"})
        assert wrong.status_code == 422, typed
        assert 'value="Central bank"' in wrong.text or "source" in typed
    entered = controller.post("/exchange-rates", data={**RATE, "idempotency_key": "e"})
    assert entered.status_code == 303, entered.text
    page = controller.get("/exchange-rates").text
    assert "1.0275" in page
    assert "Contracts wait for a rate" not in page
    rates = controller.get("/api/exchange-rates").json()["exchange_rates"]
    (own,) = [one for one in rates if one["of"] == "CHF"]
    assert (own["rate"], own["on"], own["source"]) == ("1.0275", "2024-03-28", "Central bank")
    back = controller.post(
        f"/exchange-rates/{own['id']}/withdraw", data={"reason": "Typed wrongly", "idempotency_key": "b"}
    )
    assert back.status_code == 303
    assert "1.0275" not in controller.get("/exchange-rates").text


def test_the_pages_say_what_an_invoice_comes_to_in_the_books(
    small: SmallFirm, signed_in: Callable[[Role], Browser]
) -> None:
    """1,000.00 USD at 0.925 are 925.00 EUR; the rate of 1 February is 59 days old at the end of March.
    Open at 0.93, the rate of 2 April: 930.00, 5.00 more than booked."""
    invoice_id = small.prepare("A", MARCH, {"1": "1000.00"})
    manager = signed_in(Role.project_manager)
    review = manager.get(f"/invoices/{invoice_id}/review").text
    for said in ("In EUR, the currency of the books", "0.925", "925.00", "2024-02-01", "59 days old"):
        assert said in review, said
    assert manager.get(f"/api/invoices/{invoice_id}").json()["books"]["due"] == "925.00"
    small.issue(invoice_id, "A1")
    issued = manager.get(f"/invoices/{invoice_id}").text
    for said in ("In EUR, the currency of the books", "925.00", "Booked as owed"):
        assert said in issued, said
    told = manager.get(f"/api/invoices/{invoice_id}").json()["books"]
    assert (told["currency"], told["rate"]["on"]) == ("EUR", "2024-02-01")
    rate = AddExchangeRate(of="USD", to="EUR", rate=Decimal("0.93"), on=date(2024, 4, 2), source="Bank")
    assert administered(small, Role.controller, rate).done
    controller = signed_in(Role.controller)
    (open_now,) = controller.get("/api/exchange-rates").json()["open"]
    assert [open_now[name] for name in ("open", "carried", "revalued", "gain")] == [
        "1000.00", "925.00", "930.00", "5.00",
    ]  # fmt: skip
    page = controller.get("/exchange-rates").text
    for said in ("Open in other currencies", "1,000.00", "925.00", "930.00", "5.00"):
        assert said in page, said
    paid(small, invoice_id, "400.00", date(2024, 4, 2), "WIRE-1", "USD")
    # 400.00 at 0.93 are 372.00; carried 925.00 before and 555.00 after: 2.00 more.
    shown = manager.get(f"/invoices/{invoice_id}").text
    assert re.search(r"<dt>WIRE-1</dt><dd><span class=\"number\">2\.00</span> gained on exchange", shown)
    assert "<dt>Books in EUR</dt>" in manager.get(f"/contracts/{small.contracts['A']}?tab=terms").text
    paid_to = signed_in(Role.coordinator).get("/payments").text
    for currency in ("EUR", "USD", "CHF"):
        assert f'value="{small.entity_id} {currency}"' in paid_to


def test_the_pages_say_what_is_due_in_the_currency_of_the_invoice(
    small: SmallFirm, signed_in: Callable[[Role], Browser]
) -> None:
    """1,000.00 USD at 0.925, the last rate of March: 925.00 EUR, of which 125.00 are paid."""
    invoice_id = small.prepare("C", MARCH, {"1": "1000.00"})
    manager, client = signed_in(Role.project_manager), signed_in(Role.client)
    review = manager.get(f"/invoices/{invoice_id}/review").text
    for said in ("In EUR, the currency of this invoice", "0.925", "Due, and paid in EUR", "925.00"):
        assert said in review, said
    assert "<dt>Due in EUR</dt>" in review
    assert "<dt>Amount due</dt>" not in review  # 1,000.00 USD are what it is worth, not what is due
    assert manager.get(f"/api/invoices/{invoice_id}").json()["invoiced"]["due"] == "925.00"
    small.issue(invoice_id, "C1")
    paid(small, invoice_id, "125.00", date(2024, 4, 2), "SEPA-1", "EUR")
    told = manager.get(f"/api/invoices/{invoice_id}").json()
    assert (told["invoiced"]["due"], told["receivable"]["currency"]) == ("925.00", "EUR")
    assert told["receivable"]["open"] == "800.00"
    owed = '800.00 <small class="muted">EUR</small>'
    for page in (
        manager.get(f"/invoices/{invoice_id}"),
        manager.get("/invoices"),
        manager.get("/contracts"),
        client.get("/client"),
    ):
        assert owed in page.text
    for_the_client = client.get(f"/client/invoices/{invoice_id}").text
    for said in ("<dt>Due in EUR</dt>", "<dt>In USD</dt>", "Account <small"):
        assert said in for_the_client, said
    terms = manager.get(f"/contracts/{small.contracts['C']}?tab=terms").text
    assert "<dt>Invoiced in EUR</dt>" in terms
    assert "<dt>Books in EUR</dt>" not in terms


def test_a_draft_without_a_rate_says_what_is_missing(
    small: SmallFirm, signed_in: Callable[[Role], Browser]
) -> None:
    invoice_id = small.prepare("B", MARCH, {"1": "1000.00"})
    review = signed_in(Role.project_manager).get(f"/invoices/{invoice_id}/review").text
    assert "There is no rate from CHF to EUR on or before 2024-03-31" in review
    assert "the currency of the books" not in review


def test_a_new_contract_may_name_its_currency(signed_in: Callable[[Role], Browser]) -> None:
    coordinator = signed_in(Role.coordinator)
    page = coordinator.get("/contracts/new").text
    assert 'name="currency"' in page
    for said in ("At the rate of", 'name="invoice_currency"'):
        assert said in page, said
    wrong = coordinator.post("/contracts/new", data={"currency": "Franc", "idempotency_key": "n"})
    assert wrong.status_code == 422
    assert "the code of a currency, like EUR" in wrong.text
