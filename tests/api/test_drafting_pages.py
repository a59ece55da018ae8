"""Overtime, parts of time, several addresses and the explanation of lines on the pages, by role."""

from __future__ import annotations

import re
from uuid import uuid4

import httpx
import pytest

from tests.api.conftest import Browser, Firm, SignIn, WorkerProcess

HOUR = 3600
TERMS = {
    "currency": "USD",
    "original_sum": "6000.00",
    "contract_date": "2024-02-19",
    "receivable_arises": "submission",
    "certified_by_client": False,
    "invoice_form": "consulting",
    "controller_limit": "50000.00",
}
SCHEDULE = [
    {"item_no": "1", "description": "Survey", "scheduled_value": "1000.00", "basis": "time_and_materials"},
    {"item_no": "2", "description": "Help", "scheduled_value": "5000.00", "basis": "time_and_materials"},
]


@pytest.fixture(scope="module")
def working(firms: tuple[Firm, Firm], worker: WorkerProcess) -> Firm:
    worker.start()
    return firms[0]


def send(browser: Browser, path: str, **fields: str) -> httpx.Response:
    """Send a form; the page that follows."""
    return browser.post(path, data={**fields, "idempotency_key": uuid4().hex}, follow_redirects=True)


def set_up(coordinator: Browser, working: Firm) -> str:
    body = {
        "client_id": str(working.clients[0]),
        "legal_entity_id": str(working.legal_entity_id),
        "project_manager_id": str(working.people["project_manager"]),
        "number": f"D-{uuid4().hex[:8]}",
        "title": "Site studies",
        "terms": TERMS,
    }
    path = f"/contracts/{coordinator.done('/api/contracts', body)['contract_id']}"
    coordinator.done(f"/api{path}/schedule", {"lines": SCHEDULE})
    return path


def fields_of(page: str) -> dict[str, str]:
    """What the form of the terms holds."""
    form = page[page.index('aria-labelledby="h-terms"') :]
    form = form[: form.index("</form>")]
    found = dict(re.findall(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', form))
    for name, choices in re.findall(r'<select[^>]*?name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', choices)
        found[name] = chosen[1] if chosen else re.findall(r'value="([^"]*)"', choices)[0]
    return found


def test_from_terms_of_overtime_and_addresses_to_lines_that_explain_themselves(
    working: Firm, signed_in: SignIn
) -> None:
    coordinator, controller = signed_in(working, "coordinator"), signed_in(working, "controller")
    manager = signed_in(working, "project_manager")
    path = set_up(coordinator, working)
    without = coordinator.get(f"{path}?tab=terms").text
    assert "there is no rate card" in without
    typed = {
        **fields_of(without),
        "overtime_name_1": "overtime",
        "overtime_convention_1": "factor",
        "overtime_factor_1": "1.5",
        "overtime_approval_1": "yes",
        "address_name_1": "Trust",
        "address_lines_1": "1",
        "addressee_1": "Sample Trust",
        "address_1": "9 Trust Lane",
        "detail_level": "person",
    }
    saved = send(coordinator, f"{path}/terms", **typed)
    assert saved.status_code == 200, saved.text
    terms = coordinator.get(f"/api{path}").json()["terms"]
    assert terms["bill_to"]["each"][0]["item_nos"] == ["1"]
    assert terms["detail"]["level"] == "person"
    rate = {"rate.0": "100", "effective_from.0": "2024-01-01", "role.0": "", "person.0": ""}
    card = send(coordinator, f"{path}/rate-card", **rate)
    assert card.status_code == 200
    assert "Flat rate of overtime" in card.text
    controller.done(f"/api{path}/activate")
    signed_in(working, "administrator").give("/api/calendar/move", {"to": "2024-03-31"})
    coordinator.settled()

    entered = send(
        coordinator, f"{path}/time/enter", item_no="1", person="A. Example", work_date="2024-03-05",
        hours="8", description="Levels", overtime="overtime",
    )  # fmt: skip
    assert "overtime, at the regular rate" in entered.text
    assert "not approved" in entered.text
    (entry,) = coordinator.get(f"/api{path}/time").json()["entries"]
    opened = coordinator.get(f"{path}?tab=time&week=all&entry={entry['id']}").text
    assert "Split it over lines" in opened
    assert "Move it to another contract" in opened
    wrong = send(
        coordinator, f"{path}/time/{entry['id']}/split", split_hours="9", split_item_no="2",
        split_reason="Three were help",
    )  # fmt: skip
    assert wrong.status_code == 422
    split = send(
        coordinator, f"{path}/time/{entry['id']}/split", split_hours="3", split_item_no="2",
        split_reason="Three were help",
    )  # fmt: skip
    assert split.status_code == 200, split.text
    nowhere = send(
        coordinator, f"{path}/time/{entry['id']}/move", to_number="none", to_item_no="1", move_reason="Wrong"
    )
    assert nowhere.status_code == 422

    rows = coordinator.get(f"/api{path}/time").json()["entries"]
    parts = [one for one in rows if one["standing"] == "waits"]
    assert sorted(one["seconds"] // HOUR for one in parts) == [3, 5]
    ticked = {f"entry.{one['id']}": str(one["version"]) for one in parts}
    approved = send(manager, f"{path}/time", do="approve", **ticked)
    assert approved.status_code == 200, approved.text
    rows = coordinator.get(f"/api{path}/time").json()["entries"]
    ticked = {f"entry.{one['id']}": str(one["version"]) for one in rows if one["standing"] == "unbilled"}
    allowed = send(
        manager, f"{path}/time?week=all", do="approve_overtime", reason="The client's mail", **ticked
    )
    assert "overtime, 100 × 1.5" in allowed.text

    draft = send(coordinator, f"{path}/prepare-application", period_to="2024-03-31", bill_to="Trust")
    assert draft.status_code == 200, draft.text
    (invoice,) = coordinator.get("/api/invoices", params={"contract": path.rpartition("/")[2]}).json()[
        "invoices"
    ]
    review = coordinator.get(f"/invoices/{invoice['id']}/review").text
    assert "billed to Trust" in review
    assert "A. Example at 150.00 (overtime, 100 × 1.5): 5 h in 1 entry" in review
    assert "over the limit" not in review  # 750.00 of 1,000.00
    assert "billed to another address" in review
    lines = coordinator.get(f"/invoices/{invoice['id']}/lines").text
    assert "By time at the rate card, not to exceed 1,000.00 USD" in lines
    (line,) = coordinator.get(f"/api/invoices/{invoice['id']}/lines").json()["lines"]
    assert (line["item_no"], line["billed"]) == ("1", "750.00")
