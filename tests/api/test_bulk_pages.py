"""The pages of billing runs: start one, watch it, take its drafts on in one go, row by row."""

import html
import re
from datetime import date

import pytest

from tests.api.conftest import Browser, Firm, SignIn, WorkerProcess
from tests.api.test_billing_runs import HOUR, ended, in_force


@pytest.fixture(scope="module")
def office(firms: tuple[Firm, Firm], worker: WorkerProcess) -> Firm:
    worker.start()
    return firms[0]


def token(browser: Browser) -> dict[str, str]:
    return {"csrf_token": browser.headers["X-CSRF-Token"]}


def rows_of(browser: Browser, address: str) -> tuple[dict[str, str], str]:
    """The fields that the page's drafts would send if all of them were chosen, and the page."""
    text = browser.get(address).text
    fields = dict(re.findall(r'name="(hash\.[0-9a-f-]+)" value="([0-9a-f]{64})"', text))
    return fields | {f"invoice.{name.partition('.')[2]}": "yes" for name in fields}, text


def give(browser: Browser, command: str, fields: dict[str, str], key: str) -> str:
    form = {**token(browser), "idempotency_key": key, "command": command, "back": "/bulk", **fields}
    answer = browser.post("/bulk", data=form)
    assert answer.status_code == 200, answer.text
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_from_a_run_to_issued_invoices(office: Firm, signed_in: SignIn) -> None:
    coordinator, manager = signed_in(office, "coordinator"), signed_in(office, "project_manager")
    controller, administrator = signed_in(office, "controller"), signed_in(office, "administrator")
    contracts = [
        in_force(office, coordinator, controller, f"P-{number}", rated=number < 3) for number in range(4)
    ]
    administrator.done("/api/calendar/move", {"to": "2024-04-02"})
    administrator.settled()
    for contract in contracts:
        typed = {"item_no": "1", "person": "Sample Engineer", "work_date": "2024-03-05", "seconds": 2 * HOUR}
        entered = coordinator.done(f"{contract}/time", {"entries": [typed]})["entries"]
        manager.done(f"{contract}/time/approve", {"entries": manager.seen(contract, entered)})

    assert (
        'name="period_to" required max="2024-04-02" value="2024-03-31"'
        in coordinator.get("/billing-runs").text
    )
    assert 'name="period_to"' not in manager.get("/billing-runs").text
    form = {**token(coordinator), "idempotency_key": "a run", "period_to": date(2024, 3, 31).isoformat()}
    first = coordinator.post("/billing-runs", data=form)
    again = coordinator.post("/billing-runs", data=form)
    assert first.status_code == again.status_code == 303
    assert first.headers["Location"] == again.headers["Location"]
    address = first.headers["Location"].partition("?")[0]
    ended(coordinator, address.rpartition("/")[2])
    coordinator.settled()
    text = coordinator.get(f"{address}?outcome=blocked").text
    assert "no rate for Sample Engineer on 2024-03-05" in text
    assert "P-3" in text
    assert '<a href="/contracts/' in text
    _all_the_way(coordinator, manager, address)


def _all_the_way(coordinator: Browser, manager: Browser, address: str) -> None:
    fields, text = rows_of(coordinator, address)
    assert len(fields) == 6
    assert text.count('data-minor="20000" data-currency="USD" data-places="2"') == 3
    submitted = give(coordinator, "submit_draft", fields, "submit all")
    assert "3 submitted" in submitted
    assert give(coordinator, "submit_draft", fields, "submit all") == submitted
    coordinator.settled()
    assert 'type="checkbox"' not in coordinator.get(f"{address}?stage=in_review").text
    to_approve, _ = rows_of(manager, f"{address}?stage=in_review")
    assert len(to_approve) == 6
    stale = fields  # what they said before they were submitted
    refused = give(manager, "approve_draft", stale, "approve what was")
    assert "0 approved, 3 not done" in refused
    assert "The draft has changed since you opened it" in refused
    assert "3 approved" in give(manager, "approve_draft", to_approve, "approve all")
    manager.settled()
    to_issue, _ = rows_of(coordinator, "/bulk?stage=approved")
    assert "3 issued" in give(coordinator, "issue_invoice", to_issue, "issue all")
    coordinator.settled()
    assert "No drafts at this stage." in coordinator.get("/bulk").text


def test_nothing_chosen_and_others_commands_are_refused(office: Firm, signed_in: SignIn) -> None:
    coordinator, manager = signed_in(office, "coordinator"), signed_in(office, "project_manager")
    form = {**token(coordinator), "idempotency_key": "none", "command": "submit_draft"}
    nothing = coordinator.post("/bulk", data=form)
    assert nothing.status_code == 422
    assert "Nothing is chosen" in nothing.text
    chosen = {"invoice.00000000-0000-4000-8000-000000000000": "yes"}
    theirs = manager.post("/bulk", data={**form, **token(manager), **chosen})
    assert theirs.status_code == 403
