"""Limits over several lines and purchase orders of the client, as people type and read them."""

import re
from collections.abc import Callable, Iterator
from datetime import date

import pytest

from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.roles import Role
from contracts_app.settings import Settings
from contracts_app.web.pages.limits_form import (
    caps_shown,
    levels_shown,
    limits_in_words,
    typed_limits,
    typed_retainer,
)
from contracts_app.web.problems import WrongBody
from tests.api.conftest import Browser
from tests.services.small_firm import PASSWORD, STARTS, SmallFirm, found
from tests.services.small_funded_contract import open_funded, order, work

AGREED = {
    "currency": "USD",
    "original_sum": "40000.00",
    "contract_date": "2025-01-02",
    "certified_by_client": False,
    "receivable_arises": "submission",
}
CAPS = [
    {"name": "All", "amount": "1000.00"},
    {"name": "Site", "amount": "600.00", "item_nos": ["2"], "roles": ["Partner"], "expenses": False},
]


@pytest.mark.parametrize(
    "terms",
    [
        {},
        {"caps": CAPS},
        {"funding": {"required": True, "order_of_use": "expiry_first", "expiry_tested_on": "invoice_date"}},
        {"retainer": {"minimum": "2500.00"}},
        {"retainer": {"minimum": "2500.00", "request_below": "1000.00"}},
        {"caps": CAPS[:1], "funding": {"required": True}, "notice_levels": ["0.5", "0.875"]},
    ],
)
def test_what_is_agreed_is_typed_again_as_it_is(terms: dict[str, object]) -> None:
    """Saving the form of a contract changes nothing that nobody touched."""
    agreed = ContractTerms.model_validate({**AGREED, **terms})
    form = {
        f"{column}.{number}": cell
        for number, row in enumerate(caps_shown({}, agreed))
        for column, cell in row.items()
    }
    form["notice_levels"] = levels_shown(agreed)
    if agreed.funding:
        form |= {
            "client_orders": "required" if agreed.funding.required else "",
            "order_of_use": agreed.funding.order_of_use.value,
            "expiry_tested_on": agreed.funding.expiry_tested_on.value,
        }
    if agreed.retainer:
        below = agreed.retainer.request_below
        form |= {
            "retainer_minimum": f"{agreed.retainer.minimum:f}",
            "retainer_below": "" if below is None else f"{below:f}",
        }
    said = {**typed_limits(form, "USD"), **typed_retainer(form, "USD")}
    assert ContractTerms.model_validate({**AGREED, **said}) == agreed


def test_a_wrong_amount_is_marked_in_its_row() -> None:
    with pytest.raises(WrongBody) as wrong:
        typed_limits({"limit_name.1": "Site", "limit_amount.1": "much"}, "USD")
    assert [error.field for error in wrong.value.errors] == ["limit_amount.1"]


def test_terms_say_their_limits() -> None:
    agreed = ContractTerms.model_validate({**AGREED, "caps": CAPS, "funding": {"required": True}})
    assert limits_in_words(agreed) == [
        "All: 1,000.00 over the whole contract",
        "Site: 600.00 over Partner on line 2, without costs",
        "Purchase orders are required: nothing is billed without one",
        (
            "Of several purchase orders first in the order of their dates and numbers; each must be valid on "
            "the day of the work"
        ),
    ]


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """Line 1 was worked for 800.00, the order pays 500.00; an approved draft keeps them."""
    firm = found(settings, "Shown Mechanical")
    lines = (("1", "Study", "5000.00", Basis.time_and_materials, False),)
    caps = [{"name": "All", "amount": "1000.00"}]
    open_funded(firm, "L", lines, "100.00", caps=caps, funding={"required": True})
    line = {"number": "10", "amount": "500.00", "expires_on": "2024-12-31", "kinds": ["time"]}
    order(firm, "L", "PO-7", STARTS, line)
    firm.go_to(date(2024, 4, 2))
    work(firm, "L", ("1", date(2024, 3, 4), "8"))
    firm.invoices["L1"] = firm.prepare("L", date(2024, 3, 31))
    yield firm
    firm.engine.dispose()


def _page(small: SmallFirm, browser: Callable[[], Browser], path: str) -> str:
    one = browser()
    assert one.sign_in(f"{Role.coordinator.value}@{small.id}.example", PASSWORD).status_code == 200
    answer = one.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def _rows(page: str, heading: str) -> list[list[str]]:
    section = page[page.index(heading) :]
    body = section[section.index("<tbody>") : section.index("</tbody>")]
    return [
        [
            re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", cell)).strip()
            for cell in re.findall(r"<t[dh].*?</t[dh]>", row)
        ]
        for row in re.findall(r"<tr.*?</tr>", body, re.DOTALL)
    ]


def test_the_contract_shows_limits_and_orders(small: SmallFirm, browser: Callable[[], Browser]) -> None:
    """Earned are 800.00 of 1,000.00: 80 %; 300.00 of them wait for the order."""
    path = f"/contracts/{small.contracts['L']}?tab=limits"
    page = _page(small, browser, path)
    assert "300.00 USD waits until line 10 of purchase order PO-7 is amended: nothing is left on it." in page
    assert _rows(page, 'id="h-limits"') == [
        ["All", "the whole contract", "1,000.00", "0.00", "0.00", "800.00", "1,000.00", "80.0 %"]
    ]
    of_order = ["10", "time", "until 2024-12-31", "500.00", "0.00", "0.00", "800.00", "500.00"]
    assert _rows(page, 'id="h-order-1"') == [of_order]
    review = _page(small, browser, f"/invoices/{small.invoices['L1']}/review")
    assert _rows(review, 'id="h-shares"') == [
        ["All", "1,000.00", "0.00", "500.00", "500.00", "500.00"],
        ["Purchase order PO-7, line 10", "500.00", "0.00", "500.00", "500.00", "0.00"],
    ]
    assert "waits until line 10 of purchase order PO-7 is amended" in review
    small.approve(small.invoices["L1"])
    page = _page(small, browser, path)
    assert _rows(page, 'id="h-limits"') == [
        ["All", "the whole contract", "1,000.00", "0.00", "500.00", "300.00", "500.00", "80.0 %"]
    ]


def test_the_worklist_names_a_limit_nearly_used_up(small: SmallFirm, browser: Callable[[], Browser]) -> None:
    """800.00 of 1,000.00 are above 75 %; all of it wants the order's 500.00, 300.00 of it waits."""
    rows = _rows(_page(small, browser, "/"), 'id="limits"')
    number = "LFunded studies L"
    assert rows == [
        ["“All” 75.0 % reached", number, "1,000.00", "800.00", "500.00"],
        ["line 10 of purchase order PO-7 100.0 % reached", number, "500.00", "800.00", "0.00"],
    ]


def test_the_terms_and_the_review_show_them_too(small: SmallFirm, browser: Callable[[], Browser]) -> None:
    page = _page(small, browser, f"/contracts/{small.contracts['L']}?tab=terms")
    assert "All: 1,000.00 over the whole contract" in page
    assert 'name="limit_name.0"' in _page(small, browser, "/contracts/new?invoice_form=consulting")
