"""A consulting contract over the API alone: agreed, worked, approved, billed in parts, changed, completed."""

from typing import Any

import pytest

from tests.api.conftest import Browser, Firm, SignIn, WorkerProcess

HOUR = 3600
TERMS: dict[str, Any] = {
    "currency": "USD",
    "original_sum": "6000.00",
    "contract_date": "2024-02-19",
    "receivable_arises": "submission",
    "certified_by_client": False,
    "invoice_form": "consulting",
    "hour_rounding": {"unit_seconds": 900},
    "partial_milestones": True,
    "deposit": "500.00",
    "controller_limit": "50000.00",
}
SCHEDULE = [
    {"item_no": "1", "description": "Survey", "scheduled_value": "1000.00", "basis": "time_and_materials"},
    {"item_no": "2", "description": "Report", "scheduled_value": "5000.00", "basis": "milestone"},
]
RATES = [
    {"person": None, "role": "Engineer", "rate": "150.00", "effective_from": "2024-01-01"},
    {"person": "A. Example", "role": None, "rate": "200.00", "effective_from": "2024-01-01"},
]


@pytest.fixture(scope="module")
def office(firms: tuple[Firm, Firm], worker: WorkerProcess) -> Firm:
    worker.start()
    return firms[0]


def test_the_whole_job(office: Firm, signed_in: SignIn) -> None:
    coordinator, manager = signed_in(office, "coordinator"), signed_in(office, "project_manager")
    controller, administrator = signed_in(office, "controller"), signed_in(office, "administrator")
    contract = _in_force(office, coordinator, controller)
    administrator.done("/api/calendar/move", {"to": "2024-03-01"})
    administrator.settled()
    controller.done(
        f"{contract}/deposits", {"amount": "600.00", "received_on": "2024-02-20", "reference": "wire 7"}
    )
    back = {"amount": "100.00", "returned_on": "2024-02-21", "reference": "wire 8"}
    assert coordinator.give(f"{contract}/deposits/return", back).status_code == 403
    assert controller.done(f"{contract}/deposits/return", back)["deposit_balance"] == "500.0000"
    told = controller.get(f"/contracts/{contract.rpartition('/')[2]}?tab=deposits").text
    assert "Given back, recorded by" in told
    entered = _work_on(coordinator, contract)
    approved = manager.get(f"{contract}/time", params={"standing": "waits"}).json()
    assert approved["totals"] == [{"standing": "waits", "entries": 3, "seconds": 7 * HOUR + 500}]
    assert [row["person"] for row in approved["entries"]] == ["B. Example", "A. Example", "A. Example"]
    unseen = manager.give(f"{contract}/time/approve", {"entries": entered})
    assert unseen.status_code == 400
    assert [error["field"] for error in unseen.json()["errors"]] == [f"entries.{n}" for n in range(3)]
    assert "the version that was seen" in unseen.json()["errors"][0]["expected"]
    seen = manager.seen(contract, entered)
    refused = coordinator.give(f"{contract}/time/approve", {"entries": seen})
    assert refused.status_code == 403
    manager.done(f"{contract}/time/approve", {"entries": seen})
    manager.done(f"{contract}/time/hold", {"entries": entered[2:], "reason": "asked the client"})
    manager.done(f"{contract}/time/{entered[1]}/write", {"seconds": 2 * HOUR, "reason": "slow start"})
    (milestone,) = [one["id"] for one in coordinator.get(contract).json()["milestones"]]
    coordinator.done(
        f"{contract}/milestones/{milestone}/achieve", {"evidence": "chapters 1 and 2", "amount": "2000.00"}
    )
    manager.done(f"{contract}/milestones/{milestone}/reject", {"reason": "chapter 2 is missing"})
    achieved = coordinator.done(
        f"{contract}/milestones/{milestone}/achieve", {"evidence": "chapter 1", "amount": "1000.00"}
    )
    unseen = manager.give(f"{contract}/milestones/{milestone}/approve")
    assert unseen.status_code == 400
    assert unseen.json()["errors"] == [
        {"field": "version", "found": "nothing", "expected": "a value: the field is required"}
    ]
    (shown,) = manager.get(contract).json()["milestones"]
    assert shown["version"] == achieved["version"]
    manager.done(f"{contract}/milestones/{milestone}/approve", {"version": shown["version"]})
    invoice_id = coordinator.done(f"{contract}/applications", {"period_to": "2024-02-29"})["invoice_id"]
    draft = coordinator.get(f"/api/invoices/{invoice_id}").json()
    assert draft["deposit_applied"] == "500.00"
    # 2.25 h × 150 + 2 h × 200; the held entry stays out; the approved part of the milestone.
    assert {line["item_no"]: line["this_period"] for line in draft["continuation"]} == {
        "1": "737.50",
        "2": "1000.00",
    }
    claimed = coordinator.get(f"{contract}/time", params={"invoice": invoice_id, "page": 1}).json()
    assert (len(claimed["entries"]), claimed["next"]) == (1, 1)
    assert claimed["totals"] == [{"standing": "claimed", "entries": 2, "seconds": 4 * HOUR + 500}]
    manager.done(f"{contract}/time/release", {"entries": entered[2:]})
    coordinator.done(f"/api/invoices/{invoice_id}/claim-time")
    coordinator.done(f"/api/invoices/{invoice_id}/submit")
    content = coordinator.get(f"/api/invoices/{invoice_id}").json()["content_hash"]
    manager.done(f"/api/invoices/{invoice_id}/approve", {"content_hash": content})
    coordinator.settled()
    coordinator.done(f"/api/invoices/{invoice_id}/issue")
    coordinator.settled()
    issued = coordinator.get(f"/api/invoices/{invoice_id}").json()
    assert issued["deposit_applied"] == "500.00"
    assert (issued["state"], issued["lines"]["line8"]) == ("issued", "1937.50")
    page = coordinator.get(f"/invoices/{invoice_id}").text
    assert "<dt>Open</dt><dd>1,437.50" in page
    billed = coordinator.get(f"{contract}/time", params={"standing": "billed", "person": "A. Example"}).json()
    assert [(row["rate"], row["amount"]) for row in billed["entries"]] == [
        ("200", "400.00"),
        ("200", "200.00"),
    ]
    agreed = coordinator.get(f"{contract}/agreed").json()
    assert [one["balance"] for one in agreed["deposits"]] == ["600.00", "500.00", "0.00"]
    assert agreed["deposits"][2]["invoice_number"] == issued["number"]
    _change(coordinator, manager, controller, contract)
    manager.done(f"{contract}/complete-work", {"reason": "the survey is handed over"})


def _in_force(office: Firm, coordinator: Browser, controller: Browser) -> str:
    opened = coordinator.done(
        "/api/contracts",
        {
            "client_id": str(office.clients[0]),
            "legal_entity_id": str(office.legal_entity_id),
            "project_manager_id": str(office.people["project_manager"]),
            "number": "C-1",
            "title": "Survey and report",
            "terms": TERMS,
        },
    )
    contract = f"/api/contracts/{opened['contract_id']}"
    coordinator.done(f"{contract}/schedule", {"lines": SCHEDULE})
    coordinator.done(f"{contract}/milestones", {"title": "Draft report", "item_no": "2", "amount": "5000.00"})
    coordinator.done(f"{contract}/rate-card", {"rows": RATES})
    coordinator.done(f"{contract}/projects", {"names": ["Survey", "Report"]})
    agreed = coordinator.get(f"{contract}/agreed").json()
    assert agreed["projects"] == ["Report", "Survey"]
    assert [(row["person"], row["rate"]) for row in agreed["rate_card"]] == [
        (None, "150"),
        ("A. Example", "200"),
    ]
    assert controller.give(f"{contract}/schedule", {"lines": SCHEDULE}).status_code == 403
    controller.done(f"{contract}/activate")
    coordinator.settled()
    return contract


def _work_on(coordinator: Browser, contract: str) -> list[str]:
    worked: list[tuple[str, str | None, str, int]] = [
        ("B. Example", "Engineer", "2024-02-20", 2 * HOUR + 500),
        ("A. Example", None, "2024-02-21", 4 * HOUR),
        ("A. Example", None, "2024-02-22", HOUR),
    ]
    result = coordinator.done(
        f"{contract}/time",
        {
            "entries": [
                {"item_no": "1", "person": person, "role": role, "work_date": day, "seconds": seconds}
                for person, role, day, seconds in worked
            ]
        },
    )
    return list(result["entries"])


def _change(coordinator: Browser, manager: Browser, controller: Browser, contract: str) -> None:
    """An amendment raises the limit of line 1; another one is turned down."""
    for number, amount in (("A-1", "700.00"), ("A-2", "9000.00")):
        manager.done(
            f"{contract}/change-orders",
            {"number": number, "title": "More survey", "amount": amount, "raises": "1"},
        )
    controller.done(f"{contract}/change-orders/execute", {"number": "A-1", "executed_on": "2024-03-01"})
    controller.done(f"{contract}/change-orders/reject", {"number": "A-2", "reason": "too dear"})
    coordinator.settled()
    states = {one["number"]: one["state"] for one in coordinator.get(contract).json()["change_orders"]}
    assert states == {"A-1": "executed", "A-2": "rejected"}
