"""Terms as they are typed, and the next three applications under them; nothing is saved."""

import re
from datetime import date

from tests.api.conftest import Browser, Firm, SignIn, WorkerProcess

AGREED = {
    "currency": "USD",
    "original_sum": "1000.00",
    "contract_date": "2024-02-19",
    "retainage": {"rate_completed": "0.10", "rate_stored": "0.10"},
    "controller_limit": "50000.00",
    "cut_off_day": 31,
}


def contract_of(coordinator: Browser, office: Firm) -> str:
    opened = coordinator.done(
        "/api/contracts",
        {
            "client_id": str(office.clients[0]),
            "legal_entity_id": str(office.legal_entity_id),
            "project_manager_id": str(office.people["project_manager"]),
            "number": "V-1",
            "title": "Vents",
            "terms": AGREED,
        },
    )
    return str(opened["contract_id"])


def shown(page: str) -> dict[str, list[str]]:
    """The rows of the preview, by their headings."""
    part = page[page.index('id="preview"') :]
    rows = re.findall(
        r'<tr[^>]*><th scope="row">(.*?)</th>(.*?)</tr>', part[: part.index("</table>")], re.DOTALL
    )
    return {
        heading: [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>.*?</td>", cells)]
        for heading, cells in rows
    }


def test_terms_are_tried_before_they_are_saved(
    firms: tuple[Firm, Firm], worker: WorkerProcess, signed_in: SignIn
) -> None:
    worker.start()
    office = firms[0]
    coordinator = signed_in(office, "coordinator")
    contract = contract_of(coordinator, office)
    page = coordinator.get(f"/contracts/{contract}?tab=terms").text
    # Without a schedule the whole sum is one line: a tenth a period, less 10 %.
    assert shown(page)["Completed and stored to date"] == ["100.00", "200.00", "300.00"]
    assert shown(page)["Retainage held"] == ["10.00", "20.00", "30.00"]
    assert shown(page)["Current payment due"] == ["90.00", "90.00", "90.00"]
    assert shown(page)["Approved by"] == ["project manager"] * 3

    fields = dict(re.findall(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', page))
    fields |= dict(
        re.findall(
            r'<select[^>]*name="([^"]+)"[^>]*>(?:(?!</select>).)*?value="([^"]*)" selected', page, re.DOTALL
        )
    )
    fields |= {"csrf_token": coordinator.headers["X-CSRF-Token"]}
    lines = [
        {"item_no": "1", "description": "Ducts", "scheduled_value": "600.00"},
        {"item_no": "2", "description": "Grilles", "scheduled_value": "400.00"},
    ]
    coordinator.done(f"/api/contracts/{contract}/schedule", {"lines": lines})
    typed = {**fields, "rate_completed": "5", "share": "40", "controller_limit": "200", "cut_off_day": "15"}
    tried = coordinator.post(f"/contracts/{contract}/terms/preview", data=typed)
    assert tried.status_code == 200
    found = shown(tried.text)
    assert found["Completed and stored to date"] == ["400.00", "800.00", "1,000.00"]
    assert found["Retainage held"] == ["20.00", "40.00", "50.00"]
    assert found["Current payment due"] == ["380.00", "380.00", "190.00"]
    assert found["Approved by"] == ["project manager, controller"] * 2 + ["project manager"]
    assert {date.fromisoformat(day).day for day in found["Period to"]} == {15}
    assert 'name="rate_completed" required value="5"' in tried.text

    overtime = {"classes": [{"name": "overtime", "convention": "factor", "factor": "1.5"}]}
    coordinator.done(
        f"/api/contracts/{contract}/terms",
        {
            "project_manager_id": str(office.people["project_manager"]),
            "terms": {**AGREED, "overtime": overtime},
        },
    )
    fields |= {
        "overtime_name_1": "overtime",
        "overtime_convention_1": "factor",
        "overtime_factor_1": "1.75",
        "overtime_approval_1": "no",
        "overtime_name_2": "double",
        "overtime_convention_2": "flat_rate",
        "detail_level": "person",
        "detail_backup": "yes",
    }
    saved = coordinator.post(
        f"/contracts/{contract}/terms", data={**fields, "payment_days": "45", "idempotency_key": "terms"}
    )
    assert saved.status_code == 303, saved.text
    stored = coordinator.get(f"/api/contracts/{contract}").json()["terms"]
    assert (stored["payment_days"], stored["detail"]) == (45, {"level": "person", "backup": True})
    assert [
        (one["name"], one["convention"], one["factor"], one["needs_approval"])
        for one in stored["overtime"]["classes"]
    ] == [("overtime", "factor", "1.75", False), ("double", "flat_rate", None, True)]
    page = coordinator.get(f"/contracts/{contract}?tab=terms").text
    assert 'name="overtime_factor_1" value="1.75"' in page
    assert "Flat rate of overtime" in coordinator.get(f"/contracts/{contract}?tab=rates").text

    kept = coordinator.get(f"/api/contracts/{contract}").json()["terms"]
    assert (kept["retainage"]["rate_completed"], kept["cut_off_day"]) == ("0.10", 31)

    wrong = coordinator.post(f"/contracts/{contract}/terms/preview", data={**typed, "share": "0"})
    assert wrong.status_code == 422
    assert "a percentage above 0" in wrong.text
    wrong = coordinator.post(f"/contracts/{contract}/terms/preview", data={**typed, "rate_completed": "110"})
    assert wrong.status_code == 422
    assert "Mend what is marked above" in wrong.text
