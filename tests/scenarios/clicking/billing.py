"""Clicks of billing: time, drafts, approvals, issue, certificates, payments, billing runs."""

from __future__ import annotations

import re
import time
from decimal import Decimal

from playwright.sync_api import expect

from tests.scenarios.clicking.person import PATIENCE, Answer, Body, Clicked, Ids


def approve_time(who: Clicked, ids: Ids, body: Body) -> Answer:
    """Approve what waits of this contract, from My approvals; exactly the entries that were seen."""
    page = who.page
    who.main("My approvals")
    who.press("Look and approve", "link")
    buttons = page.get_by_role("button", name=re.compile("^Approve (everything shown|[0-9]+ entr)"))
    nothing_left = page.get_by_text("No time fits this choice.")
    while not nothing_left.is_visible():
        buttons.last.click()
        who.told("Time approved")
        who.look()
        if not buttons.count():
            break
    path = f"/api/contracts/{ids['contract']}/time?standing=waits&page=1000"
    left = who.get(path)["entries"]
    if left:
        who.watch.fault(f"{len(left)} time entries of {ids['contract']} still wait")
    return {"approved": len(body["entries"])}


def prepare_application(who: Clicked, ids: Ids, body: Body) -> Answer:
    """Open the next draft."""
    who.open_contract(ids["contract"], "applications")
    form = who.panel("Next application")
    form.get_by_label("Period to").first.fill(body["period_to"])
    if body.get("complete"):
        form.get_by_role("checkbox").check()
    who.press("Open draft", within=form)
    who.told("Draft opened")
    return {"invoice_id": who.id_in_address("invoices")}


def prepare_release(who: Clicked, ids: Ids, body: Body) -> Answer:
    """Open the draft of a retainage release over all that is held."""
    who.open_contract(ids["contract"], "applications")
    form = who.page.locator("details").filter(has=who.page.get_by_text("Release retainage", exact=True))
    form.locator("summary").click()
    form.get_by_label("Period to").fill(body["period_to"])
    who.press("Open release draft", within=form)
    who.told("Draft of the retainage release opened")
    return {"invoice_id": who.id_in_address("invoices")}


def submit(who: Clicked, ids: Ids, body: Body) -> Answer:
    """From the draft, or from the register, to its review, and submit it."""
    _to_review(who, ids["invoice"])
    who.press("Submit for approval")
    who.told("Submitted for approval")
    return {"content_hash": who.get(f"/api/invoices/{ids['invoice']}")["content_hash"]}


def _to_review(who: Clicked, invoice_id: str) -> None:
    path = f"/invoices/{invoice_id}/review"
    if path in who.page.url:
        return
    if f"/invoices/{invoice_id}" not in who.page.url:
        _open(who, invoice_id)
    who.follow(path)


def _open(who: Clicked, invoice_id: str) -> None:
    who.main("Invoices")
    who.follow(f"/invoices/{invoice_id}")


def approve(who: Clicked, ids: Ids, body: Body) -> Answer:
    """Look at what waits under My approvals and approve exactly that content."""
    review = f"/invoices/{ids['invoice']}/review"
    until = time.monotonic() + 30  # the list follows the process, which is woken after the answer
    who.main("My approvals")
    while not who.page.locator(f'main a[href="{review}"]').count() and time.monotonic() < until:
        who.main("My approvals")
    who.follow(review)
    seen = who.page.locator("input[name=content_hash]").get_attribute("value")
    if seen != body["content_hash"]:
        who.watch.fault(f"{ids['invoice']}: approves {seen}, submitted was {body['content_hash']}")
    who.press(re.compile("^Approve [0-9,.]+$"))
    who.told("Approved")
    known = who.get(f"/api/invoices/{ids['invoice']}")
    given = {one["step"] for one in known["approvals"] if one["content_hash"] == body["content_hash"]}
    return {"still_needed": [step for step in known["approval_steps"] if step not in given]}


def issue(who: Clicked, ids: Ids, body: Body) -> Answer:
    """Issue an approved draft from its page."""
    _open(who, ids["invoice"])
    who.press("Issue to the client")
    who.told("Issued")
    known = who.get(f"/api/invoices/{ids['invoice']}")
    expect(who.page.get_by_role("heading", level=1)).to_contain_text(known["number"])
    return {"number": known["number"]}


def certify(who: Clicked, ids: Ids, body: Body) -> Answer:
    """The client's decision: in full, or less on lines with a reason."""
    page = who.page
    who.main("Invoices")
    card = page.get_by_role("listitem").filter(
        has=page.locator(f'a[href="/client/invoices/{ids["invoice"]}"]')
    )
    who.press("Look and certify", "link", within=card)
    if body["decision"] == "less":
        page.get_by_label(re.compile("^Less")).check()
        numbers = {
            one["line_id"]: one["item_no"]
            for one in who.get(f"/api/invoices/{ids['invoice']}")["continuation"]
        }
        for line in body["lines"]:
            item = numbers[line["line_id"]]
            page.get_by_label(f"This period accepted, line {item}", exact=True).fill(line["this_period"])
            page.get_by_label(f"Stored accepted, line {item}", exact=True).fill(line["stored"])
        page.get_by_label(re.compile("^Reason needed")).fill(body["reason"])
    else:
        page.get_by_label(re.compile("^In full")).check()
    who.press("Record decision")
    who.told("Your decision is recorded")
    made = who.get(f"/api/invoices/{ids['invoice']}")["certificate"]
    return {"decision": made["decision"], "certified_line8": made["line8"]}


def pay(who: Clicked, ids: Ids, body: Body) -> Answer:
    """Record a payment from the page of the invoice that it pays."""
    page = who.page
    (invoice_id,) = body["invoices"]
    _open(who, invoice_id)
    who.press("Record payment", "link")
    form = who.panel("Record a payment")
    offered = form.get_by_label("Amount").input_value().replace(",", "")
    if Decimal(offered) != Decimal(body["amount"]):
        who.watch.fault(f"{body['reference']}: the form offers {offered}, open is {body['amount']}")
    form.get_by_label("Amount").fill(body["amount"])
    form.get_by_label("Paid to").select_option(f"{body['legal_entity_id']} {body['currency']}")
    form.get_by_label("Received on").fill(body["received_on"])
    form.get_by_label("Reference").fill(body["reference"])
    expect(form.locator(f"[name='invoice.{invoice_id}']")).to_be_checked()
    who.press("Record payment", within=form)
    who.told("Payment recorded")
    expect(page.get_by_role("row").filter(has_text=body["reference"]).first).to_be_visible()
    return {}


def start_run(who: Clicked, ids: Ids, body: Body) -> Answer:
    """Start a billing run and see it through."""
    who.main("Billing runs")
    who.page.get_by_label("Periods that ended by").fill(body["period_to"])
    who.press("Start")
    who.told("Billing run started")
    run_id = who.id_in_address("billing-runs")
    expect(who.page.get_by_role("heading", level=1)).to_contain_text("done", timeout=PATIENCE)
    return {"run_id": run_id}
