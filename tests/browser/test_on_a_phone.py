"""What is wide or stands at the end of a row, on a phone."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import PHONE, SignInAs, Stage

TOO_WIDE = """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
    [...document.querySelectorAll('main *')].filter((one) => !one.closest('.scroll, .tabs')
        && one.getBoundingClientRect().right > window.innerWidth).map((one) => one.outerHTML.slice(0, 80))"""
"""What makes a page wider than the phone."""
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def in_view(link: Locator) -> bool:
    """Whether the whole link stands within the width of the phone."""
    box = link.bounding_box()
    assert box is not None
    return box["x"] >= 0 and box["x"] + box["width"] <= PHONE


def test_a_long_file_name_and_the_place_where_one_is(stage: Stage, sign_in_as: SignInAs) -> None:
    contract_id, number = stage.contract(), stage.new_number()
    name = "schedule_of_values_of_the_library_wing_one_project.csv"
    file = stage.schedule_file(number)
    import_id = stage.api["coordinator"].upload(
        f"long {number}", "schedule_of_values", contract_id, name, file
    )
    stage.settle()
    page = sign_in_as("coordinator", PHONE)
    expect(page.get_by_role("heading", name="Worklist")).to_be_visible()
    page.goto(f"/imports/{import_id}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    assert page.evaluate(TOO_WIDE) == []
    assert in_view(page.get_by_role("navigation", name="Main").get_by_role("link", name="Imports"))
    page.goto(f"/contracts/{contract_id}?tab=terms")
    parts = page.get_by_role("navigation", name="Parts of the contract")
    assert in_view(parts.get_by_role("link", name="Terms"))
    assert page.evaluate("window.scrollY") == 0


def test_orders_bills_and_expenses(stage: Stage, sign_in_as: SignInAs) -> None:
    contract_id = stage.contract()
    coordinator, manager = stage.api["coordinator"], stage.api["project_manager"]
    base = f"/api/contracts/{contract_id}"
    line = {
        "item_no": "1",
        "description": "Galvanised rectangular duct with two dampers and an access door",
        "category": "material",
        "unit": "m",
        "quantity": "100",
        "unit_price": "10.00",
        "sov_item_no": "1",
    }
    order = {
        "number": "PO-2024-0001",
        "title": "Ducts of the library wing",
        "vendor": "Sample Supply and Manufacturing",
        "kind": "subcontract",
        "ordered_on": "2024-02-19",
        "lines": [line],
    }
    commitment_id = coordinator.give(f"{base}/commitments", f"order {contract_id}", order)["commitment_id"]
    approve = {"paper": "commitment", "version": 1}
    manager.give(f"{base}/purchases/{commitment_id}/approve", f"approve {contract_id}", approve)
    bill = {
        "number": "INV-2024-000123",
        "dated": "2024-02-19",
        "lines": [
            {"item_no": "1", "quantity": "100", "unit_price": "10.55"},
            {"description": "Crane for a day, not ordered", "quantity": "1", "unit_price": "750.00"},
        ],
    }
    bill_id = coordinator.give(f"{base}/commitments/{commitment_id}/bills", f"bill {contract_id}", bill)[
        "bill_id"
    ]
    expense = {
        "item_no": "1",
        "on": "2024-02-19",
        "person": "Anna Example",
        "category": "travel",
        "description": "Hotel for the inspection of the galvanised duct, two nights",
        "amount": "312.40",
    }
    coordinator.give(f"{base}/expenses", f"expense {contract_id}", {"entries": [expense]})
    stage.settle()
    pages = {
        f"/contracts/{contract_id}?tab=commitments": "Enter an order",
        f"/contracts/{contract_id}/commitments/{commitment_id}": "Lines",
        f"/contracts/{contract_id}/bills/{bill_id}": "Line by line",
        f"/contracts/{contract_id}?tab=expenses": "What the contract pays",
    }
    for who in ("coordinator", "project_manager"):
        page = sign_in_as(who, PHONE)
        expect(page.get_by_role("heading", name="Worklist")).to_be_visible()
        for address, heading in pages.items():
            page.goto(address)
            if (who, heading) != ("project_manager", "Enter an order"):
                expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
            assert (address, page.evaluate(TOO_WIDE)) == (address, [])
