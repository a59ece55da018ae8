"""Billing runs and many drafts at once over the API: progress, reasons, rows that fail alone, keys, roles."""

import time
from typing import Any
from uuid import uuid4

import pytest

from tests.api.conftest import Browser, Firm, SignIn, WorkerProcess

HOUR = 3600
TERMS: dict[str, Any] = {
    "currency": "USD",
    "original_sum": "1000.00",
    "contract_date": "2024-02-19",
    "receivable_arises": "submission",
    "certified_by_client": False,
    "invoice_form": "consulting",
    "billed_by_run": True,
    "controller_limit": "50000.00",
}
LINE = {"item_no": "1", "description": "Study", "scheduled_value": "1000.00", "basis": "time_and_materials"}
RATE = {"rate": "100.00", "effective_from": "2024-02-19"}
LATER = {"rate": "100.00", "effective_from": "2024-04-01"}


@pytest.fixture(scope="module")
def office(firms: tuple[Firm, Firm], worker: WorkerProcess) -> Firm:
    worker.start()
    return firms[0]


def in_force(office: Firm, coordinator: Browser, controller: Browser, number: str, *, rated: bool) -> str:
    """A contract billed by time and by runs."""
    opened = coordinator.done(
        "/api/contracts",
        {
            "client_id": str(office.clients[0]),
            "legal_entity_id": str(office.legal_entity_id),
            "project_manager_id": str(office.people["project_manager"]),
            "number": number,
            "title": "Studies",
            "terms": TERMS,
        },
    )
    contract = f"/api/contracts/{opened['contract_id']}"
    coordinator.done(f"{contract}/schedule", {"lines": [LINE]})
    coordinator.done(f"{contract}/rate-card", {"rows": [RATE if rated else LATER]})
    controller.done(f"{contract}/activate")
    return contract


def ended(browser: Browser, run_id: str) -> dict[str, Any]:
    """The run once it is done."""
    until = time.monotonic() + 40
    while (run := browser.get(f"/api/billing-runs/{run_id}").json())["state"] != "done":
        assert time.monotonic() < until, run
        time.sleep(0.1)
    found: dict[str, Any] = run
    return found


def test_a_run_and_its_drafts_in_bulk(office: Firm, signed_in: SignIn) -> None:
    coordinator, manager = signed_in(office, "coordinator"), signed_in(office, "project_manager")
    controller, administrator = signed_in(office, "controller"), signed_in(office, "administrator")
    contracts = [
        in_force(office, coordinator, controller, f"R-{number}", rated=number < 3) for number in range(4)
    ]
    administrator.done("/api/calendar/move", {"to": "2024-04-02"})
    administrator.settled()
    for contract in contracts:
        typed = {"item_no": "1", "person": "Sample Engineer", "work_date": "2024-03-05", "seconds": 2 * HOUR}
        entered = coordinator.done(f"{contract}/time", {"entries": [typed]})["entries"]
        manager.done(f"{contract}/time/approve", {"entries": manager.seen(contract, entered)})

    assert manager.give("/api/billing-runs", {"period_to": "2024-03-31"}).status_code == 403
    early = coordinator.give("/api/billing-runs", {"period_to": "2024-04-30"})
    assert (early.status_code, early.json()["code"]) == (422, "period_not_ended")
    key = uuid4().hex
    run_id = coordinator.done("/api/billing-runs", {"period_to": "2024-03-31"}, key)["run_id"]
    assert coordinator.done("/api/billing-runs", {"period_to": "2024-03-31"}, key)["run_id"] == run_id
    run = ended(coordinator, run_id)
    counts = {name: run[name] for name in ("done", "total", "drafted", "nothing_to_bill", "blocked")}
    assert counts == {"done": 4, "total": 4, "drafted": 3, "nothing_to_bill": 0, "blocked": 1}
    (reason,) = run["reasons"]
    assert reason["contracts"] == 1
    assert "no rate for Sample Engineer on 2024-03-05" in reason["sentence"]
    blocked = coordinator.get(f"/api/billing-runs/{run_id}", params={"outcome": "blocked"}).json()["items"]
    assert [item["contract_number"] for item in blocked] == ["R-3"]
    page = coordinator.get(f"/api/billing-runs/{run_id}", params={"page": 2, "start": 2}).json()
    assert [item["contract_number"] for item in page["items"]] == ["R-2", "R-3"]
    assert page["next"] is None
    assert [one["id"] for one in manager.get("/api/billing-runs").json()["runs"]] == [run_id]
    coordinator.settled()

    drafts = [item["invoice_id"] for item in run["items"] if item["outcome"] == "drafted"]
    assert {item["amount"] for item in run["items"]} == {"200.00", None}
    _submit(coordinator, manager, drafts)
    _approve(coordinator, manager, drafts)
    _issue(coordinator, drafts)


def _submit(coordinator: Browser, manager: Browser, drafts: list[str]) -> None:
    unknown = str(uuid4())
    items = [{"invoice_id": one} for one in (drafts[0], unknown, *drafts[1:])]
    body, key = {"command": "submit_draft", "items": items}, uuid4().hex
    assert manager.give("/api/bulk", body).status_code == 403
    submitted = coordinator.give("/api/bulk", body, key).json()
    assert {name: submitted[name] for name in ("done", "refused", "unknown")} == {
        "done": 3,
        "refused": 1,
        "unknown": 0,
    }
    rows = submitted["rows"]
    assert [row["invoice_id"] for row in rows] == [item["invoice_id"] for item in items]
    assert (rows[1]["outcome"], rows[1]["code"]) == ("refused", "not_found")
    assert coordinator.give("/api/bulk", body, key).json() == submitted  # nothing is repeated
    states = {coordinator.get(f"/api/invoices/{one}").json()["state"] for one in drafts}
    assert states == {"in_review"}
    other = coordinator.give("/api/bulk", body, uuid4().hex).json()
    assert {row["outcome"] for row in other["rows"]} == {"refused"}


def _approve(coordinator: Browser, manager: Browser, drafts: list[str]) -> None:
    hashes = [coordinator.get(f"/api/invoices/{one}").json()["content_hash"] for one in drafts]
    bare = {"command": "approve_draft", "items": [{"invoice_id": one} for one in drafts]}
    assert manager.give("/api/bulk", bare).status_code == 400
    # The third one is approved as something that it does not say.
    seen = [*hashes[:2], "0" * 64]
    items = [{"invoice_id": one, "content_hash": of} for one, of in zip(drafts, seen, strict=True)]
    approved = manager.give("/api/bulk", {"command": "approve_draft", "items": items}).json()
    assert [row["outcome"] for row in approved["rows"]] == ["done", "done", "refused"]
    assert approved["rows"][2]["code"] == "content_changed"


def _issue(coordinator: Browser, drafts: list[str]) -> None:
    body = {"command": "issue_invoice", "items": [{"invoice_id": one} for one in drafts]}
    issued = coordinator.give("/api/bulk", body).json()
    assert [row["outcome"] for row in issued["rows"]] == ["done", "done", "refused"]
    coordinator.settled()
    numbers = [coordinator.get(f"/api/invoices/{one}").json()["number"] for one in drafts]
    assert len(set(numbers[:2])) == 2
    assert numbers[2] is None


@pytest.mark.parametrize(
    "body",
    [
        {"command": "withdraw_draft", "items": [{"invoice_id": str(uuid4())}]},
        {"command": "submit_draft", "items": []},
        {"command": "submit_draft", "items": [{"invoice_id": str(uuid4())} for _ in range(501)]},
        {"command": "submit_draft", "items": [{"invoice_id": "8a6f0d5e-54a7-4b4b-9d5c-5f1f0e3f7a11"}] * 2},
        {"items": [{"invoice_id": str(uuid4())}]},
    ],
)
def test_a_bulk_body_that_is_none(office: Firm, signed_in: SignIn, body: dict[str, Any]) -> None:
    assert signed_in(office, "coordinator").give("/api/bulk", body).status_code == 400
