"""Clicks about what is agreed: contract, terms, schedule, rates, milestones, change orders, deposits."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, expect

from contracts_app.domain.contract import ContractTerms
from contracts_app.web.pages.agreed_words import basis_key, owed_key
from tests.scenarios.clicking.person import Answer, Body, Clicked, Ids


def open_contract(who: Clicked, ids: Ids, body: Body) -> Answer:
    """Enter a contract under New contract."""
    terms = body["terms"]
    page = who.page
    who.main("Contracts")
    who.press("New contract", "link")
    if terms.get("invoice_form") == "consulting":
        who.press("Invoices, for consulting", "link")
    page.get_by_label("Contract number").fill(body["number"])
    page.get_by_label("Title", exact=True).fill(body["title"])
    page.get_by_label(re.compile("^Client$")).select_option(body["client_id"])
    page.get_by_label("Billed by").select_option(f"{body['legal_entity_id']} {terms['currency']}")
    _terms(who, body)
    who.press("Enter contract")
    who.told("Contract entered")
    contract_id = who.id_in_address("contracts")
    _compare(who, contract_id, terms)
    return {"contract_id": contract_id}


def set_terms(who: Clicked, ids: Ids, body: Body) -> Answer:
    """Complete the terms of a contract that is being set up."""
    who.open_contract(ids["contract"], "terms")
    _terms(who, body)
    who.press("Save terms")
    who.told("Terms saved")
    _compare(who, ids["contract"], body["terms"])
    return {}


def _terms(who: Clicked, body: Body) -> None:
    """Type the terms that differ from what the form offers."""
    terms, page = body["terms"], who.page
    page.get_by_label("Project manager").first.select_option(body["project_manager_id"])
    page.get_by_text("More terms", exact=True).click()
    typed: dict[str, str | re.Pattern[str]] = {
        "original_sum": re.compile("^(Original contract|Contract) sum$"),
        "contract_date": "Contract date",
        "payment_days": "Payment, days net",
        "certification_days": "Certification, days",
        "first_application": re.compile("^First (application|invoice) number$"),
        "controller_limit": re.compile("^Controller needed above"),
        "deposit": re.compile("^Deposit agreed"),
    }
    for name, label in typed.items():
        if name in terms:
            page.get_by_label(label).fill(str(terms[name]))
    if "billed_by_run" in terms:
        page.get_by_label("Drafts are opened").select_option("yes" if terms["billed_by_run"] else "no")
    if "partial_milestones" in terms:
        parts = "yes" if terms["partial_milestones"] else "no"
        page.get_by_label("A milestone is billed", exact=True).select_option(parts)
    owed = owed_key(terms["receivable_arises"], terms.get("certified_by_client", True))
    page.get_by_label("The client owes the amount").select_option(owed)


def _compare(who: Clicked, contract_id: str, agreed: Body) -> None:
    """The contract holds the terms that were typed."""
    stored = who.get(f"/api/contracts/{contract_id}")["terms"]
    wanted = ContractTerms.model_validate(stored | dict(agreed))
    if ContractTerms.model_validate(stored) != wanted:
        who.watch.fault(f"terms of {contract_id} are {stored}, typed was {agreed}")


def set_schedule(who: Clicked, ids: Ids, body: Body) -> Answer:
    """Type the schedule of values into its grid."""
    page = who.open_contract(ids["contract"], "schedule")
    for number, line in enumerate(body["lines"], start=1):
        _row(page, number)
        page.get_by_label(f"Item, row {number}").fill(line["item_no"])
        page.get_by_label(f"Description, row {number}").fill(line["description"])
        page.get_by_label(f"Value, row {number}").fill(line["scheduled_value"])
        basis = basis_key(line["basis"], line.get("not_to_exceed", True))
        page.get_by_label(f"Billed, row {number}").select_option(basis)
    who.press("Save schedule")
    who.told("Schedule of values saved")
    return {}


def set_rate_card(who: Clicked, ids: Ids, body: Body) -> Answer:
    """Type the rate card into its grid."""
    page = who.open_contract(ids["contract"], "rates")
    for number, row in enumerate(body["rows"], start=1):
        _row(page, number)
        for label, name in (("Person", "person"), ("Role", "role"), ("Rate per hour", "rate")):
            page.get_by_label(f"{label}, row {number}").fill(row.get(name, ""))
        page.get_by_label(f"From, row {number}").fill(row["effective_from"])
    who.press("Save rate card")
    who.told("Rate card saved")
    return {}


def _row(page: Locator, number: int) -> None:
    """A grid that is too short grows by a press."""
    rows = page.locator("table[data-grows] tbody tr")
    if rows.count() < number:
        page.get_by_role("button", name="Add a row").click()
    expect(rows.nth(number - 1)).to_be_visible()


def plan_milestone(who: Clicked, ids: Ids, body: Body) -> Answer:
    """Plan a milestone."""
    who.open_contract(ids["contract"], "milestones")
    form = who.panel("Plan a milestone")
    form.get_by_label("Title").fill(body["title"])
    if "item_no" in body:
        form.get_by_label(re.compile("^Line")).select_option(body["item_no"])
        form.get_by_label("Amount that waits for it").fill(body["amount"])
    if body.get("close_out"):
        form.get_by_role("checkbox").check()
    who.press("Plan", within=form)
    who.told("Milestone planned")
    return {}


def activate(who: Clicked, ids: Ids, body: Body) -> Answer:
    """Put a contract in force from the tab of its terms."""
    who.open_contract(ids["contract"], "terms")
    who.press("Activate contract")
    who.told("Contract activated")
    expect(who.page.get_by_role("heading", level=1)).to_contain_text("active")
    return {}


def receive_deposit(who: Clicked, ids: Ids, body: Body) -> Answer:
    """Record what the client paid ahead."""
    who.open_contract(ids["contract"], "deposits")
    form = who.panel("Record a deposit")
    form.get_by_label("Amount").fill(body["amount"])
    form.get_by_label("Received on").fill(body["received_on"])
    form.get_by_label("Reference").fill(body["reference"])
    who.press("Record deposit", within=form)
    who.told("Deposit recorded")
    return {}


def propose_change(who: Clicked, ids: Ids, body: Body) -> Answer:
    """Propose a change order."""
    who.open_contract(ids["contract"], "changes")
    form = who.panel("Propose a change order")
    form.get_by_label("Number").fill(body["number"])
    form.get_by_label("Title").fill(body["title"])
    form.get_by_label("Amount").fill(body["amount"])
    form.get_by_label("It becomes").select_option(body["raises"])
    who.press("Propose", within=form)
    who.told("Proposed")
    return {}


def execute_change(who: Clicked, ids: Ids, body: Body) -> Answer:
    """Execute a change order that both sides signed."""
    who.open_contract(ids["contract"], "changes")
    button = who.page.get_by_role("button", name=f"Execute {body['number']}", exact=True)
    form = who.page.locator("form").filter(has=button)
    form.get_by_label("Signed by both sides on").fill(body["executed_on"])
    button.click()
    who.told("Executed")
    return {}


def achieve_milestone(who: Clicked, ids: Ids, body: Body) -> Answer:
    """Report a milestone as reached, or how much of it."""
    known = _milestone(who, ids)
    page = who.open_contract(ids["contract"], "milestones")
    one = page.locator(f"#milestone-{ids['milestone']}")
    one.get_by_label("What proves it").fill(body["evidence"])
    reached = one.get_by_label("Reached by now")
    if reached.count():
        reached.fill(body["amount"])
    elif body.get("amount", known["amount"]) != known["amount"]:
        who.watch.fault(f"{known['title']}: the page takes no part of a milestone")
    who.press("Report as achieved", within=one)
    who.told("Milestone reported")
    return {"version": _milestone(who, ids)["version"]}


def approve_milestone(who: Clicked, ids: Ids, body: Body) -> Answer:
    """Approve the evidence of a milestone under My approvals."""
    title = _milestone(who, ids)["title"]
    who.main("My approvals")
    card = who.page.get_by_role("listitem").filter(
        has=who.page.locator(f'a[href$="#milestone-{ids["milestone"]}"]')
    )
    expect(card).to_contain_text(title)
    who.press("Approve evidence", within=card)
    who.told("Milestone approved")
    return {}


def _milestone(who: Clicked, ids: Ids) -> Any:
    known = who.get(f"/api/contracts/{ids['contract']}")["milestones"]
    return next(one for one in known if one["id"] == ids["milestone"])


def complete_work(who: Clicked, ids: Ids, body: Body) -> Answer:
    """Say that the work of a contract is complete."""
    who.open_contract(ids["contract"], "schedule")
    who.page.locator("summary", has_text="The work is complete").click()
    who.page.get_by_label("What was handed over").fill(body["reason"])
    who.press("Say that the work is complete")
    who.told("The work is complete")
    return {}
