"""One journey per role through the pages, on the whole running system."""

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, SignInAs, Stage
from tests.browser.menu import through_menu

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def figure(page: Page, label: str) -> str:
    """What a page's figure says under this label."""
    return page.locator(".figures > div", has=page.get_by_text(label, exact=True)).locator("dd").inner_text()


def line(page: Page, number: str) -> str:
    """The first amount of a summary line."""
    row = page.locator("table.summary tbody tr").filter(has=page.locator(f"td:text-is('{number}')"))
    return row.locator("td.number").first.inner_text()


def wait_for(page: Page, text: str) -> None:
    """The page renews itself while the system works; wait until it says this."""
    expect(page.get_by_text(text).first).to_be_visible(timeout=30_000)


def dropped(page: Page, field: Locator, file: Path) -> None:
    """Drop a file of this machine on the field, as a person does with the mouse."""
    box = field.bounding_box()
    assert box is not None
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
    browser = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        browser.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})


def test_the_coordinator_takes_a_contract_from_its_schedule_to_a_submitted_draft(
    stage: Stage, sign_in_as: SignInAs, tmp_path: Path
) -> None:
    page = sign_in_as("coordinator")
    expect(page.get_by_role("heading", name="Worklist")).to_be_visible()
    number = stage.new_number()

    # Enter the contract; a wrong percentage is refused in place and what was typed stays.
    page.get_by_role("link", name="New contract").click()
    page.get_by_label("Contract number").fill(number)
    page.get_by_label("Title", exact=True).fill("Library wing")
    page.get_by_label("Client", exact=True).select_option(label="Sample General Contractor")
    page.get_by_label("Billed by").select_option(label="Sample Mechanical Subcontractor (USD)")
    page.get_by_label("Project manager").select_option(label="Sample Project Manager")
    page.get_by_label("Original contract sum").fill("100,000.00")
    page.get_by_label("Contract date", exact=True).fill("2024-02-19")
    page.get_by_label("Retainage on completed work, %").fill("ten")
    page.get_by_label("Controller needed above").fill("=200*200")
    page.get_by_role("button", name="Enter contract").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "Retainage on completed work, %: a percentage from 0 to 100"
    )
    expect(page.get_by_label("Contract number")).to_have_value(number)
    page.get_by_label("Retainage on completed work, %").fill("10")
    page.get_by_role("button", name="Enter contract").click()
    expect(page.get_by_role("status").first).to_contain_text("Contract entered")
    contract = page.url.split("?")[0]

    # Bring in its schedule of values.
    page.goto(f"{contract}?tab=schedule")
    page.get_by_role("link", name="Bring it in from a file").click()
    file = tmp_path / f"{number}.csv"
    file.write_bytes(stage.schedule_file(number))
    dropped(page, page.get_by_label("File", exact=True), file)
    page.get_by_role("button", name="Read it").click()
    page.get_by_role("button", name="Post 3 rows").click()
    expect(page.locator("h1")).to_contain_text("posted")
    stage.api["controller"].give(f"/api{contract.removeprefix(stage.address)}/activate", f"activate {number}")

    # Open the application; type as in a spreadsheet: a share, a formula, a block from the clipboard.
    page.goto(f"{contract}?tab=applications")
    page.get_by_label("Period to").first.fill("2024-03-31")
    page.get_by_role("button", name="Open draft").click()
    first = page.get_by_label("E, this period, line 1")
    first.fill("50%")
    first.press("Enter")
    expect(page.get_by_label("E, this period, line 2")).to_be_focused()
    page.keyboard.type("=1000*.3")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("E, this period, line 3")).to_be_focused()
    expect(page.get_by_text("not saved")).to_be_visible()
    page.get_by_label("To date %, line 3").fill("25")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("status").first).to_contain_text("Saved")
    expect(page.get_by_label("E, this period, line 1")).to_have_value("30,000.00")
    expect(page.get_by_label("E, this period, line 2")).to_have_value("300.00")
    expect(page.get_by_label("E, this period, line 3")).to_have_value("2,500.00")
    assert line(page, "4") == "32,800.00"
    assert line(page, "5") == "3,280.00"
    assert line(page, "8") == "29,520.00"

    page.get_by_label("E, this period, line 2").evaluate(
        """input => {
            input.focus();
            const data = new DataTransfer();
            data.setData("text/plain", "40000\\t0\\n2500\\t100\\n");
            const how = {clipboardData: data, bubbles: true, cancelable: true};
            input.dispatchEvent(new ClipboardEvent("paste", how));
        }"""
    )
    expect(page.get_by_label("F, stored now, line 3")).to_have_value("100")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("ul.findings")).to_contain_text("is above the scheduled value 30,000.00")

    # What blocks it is said when it is submitted; mended, it goes on.
    page.get_by_role("link", name="Review and submit").click()
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.get_by_role("alert")).to_contain_text("above the scheduled value")
    page.get_by_role("link", name="Edit entries").click()
    page.get_by_label("E, this period, line 2").fill("not a number")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label("E, this period, line 2")).to_have_value("not a number")
    expect(page.get_by_label("E, this period, line 2")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("E, this period, line 2").fill("15000")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Nothing stands in the way")).to_be_visible()
    page.get_by_role("link", name="Review and submit").click()
    page.get_by_role("button", name="Submit for approval").click()
    wait_for(page, "waits for the approval of Sample Project Manager")
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)


def test_the_project_manager_sends_back_and_approves_on_a_phone(stage: Stage, sign_in_as: SignInAs) -> None:
    invoice_id = stage.draft()
    coordinator = stage.api["coordinator"]
    coordinator.give(f"/api/invoices/{invoice_id}/submit", f"submit {invoice_id}")
    stage.settle()

    page = sign_in_as("project_manager", PHONE)
    page.get_by_role("link", name="My approvals").click()
    card = page.locator("ul.cards > li").filter(has=page.locator(f"a[href='/invoices/{invoice_id}/review']"))
    expect(card).to_contain_text("40,500.00")
    card.get_by_role("link", name="Look and decide").click()
    assert figure(page, "8 Current payment due") == "40,500.00"
    page.get_by_label("Reason for sending it back").fill("Piping is not half done")
    page.get_by_role("button", name="Send back").click()
    expect(page.get_by_role("status").first).to_contain_text("Sent back")

    # The coordinator corrects a line; the page that is still open may no longer be approved.
    stage.settle()
    lines = coordinator.get(f"/api/invoices/{invoice_id}")["continuation"]
    entry = {"line_id": lines[1]["line_id"], "this_period": "9000.00", "stored": "0.00"}
    coordinator.give(f"/api/invoices/{invoice_id}/edit", f"correct {invoice_id}", {"entries": [entry]})
    coordinator.give(f"/api/invoices/{invoice_id}/submit", f"again {invoice_id}")
    stage.settle()
    page.goto(f"/invoices/{invoice_id}/review")
    expect(page.get_by_role("heading", name="Changed since the last decision about it")).to_be_visible()
    expect(page.get_by_text("15,000.00", exact=True).first).to_be_visible()
    entry["this_period"] = "9500.00"
    coordinator.give(f"/api/invoices/{invoice_id}/edit", f"slip in {invoice_id}", {"entries": [entry]})
    coordinator.give(f"/api/invoices/{invoice_id}/submit", f"and again {invoice_id}")
    page.get_by_role("button", name="Approve 35,100.00").click()
    expect(page.get_by_role("alert")).to_contain_text("The draft has changed since you opened it")
    page.get_by_label("Remark").fill("Seen on site")
    page.get_by_role("button", name="Approve 35,550.00").click()
    expect(page.get_by_role("status").first).to_contain_text("Approved")
    stage.settle()
    assert coordinator.get(f"/api/invoices/{invoice_id}")["state"] == "approved"
    page.goto(f"/invoices/{invoice_id}")
    expect(page.locator("ol.timeline")).to_contain_text("Piping is not half done")
    expect(page.get_by_role("button", name="Issue to the client")).to_have_count(0)


def test_the_controller_activates_a_contract_and_approves_above_the_limit(
    stage: Stage, sign_in_as: SignInAs
) -> None:
    contract_id = stage.contract(in_force=False)
    invoice_id = stage.draft()
    stage.api["coordinator"].give(f"/api/invoices/{invoice_id}/submit", f"submit {invoice_id}")
    seen = {"content_hash": stage.api["coordinator"].get(f"/api/invoices/{invoice_id}")["content_hash"]}
    stage.api["project_manager"].give(f"/api/invoices/{invoice_id}/approve", f"pm {invoice_id}", seen)
    stage.settle()

    page = sign_in_as("controller")
    page.goto(f"/contracts/{contract_id}")
    expect(page.get_by_text("waits for a controller to activate it").first).to_be_visible()
    page.get_by_role("button", name="Activate contract").click()
    expect(page.locator("h1")).to_contain_text("active")

    page.goto("/")
    row = page.locator("tr").filter(has=page.locator(f"a[href='/invoices/{invoice_id}/review']"))
    expect(row).to_contain_text("above the contract's limit")
    expect(row).to_contain_text("40,500.00")
    row.get_by_role("link").first.click()
    expect(page.get_by_text("Project manager:")).to_contain_text("approved")
    page.get_by_role("button", name="Approve 40,500.00").click()
    expect(page.get_by_role("status").first).to_contain_text("Approved")
    stage.settle()

    # The coordinator issues it, and sees documents and mail arrive.
    page = sign_in_as("coordinator")
    page.goto(f"/invoices/{invoice_id}")
    page.get_by_role("button", name="Issue to the client").click()
    wait_for(page, "waits for certification by")
    expect(page.get_by_role("link", name=re.compile(r"\.pdf$"))).to_be_visible()
    expect(page.get_by_role("link", name=re.compile(r"\.xlsx$"))).to_be_visible()
    expect(page.locator("section", has=page.get_by_role("heading", name="Mail"))).to_contain_text("sent")
    link = page.get_by_role("link", name=re.compile(r"\.pdf$")).get_attribute("href")
    assert link is not None
    answer = page.request.get(link)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF")
    assert "Application for payment 1" in httpx.get(stage.mail).text


def test_the_client_certifies_less_and_the_payment_settles_it(stage: Stage, sign_in_as: SignInAs) -> None:
    invoice_id = stage.submitted()

    page = sign_in_as("client", PHONE)
    card = page.locator("ul.cards > li").filter(has=page.locator(f"a[href='/client/invoices/{invoice_id}']"))
    expect(card).to_contain_text("40,500.00")
    card.get_by_role("link", name="Look and certify").click()
    expect(page.locator("td[data-label='Balance']").first).to_be_visible()  # every column, on a phone too
    page.get_by_label("Less: change the amounts").check()  # unfolds the lines
    page.get_by_label("This period accepted, line 2").fill("10,000")
    page.get_by_role("button", name="Record decision").click()
    expect(page.get_by_role("alert")).to_be_visible()  # no reason given
    expect(page.get_by_label("This period accepted, line 2")).to_have_value("10,000")
    page.get_by_label(re.compile("^Reason needed")).fill("Risers on floor 2 are missing")
    page.get_by_role("button", name="Record decision").click()
    expect(page.get_by_role("status").first).to_contain_text("Your decision is recorded")
    assert figure(page, "Certified") == "36,000.00"
    assert figure(page, "Open") == "36,000.00"
    cut = page.locator("section", has=page.get_by_role("heading", name="Certified less, line by line"))
    expect(cut.locator("tbody tr")).to_have_count(1)
    expect(cut).to_contain_text("-5,000.00")
    stage.settle()

    # Nothing of the firm's own pages is the client's to see.
    assert page.request.get("/contracts").status == 403
    assert page.request.get(f"/invoices/{invoice_id}").status == 403

    page = sign_in_as("coordinator")
    page.goto(f"/invoices/{invoice_id}")
    expect(page.locator("h1")).to_contain_text("certified less")
    expect(page.get_by_text("Risers on floor 2 are missing").first).to_be_visible()
    expect(page.get_by_text("was refused: certify")).to_have_count(0)  # what the client tried stays his
    page.get_by_role("link", name="Record payment").click()
    expect(page.get_by_label("Amount")).to_have_value("36,000.00")
    page.get_by_label("Paid to").select_option(label="Sample Mechanical Subcontractor (USD)")
    page.get_by_label("Reference").fill("BANK-0001")
    page.get_by_role("button", name="Record payment").click()
    expect(page.get_by_role("status").first).to_contain_text("Payment recorded")
    expect(page.locator("tr", has_text="BANK-0001")).to_contain_text("36,000.00")
    page.goto(f"/invoices/{invoice_id}")
    expect(page.locator("h1")).to_contain_text("paid")
    expect(page.locator("section", has=page.get_by_role("heading", name="Receivable"))).to_contain_text(
        "BANK-0001"
    )


def test_the_administrator_moves_the_practice_calendar(stage: Stage, sign_in_as: SignInAs) -> None:
    page = sign_in_as("administrator")
    through_menu(page, "Calendar")
    page.get_by_label("To", exact=True).fill("2024-04-02")
    page.get_by_role("button", name="Move calendar").click()
    expect(page.get_by_role("status").first).to_contain_text("Calendar moved")
    expect(page.locator(".practice")).to_contain_text("2024-04-02")
    stage.settle()


def test_an_amount_and_a_percentage_on_one_line_are_not_both_taken(
    stage: Stage, sign_in_as: SignInAs
) -> None:
    page = sign_in_as("coordinator")
    page.goto(f"/invoices/{stage.draft()}/edit")
    percent, amount = page.get_by_label("To date %, line 3"), page.get_by_label("E, this period, line 3")
    expect(percent).to_have_attribute("placeholder", "0.0 %")
    percent.fill("50")
    amount.fill("100")
    page.get_by_label("E, this period, line 1").fill("much")
    page.get_by_role("button", name="Save", exact=True).click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Line 1, This period: an amount like 1200.50")
    expect(alert).to_contain_text("Line 3, To date %: either this or This period, not both.")
    page.get_by_label("E, this period, line 1").fill("30000")
    amount.fill("")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Saved")
    expect(amount).to_have_value("5,000.00")
    expect(percent).to_have_attribute("placeholder", "50.0 %")


def test_pages_work_without_scripts(stage: Stage, sign_in_as: SignInAs) -> None:
    invoice_id = stage.draft()
    page = sign_in_as("coordinator", scripts=False)
    page.goto(f"/invoices/{invoice_id}/edit")
    page.get_by_label("E, this period, line 3").fill("10%")
    page.get_by_role("button", name="Save", exact=True).click()
    assert line(page, "4") == "46,000.00"


def test_a_wrong_password_is_told_in_place(stage: Stage, sign_in_as: SignInAs) -> None:
    page = sign_in_as("client")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("E-mail address").fill("nobody@example.example")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    expect(page.get_by_label("E-mail address")).to_have_value("nobody@example.example")
