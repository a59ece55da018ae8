"""Time, drafts of consulting invoices and unbilled work on the pages, by role."""

import html
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts_app.web.parsing_places import ParsingPlaces, busy
from tests.api.conftest import Browser, Firm, SignIn, WorkerProcess
from tests.api.test_billing_runs import in_force

HOUR = 3600
TERMS: dict[str, Any] = {
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
    {"item_no": "2", "description": "Report", "scheduled_value": "5000.00"},
]
RATES = [{"person": None, "role": None, "rate": "100.00", "effective_from": "2024-01-01"}]


@dataclass(frozen=True)
class Office:
    """A firm with a consulting contract in force on 2024-03-01, and the path of that contract."""

    firm: Firm
    contract: str

    @property
    def api(self) -> str:
        return f"/api{self.contract}"


@pytest.fixture(scope="module")
def working(firms: tuple[Firm, Firm], worker: WorkerProcess) -> Firm:
    worker.start()
    return firms[0]


@pytest.fixture
def office(working: Firm, signed_in: SignIn) -> Office:
    coordinator, controller = signed_in(working, "coordinator"), signed_in(working, "controller")
    body = {
        "client_id": str(working.clients[0]),
        "legal_entity_id": str(working.legal_entity_id),
        "project_manager_id": str(working.people["project_manager"]),
        "number": f"C-{uuid4().hex[:8]}",
        "title": "Site studies",
        "terms": TERMS,
    }
    path = f"/contracts/{coordinator.done('/api/contracts', body)['contract_id']}"
    coordinator.done(f"/api{path}/schedule", {"lines": SCHEDULE})
    coordinator.done(f"/api{path}/rate-card", {"rows": RATES})
    controller.done(f"/api{path}/activate")
    signed_in(working, "administrator").give("/api/calendar/move", {"to": "2024-03-31"})
    coordinator.settled()
    return Office(working, path)


def work(
    office: Office, coordinator: Browser, *days: tuple[str, float], person: str = "A. Example"
) -> list[str]:
    entries = [
        {"item_no": "1", "person": person, "work_date": day, "seconds": int(hours * HOUR), "description": day}
        for day, hours in days
    ]
    made: list[str] = coordinator.done(f"{office.api}/time", {"entries": entries})["entries"]
    return made


def send(browser: Browser, path: str, **fields: str) -> httpx.Response:
    """Send a form; the page that follows."""
    return browser.post(path, data={**fields, "idempotency_key": uuid4().hex}, follow_redirects=True)


def test_hours_are_shown_as_they_are_multiplied(office: Office, signed_in: SignIn) -> None:
    """39 minutes and 58 seconds are 0.67 hours to two decimals, which would not multiply out."""
    coordinator = signed_in(office.firm, "coordinator")
    shown = send(
        coordinator, f"{office.contract}/time/enter", item_no="1", person="A. Example",
        work_date="2024-03-05", hours="0:39:58", description="Call",
    ).text  # fmt: skip
    assert ">0:39:58</td>" in shown
    assert "0.67" not in shown


def test_time_is_entered_seen_by_week_and_approved_by_its_project_manager(
    office: Office, signed_in: SignIn
) -> None:
    coordinator, manager = signed_in(office.firm, "coordinator"), signed_in(office.firm, "project_manager")
    enter = f"{office.contract}/time/enter"
    wrong = send(
        coordinator, enter, item_no="1", person="A. Example", work_date="2024-03-05", hours="an hour",
        description="Levels",
    )  # fmt: skip
    assert wrong.status_code == 422
    assert "Hours: hours like 1.5 or 1:30." in wrong.text
    long = send(
        coordinator, enter, item_no="1", person="A. Example", work_date="2024-03-05", hours="25",
        description="Levels",
    )  # fmt: skip
    assert "Hours: at most 24 a day." in long.text
    assert 'value="Levels"' in wrong.text
    entered = send(
        coordinator, enter, item_no="1", person="A. Example", work_date="2024-03-05", hours="1:30",
        description="Levels",
    )  # fmt: skip
    assert entered.status_code == 200
    assert entered.url.params["week"] == "2024-03-04"
    assert 'name="person" required maxlength="200" list="e-people" value="A. Example"' in entered.text
    assert 'value="2024-03-06"' in entered.text
    assert "150.00" in entered.text
    assert "Approve ticked" not in entered.text  # the coordinator may hold, not approve
    more = work(office, coordinator, ("2024-03-06", 2), ("2024-03-12", 4))

    page = manager.get("/time?standing=waits&week=all").text
    assert "Approve everything shown (3 entries)" in page
    worklist = manager.get("/").text
    assert re.search(r"[0-9.]+ h in \d+ entries wait for your approval", worklist)
    assert "Time to approve" not in coordinator.get("/").text
    assert re.search(r"[0-9.]+ h of time waiting for you", manager.get("/approvals").text)
    week = manager.get(f"{office.contract}?tab=time&week=2024-03-04").text
    (ids,) = re.findall(r'name="approve" value="([^"]+)"', week)
    assert len(ids.split(",")) == 2
    assert more[1] not in ids
    approved = send(manager, f"{office.contract}/time?week=2024-03-04&of=all", approve=ids)
    assert approved.url.path == "/time"
    assert approved.url.params["week"] == "2024-03-04"
    assert "Time approved" in approved.text
    nothing = send(manager, f"{office.contract}/time?week=2024-03-11", do="reject", reason="No such visit")
    assert "tick at least one" in nothing.text
    without = send(
        manager, f"{office.contract}/time?week=2024-03-11", do="reject", **{f"entry.{more[1]}": "on"}
    )
    assert without.status_code == 422
    assert "Say why, in at least 3 characters." in without.text
    assert f'name="entry.{more[1]}"' in without.text
    rejected = send(
        manager, f"{office.contract}/time?week=2024-03-11", do="reject", reason="No such visit",
        **{f"entry.{more[1]}": "on"},
    )  # fmt: skip
    assert '<span class="chip bad">rejected</span>' in rejected.text
    assert send(coordinator, f"{office.contract}/time", approve=f"{more[0]}:1").status_code == 403
    assert coordinator.get("/api/contracts").status_code == 200
    assert signed_in(office.firm, "client").get("/time").status_code == 403
    assert signed_in(office.firm, "client").post(f"{office.contract}/time").status_code == 403


def test_what_changed_since_the_page_was_shown_is_not_approved(office: Office, signed_in: SignIn) -> None:
    coordinator, manager = signed_in(office.firm, "coordinator"), signed_in(office.firm, "project_manager")
    one, two = work(office, coordinator, ("2024-03-05", 2), ("2024-03-06", 2))
    page = manager.get(f"{office.contract}?tab=time&week=2024-03-04").text
    (shown,) = re.findall(r'class="primary" name="approve" value="([^"]+)"', page)
    coordinator.done(f"{office.api}/time/{two}/write", {"seconds": HOUR, "reason": "slow start"})
    address = f"{office.contract}/time?week=2024-03-04"
    stale = send(manager, address, approve=shown)
    assert stale.status_code == 409
    assert "Changed since you looked: the time of A. Example on 2024-03-06." in stale.text
    standing = {e["id"]: e["standing"] for e in manager.get(f"{office.api}/time").json()["entries"]}
    assert standing == {one: "waits", two: "waits"}
    unseen = send(manager, address, approve=one)
    assert unseen.status_code == 422
    assert "Entries: each with the version that was seen: open the page again." in unseen.text
    raised = send(manager, f"{office.contract}/time/{one}/write", hours="3", reason="More came up")
    assert f'value="{one}:' not in raised.text  # he wrote it up himself
    ticked = send(manager, address, do="approve", **{f"entry.{two}": "2"})
    assert "Time approved" in ticked.text


def test_a_draft_says_what_it_claims_what_is_over_the_limit_and_what_is_left_out(
    office: Office, signed_in: SignIn
) -> None:
    coordinator, manager = signed_in(office.firm, "coordinator"), signed_in(office.firm, "project_manager")
    entries = work(
        office, coordinator, ("2024-03-04", 6), ("2024-03-05", 6), ("2024-03-06", 1.5), ("2024-03-07", 3)
    )
    manager.done(f"{office.api}/time/approve", {"entries": manager.seen(office.api, entries[:3])})
    invoice_id = coordinator.done(f"{office.api}/applications", {"period_to": "2024-03-31"})["invoice_id"]
    coordinator.settled()
    review = coordinator.get(f"/invoices/{invoice_id}/review").text
    assert "Over the limit, not billed" in review
    # 200.00 of the second day and 150.00 of the third.
    assert "350.00 USD stays unbilled over the limit of 1,000.00 USD" in review
    assert "over the limit of its line" in review
    assert "not approved yet" in review
    assert "Continuation sheet" not in review

    grid = coordinator.get(f"/invoices/{invoice_id}/edit").text
    assert 'aria-label="This invoice, line 2"' in grid
    assert 'aria-label="This invoice, line 1"' not in grid
    (fee,) = re.findall(r'name="(e\.[^"]+)"', grid)
    saved = send(coordinator, f"/invoices/{invoice_id}/edit", **{fee: "50%"})
    assert 'value="2,500.00"' in saved.text

    held = send(
        coordinator, f"{office.contract}/time?invoice={invoice_id}", do="hold", reason="The client asks",
        **{f"entry.{entries[1]}": "on"},
    )  # fmt: skip
    assert held.url.path == f"/invoices/{invoice_id}/review"
    assert "held: The client asks" in held.text
    assert "can be billed since the draft was made" in held.text
    again = send(coordinator, f"/invoices/{invoice_id}/claim-time")
    assert "Claimed again" in again.text
    assert "750.00" in again.text
    opened = manager.get(f"{office.contract}?tab=time&entry={entries[1]}&invoice={invoice_id}").text
    assert "Back to the draft" in opened
    written = send(
        manager,
        f"{office.contract}/time/{entries[0]}/write?invoice={invoice_id}",
        hours="5",
        reason="Learning",
    )
    assert written.url.path == f"/invoices/{invoice_id}/review"
    assert "6.00 h worked, 5.00 h charged" in written.text

    unbilled = coordinator.get("/unbilled").text
    row = next(part for part in unbilled.split("<tr>") if office.contract in part)
    figures = re.findall(r'data-(?:to-bill|waits|held|over|drafted)="([^"]+)"', row)
    assert [Decimal(one) for one in figures] == [0, 300, 600, 0, 650]
    ticked = coordinator.get(f"/unbilled?c={office.contract.rpartition('/')[2]}").text
    total = next(part for part in ticked.split("<tr") if 'data-total="USD"' in part)
    assert 'data-sum="waits">300.00<' in total


def test_the_client_sees_phases_and_entries_and_has_nothing_to_certify(
    office: Office, signed_in: SignIn
) -> None:
    coordinator, manager = signed_in(office.firm, "coordinator"), signed_in(office.firm, "project_manager")
    (entry,) = work(office, coordinator, ("2024-03-04", 6))
    manager.done(f"{office.api}/time/approve", {"entries": manager.seen(office.api, [entry])})
    made = coordinator.done(f"{office.api}/applications", {"period_to": "2024-03-31"})
    invoice = f"/invoices/{made['invoice_id']}"
    coordinator.done(f"/api{invoice}/submit")
    seen = coordinator.get(f"/api{invoice}").json()["content_hash"]
    manager.done(f"/api{invoice}/approve", {"content_hash": seen})
    coordinator.done(f"/api{invoice}/issue")
    coordinator.settled()
    client = signed_in(office.firm, "client")
    page = client.get(f"/client{invoice}").text
    assert "Survey: time billed" in page
    assert "A. Example" in page
    assert "Amount due" in page
    assert "600.00" in page
    assert "Certify" not in page
    assert "typed in" not in page
    assert "Amount owed" in page
    assert "Applications" not in page
    assert "SHA-256" not in page
    every = client.get("/client").text
    assert "<h1>Invoices</h1>" in every
    for words in ("Applied for", "Certified", "certificate"):
        assert words not in every
    assert signed_in(office.firm, "other_client").get(f"/client{invoice}").status_code == 404
    shown = manager.get(f"{office.contract}?tab=time&week=all").text
    assert re.search(r"billed on N-\d+", shown)
    assert "Survey: time billed" in coordinator.get(invoice).text


def test_time_without_a_rate_is_said_at_once_when_it_is_typed_and_when_a_file_brings_it(
    working: Firm, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    coordinator, controller = signed_in(working, "coordinator"), signed_in(working, "controller")
    api = in_force(working, coordinator, controller, f"W-{uuid4().hex[:8]}", rated=False)
    contract = api.removeprefix("/api")
    signed_in(working, "administrator").give("/api/calendar/move", {"to": "2024-03-31"})
    coordinator.settled()
    assert "no rate" not in coordinator.get(f"{contract}?tab=time").text
    rates = f'href="{contract}?tab=rates"'
    typed = send(
        coordinator, f"{contract}/time/enter", item_no="1", person="A. Example", role="Drafter",
        work_date="2024-03-05", hours="2",
    ).text  # fmt: skip
    assert "Time entered" in typed
    assert "1 entry has no rate yet:" in typed
    assert "A. Example (role Drafter)" in typed
    assert f'<a class="chip warn" {rates}>no rate</a>' in typed
    sheet = b"Date,Person,Notes,Hours,Billable\n2024-03-06,B. Example,Levels,3,yes\n"
    handed_over = coordinator.upload("timesheet", contract.rpartition("/")[2], sheet).json()
    brought = handed_over["result"]["import_id"]
    coordinator.settled()
    # Not the A. Example who is known: a person says so.
    coordinator.done(f"/api/imports/{brought}/decide", {"decisions": {"match:person:B. Example": "new"}})
    coordinator.settled()
    coordinator.done(f"/api/imports/{brought}/post")
    coordinator.settled()
    page = coordinator.get(f"/imports/{brought}").text
    assert "2 entries have no rate yet:" in page
    assert "B. Example, " in page
    assert rates in page

    back = f"/imports/{brought}/undo"
    assert f'action="{back}"' in page
    gone = send(coordinator, back, reason="The wrong week.").text
    assert "Taken back: everything is as it was" in gone
    coordinator.settled()
    page = coordinator.get(f"/imports/{brought}").text
    assert "This file was taken back." in page
    assert "took the file back" in page
    assert "The wrong week." in page
    assert f'action="{back}"' not in page
    assert "B. Example" not in coordinator.get(f"{contract}?tab=time&week=all").text

    strange = b"Wer;Wann;Wieviel\nB. Example;07.03.2024;3,5\nB. Example;08.03.2024;x\n"
    handed_over = coordinator.upload("timesheet", contract.rpartition("/")[2], strange).json()
    mapping = f"/imports/{handed_over['result']['import_id']}/mapping"
    damaged = coordinator.upload("timesheet", contract.rpartition("/")[2], b"Wer;Wann\nA;\x00\n").json()
    unread = f"/imports/{damaged['result']['import_id']}"
    coordinator.settled()
    page = coordinator.get(mapping).text
    assert "Still needed: Date, Person, Hours." in page
    shown = re.search(r'name="shown" value="([^"]+)"', page)
    assert shown is not None
    means = {"means.A": "person", "means.B": "worked_on", "means.C": "duration"}
    chosen = {"kind": "timesheet", "header_row": "1", "shown": shown[1], "duration_unit": "hours", **means}
    looked = send(coordinator, f"{mapping}/look", **chosen).text
    assert "2024-03-07" in looked
    assert "3.50 h" in looked
    assert "Row 3, column C" in looked
    for odd in ("x", "\x07", "9" * 5_000, "=1+1"):
        wrong = {**chosen, "date_order": odd, "decimal_mark": odd, "duration_unit": odd, "sheet": odd}
        assert "2024-03-07" in send(coordinator, f"{mapping}/look", **wrong).text
        assert send(
            coordinator, mapping, **{**wrong, "header_row": odd, "kind": odd}, name=odd
        ).status_code in (
            200,
            422,
        )
    with monkeypatch.context() as crowded:
        crowded.setattr(ParsingPlaces, "_take", _no_place)
        busy = send(coordinator, mapping, **chosen, name="Wer und wann")
        assert busy.status_code == 503
        assert "Busy just now" in busy.text
        assert "try again in a moment" in busy.text
        marked = f"/api{mapping.replace('/mapping', '/annotated')}"
        assert coordinator.get(marked).json()["code"] == "reading_busy"
        assert "Busy just now" in coordinator.get(marked, headers={"Accept": "text/html"}).text
        assert coordinator.upload("auto", contract.rpartition("/")[2], strange).status_code == 503
        # Of a file that nothing could be read of, no page asks for a place: it is not read again.
        said = coordinator.get(unread).text
        assert "a zero byte" in said
        assert "/annotated" not in said
        assert "There are no rows in this file" in coordinator.get(f"{unread}/mapping").text
        assert coordinator.get(f"/api{unread}/annotated").json()["code"] == "file_unread"
    saved = send(coordinator, mapping, **chosen, name="Wer und wann").text
    assert "Mapping saved" in saved
    assert "Wer und wann" in coordinator.get("/mappings").text

    # Two windows at the same rows: the second one is told what the first one changed, and keeps what it says.
    coordinator.settled()
    mend = mapping.replace("/mapping", "/mend")
    seen = _seen(coordinator.get(mend).text)
    send(coordinator, mend, **{"seen.0": seen, "cell.0.3.C": "4", "cell.0.3.A": "B. Example"})
    late = {"cell.0.3.C": "5", "cell.0.3.A": "B. Example"}
    told = send(coordinator, mend, **{"seen.0": seen, **late}).text
    assert 'value="5"' in told
    assert "Meanwhile somebody else made it <q>4</q>; before it said <q>x</q>" in told
    coordinator.settled()
    assert (
        "You have, in another window, mended C3" in send(coordinator, mend, **{"seen.0": seen, **late}).text
    )
    send(coordinator, mend, **{"seen.0": _seen(told), **late})
    coordinator.settled()
    assert "<code>5</code>" in coordinator.get(mend).text
    assert coordinator.post(mend, data={"cell.0.3.C": "6"}).status_code == 422
    for row in ("1000001", "9999999", "99999999999", "x"):
        at = {"sheet": '"rows"', "row": row, "column": "C"}
        assert send(coordinator, mend.replace("/mend", "/as-read"), **at).status_code == 422


def _no_place(places: ParsingPlaces, person_id: UUID) -> None:
    raise busy()


def _seen(page: str) -> str:
    """What the page's first grid says that it shows."""
    found = re.search(r'name="seen\.0" value="([^"]+)"', page)
    assert found is not None
    return html.unescape(found[1])


def test_rates_of_a_project_are_typed_kept_and_told(working: Firm, signed_in: SignIn) -> None:
    coordinator, controller = signed_in(working, "coordinator"), signed_in(working, "controller")
    least = {"unit_seconds": 900, "minimum_seconds": 14400, "minimum_per": "day"}
    body = {
        "client_id": str(working.clients[0]),
        "legal_entity_id": str(working.legal_entity_id),
        "project_manager_id": str(working.people["project_manager"]),
        "number": f"P-{uuid4().hex[:8]}",
        "title": "Rates by project",
        "terms": {**TERMS, "hour_rounding": least},
    }
    path = f"/contracts/{coordinator.done('/api/contracts', body)['contract_id']}"
    coordinator.done(f"/api{path}/schedule", {"lines": SCHEDULE})
    typed = {
        "rate.0": "90", "effective_from.0": "2024-02-19", "project.0": "Alpha",
        "role.1": "Engineer", "rate.1": "40", "effective_from.1": "2024-02-19", "multiplier.1": "2.85",
    }  # fmt: skip
    wrong = send(coordinator, f"{path}/rate-card", **(typed | {"multiplier.1": "much"})).text
    assert "Row 2, Multiplier" in wrong
    saved = send(coordinator, f"{path}/rate-card", **typed).text
    assert 'name="project.0" value="Alpha"' in saved or 'name="project.1" value="Alpha"' in saved
    agreed = coordinator.get(f"/api{path}/agreed").json()["rate_card"]
    assert {(row["project"], row["multiplier"]) for row in agreed} == {
        ("Alpha", None),
        (None, "2.85"),
    }
    controller.done(f"/api{path}/activate")
    shown = coordinator.get(f"{path}?tab=rates").text
    assert '<span class="sub">Alpha</span>' in shown
    assert "40.00 × 2.85" in shown
    told = coordinator.get(f"{path}?tab=terms").text
    assert "to the nearest quarter of an hour, at least 4.00 h for a person&#39;s day" in told
