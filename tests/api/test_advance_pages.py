"""An advance payment on the pages: typed into the terms, previewed, opened, reviewed and followed; and what a
client is credited by a credit note."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from contracts_app.domain.commands.advance_commands import PrepareAdvance
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.roles import Role
from contracts_app.settings import Settings
from contracts_app.web.pages.advance_form import advance_as_typed, typed_advance
from contracts_app.web.problems import WrongBody
from tests.api.conftest import Browser
from tests.services.small_firm import PASSWORD, SmallFirm, found

AGREED = {"currency": "USD", "original_sum": "100000.00", "contract_date": "2024-02-19"}


@pytest.mark.parametrize(
    "advance",
    [
        None,
        {"amount": "5000.00", "rate": "0.05"},
        {"share": "0.125", "rate": "0.25", "starts_after": "0.10", "recovered_by": "0.90"},
        {"share": "0.10", "recovered_by": "0.80", "needs_guarantee": True},
    ],
)
def test_what_is_agreed_is_typed_again_as_it_is(advance: dict[str, object] | None) -> None:
    agreed = ContractTerms.model_validate({**AGREED, "advance": advance})
    typed = typed_advance(dict(advance_as_typed(agreed.advance, "USD")), "USD")
    assert ContractTerms.model_validate({**AGREED, **typed}) == agreed


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"advance_sum": "much", "advance_rate": "5"}, "advance_sum"),
        ({"advance_sum": "10 %", "advance_rate": "200"}, "advance_rate"),
        ({"advance_sum": "10 %"}, "advance_sum"),
        ({"advance_sum": "10 %", "advance_after": "50", "advance_by": "40"}, "advance_sum"),
    ],
)
def test_what_is_no_schedule_is_marked(form: dict[str, str], field: str) -> None:
    with pytest.raises(WrongBody) as wrong:
        typed_advance(form, "USD")
    assert [error.field for error in wrong.value.errors] == [field]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"advance": {"amount": "100000.01", "rate": "1"}}, "not above the contract sum"),
        ({"advance": {"amount": "1.001", "rate": "1"}}, "decimals of USD"),
        ({"advance": {"amount": "1.00", "rate": "1"}, "discounts": {"courtesy": "0.1"}}, "tax or discounts"),
        ({"advance": {"amount": "1.00", "share": "0.1", "rate": "1"}}, "one of them"),
        ({"advance": {"amount": "0.00", "rate": "1"}}, "above zero"),
    ],
)
def test_an_advance_that_cannot_be_recovered_is_not_agreed(more: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        ContractTerms.model_validate({**AGREED, **more})


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings, "Shown In Advance")
    agreed = {"advance": {"share": "0.20", "rate": "0.25"}}
    firm.open_contract("A", agreed=agreed)
    firm.open_contract("B", agreed=agreed, activate=False)
    firm.open_contract("C", activate=False)
    firm.open_contract("N", agreed={"credit_form": "document"})
    firm.go_to(date(2024, 4, 2))
    yield firm
    firm.engine.dispose()


def test_it_is_opened_reviewed_and_followed(small: SmallFirm, browser: Callable[[], Browser]) -> None:
    """20 % of 100,000.33 is 20,000.07; of 30,000.00 a quarter is taken off: 12,500.07 are left."""
    one = browser()
    assert one.sign_in(f"{Role.coordinator.value}@{small.id}.example", PASSWORD).status_code == 200
    terms = one.get(f"/contracts/{small.contracts['B']}?tab=terms").text
    assert 'value="20 %"' in terms
    assert "Advance left to recover" in terms
    # 10 % of each line: 10,000.03, a quarter of it is 2,500.01.
    assert "2,500.01" in terms
    tab = f"/contracts/{small.contracts['A']}?tab=advance"
    shown = one.get(tab).text
    assert "20,000.07 USD (20 % of the contract sum)" in shown
    assert "Recovered by 25 % of the work of each application." in shown
    assert "/prepare-advance" in shown
    opened = small.do(Role.coordinator, PrepareAdvance(contract_id=small.contracts["A"], guarantee="Bond 12"))
    review = one.get(f"/invoices/{opened.result['invoice_id']}/review").text
    assert "Advance payment · review" in review
    assert "Bond 12" in review
    assert "It pays for no work yet and bears no retainage." in review
    small.issue(UUID(str(opened.result["invoice_id"])), "A0")
    first = small.prepare("A", date(2024, 3, 31), {"2": "30000.00"})
    review = one.get(f"/invoices/{first}/review").text
    assert "Recovered by this one" in review
    assert "7,500.00" in review
    small.certify(small.issue(first, "A1"))
    for path in (tab, f"/invoices/{first}"):
        page = one.get(path).text
        assert "7,500.00" in page
        assert "12,500.07" in page
    assert "20,000.07 not paid yet" in one.get(tab).text
    (entry, second) = one.get(f"/api/contracts/{small.contracts['A']}").json()["advance"]
    assert (entry["invoiced"], entry["unpaid"]) == ("20000.07", "20000.07")
    assert (second["recovered"], second["outstanding"]) == ("7500.00", "12500.07")
    assert one.get(f"/api/invoices/{first}").json()["advance"] == {
        "invoiced": "20000.07",
        "recovered": "7500.00",
        "outstanding": "12500.07",
    }
    listed = one.get(f"/contracts/{small.contracts['A']}?tab=applications").text
    assert "Advance payment" in listed
    client = browser()
    assert client.sign_in(f"{Role.client.value}@{small.id}.example", PASSWORD).status_code == 200
    for invoice_id in (small.invoices["A0"], first):
        answer = client.get(f"/client/invoices/{invoice_id}")
        assert answer.status_code == 200
        assert "Left to recover" in answer.text


def test_what_is_left_of_a_credit_note_is_no_cash_received(
    small: SmallFirm, browser: Callable[[], Browser]
) -> None:
    """10,000.00 less 10 % are owed; of it 5,000.00 less 10 % are credited: 4,500.00."""
    small.certify(small.issue(small.prepare("N", date(2024, 2, 29), {"1": "10000.00"}), "N1"))
    small.certify(small.issue(small.prepare("N", date(2024, 3, 31), {"1": "-5000.00"}), "N2"))
    one, client = browser(), browser()
    assert one.sign_in(f"{Role.coordinator.value}@{small.id}.example", PASSWORD).status_code == 200
    page = " ".join(one.get("/payments").text.split())
    assert "0 payments; credit notes not set off yet: 4,500.00 USD." in page
    assert "Unapplied cash" not in page
    assert "Set off Credit note CN-SM-00001" in page
    assert "no money came in for it" in page
    small.receive(Decimal("7.00"), date(2024, 4, 2), "WIRE-7")
    page = " ".join(one.get("/payments").text.split())
    assert "1 payment; credit notes not set off yet: 4,500.00 USD." in page  # it paid what was due first
    shown = one.get(f"/contracts/{small.contracts['N']}?tab=payments").text
    assert "not set off yet" in shown
    assert "4,500.00" in shown
    assert client.sign_in(f"{Role.client.value}@{small.id}.example", PASSWORD).status_code == 200
    assert "Credit notes, not set off yet" in client.get("/client").text


def test_how_a_client_is_credited_is_typed_into_the_terms(
    small: SmallFirm, browser: Callable[[], Browser]
) -> None:
    one = browser()
    assert one.sign_in(f"{Role.coordinator.value}@{small.id}.example", PASSWORD).status_code == 200
    tab = f"/contracts/{small.contracts['C']}?tab=terms"
    chosen = re.search(r'<select[^>]*name="credit_form".*?</select>', one.get(tab).text, re.DOTALL)
    assert chosen
    assert re.search(r'value="carried" selected', chosen[0])
    assert 'value="document"' in chosen[0]
    told = one.get(f"/contracts/{small.contracts['N']}?tab=terms").text
    assert "<dt>Credits</dt>" in told
