"""Unbilled work: time and approved milestones together, and drafts for the contracts that are ticked."""

import html
import re
from decimal import Decimal
from typing import Any
from uuid import uuid4

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
    "partial_milestones": True,
    "controller_limit": "50000.00",
}
SCHEDULE = [
    {"item_no": "1", "description": "Survey", "scheduled_value": "1000.00", "basis": "time_and_materials"},
    {"item_no": "2", "description": "Report", "scheduled_value": "5000.00", "basis": "milestone"},
]
RATES = [{"person": None, "role": None, "rate": "100.00", "effective_from": "2024-01-01"}]


@pytest.fixture(scope="module")
def office(firms: tuple[Firm, Firm], worker: WorkerProcess) -> Firm:
    worker.start()
    return firms[0]


def in_force(office: Firm, signed_in: SignIn) -> str:
    """A contract with a line by time and one by milestones; the path of its interface."""
    coordinator = signed_in(office, "coordinator")
    body = {
        "client_id": str(office.clients[0]),
        "legal_entity_id": str(office.legal_entity_id),
        "project_manager_id": str(office.people["project_manager"]),
        "number": f"U-{uuid4().hex[:8]}",
        "title": "Site studies",
        "terms": TERMS,
    }
    path = f"/api/contracts/{coordinator.done('/api/contracts', body)['contract_id']}"
    coordinator.done(f"{path}/schedule", {"lines": SCHEDULE})
    coordinator.done(f"{path}/rate-card", {"rows": RATES})
    plan = {"title": "Draft report", "item_no": "2", "amount": "5000.00"}
    coordinator.done(f"{path}/milestones", plan)
    signed_in(office, "controller").done(f"{path}/activate")
    return path


def reach(signed_in: SignIn, office: Firm, path: str, amount: str) -> None:
    """Approve this much of the contract's milestone, all parts together."""
    (known,) = signed_in(office, "coordinator").get(path).json()["milestones"]
    about = f"{path}/milestones/{known['id']}"
    given = signed_in(office, "coordinator").done(
        f"{about}/achieve", {"evidence": "chapters read", "amount": amount}
    )
    signed_in(office, "project_manager").done(f"{about}/approve", {"version": given["version"]})


def work(signed_in: SignIn, office: Firm, path: str) -> None:
    """Two hours, approved."""
    entry = {"item_no": "1", "person": "A. Example", "work_date": "2024-03-05", "seconds": 2 * HOUR}
    made = signed_in(office, "coordinator").done(f"{path}/time", {"entries": [entry]})["entries"]
    manager = signed_in(office, "project_manager")
    manager.done(f"{path}/time/approve", {"entries": manager.seen(path, made)})


def figures(browser: Browser, path: str) -> list[Decimal]:
    """To bill, of it milestones, and on a draft, of the contract's row; empty where it has none."""
    text = browser.get("/unbilled").text
    row = next((part for part in text.split("<tr>") if path.removeprefix("/api") in part), None)
    found = dict(re.findall(r'data-([a-z-]+)="([-\d.]+)"', row or ""))
    return [Decimal(found[name]) for name in ("to-bill", "milestones", "drafted")] if found else []


def said(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def test_milestones_are_unbilled_work_and_the_ticked_contracts_get_their_drafts(
    office: Firm, signed_in: SignIn
) -> None:
    coordinator, manager = signed_in(office, "coordinator"), signed_in(office, "project_manager")
    both, only_milestone, nothing = (in_force(office, signed_in) for _ in range(3))
    signed_in(office, "administrator").give("/api/calendar/move", {"to": "2024-03-31"})
    coordinator.settled()
    work(signed_in, office, both)
    reach(signed_in, office, both, "2000.00")
    reach(signed_in, office, only_milestone, "1500.00")
    assert figures(coordinator, both) == [2200, 2000, 0]
    assert figures(coordinator, only_milestone) == [1500, 1500, 0]
    assert figures(coordinator, nothing) == []

    assert "Prepare drafts" not in manager.get("/unbilled").text
    ids = [path.rpartition("/")[2] for path in (both, only_milestone, nothing)]
    form = {
        "csrf_token": coordinator.headers["X-CSRF-Token"],
        "idempotency_key": uuid4().hex,
        "period_to": "2024-03-31",
    }
    none = coordinator.post("/unbilled/drafts", data=form)
    assert none.status_code == 422
    assert "tick the contracts" in none.text
    forbidden = {**form, "csrf_token": manager.headers["X-CSRF-Token"], "c": ids}
    assert manager.post("/unbilled/drafts", data=forbidden).status_code == 403
    first = coordinator.post("/unbilled/drafts", data={**form, "c": ids})
    assert first.status_code == 200
    assert "2 drafts prepared, 1 not" in said(first.text)
    assert "Nothing can be billed for this period" in first.text
    again = coordinator.post("/unbilled/drafts", data={**form, "c": ids})
    assert "2 drafts prepared, 1 not" in said(again.text)
    later = coordinator.post(
        "/unbilled/drafts", data={**form, "idempotency_key": uuid4().hex, "c": ids[:1]}
    ).text
    assert "0 drafts prepared, 1 not" in said(later)
    assert "draft exists" in later
    assert re.search(r'<a href="/invoices/[0-9a-f-]+">Invoice 1</a>', later)
    coordinator.settled()
    assert figures(coordinator, both) == [0, 0, 2200]

    # A part that is approved while the draft is open is on nothing yet.
    reach(signed_in, office, both, "3000.00")
    assert figures(coordinator, both) == [1000, 1000, 2200]
    ticked = coordinator.post(
        "/unbilled", data={"csrf_token": form["csrf_token"], "c": ids[0]}, follow_redirects=True
    )
    assert 'data-sum="milestones">1,000.00<' in ticked.text


def test_unbilled_costs_stand_beside_unbilled_time_and_get_their_draft(
    office: Firm, signed_in: SignIn
) -> None:
    coordinator, manager = signed_in(office, "coordinator"), signed_in(office, "project_manager")
    number = f"U-{uuid4().hex[:8]}"
    body = {
        "client_id": str(office.clients[0]),
        "legal_entity_id": str(office.legal_entity_id),
        "project_manager_id": str(office.people["project_manager"]),
        "number": number,
        "title": "Repairs at cost",
        "terms": TERMS,
    }
    path = f"/api/contracts/{coordinator.done('/api/contracts', body)['contract_id']}"
    line = {
        "item_no": "1",
        "description": "Repairs",
        "scheduled_value": "6000.00",
        "basis": "cost_plus",
        "cost_plus": {"fee": {"kind": "percent", "rate": "0.10"}},
    }
    coordinator.done(f"{path}/schedule", {"lines": [line]})
    signed_in(office, "controller").done(f"{path}/activate")
    signed_in(office, "administrator").give("/api/calendar/move", {"to": "2024-03-31"})
    coordinator.settled()
    costs = [
        {
            "item_no": "1",
            "category": "material",
            "incurred_on": "2024-03-05",
            "gross": gross,
            "description": f"Timber {gross}",
        }
        for gross in ("100.00", "40.00")
    ]
    made = coordinator.done(f"{path}/costs", {"costs": costs})["costs"]
    manager.done(f"{path}/costs/approve", {"costs": [{"id": one, "version": 1} for one in made]})
    coordinator.done(f"{path}/costs/hold", {"costs": made[1:], "reason": "No bill yet"})
    coordinator.done(f"{path}/costs/{made[0]}/write", {"amount": "90.00", "reason": "As agreed"})
    text = coordinator.get("/unbilled").text
    assert 'id="h-spent"' in text
    (row,) = (part for part in text.split("<tr>") if "Tick" in part and path.removeprefix("/api") in part)
    shown = re.findall(r"-?\d[\d,]*\.\d\d", said(row))
    # To bill 90.00, nothing waits, 40.00 held, nothing on a draft, 10.00 written down.
    assert shown == ["90.00", "0.00", "40.00", "0.00", "10.00"]
    form = {
        "csrf_token": coordinator.headers["X-CSRF-Token"],
        "idempotency_key": uuid4().hex,
        "period_to": "2024-03-31",
        "c": [path.rpartition("/")[2]],
    }
    answer = coordinator.post("/unbilled/drafts", data=form)
    assert "1 draft prepared" in said(answer.text)
    assert number in answer.text
    assert "90.00 USD" in said(answer.text)


def test_work_in_progress_of_estimates_and_unbilled_time_by_age(office: Firm, signed_in: SignIn) -> None:
    manager, controller = signed_in(office, "project_manager"), signed_in(office, "controller")
    path = in_force(office, signed_in)
    number = manager.get(path).json()["number"]
    signed_in(office, "administrator").give("/api/calendar/move", {"to": "2024-03-31"})
    manager.settled()
    work(signed_in, office, path)
    # Worked on 5 March, 26 days before: 200.00 in the first column.
    aged = said(manager.get("/unbilled").text.partition("Time by age")[2])
    assert "0 to 30 days 31 to 60 days 61 to 90 days 91 days and more" in aged
    assert f"{number} Site studies 200.00 0.00 0.00 0.00" in aged

    page = path.removeprefix("/api")
    form = {
        "csrf_token": manager.headers["X-CSRF-Token"],
        "idempotency_key": uuid4().hex,
        "as_of": "2024-03-31",
        "at_completion": "4,000.00",
        "to_date": "1000.00",
        "measure": "cost_to_cost",
    }
    wrong = manager.post(f"{page}/estimates", data={**form, "at_completion": "many"})
    assert wrong.status_code == 422
    assert "Cost at completion: an amount like 1200.50" in wrong.text
    done = manager.post(f"{page}/estimates", data={**form, "idempotency_key": uuid4().hex})
    assert done.status_code == 303, said(done.text)
    shown = said(manager.get(done.headers["location"]).text)
    assert "Estimate entered" in shown
    # A quarter of 6,000.00.
    assert "Earned 1,500.00" in shown
    assert "Underbilled 1,500.00" in shown

    schedule = said(controller.get("/work-in-progress?as_of=2024-03-31").text)
    assert f"{number} Site studies" in schedule
    assert "25.0 % 1,500.00 500.00 0.00 1,500.00 0.00 4,500.00 first report" in schedule
    assert "No cost at completion is estimated as of 2024-03-30" in said(
        controller.get("/work-in-progress?as_of=2024-03-30").text
    )
    (of,) = controller.get("/api/work-in-progress", params={"as_of": "2024-03-31"}).json()["schedules"]
    assert next(one for one in of["rows"] if one["now"]["number"] == number)["now"]["earned"] == "1500.00"
    for ending in ("csv", "xlsx"):
        file = controller.get(f"/work-in-progress/{ending}?currency=USD&as_of=2024-03-31")
        assert file.status_code == 200
        assert f"work-in-progress-2024-03-31-USD.{ending}" in file.headers["content-disposition"]
    assert controller.get("/work-in-progress/csv?currency=EUR").status_code == 404
    coordinator = signed_in(office, "coordinator")
    assert coordinator.get("/work-in-progress").status_code == 403
    assert coordinator.get("/api/work-in-progress").status_code == 403
    assert "Cost estimates" not in coordinator.get(page).text
