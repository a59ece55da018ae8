"""People and clients in the browser: from the mailed link to a decision in another's place."""

import re
import time
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, SignInAs, Stage
from tests.browser.menu import through_menu
from tests.conftest import MailServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EMAIL = "second.manager@mechanical.example"
PASSWORD = "four words make it"


def link_to(folder: Path, address: str) -> str:
    """The newest link to set a password that was mailed to this address."""
    for file in sorted(folder.glob("*.eml"), key=lambda one: one.stat().st_mtime_ns, reverse=True):
        message = message_from_bytes(file.read_bytes(), policy=default)
        body = message.get_body()
        if address in str(message["To"]) and body is not None:
            found = re.search(r"https?://\S+/password/\S+", body.get_content())
            if found is not None:
                return found[0]
    raise AssertionError(f"no link was mailed to {address}")


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, page.url


def test_a_second_project_manager_joins_and_decides_in_place_of_the_first(
    stage: Stage, sign_in_as: SignInAs, smtp: MailServer
) -> None:
    invoice_id = stage.draft()
    stage.api["coordinator"].give(f"/api/invoices/{invoice_id}/submit", f"submit {invoice_id}")
    stage.settle()
    contract_id = stage.api["coordinator"].get(f"/api/invoices/{invoice_id}")["contract_id"]

    page = sign_in_as("administrator")
    through_menu(page, "People")
    page.get_by_label("Name").fill("Second Manager")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_role("button", name="Add person").click()
    expect(page.get_by_role("alert")).to_contain_text("Roles")  # none was ticked; what was typed stays
    expect(page.get_by_label("E-mail address")).to_have_value(EMAIL)
    page.get_by_label("Project manager").check()
    page.get_by_label("Coordinator").check()
    page.get_by_role("button", name="Add person").click()
    expect(page.get_by_role("status").first).to_contain_text("has been mailed")
    expect(page.get_by_text("Prepares drafts and approves them").first).to_be_visible()
    page.get_by_label("Coordinator").uncheck()
    page.get_by_role("button", name="Change roles").click()
    expect(page.locator(".notice.warn")).to_have_count(0)
    person = page.url.partition("?")[0]

    guest = sign_in_as("client", PHONE)
    guest.get_by_role("button", name="Sign out").click()
    guest.goto(link_to(smtp.folder, EMAIL))
    fits(guest)
    guest.get_by_label("New password").fill(PASSWORD)
    guest.get_by_label("The same once more").fill(PASSWORD + "!")
    guest.get_by_role("button", name="Set password").click()
    expect(guest.get_by_role("alert")).to_contain_text("two different ways")
    guest.get_by_label("New password").fill(PASSWORD)
    guest.get_by_label("The same once more").fill(PASSWORD)
    guest.get_by_role("button", name="Set password").click()
    expect(guest.get_by_role("status")).to_contain_text("sign in with it")
    guest.get_by_label("E-mail address").fill(EMAIL)
    guest.get_by_label("Password").fill(PASSWORD)
    guest.get_by_role("button", name="Sign in").click()
    guest.goto(f"/invoices/{invoice_id}/review")
    expect(guest.get_by_role("button", name="Approve")).to_have_count(0)

    controller = sign_in_as("controller")
    controller.goto(f"/contracts/{contract_id}")
    controller.get_by_role("link", name="change", exact=True).click()
    controller.get_by_label("New project manager").select_option("Second Manager")
    controller.get_by_label("Reason").fill("On leave until May")
    controller.get_by_role("button", name="Name project manager").click()
    expect(controller.get_by_role("status").first).to_contain_text("wait for the new one")
    waits = controller.get_by_text("waits for the approval of Second Manager")
    until = time.monotonic() + 20  # the invoice is woken after the answer
    while waits.count() == 0 and time.monotonic() < until:
        controller.goto(f"/invoices/{invoice_id}")
    expect(waits.first).to_be_visible()

    guest.goto(f"/invoices/{invoice_id}/review")
    guest.get_by_role("button", name="Approve 40,500.00").click()
    expect(guest.get_by_role("status").first).to_contain_text("Approved")

    # Back to the first: the approval stays, and only the controller's is left.
    controller.goto(f"/contracts/{contract_id}?tab=terms")
    controller.get_by_label("New project manager").select_option("Sample Project Manager")
    controller.get_by_label("Reason").fill("Back again")
    controller.get_by_role("button", name="Name project manager").click()
    expect(controller.get_by_role("status").first).to_contain_text("wait for the new one")
    controller.goto(f"/invoices/{invoice_id}/review")
    controller.get_by_role("button", name="Approve 40,500.00").click()
    expect(controller.get_by_role("status").first).to_contain_text("Approved")
    stage.settle()
    assert stage.api["coordinator"].get(f"/api/invoices/{invoice_id}")["state"] == "approved"

    guest.get_by_title("Password and sessions").click()
    expect(guest.get_by_text("this one", exact=True)).to_be_visible()
    fits(guest)
    page.goto(person)
    page.get_by_label("Reason").fill("Helped out only")
    page.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_role("status").first).to_contain_text("every session has ended")
    guest.goto("/approvals")
    expect(guest.get_by_role("button", name="Sign in")).to_be_visible()
    page.set_viewport_size({"width": PHONE, "height": 844})
    for address in (person, "/people"):
        page.goto(address)
        fits(page)


def test_a_coordinator_adds_a_client_and_enters_a_contract_with_it(
    stage: Stage, sign_in_as: SignInAs
) -> None:
    page = sign_in_as("coordinator")
    through_menu(page, "Clients")
    page.get_by_label("Name").fill("Sample Hospital Trust")
    page.get_by_label("E-mail for invoices").fill("invoices@hospital.example")
    page.get_by_label("Postal address").fill("7 Sample Hill\nSample City")
    page.get_by_role("button", name="Add client").click()
    expect(page.get_by_role("heading", name="Sample Hospital Trust")).to_be_visible()
    page.get_by_label("Postal address").fill("8 Sample Hill\nSample City")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("Client saved")
    page.set_viewport_size({"width": PHONE, "height": 844})
    fits(page)
    page.goto("/clients")
    fits(page)
    page.goto("/contracts/new")
    expect(page.get_by_label("Client").locator("option")).to_contain_text(["Sample Hospital Trust"])
