"""Time in the browser: typed in, approved on a phone, drafted, held, claimed again."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from contracts_app.sample.people import GENERAL_CONTRACTOR
from tests.browser.conftest import PHONE, SignInAs, Stage
from tests.browser.test_every_page import LABELS

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TERMS: dict[str, Any] = {
    "currency": "USD",
    "original_sum": "7000.00",
    "contract_date": "2024-02-19",
    "receivable_arises": "submission",
    "certified_by_client": False,
    "invoice_form": "consulting",
    "controller_limit": "50000.00",
}
SCHEDULE = [
    {
        "item_no": "1",
        "description": "Site survey",
        "scheduled_value": "1000.00",
        "basis": "time_and_materials",
    },
    {"item_no": "2", "description": "Concept report", "scheduled_value": "6000.00"},
]
RATES = [
    {"person": None, "role": None, "rate": "120.00", "effective_from": "2024-01-01"},
    {"person": "P. Partner", "role": None, "rate": "200.00", "effective_from": "2024-01-01"},
]


def consulting(stage: Stage) -> str:
    """A consulting contract in force; its address."""
    coordinator = stage.api["coordinator"]
    number = stage.new_number()
    manager = next(p for p in coordinator.get("/api/people")["people"] if "project_manager" in p["roles"])
    body = {
        "client_id": next(
            one["id"]
            for one in coordinator.get("/api/clients")["clients"]
            if one["name"] == GENERAL_CONTRACTOR
        ),
        "legal_entity_id": next(
            one["id"]
            for one in coordinator.get("/api/legal-entities")["legal_entities"]
            if one["currency"] == "USD"
        ),
        "project_manager_id": manager["id"],
        "number": number,
        "title": "Harbour study",
        "terms": TERMS,
    }
    path = f"/contracts/{coordinator.give('/api/contracts', f'open {number}', body)['contract_id']}"
    coordinator.give(f"/api{path}/schedule", f"schedule {number}", {"lines": SCHEDULE})
    coordinator.give(f"/api{path}/rate-card", f"rates {number}", {"rows": RATES})
    stage.api["controller"].give(f"/api{path}/activate", f"activate {number}")
    stage.settle()
    return path


def look(page: Page, name: str) -> None:
    """Keep a picture where the environment asks for it; nothing scrolls sideways, everything is labelled."""
    page.wait_for_load_state()  # a click may have left a page that is not yet whole
    assert page.evaluate(LABELS) == [], page.url
    folder = os.environ.get("PICTURES_OF_PAGES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, page.url


def enter(page: Page, person: str, day: str, hours: str, what: str) -> None:
    page.get_by_label("Who worked").fill(person)
    page.get_by_label("Day", exact=True).fill(day)
    page.get_by_label("Hours", exact=True).fill(hours)
    page.get_by_label("What was done").fill(what)
    page.get_by_role("button", name="Enter time").click()
    expect(page.get_by_role("status").first).to_contain_text("Time entered")


def test_time_from_the_keyboard_to_a_draft(stage: Stage, sign_in_as: SignInAs) -> None:
    contract = consulting(stage)
    page = sign_in_as("coordinator")
    page.goto(f"{contract}?tab=time")
    enter(page, "A. Analyst", "2024-03-04", "4", "Levels of the quay")
    enter(page, "A. Analyst", "2024-03-05", "2:30", "Soundings")
    enter(page, "P. Partner", "2024-03-06", "2", "Site visit")
    expect(page.get_by_label("Week", exact=True)).to_have_value("2024-03-04")
    expect(page.locator("tfoot tr").first).to_contain_text("8.5")
    expect(page.locator("tfoot tr").first).to_contain_text("1,180.00")
    look(page, "time-desk")

    phone = sign_in_as("project_manager", PHONE)
    phone.goto("/approvals")
    phone.get_by_role("link", name="Look and approve").click()
    phone.goto(f"{contract}?tab=time&week=2024-03-04&standing=waits")
    look(phone, "time-phone")
    phone.get_by_role("button", name="Approve 2 entries").click()
    expect(phone.get_by_role("status").first).to_contain_text("Time approved")
    phone.get_by_role("button", name="Approve 1 entry").click()
    expect(phone.get_by_text("No time fits this choice.")).to_be_visible()

    page.goto(f"{contract}?tab=applications")
    page.get_by_label("Period to").first.fill("2024-03-31")
    page.get_by_role("button", name="Open draft").click()
    stage.settle()
    expect(page.get_by_label("This invoice, line 2")).to_be_visible()
    page.get_by_label("This invoice, line 2").fill("25%")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("status").first).to_contain_text("Saved")
    look(page, "consulting-edit-desk")
    page.get_by_role("link", name="Review and submit").click()
    expect(page.get_by_text("180.00 USD stays unbilled over the limit of 1,000.00 USD").first).to_be_visible()
    expect(page.locator(".figures")).to_contain_text("2,500.00")
    look(page, "draft-desk")

    page.get_by_label("A. Analyst, 2024-03-05, Soundings").check()
    page.get_by_label("Reason to keep them out").fill("The client asks what this was")
    page.get_by_role("button", name="Hold").click()
    expect(page.get_by_role("status").first).to_contain_text("Held")
    expect(page.locator("#time")).to_contain_text("held: The client asks what this was")
    expect(page.locator(".figures")).to_contain_text("2,380.00")

    page.get_by_role("link", name="Soundings").click()
    look(page, "entry-desk")
    page.locator("section:has(#entry)").get_by_role("button", name="Release").click()
    expect(page.get_by_role("status").first).to_contain_text("Released")
    page.get_by_role("button", name="Take 1 more entry onto this invoice").click()
    expect(page.get_by_role("status").first).to_contain_text("Claimed again")
    expect(page.locator(".figures")).to_contain_text("2,500.00")

    page.goto("/unbilled")
    page.get_by_label("Harbour study").first.check()
    expect(page.locator("[data-sum=contracts]").first).to_have_text("1")
    expect(page.locator("tr[data-total=USD] [data-sum=drafted]")).to_have_text("1,000.00")
    expect(page.locator("tr[data-total=USD] [data-sum=over]")).to_have_text("180.00")
    look(page, "unbilled-desk")
    page.reload()
    expect(page.locator("tr[data-total=USD] [data-sum=over]")).to_have_text("180.00")

    review = sign_in_as("project_manager", PHONE)
    stage.settle()
    review.goto(f"{contract}?tab=applications")
    review.get_by_role("link", name="Invoice 1").first.click()
    review.get_by_role("link", name="Review", exact=True).click()
    look(review, "draft-phone")
    review.goto("/time")
    look(review, "time-all-phone")


def test_the_client_reads_an_issued_invoice_on_a_phone(stage: Stage, sign_in_as: SignInAs) -> None:
    contract = consulting(stage)
    coordinator, manager = stage.api["coordinator"], stage.api["project_manager"]
    entry = {
        "item_no": "1", "person": "A. Analyst", "work_date": "2024-03-04", "seconds": 36000,
        "description": "Borings",
    }  # fmt: skip
    made = coordinator.give(f"/api{contract}/time", f"time {contract}", {"entries": [entry]})
    seen = [{"id": entry_id, "version": 1} for entry_id in made["entries"]]
    manager.give(f"/api{contract}/time/approve", f"approve {contract}", {"entries": seen})
    drafted = coordinator.give(
        f"/api{contract}/applications", f"prepare {contract}", {"period_to": "2024-03-31"}
    )
    invoice = f"/invoices/{drafted['invoice_id']}"
    coordinator.give(f"/api{invoice}/submit", f"submit {invoice}")
    seen = coordinator.get(f"/api{invoice}")["content_hash"]
    manager.give(f"/api{invoice}/approve", f"approve {invoice}", {"content_hash": seen})
    coordinator.give(f"/api{invoice}/issue", f"issue {invoice}")
    stage.settle()
    client = sign_in_as("client", PHONE)
    client.goto(f"/client{invoice}")
    expect(client.get_by_role("heading", name="1 Site survey: time billed")).to_be_visible()
    expect(client.locator(".figures")).to_contain_text("1,000.00")
    expect(client.get_by_text("Over the limit, not billed")).to_be_visible()
    expect(client.get_by_role("button", name="Record decision")).to_have_count(0)
    look(client, "client-phone")
    staff = sign_in_as("coordinator")
    staff.goto(invoice)
    look(staff, "invoice-desk")


PASTE = """(input, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    input.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


def test_rows_of_a_time_sheet_are_mended_in_a_grid(stage: Stage, sign_in_as: SignInAs) -> None:
    contract_id = consulting(stage).rpartition("/")[2]
    rows = [f"2024-03-0{day},P. Partner,two,Harbour study,Part {day}" for day in range(1, 5)]
    file = "\n".join(["Date,Person,Hours,Project,Notes", *rows]).encode()
    import_id = stage.api["coordinator"].upload(
        f"to mend {contract_id}", "timesheet", contract_id, "march.csv", file
    )
    stage.settle()
    page = sign_in_as("coordinator")
    page.goto(f"/imports/{import_id}")
    page.get_by_role("link", name="Mend 4 rows").click()
    hours = [page.get_by_label(f"Hours (C), row {row}") for row in range(2, 6)]
    hours[0].evaluate(PASTE, "1.5\n2\n")
    hours[1].focus()
    page.get_by_role("button", name="Fill down").click()
    assert [one.input_value() for one in hours] == ["1.5", "2", "2", "2"]
    look(page, "mending")
    page.get_by_role("button", name="Read again").click()
    expect(page.get_by_role("status").first).to_contain_text("read again")
    stage.settle()
    page.goto(f"/imports/{import_id}/mend")
    expect(page.get_by_role("region", name="Mended so far")).to_contain_text("C5")
    assert stage.api["coordinator"].get(f"/api/imports/{import_id}")["report"]["refused"] == 0
