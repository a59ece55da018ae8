"""Costs and a guaranteed maximum price on the pages: agreed, recorded, approved, drafted, shown again."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.api.conftest import Browser, Firm, SignIn, WorkerProcess

TERMS: dict[str, Any] = {
    "currency": "USD",
    "original_sum": "1155.00",
    "contract_date": "2024-02-19",
    "controller_limit": "1000000.00",
}
LINES = (
    {"item_no": "1", "description": "Walls", "scheduled_value": "800.00", "basis": "cost_estimate"},
    {
        "item_no": "2",
        "description": "Lamps",
        "scheduled_value": "200.00",
        "basis": "cost_estimate",
        "portion": "allowance",
    },
    {
        "item_no": "3",
        "description": "Contingency",
        "scheduled_value": "100.00",
        "basis": "cost_estimate",
        "portion": "contingency",
    },
    {
        "item_no": "4",
        "description": "Fee",
        "scheduled_value": "55.00",
        "basis": "cost_estimate",
        "portion": "fee",
    },
)


@pytest.fixture(scope="module")
def office(firms: tuple[Firm, Firm], worker: WorkerProcess) -> Firm:
    worker.start()
    return firms[0]


def _form(who: Browser, key: str, *rows: dict[str, str], **more: str) -> dict[str, str]:
    cells = {f"{column}.{n}": cell for n, row in enumerate(rows) for column, cell in row.items()}
    return {"csrf_token": who.headers["X-CSRF-Token"], "idempotency_key": key, **cells, **more}


def _inputs(page: str) -> dict[str, str]:
    """What the fields of the terms hold, selects included."""
    form = page[page.index('id="h-terms"') :]
    found = dict(re.findall(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', form))
    for name, options in re.findall(r'<select[^>]*?name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        first = re.search(r'value="([^"]*)"', options)
        found[name] = chosen[1] if chosen else first[1] if first else ""
    return found


def _opened(office: Firm, coordinator: Browser, number: str) -> str:
    return str(
        coordinator.done(
            "/api/contracts",
            {
                "client_id": str(office.clients[0]),
                "legal_entity_id": str(office.legal_entity_id),
                "project_manager_id": str(office.people["project_manager"]),
                "number": number,
                "title": "Hall",
                "terms": TERMS,
            },
        )["contract_id"]
    )


def test_a_maximum_price_is_agreed_drafted_and_followed(office: Firm, signed_in: SignIn) -> None:
    coordinator, manager = signed_in(office, "coordinator"), signed_in(office, "project_manager")
    contract = _opened(office, coordinator, "GMP-1")
    address = f"/contracts/{contract}"
    typed = _inputs(coordinator.get(f"{address}?tab=terms").text)
    agreed = {"gmp": "yes", "gmp_fee": "5 %", "gmp_share": "40", "gmp_allowances": "no"}
    wrong = coordinator.post(f"{address}/terms", data={**typed, **agreed, "gmp_fee": "much"})
    assert wrong.status_code == 422
    assert "a fee like 5 %" in wrong.text
    saved = coordinator.post(f"{address}/terms", data=_form(coordinator, "terms", **{**typed, **agreed}))
    assert saved.status_code == 303, saved.text
    kept = _inputs(coordinator.get(f"{address}?tab=terms").text)
    assert {name: kept[name] for name in agreed} == agreed
    posted = coordinator.post(f"{address}/schedule", data=_form(coordinator, "lines", *LINES))
    assert posted.status_code == 303, posted.text
    grid = coordinator.get(f"{address}?tab=schedule").text
    assert '<option value="contingency" selected>' in grid
    assert (
        coordinator.post(f"{address}/schedule", data=_form(coordinator, "again", *LINES)).status_code == 303
    )
    controller = signed_in(office, "controller")
    assert "0 of savings" not in controller.get(f"{address}?tab=terms").text
    assert "40 % of savings come to us" in controller.get(f"{address}?tab=terms").text
    controller.done(f"/api/contracts/{contract}/activate", {})

    signed_in(office, "administrator").done("/api/calendar/move", {"to": "2024-03-31"})
    cost = {"item_no": "1", "category": "material", "incurred_on": "2024-03-01", "description": "Bricks"}
    record = f"{address}/costs/record"
    assert coordinator.post(record, data=_form(coordinator, "c0", **cost, gross="many")).status_code == 422
    made = coordinator.post(
        record, data=_form(coordinator, "c1", **cost, gross="480.00", recoverable_tax="80")
    )
    assert made.status_code == 303, made.text
    (known,) = coordinator.get(f"/api/contracts/{contract}/costs").json()["costs"]
    assert (known["amount"], known["stands"], known["source"]) == ("400.00", "waits", "")
    page = manager.get(f"{address}?tab=costs").text
    assert "with 80.00 of tax that we get back" in page
    assert "Approve what is ticked" in page
    # Whoever recorded it may take it back; a controller who may decide on any approves or sends back too.
    own = coordinator.get(f"{address}?tab=costs").text
    assert ("Send back what is ticked" in own, "Approve what is ticked" in own) == (True, False)
    none = manager.post(f"{address}/costs", data=_form(manager, "c2", do="approve"))
    assert "tick at least one" in none.text
    ticked = {f"cost.{known['id']}": "1", "do": "approve"}
    assert manager.post(f"{address}/costs", data=_form(manager, "c3", **ticked)).status_code == 303
    decided = coordinator.get(f"{address}?tab=costs").text
    assert "Send back what is ticked" not in decided  # nothing is left to tick

    body = {"period_to": "2024-03-31"}
    draft = coordinator.done(f"/api/contracts/{contract}/applications", body)["invoice_id"]
    edit = f"/invoices/{draft}/edit"
    cell = re.search(r'name="(w\.[0-9a-f-]+)"', coordinator.get(edit).text)
    assert cell
    bad = coordinator.post(edit, data=_form(coordinator, "e0", **{cell[1]: "half"}))
    assert "a percentage like 50" in bad.text
    assert coordinator.post(edit, data=_form(coordinator, "e1", **{cell[1]: "50"})).status_code == 303
    assert f'name="{cell[1]}" value="50"' in coordinator.get(edit).text
    review = manager.get(f"/invoices/{draft}/review").text
    # Cost 400.00 and fee 20.00; half of 800.00 is done, which is the same 400.00 with its fee.
    assert "Guaranteed maximum price" in review

    assert "Cost to date 400.00 USD, work complete 50 %" in review
    assert "Fee to date 20.00 USD" in review
    assert "Bricks" in review
    followed = coordinator.get(f"{address}?tab=costs").text
    # 1,155.00 - 420.00 are left; at completion 800.00 + 200.00 and 5 %, so 105.00 are saved.
    for amount in ("735.00", "1,050.00", "105.00"):
        assert amount in followed
    maximum = coordinator.get(f"/api/contracts/{contract}/costs").json()["guaranteed_maximum"]
    assert [one["completed"] for one in maximum["portions"]] == ["0.5", "0", "0"]
    assert maximum["forecast"]["saving"] == "105.00"

    # Held it leaves the draft, with the reason on the review; released and written down it is billed at less.
    tick = {f"cost.{known['id']}": "2"}
    silent = coordinator.post(f"{address}/costs", data=_form(coordinator, "h0", **tick, do="hold"))
    assert silent.status_code == 422
    hold = _form(coordinator, "h1", **tick, do="hold", reason="No bill yet")
    assert coordinator.post(f"{address}/costs", data=hold).status_code == 303
    assert "Held: “No bill yet”" in coordinator.get(f"{address}?tab=costs").text
    assert "held: “No bill yet”" in manager.get(f"/invoices/{draft}/review").text
    release = _form(coordinator, "h2", **tick, do="release")
    assert coordinator.post(f"{address}/costs", data=release).status_code == 303
    about = f"{address}/costs/{known['id']}"
    odd = coordinator.post(f"{about}/write", data=_form(coordinator, "w0", amount="much", reason="As agreed"))
    assert odd.status_code == 422
    write = _form(coordinator, "w1", amount="300.00", reason="As agreed on site")
    assert coordinator.post(f"{about}/write", data=write).status_code == 303
    assert "To be billed at 300.00: “As agreed on site”" in manager.get(f"{address}?tab=costs").text
    whole = coordinator.post(
        f"{about}/split", data=_form(coordinator, "s0", split_amount="80", item_no="2", reason="Two jobs")
    )
    assert "bill what it cost first" in whole.text
    claim = _form(coordinator, "c5")
    assert coordinator.post(f"/invoices/{draft}/claim-time", data=claim).status_code == 303
    review = manager.get(f"/invoices/{draft}/review").text
    assert "it cost 400.00, written down" in review
    nothing = _form(coordinator, "w2", reason="Not agreed after all")
    assert coordinator.post(f"{about}/write", data=nothing).status_code == 303
    moved = _form(manager, "t1", **tick, do="transfer", item_no="2", reason="Lamps")
    assert manager.post(f"{address}/costs", data=moved).status_code == 303
    (now,) = coordinator.get(f"/api/contracts/{contract}/costs").json()["costs"]
    assert (now["item_no"], now["stands"], now["billed"]) == ("2", "waits", None)

    back = _form(manager, "c4", **{f"cost.{known['id']}": "2", "do": "send_back", "reason": "Another job"})
    assert manager.post(f"{address}/costs", data=back).status_code == 303
    assert "“Another job”" in coordinator.get(f"{address}?tab=costs").text
    assert "Bricks" not in manager.get(f"/invoices/{draft}/review").text


def test_a_fee_on_a_line_is_typed_and_shown_again(office: Firm, signed_in: SignIn) -> None:
    coordinator = signed_in(office, "coordinator")
    contract = _opened(office, coordinator, "CP-1")
    address = f"/contracts/{contract}/schedule"
    line = {"item_no": "1", "description": "Repairs", "scheduled_value": "1,155.00", "basis": "cost_plus"}
    for fee, said in (
        ("5 %, paper 10 %", "a category of cost"),
        ("many", "a fee like"),
        ("5 of 6", "a fee like"),
    ):
        refused = coordinator.post(address, data=_form(coordinator, f"f {fee}", {**line, "fee": fee}))
        assert refused.status_code == 422
        assert said in refused.text, fee
    fixed = {**line, "fee": "55.00"}
    assert "needs the cost expected" in coordinator.post(address, data=_form(coordinator, "x", fixed)).text
    whole = _form(coordinator, "y", {**fixed, "expected_cost": "1,100.00"})
    assert coordinator.post(address, data=whole).status_code == 303
    by_category = {**line, "fee": "5 %, labour 10 %, material 0 %", "allowable": "labour, material"}
    assert coordinator.post(address, data=_form(coordinator, "z", by_category)).status_code == 303
    page = coordinator.get(f"/contracts/{contract}?tab=schedule").text
    for name, value in (("fee", by_category["fee"]), ("allowable", by_category["allowable"])):
        assert re.search(rf'name="{name}.0" value="{re.escape(value)}"', page), name
    known = coordinator.get(f"/api/contracts/{contract}").json()["schedule"]
    assert known[0]["cost_plus"]["fee"]["by_category"][0] == {"category": "labour", "rate": "0.10"}
    terms = coordinator.get(f"/contracts/{contract}?tab=costs").text
    assert "No cost is recorded yet" in terms
