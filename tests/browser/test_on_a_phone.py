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
