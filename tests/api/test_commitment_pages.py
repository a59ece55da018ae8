"""Commitments on the pages: an order typed in, a bill on hold, settled, approved, credited; who sees what."""

import re
from typing import Any

import pytest

from tests.api.conftest import Browser, Firm, SignIn, WorkerProcess

TERMS: dict[str, Any] = {
    "currency": "USD",
    "original_sum": "100000.00",
    "contract_date": "2024-02-19",
    "controller_limit": "1000000.00",
}


@pytest.fixture(scope="module")
def office(firms: tuple[Firm, Firm], worker: WorkerProcess) -> Firm:
    worker.start()
    return firms[0]


@pytest.fixture(scope="module")
def opened() -> dict[str, str]:
    """The contract that the tests of this module share."""
    return {}


@pytest.fixture
def contract(office: Firm, signed_in: SignIn, opened: dict[str, str]) -> str:
    """A contract in force with one line at cost plus 10 %."""
    if "id" in opened:
        return opened["id"]
    coordinator = signed_in(office, "coordinator")
    made = coordinator.done(
        "/api/contracts",
        {
            "client_id": str(office.clients[0]),
            "legal_entity_id": str(office.legal_entity_id),
            "project_manager_id": str(office.people["project_manager"]),
            "number": "PO-PAGES",
            "title": "At cost",
            "terms": TERMS,
        },
    )
    contract_id = opened["id"] = str(made["contract_id"])
    line = {
        "item_no": "1",
        "description": "Ductwork",
        "scheduled_value": "100000.00",
        "basis": "cost_plus",
        "cost_plus": {"fee": {"kind": "percent", "rate": "0.10"}},
    }
    coordinator.done(f"/api/contracts/{contract_id}/schedule", {"lines": [line]})
    signed_in(office, "controller").done(f"/api/contracts/{contract_id}/activate", {})
    return contract_id


def sent(who: Browser, address: str, key: str, **fields: str) -> Any:
    named = {name.replace("__", "."): value for name, value in fields.items()}
    form = {"csrf_token": who.headers["X-CSRF-Token"], "idempotency_key": key, **named}
    return who.post(address, data=form)


def test_from_the_order_to_the_credit_memo(office: Firm, contract: str, signed_in: SignIn) -> None:
    coordinator, manager = signed_in(office, "coordinator"), signed_in(office, "project_manager")
    tab = f"/contracts/{contract}?tab=commitments"
    assert "Nothing is ordered yet." in coordinator.get(tab).text
    first = {"item_no__0": "1", "description__0": "Duct", "category__0": "material"}
    entered = sent(
        coordinator,
        f"/contracts/{contract}/commitments",
        "o1",
        number="PO-1",
        vendor="Sample Supply",
        title="Ducts",
        ordered_on="2024-02-19",
        tolerance_price="2",
        **first,
        quantity__0="100",
        unit_price__0="10",
        sov_item_no__0="1",
    )
    assert entered.status_code == 303, entered.text
    order = entered.headers["Location"].partition("?")[0]
    page = manager.get(order).text
    assert "Approve the order" in page
    assert "Approve the order" not in coordinator.get(order).text
    assert "1 order or bill of PO-PAGES At cost." in manager.get("/").text
    assert "1 order or bill to decide on." in manager.get("/approvals").text
    paper = {"paper": "commitment", "commitment": order.rpartition("/")[2]}
    approve = f"/contracts/{contract}/purchases/{paper['commitment']}/approve"
    assert sent(manager, approve, "o2", **paper, version="1").status_code == 303

    delivered = sent(
        coordinator,
        f"{order}/deliveries",
        "d1",
        received_on="2024-02-19",
        reference="Note 7",
        item__0="1",
        received__0="100",
    )
    assert delivered.status_code == 303
    billed = sent(
        coordinator,
        f"{order}/bills",
        "b1",
        number="V-17",
        dated="2024-02-19",
        billed_item__0="1",
        billed_quantity__0="100",
        billed_price__0="10.50",
        billed_item__1="",
        billed_quantity__1="",
    )
    assert billed.status_code == 303, billed.text
    bill = billed.headers["Location"].partition("?")[0]
    shown = coordinator.get(billed.headers["Location"]).text
    assert "Bill entered, and on hold" in shown
    assert "The price is above the order" in shown
    assert "somebody else settles" in shown
    shown = manager.get(bill).text
    assert "Settle line 1: 50.00 does not match" in shown
    assert "Approve the bill" not in shown
    disputed = re.search(r'name="disputed" value="([^"]+)"', shown)
    assert disputed
    settled = sent(
        manager,
        f"{bill}/settle",
        "s1",
        line="1",
        disputed=disputed[1],
        settlement="pay_what_matches",
        reason="10.00 as ordered",
    )
    assert settled.status_code == 303, settled.text
    shown = manager.get(bill).text
    assert "Only what matches is paid: “10.00 as ordered”" in shown
    assert "Approve the bill: 1,000.00" in shown
    of_bill = {"paper": "bill", "bill": bill.rpartition("/")[2]}
    address = f"/contracts/{contract}/purchases/{of_bill['bill']}"
    again = sent(manager, f"{address}/approve", "s2", **of_bill, version="9")
    assert again.status_code == 409
    assert "Changed since you looked" in again.text
    assert sent(manager, f"{address}/approve", "s3", **of_bill, version="1").status_code == 303
    shown = manager.get(bill).text
    assert "Passed on to the client" in shown
    assert "waits for the next invoice" in shown

    credited = sent(
        coordinator,
        f"{bill}/credits",
        "c1",
        number="CM-1",
        dated="2024-02-19",
        credited_line__0="1",
        credited_quantity__0="20",
        credited_amount__0="210",
    )
    assert credited.status_code == 303, credited.text
    known = manager.get(f"/api/contracts/{contract}/commitments").json()["commitments"][0]
    (memo,) = known["credits"]
    credit = {"paper": "credit_memo", "bill": of_bill["bill"]}
    memo_address = f"/contracts/{contract}/purchases/{memo['id']}/approve"
    assert sent(manager, memo_address, "c2", **credit, version="1").status_code == 303
    # 80 × 10.00 of the 840.00 that are left match.
    page = manager.get(tab).text
    row = page[page.index("PO-1 Ducts") :]
    assert re.findall(r">([\d,]+\.\d\d)</td>", row)[:5] == [
        "1,000.00",
        "1,000.00",
        "840.00",
        "800.00",
        "200.00",
    ]
    ledger = manager.get(f"/contracts/{contract}?tab=costs").text
    assert "bill V-17 of 2024-02-19, line 1, order PO-1" in ledger
    assert "-200.00" in ledger


def test_what_is_wrong_is_marked_where_it_was_typed(office: Firm, contract: str, signed_in: SignIn) -> None:
    coordinator = signed_in(office, "coordinator")
    wrong = sent(
        coordinator,
        f"/contracts/{contract}/commitments",
        "w1",
        number="PO-2",
        vendor="Sample Supply",
        title="Ducts",
        ordered_on="2024-02-19",
        item_no__0="1",
        description__0="Duct",
        quantity__0="many",
        unit_price__0="10",
    )
    assert wrong.status_code == 422
    assert "Row 1, Quantity: a number like 1200.5." in wrong.text
    assert 'value="many"' in wrong.text


def test_a_rejected_bill_still_shows_what_it_billed(office: Firm, contract: str, signed_in: SignIn) -> None:
    """Its page had a table of nine columns and no line."""
    coordinator, manager = signed_in(office, "coordinator"), signed_in(office, "project_manager")
    address = f"/api/contracts/{contract}"
    line = {"item_no": "1", "description": "Duct", "category": "material", "quantity": "7", "unit_price": "3"}
    order = {"number": "PO-9", "title": "Ducts", "vendor": "Sample Supply", "ordered_on": "2024-02-19"}
    placed = coordinator.done(f"{address}/commitments", {**order, "lines": [line]})["commitment_id"]
    paper = {"paper": "commitment", "version": 1}
    manager.done(f"{address}/purchases/{placed}/approve", paper)
    bill = coordinator.done(
        f"{address}/commitments/{placed}/bills",
        {
            "number": "V-9",
            "dated": "2024-02-19",
            "lines": [{"item_no": "1", "quantity": "7", "unit_price": "3"}],
        },
    )["bill_id"]
    manager.done(f"{address}/purchases/{bill}/reject", {"paper": "bill", "reason": "Not ours"})
    page = coordinator.get(f"/contracts/{contract}/bills/{bill}").text
    assert "A rejected bill is not matched and counts nowhere." in page
    assert "7 × 3.00" in page
    assert "Does not match</th>" not in page


def test_a_client_sees_no_commitment(office: Firm, contract: str, signed_in: SignIn) -> None:
    client = signed_in(office, "client")
    assert client.get(f"/api/contracts/{contract}/commitments").status_code == 403
