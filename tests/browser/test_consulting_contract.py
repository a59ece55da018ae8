"""A consulting contract typed in by hand: terms, phases, rate card, milestones; put in force; changed."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, SignInAs, Stage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHASES = "1\tSurvey of the building\t4,000.00\tby time\n2\tReport\t5,000.00\tfixed sum, by milestones\n"
RATES = "\tEngineer\t150\t2024-01-01\nA. Example\t\t200.50\t2024-01-01\t2024-12-31\n"


def signed_in(page: Page) -> Page:
    expect(page.get_by_role("button", name="Sign out")).to_be_visible(timeout=20_000)
    return page


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, page.url


def paste(page: Page, label: str, text: str) -> None:
    """Paste a block of a spreadsheet into the cell of this name."""
    page.get_by_label(label, exact=True).evaluate(
        "(cell, text) => { const data = new DataTransfer(); data.setData('text/plain', text);"
        " cell.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true})); }",
        text,
    )


def tab(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Parts of the contract").get_by_role(
        "link", name=re.compile(f"^{name}( [0-9]+)?$")
    ).click()


def done(page: Page, text: str) -> None:
    expect(page.get_by_role("status").first).to_contain_text(text, timeout=20_000)


def say_complete(manager: Page, contract: str) -> None:
    """The project manager says that the work is complete."""
    manager.goto(f"{contract}?tab=schedule")
    manager.get_by_text("The work is complete", exact=True).click()
    manager.get_by_label("What was handed over").fill("Survey drawings")
    manager.get_by_role("button", name="Say that the work is complete").click()


def test_a_consulting_contract_typed_in_by_hand(stage: Stage, sign_in_as: SignInAs) -> None:
    number = stage.new_number()
    page = signed_in(sign_in_as("coordinator"))
    page.goto("/contracts/new")
    page.get_by_role("link", name="Invoices, for consulting").click()
    page.get_by_label("Contract number").fill(number)
    page.get_by_label("Title").fill("Survey and report")
    page.get_by_label(re.compile("^Client$")).select_option("Sample General Contractor")
    page.get_by_label("Billed by").select_option("Sample Mechanical Subcontractor (USD)")
    page.get_by_label("Project manager").select_option("Sample Project Manager")
    page.get_by_label("Contract sum", exact=True).fill("9,000.00")
    page.get_by_label("Contract date").fill("2024-02-19")
    page.get_by_label("Controller needed above").fill("50000")
    page.get_by_label("Hours are billed").select_option("to the nearest quarter of an hour")
    page.get_by_label("A milestone is billed").select_option("in parts, as they are reached")
    page.get_by_label("Deposit agreed").fill("much")
    page.get_by_role("button", name="Enter contract").click()
    expect(page.get_by_role("alert")).to_contain_text("Deposit agreed: an amount like 1200.50.")
    page.get_by_label("Deposit agreed").fill("500")
    page.get_by_role("button", name="Enter contract").click()
    done(page, "Contract entered")
    contract = page.url.partition("?")[0]
    expect(page.get_by_text("the contract sum is 9,000.00")).to_be_visible()

    tab(page, "Phases")
    paste(page, "Item, row 1", PHASES)
    expect(page.get_by_label("Billed, row 2")).to_have_value("milestone")
    page.get_by_label("Value, row 2").fill("lots")
    page.get_by_role("button", name="Save schedule").click()
    expect(page.get_by_role("alert")).to_contain_text("Row 2, Value: an amount like 1200.50.")
    expect(page.get_by_label("Description, row 1")).to_have_value("Survey of the building")
    page.get_by_label("Value, row 2").fill("5000")
    page.get_by_role("button", name="Save schedule").click()
    done(page, "Schedule of values saved")
    expect(page.get_by_text("9,000.00 in all, equal to the contract sum")).to_be_visible()

    tab(page, "Rate card")
    paste(page, "Person, row 1", RATES)
    page.get_by_role("button", name="Save rate card").click()
    done(page, "Rate card saved")
    expect(page.get_by_label("Last day, row 2")).to_have_value("2024-12-31")
    page.get_by_label("Names, one to a line").fill("Survey\nReport")
    page.get_by_role("button", name="Save names").click()
    done(page, "Names saved")

    tab(page, "Milestones")
    page.get_by_label("Title").fill("Report handed over")
    page.get_by_label("Line").select_option("2")
    page.get_by_label("Amount that waits for it").fill("5000")
    page.get_by_role("button", name="Plan").click()
    done(page, "Milestone planned")

    tab(page, "Terms")
    expect(page.get_by_text("A controller can put it in force now.")).to_be_visible()
    page.set_viewport_size({"width": PHONE, "height": 844})
    for name in ("terms", "schedule", "rates", "milestones"):
        page.goto(f"{contract}?tab={name}")
        fits(page)

    controller = signed_in(sign_in_as("controller"))
    controller.goto(contract)
    expect(controller.get_by_text("by time, not to exceed")).to_be_visible()
    expect(controller.get_by_text("fixed sum, by milestones")).to_be_visible()
    expect(controller.get_by_text("200.50")).to_be_visible()
    controller.get_by_role("button", name="Activate contract").click()
    done(controller, "Contract activated")
    stage.settle()

    tab(controller, "Deposits")
    controller.get_by_label("Amount, USD").fill("500")
    controller.get_by_label("Received on").fill("2024-03-01")
    controller.get_by_label("Reference").fill("wire 7")
    controller.get_by_role("button", name="Record deposit").click()
    done(controller, "Deposit recorded")

    manager = signed_in(sign_in_as("project_manager"))
    manager.goto(f"{contract}?tab=changes")
    form = manager.get_by_role("region", name="Propose a change order")
    form.get_by_label("Number").fill("A-1")
    form.get_by_label("Title").fill("More survey")
    form.get_by_label("Amount, USD").fill("1,000")
    form.get_by_label("It becomes").select_option("1")
    form.get_by_text("New rates").click()
    form.get_by_label("Role, row 1").fill("Drafter")
    form.get_by_label("Rate per hour, row 1").fill("90")
    form.get_by_role("button", name="Propose").click()
    done(manager, "Proposed")
    expect(manager.get_by_role("button", name="Execute")).to_have_count(0)
    controller.goto(f"{contract}?tab=changes")
    controller.get_by_role("button", name="Execute A-1").click()
    done(controller, "Executed")
    stage.settle()
    tab(controller, "Phases")
    expect(controller.get_by_role("row", name=re.compile("Survey of the building"))).to_contain_text(
        "5,000.00"
    )
    tab(controller, "Rate card")
    expect(controller.get_by_role("row", name=re.compile("Drafter"))).to_contain_text("90.00")

    page.goto(f"{contract}?tab=milestones")
    page.get_by_label("What proves it").fill("first chapter")
    page.get_by_label("Reached by now, USD").fill("2000")
    page.get_by_role("button", name="Report as achieved").click()
    done(page, "Milestone reported")
    manager.goto(f"{contract}?tab=milestones")
    manager.get_by_text("Send the evidence back").click()
    manager.get_by_label("Reason").fill("Chapter one is a draft")
    manager.get_by_role("button", name="Send back").click()
    done(manager, "Sent back")
    page.goto(f"{contract}?tab=milestones")
    page.get_by_label("What proves it").fill("first chapter, final")
    page.get_by_label("Reached by now, USD").fill("2000")
    page.get_by_role("button", name="Report as achieved").click()
    manager.goto(f"{contract}?tab=milestones")
    manager.get_by_role("button", name="Approve evidence for 2,000.00").click()
    done(manager, "Milestone approved")
    expect(manager.get_by_text("2,000.00 approved, 3,000.00 open")).to_be_visible()

    tab(page, "Invoices")
    fits(page)
    page.get_by_label("Period to").first.fill("2024-03-31")
    page.get_by_role("button", name="Open draft").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Invoice 1", timeout=20_000)
    stage.settle()
    say_complete(manager, contract)
    expect(manager.get_by_role("alert")).to_contain_text("issue or withdraw it first")
    contract_id = contract.rpartition("/")[2]
    coordinator = stage.api["coordinator"]
    (draft,) = coordinator.get(f"/api/invoices?contract={contract_id}")["invoices"]
    coordinator.give(f"/api/invoices/{draft['id']}/withdraw", "withdraw", {"reason": "Tried only"})
    stage.settle()
    say_complete(manager, contract)
    done(manager, "The work is complete")
    page.set_viewport_size({"width": PHONE, "height": 844})
    for name in (
        "schedule",
        "rates",
        "changes",
        "applications",
        "milestones",
        "deposits",
        "terms",
        "history",
    ):
        page.goto(f"{contract}?tab={name}")
        fits(page)
