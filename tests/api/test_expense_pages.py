"""Expenses on the pages: policy, entry, receipt, allowances, bulk approval, correction; required papers."""

import re
from typing import Any

import pytest

from tests.api.conftest import Browser, Firm, SignIn, WorkerProcess

TERMS: dict[str, Any] = {
    "currency": "USD",
    "original_sum": "100000.00",
    "contract_date": "2024-02-01",
    "controller_limit": "1000000.00",
}
TODAY = "2024-02-19"
PDF = b"%PDF-1.7 a receipt"


@pytest.fixture(scope="module")
def office(firms: tuple[Firm, Firm], worker: WorkerProcess) -> Firm:
    worker.start()
    return firms[0]


def opened(office: Firm, signed_in: SignIn) -> str:
    """A contract in force with one line at cost plus 10 %, expenses plus 5 %."""
    coordinator = signed_in(office, "coordinator")
    made = coordinator.done(
        "/api/contracts",
        {
            "client_id": str(office.clients[0]),
            "legal_entity_id": str(office.legal_entity_id),
            "project_manager_id": str(office.people["project_manager"]),
            "number": "EX-PAGES",
            "title": "At cost",
            "terms": TERMS,
        },
    )
    contract_id = str(made["contract_id"])
    line = {
        "item_no": "1",
        "description": "Ductwork",
        "scheduled_value": "100000.00",
        "basis": "cost_plus",
        "cost_plus": {
            "fee": {
                "kind": "percent",
                "rate": "0.10",
                "by_category": [{"category": "expense", "rate": "0.05"}],
            }
        },
    }
    coordinator.done(f"/api/contracts/{contract_id}/schedule", {"lines": [line]})
    signed_in(office, "controller").done(f"/api/contracts/{contract_id}/activate", {})
    return contract_id


def sent(who: Browser, address: str, key: str, fields: dict[str, str], **more: Any) -> Any:
    form = {"csrf_token": who.headers["X-CSRF-Token"], "idempotency_key": key, **fields}
    return who.post(address, data=form, **more)


def test_from_the_policy_to_the_ledger(office: Firm, signed_in: SignIn) -> None:
    contract = opened(office, signed_in)
    coordinator, manager = signed_in(office, "coordinator"), signed_in(office, "project_manager")
    controller = signed_in(office, "controller")
    base, tab = f"/contracts/{contract}", f"/contracts/{contract}?tab=expenses"
    assert "The contract says nothing of expenses yet" in coordinator.get(tab).text
    rules = {
        "category.0": "travel",
        "effective_from.0": "2024-01-01",
        "receipt_above.0": "75",
        "at_most.0": "150",
        "client_pays.0": "yes",
        "category.1": "mileage",
        "effective_from.1": "2024-01-01",
        "receipt_above.1": "",
        "at_most.1": "",
        "client_pays.1": "yes",
    }
    assert sent(controller, f"{base}/expense-policy", "p1", rules).status_code == 303
    page = coordinator.get(tab).text
    assert "travel from" in page
    assert "receipt above 75.00, pointed out above 150.00" in page
    assert "1 Ductwork, plus 5 %" in page

    expense = {"item_no": "1", "person": "Anna Example", "category": "travel", "on": TODAY}
    entered = sent(
        coordinator, f"{base}/expenses/enter", "e1", {**expense, "amount": "200", "tax_recovered": "20"}
    )
    assert entered.status_code == 303, entered.text
    journey = {
        "item_no": "1",
        "person": "Anna Example",
        "category": "mileage",
        "vehicle": "US|car",
        "on": TODAY,
        "distance": "100",
    }
    assert sent(coordinator, f"{base}/expenses/mileage", "e2", journey).status_code == 303
    page = manager.get(tab).text
    assert "A receipt is needed above 75.00 USD" in page
    assert "Above what is usual for travel, 150.00 USD." in page
    assert "2024-02-19: 100 × 0.67 = 67.00" in page

    known = manager.get(f"/api/contracts/{contract}/expenses").json()["expenses"]
    travel, car = known[0], known[1]
    assert [found["code"] for found in travel["found"]] == ["receipt_missing", "above_usual"]
    ticked = {f"expense.{one['id']}": str(one["version"]) for one in known}
    refused = sent(manager, f"{base}/expenses", "a1", {**ticked, "do": "approve"})
    assert refused.status_code == 409
    assert "Expense 1 of Anna Example, 2024-02-19: A receipt is needed above 75.00 USD" in refused.text

    address = f"{base}/expenses/{travel['id']}/receipt"
    wrong = sent(coordinator, address, "r1", {}, files={"file": ("tool.exe", b"MZ", "application/pdf")})
    assert wrong.status_code == 422
    assert "A receipt is a PDF, PNG or JPEG of at most 10 MB." in wrong.text
    kept = sent(coordinator, address, "r2", {}, files={"file": ("hotel.pdf", PDF, "application/pdf")})
    assert kept.status_code == 303
    got = manager.get(address)
    assert (got.content, got.headers["Content-Type"]) == (PDF, "application/pdf")
    assert "hotel.pdf" in got.headers["Content-Disposition"]

    page = manager.get(tab).text
    seen = dict(re.findall(r'name="(expense\.[0-9a-f-]+)" value="(\d+)"', page))
    assert set(seen) == {f"expense.{travel['id']}", f"expense.{car['id']}"}
    done = sent(manager, f"{base}/expenses", "a2", {**seen, "do": "approve"})
    assert done.status_code == 303, done.text
    page = manager.get(tab).text
    assert "180.00" in page  # 200.00 less 20.00 of tax
    ledger = manager.get(f"{base}?tab=costs").text
    assert "expense 1 of EX-PAGES, Anna Example" in ledger
    assert "200.00 with 20.00 of tax that we get back" in ledger

    again = sent(coordinator, f"{base}/expenses/enter", "e3", {**expense, "amount": "12"})
    assert again.status_code == 303
    (small,) = [
        one
        for one in coordinator.get(f"/api/contracts/{contract}/expenses").json()["expenses"]
        if one["state"] == "open"
    ]
    correct = f"{base}/expenses/{small['id']}/correct"
    back = {"do": "take_back", "reason": "Paid by the client"}
    assert sent(coordinator, correct, "c1", back).status_code == 303
    left = coordinator.get(f"/api/contracts/{contract}/expenses").json()["expenses"]
    assert [one["state"] for one in left] == ["approved", "approved"]


def test_what_is_wrong_is_said_on_the_page(office: Firm, signed_in: SignIn) -> None:
    coordinator = signed_in(office, "coordinator")
    contracts = coordinator.get("/api/contracts").json()["contracts"]
    base = f"/contracts/{next(one['id'] for one in contracts if one['number'] == 'EX-PAGES')}"
    expense = {"item_no": "1", "person": "Anna Example", "category": "travel", "on": TODAY}
    many = sent(coordinator, f"{base}/expenses/enter", "w1", {**expense, "amount": "many"})
    assert many.status_code == 422
    assert "Amount: a number like 120.50." in many.text
    trip = {
        "item_no": "1",
        "person": "Anna Example",
        "category": "per diem",
        "place": "US|M&IE 68",
        "first_day": "2024-02-05",
        "last_day": "2024-02-06",
    }
    no_rate = sent(coordinator, f"{base}/expenses/per-diem", "w2", trip)
    assert no_rate.status_code == 422
    assert "There is no per diem for M&amp;IE 68 (US) on 2024-02-05." in no_rate.text
    foreign = {
        **expense,
        "amount": "100",
        "currency": "EUR",
        "contract_currency": "USD",
        "rate": "1.0850",
        "rate_on": "2024-02-01",
        "rate_source": "Sample bank",
    }
    old = sent(coordinator, f"{base}/expenses/enter", "w3", foreign)
    assert old.status_code == 422
    assert "take that of 2024-02-19" in old.text


def test_required_papers_on_the_page(office: Firm, signed_in: SignIn) -> None:
    """Their files come the same way as receipts: on the contract of the expenses."""
    coordinator, controller = signed_in(office, "coordinator"), signed_in(office, "controller")
    contracts = coordinator.get("/api/contracts").json()["contracts"]
    contract = next(one["id"] for one in contracts if one["number"] == "EX-PAGES")
    base, tab = f"/contracts/{contract}/papers", f"/contracts/{contract}?tab=compliance"
    api = f"/api/contracts/{contract}"
    assert "no invoice or payment waits for a paper" in coordinator.get(tab).text
    insured = {"kind": "insurance_certificate", "of_whom": "Sample Roofing", "blocks": "issue"}
    never = sent(coordinator, f"{base}/require", "q1", {**insured, "from_on": "the first"})
    assert "From: a date like 2025-08-31." in never.text
    assert sent(coordinator, f"{base}/require", "q2", {**insured, "from_on": TODAY}).status_code == 303
    page = coordinator.get(tab).text
    assert "Certificate of insurance of Sample Roofing" in page
    assert "none on file" in page

    paper = {"what": "insurance_certificate|Sample Roofing", "valid_from": "2024-01-01", "valid_to": TODAY}
    tool = sent(coordinator, base, "f1", paper, files={"file": ("tool.exe", b"MZ", "application/pdf")})
    assert (tool.status_code, "A paper is a PDF, PNG or JPEG of at most 10 MB." in tool.text) == (422, True)
    assert sent(coordinator, base, "f2", paper).status_code == 422
    good = {"file": ("cover.pdf", PDF, "application/pdf")}
    backwards = sent(coordinator, base, "f3", {**paper, "valid_from": "2024-02-20"}, files=good)
    assert "The paper ends before it begins to be valid." in backwards.text
    assert sent(coordinator, base, "f4", paper, files=good).status_code == 303
    assert f"valid until {TODAY}" in coordinator.get(tab).text
    told = coordinator.get(f"{api}/compliance").json()
    (filed,), (required,) = told["papers"], told["required"]
    got = controller.get(f"{base}/{filed['id']}/file")
    assert (got.content, "cover.pdf" in got.headers["Content-Disposition"]) == (PDF, True)

    late = {"requirement_id": required["id"], "until": "2024-02-29", "reason": "The renewal is promised."}
    assert sent(coordinator, f"{base}/ask", "x1", late).status_code == 303
    (asked,) = coordinator.get(f"{api}/compliance").json()["exceptions"]
    decide = {"exception_id": asked["id"], "do": "refuse"}
    assert "Say why it is not granted." in sent(controller, f"{base}/decide", "x2", decide).text
    assert sent(coordinator, f"{base}/decide", "x3", {**decide, "do": "grant"}).status_code == 403
    assert sent(controller, f"{base}/decide", "x4", {**decide, "do": "grant"}).status_code == 303
    assert "exception until 2024-02-29" in coordinator.get(tab).text
    gone = {"paper_id": filed["id"], "reason": "Of another job."}
    assert sent(coordinator, f"{base}/withdraw", "w1", gone).status_code == 303
    ended = {"requirement_id": required["id"], "reason": "Not agreed."}
    assert sent(controller, f"{base}/end", "n1", ended).status_code == 303
    assert "is not required any more for the issue of an invoice" in coordinator.get(tab).text
