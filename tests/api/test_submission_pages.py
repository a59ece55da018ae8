"""Before an application goes out, on the pages: the contract's checks, stored material with its papers, the
pencil copy and the client's remarks."""

import re
from typing import Any

import pytest

from contracts_app.web.pages.submission_form import reasons
from tests.api.conftest import Browser, Firm, SignIn, WorkerProcess
from tests.api.test_page_forms import FORM

CHECKS = {
    "submission_asked": "yes",
    "backup_needed": "yes",
    "ends_at_cut_off": "yes",
    "waivers": "yes",
    "policy_stored_material_gone": "blocks",
    "front_loaded_by": "15",
    "uncertified": "1",
}


@pytest.fixture(scope="module")
def office(firms: tuple[Firm, Firm], worker: WorkerProcess) -> Firm:
    worker.start()
    return firms[0]


def _typed(who: Browser, key: str, **typed: str) -> dict[str, str]:
    return {"csrf_token": who.headers["X-CSRF-Token"], "idempotency_key": key, **typed}


def _contract(office: Firm, coordinator: Browser) -> str:
    people = {
        "client_id": str(office.clients[0]),
        "legal_entity_id": str(office.legal_entity_id),
        "project_manager_id": str(office.people["project_manager"]),
    }
    new = {
        **FORM,
        **people,
        **CHECKS,
        "number": "SUB-1",
        "original_sum": "1000.00",
        "contract_date": "2024-02-19",
    }
    answer = coordinator.post("/contracts/new", data=_typed(coordinator, "new", **new))
    assert answer.status_code == 303, answer.text
    contract = re.split("[?/]", answer.headers["location"])[2]
    line = {"item_no": "1", "description": "Pumps", "scheduled_value": "1000.00"}
    coordinator.done(f"/api/contracts/{contract}/schedule", {"lines": [line]})
    return contract


def test_every_reason_whose_weight_may_be_chosen_is_said_in_words() -> None:
    said = reasons()
    assert not {code for code, words in said.items() if words == code.replace("_", " ")}


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """The contract and the draft that the tests of this module share."""
    return {}


def test_a_draft_is_made_ready_on_the_pages(office: Firm, signed_in: SignIn, made: dict[str, str]) -> None:
    coordinator, client = signed_in(office, "coordinator"), signed_in(office, "client")
    contract = _contract(office, coordinator)
    terms = coordinator.get(f"/api/contracts/{contract}").json()["terms"]["submission"]
    assert terms["backup_needed"]
    assert not terms["off_site_authorised"]
    assert terms["policy"]["severity"] == {"stored_material_gone": "blocks"}
    page = coordinator.get(f"/contracts/{contract}?tab=terms").text
    assert re.search(r'name="backup_needed" value="yes" checked', page)
    assert not re.search(r'name="off_site_authorised" value="yes" checked', page)
    assert re.search(r'name="front_loaded_by" value="15"', page)
    controller = signed_in(office, "controller")
    controller.done(f"/api/contracts/{contract}/activate")
    said = controller.get(f"/contracts/{contract}?tab=terms").text
    assert "stored material has gone and was not built in: must be mended" in said
    signed_in(office, "administrator").done("/api/calendar/move", {"to": "2024-04-02"})

    draft = str(
        coordinator.done(f"/api/contracts/{contract}/applications", {"period_to": "2024-03-31"})["invoice_id"]
    )
    review = coordinator.get(f"/invoices/{draft}/review").text
    assert "Nothing is claimed on any line" in review
    rows = {
        "line.0": "1", "received.0": "400", "work.0": "=50*2", "line.1": "", "received.1": "",
        "of_line.0": "1", "amount.0": "400.00", "place.0": "on_site", "location.0": "Yard 4",
        "invoice.0": "S-118", "title.0": "", "insurance.0": "Policy 77",
    }  # fmt: skip
    wrong = coordinator.post(
        f"/invoices/{draft}/material", data=_typed(coordinator, "m0", **{**rows, "line.0": "7"})
    )
    assert wrong.status_code == 422
    assert "the number of a line of the schedule of values" in wrong.text
    saved = coordinator.post(f"/invoices/{draft}/material", data=_typed(coordinator, "m1", **rows))
    assert saved.status_code == 303, saved.text
    edit = coordinator.get(f"/invoices/{draft}/edit").text
    assert re.search(r'name="received.0" value="400.00"', edit)
    assert re.search(r'name="location.0" value="Yard 4"', edit)
    review = coordinator.get(f"/invoices/{draft}/review").text
    assert "400.00 USD lacks bill of sale or title" in review
    found = coordinator.get(f"/api/invoices/{draft}").json()
    # 100 done and 400 stored, 10 % of each kept back: 500 - 50.
    assert (found["lines"]["line4"], found["lines"]["line8"]) == ("500.00", "450.00")

    shown = coordinator.post(f"/invoices/{draft}/pencil", data=_typed(coordinator, "p1"))
    assert shown.status_code == 303, shown.text
    assert "Look and remark" in client.get("/client").text
    copy = client.get(f"/client/pencils/{draft}").text
    assert "pencil copy, not an application" in copy
    pencil = re.search(r'name="pencil_id" value="([^"]+)"', copy)
    line = re.search(r'name="(line\.[^"]+)"', copy)
    assert pencil
    assert line
    remarks: dict[str, Any] = {"pencil_id": pencil[1], line[1]: "Only two pumps are here.", "whole": ""}
    told = client.post(f"/client/pencils/{draft}", data=_typed(client, "r1", **remarks))
    assert told.status_code == 303, told.text
    assert "Only two pumps are here." in coordinator.get(f"/invoices/{draft}/review").text
    made |= {"contract": contract, "draft": draft, **rows}
    stranger = signed_in(office, "other_client").get(f"/client/pencils/{draft}")
    assert stranger.status_code == 404


def test_it_goes_out_with_its_waiver_is_kept_back_and_paid(
    office: Firm, signed_in: SignIn, made: dict[str, str]
) -> None:
    """450: line 8 of the draft is what the waiver is for, what is certified, kept back in part and paid."""
    coordinator, client = signed_in(office, "coordinator"), signed_in(office, "client")
    contract, draft = made.pop("contract"), made.pop("draft")
    complete = {**made, "title.0": "Bill of sale"}
    assert coordinator.post(
        f"/invoices/{draft}/material", data=_typed(coordinator, "m2", **complete)
    ).is_redirect
    review = coordinator.get(f"/invoices/{draft}/review").text
    assert "The lien waiver for 450.00 USD is not there" in review
    early = _typed(coordinator, "w0", form="unconditional_progress")
    assert coordinator.post(f"/invoices/{draft}/waiver", data=early).status_code == 409
    given = _typed(coordinator, "w1", form="conditional_progress")
    assert coordinator.post(f"/invoices/{draft}/waiver", data=given).is_redirect
    review = coordinator.get(f"/invoices/{draft}/review").text
    assert "is not there" not in review
    sheet = re.search(rf"/invoices/{draft}/waivers/[^\"]+", review)
    assert sheet
    assert client.get(sheet[0]).status_code == 404
    assert "Conditional waiver and release on progress payment" in coordinator.get(sheet[0]).text
    paper = coordinator.get(f"/invoices/{draft}/preview")
    assert paper.content.startswith(b"%PDF")

    coordinator.done(f"/api/invoices/{draft}/submit")
    for who in ("project_manager", "controller"):
        seen = coordinator.get(f"/api/invoices/{draft}").json()
        if seen["state"] == "in_review":
            signed_in(office, who).done(
                f"/api/invoices/{draft}/approve", {"content_hash": seen["content_hash"]}
            )
    coordinator.done(f"/api/invoices/{draft}/issue")
    assert "Revise this application" in coordinator.get(f"/invoices/{draft}").text
    revise = _typed(coordinator, "v1", reason="A figure is wrong")
    assert coordinator.post(f"/invoices/{draft}/revise", data=revise).is_redirect
    page = coordinator.get(f"/invoices/{draft}").text
    assert "the client cannot certify this one meanwhile" in page
    assert "with the client, until its revision is issued" in page
    revision = re.search(r'<a href="/invoices/([^"]+)">1R1</a>', page)
    assert revision
    assert "Application 1R1" in coordinator.get(f"/invoices/{revision[1]}").text
    coordinator.done(f"/api/invoices/{revision[1]}/withdraw", {"reason": "It was right"})
    assert "Conditional waiver" in client.get(sheet[0]).text
    assert 'href="#certify"' in client.get(f"/client/invoices/{draft}").text
    client.done(f"/api/invoices/{draft}/certify", {"decision": "in_full"})

    kept = {"reason": "stop_notice", "reference": "SN-1", "amount": "50"}
    for n, (path, said) in enumerate(
        [("withhold", "Still withheld: 50.00"), ("withhold/return", "Returned: stop notice")]
    ):
        form = _typed(coordinator, f"k{n}", **kept)
        assert coordinator.post(f"/invoices/{draft}/{path}", data=form).is_redirect
        assert said in coordinator.get(f"/invoices/{draft}").text
    assert "SN-1" in coordinator.get(f"/contracts/{contract}?tab=payments").text
    assert "Kept back by you" in client.get(f"/client/invoices/{draft}").text
    coordinator.done(
        f"/api/clients/{office.clients[0]}/payments",
        {"amount": "450.00", "currency": "USD", "received_on": "2024-04-02", "reference": "W-1"},
    )
    after = _typed(coordinator, "w2", form="unconditional_progress")
    assert coordinator.post(f"/invoices/{draft}/waiver", data=after).is_redirect
    found = re.findall(rf"/invoices/{draft}/waivers/[^\"]+", coordinator.get(f"/invoices/{draft}").text)
    assert len(found) == 2
    assert "it has effect at once" in client.get(found[1]).text
