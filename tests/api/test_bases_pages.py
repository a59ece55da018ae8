"""Lines by unit price, by percentage and for each period on the pages: typed, drafted, shown again."""

import re
from typing import Any
from uuid import UUID

import pytest

from tests.api.conftest import Browser, Firm, SignIn, WorkerProcess

TERMS: dict[str, Any] = {
    "currency": "USD",
    "original_sum": "18942.00",
    "contract_date": "2024-02-19",
    "controller_limit": "1000000.00",
}
LINES = (
    {"item_no": "1", "description": "Design", "scheduled_value": "1,200.00", "basis": "percent_complete"},
    {
        "item_no": "2",
        "description": "Gravel",
        "basis": "unit_price",
        "unit": "t",
        "estimated_quantity": "120",
        "price": "47.85",
        "band": "15/10",
        "price_above": "40",
        "price_short": "2.5",
    },
    {
        "item_no": "3",
        "description": "Site office",
        "basis": "recurring",
        "per_period": "1,000",
        "anchor": "2024-02-01",
        "starts_on": "2024-02-01",
        "ends_on": "2025-01-31",
        "months": "",
        "due": "start",
    },
)


@pytest.fixture(scope="module")
def office(firms: tuple[Firm, Firm], worker: WorkerProcess) -> Firm:
    worker.start()
    return firms[0]


@pytest.fixture(scope="module")
def opened() -> dict[str, str]:
    """Contracts that tests of this module share, by number."""
    return {}


def _opened(office: Firm, coordinator: Browser, number: str, **more: Any) -> str:
    return str(
        coordinator.done(
            "/api/contracts",
            {
                "client_id": str(office.clients[0]),
                "legal_entity_id": str(office.legal_entity_id),
                "project_manager_id": str(office.people["project_manager"]),
                "number": number,
                "title": "Measured",
                "terms": {**TERMS, **more},
            },
        )["contract_id"]
    )


def _form(who: Browser, key: str, *rows: dict[str, str], **more: str) -> dict[str, str]:
    cells = {f"{column}.{n}": cell for n, row in enumerate(rows) for column, cell in row.items()}
    return {"csrf_token": who.headers["X-CSRF-Token"], "idempotency_key": key, **cells, **more}


def _cell(page: str, name: str) -> str:
    """The value of an input on the page."""
    found = re.search(rf'name="{re.escape(name)}"[^>]*?value="([^"]*)"', page)
    assert found, name
    return found[1]


def test_the_schedule_is_typed_and_shown_again(office: Firm, signed_in: SignIn) -> None:
    coordinator = signed_in(office, "coordinator")
    contract = _opened(office, coordinator, "U-1")
    address = f"/contracts/{contract}/schedule"
    assert coordinator.post(address, data=_form(coordinator, "u1", *LINES)).status_code == 303
    page = coordinator.get(f"/contracts/{contract}?tab=schedule").text
    assert "equal to the contract sum" in page
    assert _cell(page, "scheduled_value.1") == "5,742.00"
    assert _cell(page, "scheduled_value.2") == "12,000.00"
    assert (_cell(page, "unit.1"), _cell(page, "estimated_quantity.1"), _cell(page, "price.1")) == (
        "t",
        "120",
        "47.85",
    )
    assert (_cell(page, "band.1"), _cell(page, "price_above.1"), _cell(page, "price_short.1")) == (
        "15/10",
        "40.00",
        "2.50",
    )
    assert (_cell(page, "per_period.2"), _cell(page, "months.2"), _cell(page, "ends_on.2")) == (
        "1,000.00",
        "1",
        "2025-01-31",
    )
    terms = signed_in(office, "controller").get(f"/contracts/{contract}?tab=terms").text
    assert "120 t at 47.85, band +15 % −10 %" in terms
    assert "1,000.00 every month from 2024-02-01 to 2025-01-31" in terms
    known = coordinator.get(f"/api/contracts/{contract}").json()["schedule"]
    assert known[1]["unit_price"]["variation"]["above"] == "0.15"
    assert known[2]["recurring"]["in_advance"] is True


@pytest.mark.parametrize(
    ("line", "cell", "marked", "said"),
    [
        (1, {"unit": ""}, "unit", "must be filled in"),
        (1, {"estimated_quantity": "many"}, "estimated_quantity", "a quantity like 120.5"),
        (1, {"estimated_quantity": "0"}, "estimated_quantity", "above zero"),
        (1, {"estimated_quantity": "1.23456"}, "estimated_quantity", "at most 4 decimals"),
        (1, {"price": ""}, "price", "a price like 47.85"),
        (1, {"price": "-1"}, "price", "not negative"),
        (1, {"band": "15/10/5"}, "band", "above/below like 25/15"),
        (1, {"band": "100"}, "band", "less than 1"),
        (1, {"band": ""}, "band", "the band beyond which"),
        (1, {"price_above": "cheap"}, "price_above", "a price like 47.85"),
        (1, {"scheduled_value": "much"}, "scheduled_value", "an amount like 1200.50"),
        (2, {"per_period": ""}, "per_period", "an amount like 1200.50"),
        (2, {"per_period": "-5"}, "per_period", "above zero"),
        (2, {"months": "13"}, "months", "from 1 to 12"),
        (2, {"months": "½"}, "months", "from 1 to 12"),
        (2, {"anchor": ""}, "anchor", "a date like 2025-01-31"),
        (2, {"anchor": "soon"}, "anchor", "a date like 2025-08-31"),
        (2, {"ends_on": "2024-01-31"}, "ends_on", "on or after the first"),
        (2, {"due": "never"}, "due", "one of the list"),
        (2, {"ends_on": ""}, "scheduled_value", "an amount like 1200.50"),
        (0, {"basis": "guess"}, "basis", "one of the list"),
    ],
)
def test_a_cell_that_says_nothing_sensible_is_marked(
    office: Firm,
    signed_in: SignIn,
    opened: dict[str, str],
    line: int,
    cell: dict[str, str],
    marked: str,
    said: str,
) -> None:
    coordinator = signed_in(office, "coordinator")
    contract = opened.get("U-2") or _opened(office, coordinator, "U-2")
    opened["U-2"] = contract
    rows = [dict(row) for row in LINES]
    rows[line].update(cell)
    answer = coordinator.post(f"/contracts/{contract}/schedule", data=_form(coordinator, "wrong", *rows))
    assert answer.status_code == 422, answer.text
    assert re.search(rf'name="{marked}\.{line}"[^>]*aria-invalid="true"', answer.text), answer.text[-3000:]
    assert said in answer.text


def test_a_draft_takes_percentages_and_quantities(office: Firm, signed_in: SignIn) -> None:
    coordinator, controller = signed_in(office, "coordinator"), signed_in(office, "controller")
    administrator = signed_in(office, "administrator")
    contract = _opened(office, coordinator, "U-3")
    coordinator.post(f"/contracts/{contract}/schedule", data=_form(coordinator, "u3", *LINES))
    controller.done(f"/api/contracts/{contract}/activate")
    administrator.done("/api/calendar/move", {"to": "2024-03-31"})
    administrator.settled()
    opened = coordinator.done(f"/api/contracts/{contract}/applications", {"period_to": "2024-03-31"})
    invoice = UUID(opened["invoice_id"])
    lines = {
        row["item_no"]: row["id"] for row in coordinator.get(f"/api/contracts/{contract}").json()["schedule"]
    }
    address = f"/invoices/{invoice}/edit"
    page = coordinator.get(address).text
    assert _cell(page, f"e.{lines['3']}") == "2,000.00"  # February and March, in advance
    assert _cell(page, f"q.{lines['2']}") == ""

    typed = {
        f"p.{lines['1']}": "50",
        f"e.{lines['1']}": "",
        f"f.{lines['1']}": "100",
        f"q.{lines['2']}": "140.5",
        f"f.{lines['2']}": "10.00",
        f"e.{lines['3']}": "2,000.00",
        f"p.{lines['3']}": "",
        f"f.{lines['3']}": "",
    }
    saved = coordinator.post(address, data=_form(coordinator, "d1", **typed))
    assert saved.status_code == 303, saved.text
    page = coordinator.get(address).text
    assert _cell(page, f"p.{lines['1']}") == "50"
    assert _cell(page, f"e.{lines['1']}") == "500.00"
    assert _cell(page, f"q.{lines['2']}") == "140.5"
    assert "138 t × 47.85 + 2.5 t × 40.00" in page
    assert "paid is what is measured" in page

    # As the page shows it, it is saved again: nothing changes.
    same = {**typed, f"e.{lines['1']}": "500.00"}
    assert coordinator.post(address, data=_form(coordinator, "d2", **same)).status_code == 303
    again = coordinator.get(address).text
    assert _cell(again, f"p.{lines['1']}") == "50"
    both = {**same, f"e.{lines['1']}": "400.00", f"p.{lines['1']}": "60"}
    refused = coordinator.post(address, data=_form(coordinator, "d3", **both))
    assert refused.status_code == 422
    assert "either this or This period, not both" in refused.text
    amount = {**same, f"e.{lines['1']}": "400.00"}
    assert coordinator.post(address, data=_form(coordinator, "d4", **amount)).status_code == 303
    page = coordinator.get(address).text
    assert (_cell(page, f"p.{lines['1']}"), _cell(page, f"e.{lines['1']}")) == ("", "400.00")
    part = {**same, f"e.{lines['1']}": "25%", f"p.{lines['1']}": ""}
    assert coordinator.post(address, data=_form(coordinator, "d5", **part)).status_code == 303
    page = coordinator.get(address).text
    assert _cell(page, f"e.{lines['1']}") == "300.00"
    assert "25 % of C" in page

    for wrong in ("", "much", "5%", "-1", "1.23456"):
        refused = coordinator.post(
            address, data=_form(coordinator, "d6", **{**same, f"q.{lines['2']}": wrong})
        )
        assert refused.status_code == 422, wrong
        assert "the quantity measured to date" in refused.text
    final = {**part, f"e.{lines['1']}": "300.00", f"q.{lines['2']}": "100", f"m.{lines['2']}": "yes"}
    assert coordinator.post(address, data=_form(coordinator, "d7", **final)).status_code == 303
    page = coordinator.get(address).text
    assert "100 t × 47.85 + 8 t short × 2.50" in page  # 90 % of 120 t are 108 t
    assert re.search(rf'name="m\.{lines["2"]}"[^>]*checked', page)
    assert "100 t × 47.85 + 8 t short × 2.50" in coordinator.get(f"/invoices/{invoice}/review").text


def test_a_consulting_invoice_takes_them_too(office: Firm, signed_in: SignIn) -> None:
    coordinator, controller = signed_in(office, "coordinator"), signed_in(office, "controller")
    form = {"receivable_arises": "submission", "certified_by_client": False, "invoice_form": "consulting"}
    contract = _opened(office, coordinator, "U-4", **form)
    coordinator.post(f"/contracts/{contract}/schedule", data=_form(coordinator, "u4", *LINES))
    controller.done(f"/api/contracts/{contract}/activate")
    opened = coordinator.done(f"/api/contracts/{contract}/applications", {"period_to": "2024-03-31"})
    address = f"/invoices/{opened['invoice_id']}/edit"
    lines = {
        row["item_no"]: row["id"] for row in coordinator.get(f"/api/contracts/{contract}").json()["schedule"]
    }
    typed = {
        f"p.{lines['1']}": "33.3333",
        f"e.{lines['1']}": "",
        f"q.{lines['2']}": "2",
        f"e.{lines['3']}": "2,000.00",
    }
    saved = coordinator.post(address, data=_form(coordinator, "c1", **typed))
    assert saved.status_code == 303, saved.text
    page = coordinator.get(address).text
    assert (_cell(page, f"p.{lines['1']}"), _cell(page, f"e.{lines['1']}")) == ("33.3333", "400.00")
    assert _cell(page, f"q.{lines['2']}") == "2"
    assert "2 t × 47.85" in page
    assert ">95.70<" in page
    assert ">no limit<" in page
