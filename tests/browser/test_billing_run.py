"""A billing run by clicking, from its start to issued invoices, many drafts at once."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Locator, Page, expect

from contracts_app.settings import Settings
from tests.browser.conftest import PERIOD, PHONE, SignInAs, Stage
from tests.browser.menu import through_menu
from tests.browser.test_every_page import LABELS
from tests.browser.test_time import SCHEDULE, TERMS

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RATE = {"person": None, "role": None, "rate": "120.00", "effective_from": "2024-01-01"}
LATER = {**RATE, "effective_from": "2024-03-13"}
"""Begins the day after that of the work."""
LATER = {**RATE, "effective_from": "2024-03-13"}
"""Begins after the day that is worked."""


def look(page: Page, name: str) -> None:
    """Keep a picture where the environment asks for it; nothing scrolls sideways, everything is labelled."""
    page.wait_for_load_state()  # a click may have left a page that is not yet whole
    assert page.evaluate(LABELS) == [], page.url
    folder = os.environ.get("PICTURES_OF_PAGES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, page.url


def billed_by_run(stage: Stage, hours: str = "2", *, rated: bool = True) -> tuple[str, str]:
    """A contract in force that is billed by runs, with so many hours in March; its id and number."""
    coordinator = stage.api["coordinator"]
    number = stage.new_number()
    manager = next(p for p in coordinator.get("/api/people")["people"] if "project_manager" in p["roles"])
    entities = coordinator.get("/api/legal-entities")["legal_entities"]
    body = {
        "client_id": coordinator.get("/api/clients")["clients"][0]["id"],
        "legal_entity_id": next(one["id"] for one in entities if one["currency"] == "USD"),
        "project_manager_id": manager["id"],
        "number": number,
        "title": f"Monthly studies {number}",
        "terms": {**TERMS, "billed_by_run": True},
    }
    contract_id = coordinator.give("/api/contracts", f"open {number}", body)["contract_id"]
    path = f"/api/contracts/{contract_id}"
    coordinator.give(f"{path}/schedule", f"schedule {number}", {"lines": SCHEDULE})
    coordinator.give(f"{path}/rate-card", f"rates {number}", {"rows": [RATE if rated else LATER]})
    stage.api["controller"].give(f"{path}/activate", f"activate {number}")
    if hours != "0":
        worked = {
            "item_no": "1", "person": "R. Regular", "work_date": "2024-03-12",
            "seconds": int(float(hours) * 3600), "description": "Readings of the month",
        }  # fmt: skip
        coordinator.give(f"{path}/time", f"time {number}", {"entries": [worked]})
    return contract_id, number


@contextmanager
def held_up(settings: Settings, contract_id: str) -> Iterator[None]:
    """While a contract's row is locked, a run stands before it."""
    with psycopg.connect(settings.owner_database_url) as connection:
        connection.execute("SELECT FROM contract WHERE id = %s FOR NO KEY UPDATE", [contract_id])
        yield


def approve_time(manager: Page) -> None:
    """All time of the week that waits."""
    nothing_left = manager.get_by_text("No time fits this choice.")
    manager.goto("/time?week=2024-03-11&standing=waits")
    while not nothing_left.is_visible():
        manager.get_by_role("button", name=re.compile("^Approve [0-9]+ entr")).first.click()
        expect(manager.get_by_role("status").first).to_contain_text("Time approved")


def choose(page: Page, *numbers: str) -> None:
    for number in numbers:
        page.get_by_label(f"Choose {number}").check()


def row(table: Locator, number: str) -> Locator:
    return table.get_by_role("row", name=re.compile(number))


def test_a_run_and_its_drafts_by_clicking(stage: Stage, sign_in_as: SignInAs, state_dir: Path) -> None:
    made = [billed_by_run(stage) for _ in range(4)]
    idle = billed_by_run(stage, "0")[1]
    unrated = billed_by_run(stage, rated=False)[1]
    billed = [number for _, number in made]
    stage.settle()
    phone = sign_in_as("project_manager", PHONE)
    approve_time(phone)

    page = sign_in_as("coordinator")
    through_menu(page, "Billing runs")
    page.get_by_label("Periods that ended by").fill(PERIOD)
    look(page, "runs-before")
    other = page.context.new_page()
    other.goto("/billing-runs")
    with held_up(Settings(state_dir=state_dir), made[2][0]):
        page.get_by_role("button", name="Start").click()
        progress = page.get_by_role("progressbar")
        expect(progress).to_be_visible()
        run = page.url.partition("?")[0]
        look(page, "run-at-work")
        other.get_by_role("button", name="Start").click()
        expect(other.get_by_role("alert")).to_contain_text("only one can go on at a time")
        look(other, "runs-second-refused")
        other.goto("/billing-runs")
        expect(other.get_by_role("button", name="Start")).to_have_count(0)
        expect(other.get_by_role("status").first).to_contain_text("0 of 6 contracts")
        page.reload()
        expect(progress).to_be_visible()
    expect(progress).to_have_count(0, timeout=30_000)  # the page renews itself
    stage.settle()
    page.goto(run)
    look(page, "run-done")
    known = stage.api["coordinator"].get(f"/api{run.removeprefix(stage.address)}")["items"]
    drafts = {item["contract_number"]: item["invoice_id"] for item in known}
    outcomes = page.get_by_role("region", name="Outcomes")
    for number in billed:
        expect(row(outcomes, number)).to_contain_text("240.00 USD")
    expect(row(outcomes, idle)).to_contain_text("Nothing can be billed for this period")
    expect(row(outcomes, unrated)).to_contain_text("no rate for R. Regular on 2024-03-12")
    page.get_by_label("Outcome", exact=True).select_option("blocked")
    page.get_by_role("button", name="Show").click()
    expect(row(outcomes, unrated)).to_be_visible()
    expect(outcomes.get_by_role("row")).to_have_count(2)

    page.goto(run)
    page.get_by_label("All 4 shown").check()
    expect(page.get_by_text("4 chosen: 960.00 USD")).to_be_visible()
    look(page, "run-chosen")
    page.get_by_role("button", name="Submit for approval what is chosen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("4 submitted")
    look(page, "run-submitted")
    stage.settle()

    through_menu(phone, "Billing runs")
    phone.get_by_role("link", name=PERIOD).first.click()
    choose(phone, *billed)
    look(phone, "phone-to-approve")
    # Meanwhile one of them is sent back by another click: it is not approved as what it was.
    stage.api["coordinator"].give(f"/api/invoices/{drafts[billed[3]]}/withdraw", "later", {"reason": "Later"})
    stage.settle()
    phone.get_by_role("button", name="Approve what is chosen").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("3 approved, 1 not done")
    expect(row(phone.get_by_role("table"), billed[3])).to_contain_text("the invoice is withdrawn")
    for number in billed[:3]:
        expect(row(phone.get_by_role("table"), number)).to_contain_text("approved")
    look(phone, "phone-approved")
    stage.settle()

    page.goto("/")
    page.get_by_role("link", name="Drafts, many at once").click()
    page.get_by_role("link", name=re.compile("^To issue")).click()
    choose(page, *billed[:3])
    look(page, "to-issue")
    page.get_by_role("button", name="Issue what is chosen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("3 issued")
    for number in billed[:3]:
        expect(row(page.get_by_role("table"), number)).to_contain_text("issued")
    look(page, "issued")
    stage.settle()
    page.goto(run)
    expect(row(outcomes, billed[0])).to_contain_text(re.compile("[0-9]{3,}.*issued"))
    expect(row(outcomes, billed[3])).to_contain_text("withdrawn")
    look(page, "run-issued")
    phone.goto(run)
    look(phone, "phone-run")


def test_a_controller_checks_the_books(sign_in_as: SignInAs) -> None:
    page = sign_in_as("controller")
    money = page.locator("summary").filter(has_text="Money")
    payments = page.get_by_role("link", name="Payments", exact=True)
    money.focus()
    page.keyboard.press("Enter")
    expect(payments).to_be_visible()
    page.set_viewport_size({"width": 1300, "height": 800})
    look(page, "menu")
    page.keyboard.press("Escape")
    expect(payments).not_to_be_visible()
    expect(money).to_be_focused()
    through_menu(page, "Checks")
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_role("heading", name="Last check: all holds")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("status")).not_to_be_visible()
    look(page, "checks")
    page.set_viewport_size({"width": PHONE, "height": 800})
    page.reload()
    page.locator("summary").filter(has_text="Control").click()
    look(page, "checks-phone")
